"""Identifiers and the names of streams: readable, bounded, and safe inside a stream name."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from planfold.domain.errors import InvalidIdentifier

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}", re.ASCII)


def identifier(value: str, what: str = "identifier") -> str:
    """`value`, if it can name a tenant, an agent, a run, a grant. Raises InvalidIdentifier."""
    if not isinstance(value, str) or not IDENTIFIER.fullmatch(value):
        raise InvalidIdentifier(what, str(value))
    return value


def _checked(value: str) -> str:
    if not IDENTIFIER.fullmatch(value):
        raise ValueError("must match [A-Za-z0-9][A-Za-z0-9._:@-]{0,127}")
    return value


Identifier = Annotated[str, AfterValidator(_checked)]
TenantId = Identifier
AgentId = Identifier
RunId = Identifier
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in lower-case hexadecimal."""

Scope = Annotated[str, Field(pattern=r"^(tenant|agent:[A-Za-z0-9][A-Za-z0-9._:@-]{0,127})$")]
"""Whose money: one agent's, as `agent:scout`, or the whole tenant's, as `tenant`."""

TENANT_SCOPE = "tenant"


def agent_scope(agent: str) -> str:
    return f"agent:{agent}"


def run_stream(tenant: str, run_id: str) -> str:
    return f"{tenant}/run/{run_id}"


def ledger_stream(tenant: str, scope: str) -> str:
    return f"{tenant}/ledger/{scope}"


def tenant_of(stream: str) -> str:
    return stream.partition("/")[0]
