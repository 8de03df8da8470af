"""Events of the log as CloudEvents 1.0.2, in their JSON form, and back: https://github.com/cloudevents/spec.

Beside the core attributes they have the documented extensions `sequence`, `partitionkey`, `recordedtime` and
`correlationid`, and four of ours: `streamversion`, `previous`, `digest` and `actor`. The data is the body as it is
stored, in whatever form its release wrote it: so nothing of the record is lost, and its digest can be taken again.
"""

import re
from typing import Any, cast
from urllib.parse import urlsplit

from pydantic import JsonValue

from planfold.domain.errors import InvalidText
from planfold.domain.names import tenant_of
from planfold.domain.recorded import Stored

CloudEvent = dict[str, JsonValue]

SEQUENCE_DIGITS = 19
"""Of the largest position there is: `sequence` must sort as text, so it is filled up with zeros."""
TYPE = "planfold."
DATASCHEMA = "planfold:schemas/"

_LONGEST_SOURCE = 2_048
_PLAIN = r"A-Za-z0-9._~!$&'()*+,;="
_ESCAPED = r"%[0-9A-Fa-f]{2}"
_SOURCE = re.compile(
    rf"""(?x)
    (?: [A-Za-z][A-Za-z0-9+.-]*: | (?![^/?\#]*:) )
    (?:
        // (?: (?: [{_PLAIN}:-] | {_ESCAPED} )*@ )? (?: \[[0-9A-Fa-f:.]+\] | (?: [{_PLAIN}-] | {_ESCAPED} )* ) (?: :[0-9]* )?
        (?= [/?\#] | \Z )
        | (?!//)
    )
    (?: [{_PLAIN}:@/-] | {_ESCAPED} )*
    (?: \? (?: [{_PLAIN}:@/?-] | {_ESCAPED} )* )?
    (?: \# (?: [{_PLAIN}:@/?-] | {_ESCAPED} )* )?
    """,
    re.ASCII,
)
"""URI-reference of RFC 3986, which is what CloudEvents want: scheme, authority, path, query, fragment."""


def cloud_event(stored: Stored, source: str | None = None) -> CloudEvent:
    """The event as others read it; `source` is a URI that says whose it is, `planfold:tenants/TENANT` if none is given."""
    tenant = tenant_of(stored.stream)
    return {
        "specversion": "1.0",
        "id": stored.event_id,
        "source": source or f"planfold:tenants/{tenant}",
        "type": f"{TYPE}{stored.name}",
        "subject": stored.stream[len(tenant) + 1 :],
        "time": stored.recorded_at,
        "datacontenttype": "application/json",
        "dataschema": dataschema(stored.name, stored.schema),
        "sequence": f"{stored.position:0{SEQUENCE_DIGITS}}",
        "partitionkey": stored.stream,
        "recordedtime": stored.recorded_at,
        "correlationid": stored.correlation_id,
        "streamversion": stored.version,
        "previous": stored.previous,
        "digest": stored.digest,
        "actor": stored.actor,
        "data": stored.body,
    }


def stored_of(event: CloudEvent) -> Stored:
    """The stored event that was made a CloudEvent. Raises KeyError, TypeError or ValueError if it is none of ours."""
    given = cast("dict[str, Any]", event)
    return Stored(
        stream=given["partitionkey"],
        version=given["streamversion"],
        position=int(given["sequence"]),
        event_id=given["id"],
        name=given["type"].removeprefix(TYPE),
        schema=int(given["dataschema"].rpartition("/")[2]),
        recorded_at=given["recordedtime"],
        actor=given["actor"],
        correlation_id=given["correlationid"],
        previous=given["previous"],
        digest=given["digest"],
        body=given["data"],
    )


def dataschema(name: str, schema: int) -> str:
    """What names the form of such a body; `planfold schema` prints the newest of each."""
    return f"{DATASCHEMA}{name}/{schema}"


def source_uri(text: str) -> str:
    """`text`, if it can be a source. Raises InvalidText."""
    if not 0 < len(text) <= _LONGEST_SOURCE or not _SOURCE.fullmatch(text) or not _has_parts(text):
        raise InvalidText("source", "is no URI of up to 2,048 characters", "write one as https://example.com/planfold")
    return text


def _has_parts(text: str) -> bool:
    """Whether its address and its port, if it has them, can be ones."""
    try:
        port = urlsplit(text).port
    except ValueError:
        return False
    return port is None or port >= 0
