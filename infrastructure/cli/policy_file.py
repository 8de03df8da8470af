"""Files that say what a policy would be: TOML with the tables `[rules]` and `[limits]`, each name as in the settings.

What a table does not name stays as it was recorded. Amounts are in USD, as text; "none" lifts a limit.
"""

import difflib
import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from planfold.application.backtest_money import LimitsChange, RulesChange
from planfold.domain.errors import DomainError
from planfold.domain.inspection import RuleSet
from planfold.domain.ledger import LimitsChanged
from planfold.domain.money import micros_from_usd
from planfold.infrastructure.cli.account import NO_LIMIT, changed_limits
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.wording import first_problem

MAX_BYTES = 1_000_000
NUMBERS = ("max_steps", "max_iterations", "max_retries")
DOMAINS = ("allowed_domains", "forbidden_domains")
AMOUNTS = ("per_run", "per_day")
MODELS = "per_model"
TABLES = {"rules": (*NUMBERS, *DOMAINS), "limits": (*AMOUNTS, MODELS)}


def rules_in(path: Path) -> RulesChange:
    """What the table `[rules]` makes of a rule set. Raises Refused, which names the key."""
    named = _table(path, "rules")
    for name in DOMAINS:
        if name in named:
            if not isinstance(named[name], list):
                _refuse(path, f"rules.{name}", 'is no list; write hosts as ["example.com"]')
            named[name] = tuple(named[name])
    try:
        whole = RuleSet.model_validate(named, strict=True)
    except ValidationError as error:
        where, problem = first_problem(error)
        raise Refused(f"{path}: rules.{where} cannot be used: {problem}") from None
    changes = {name: getattr(whole, name) for name in named}
    return lambda rules: rules.model_copy(update=changes)


def limits_in(path: Path) -> LimitsChange:
    """What the table `[limits]` makes of a ledger's limits. Raises Refused, which names the key."""
    named = _table(path, "limits")
    amounts = {name: _amount(path, name, named[name]) for name in AMOUNTS if name in named}
    models = list(_models(path, named.get(MODELS, {})))

    def changed(limits: LimitsChanged) -> LimitsChanged:
        return changed_limits(limits, amounts.get("per_run"), amounts.get("per_day"), models, None)

    try:
        changed(LimitsChanged())
    except Refused as error:
        raise Refused(f"{path}: limits.{MODELS}: {error}") from None
    return changed


def passed_over(rules: Path | None, limits: Path | None) -> Iterator[str]:
    """Sentences about tables in these files that nobody asked for: whoever wrote them meant them to be judged."""
    for path, other, table in ((rules, limits, "limits"), (limits, rules, "rules")):
        if path is not None and path != other and table in _document(path):
            yield f"{path}: its [{table}] are not judged; name the file with --{table}, too"


def _models(path: Path, named: object) -> Iterator[str]:
    """As the option `--per-model` has them, of a table or of a list in that form."""
    match named:
        case dict():
            for model, amount in named.items():
                yield f"{model}={_amount(path, f'{MODELS}.{model}', amount)}"
        case list():
            for each in named:
                model, equals, amount = each.rpartition("=") if isinstance(each, str) else ("", "", "")
                if not (model and equals):
                    _refuse(path, f"limits.{MODELS}", 'has an entry that is not as "gpt-5=2.50"')
                yield f"{model}={_amount(path, f'{MODELS}.{model}', amount)}"
        case _:
            _refuse(path, f"limits.{MODELS}", 'is no table; write it as { "gpt-5" = "2.50" }')


def _amount(path: Path, name: str, value: object) -> str:
    if not isinstance(value, str):
        _refuse(path, f"limits.{name}", 'is no text; write USD in quotes, as "5.00", or "none"')
    try:
        if value != NO_LIMIT:
            micros_from_usd(value)
    except DomainError as error:
        raise Refused(f"{path}: limits.{name}: {error}") from None
    return value


def _table(path: Path, wanted: str) -> dict[str, Any]:
    """The table of that name; the other one may stand in the file too, and is checked by whoever wants it."""
    document = _document(path)
    _known(path, document, TABLES, "")
    table = document.get(wanted)
    if not isinstance(table, dict) or not table:
        _refuse(path, f"[{wanted}]", f"is missing, or names nothing; name one of {', '.join(TABLES[wanted])}")
    _known(path, table, TABLES[wanted], f"{wanted}.")
    return table


def _known(path: Path, table: Mapping[str, object], names: Collection[str], where: str) -> None:
    for name in table:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            remedy = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
            _refuse(path, f"{where}{name}", f"is not known here; {remedy}")


def _document(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            body = stream.read(MAX_BYTES)
        if len(body) >= MAX_BYTES:
            _refuse(path, "the file", f"has {MAX_BYTES} bytes or more; no policy is that long")
        return tomllib.loads(body.decode("utf-8-sig"))
    except OSError as error:
        raise Refused(f"{path} cannot be read: {error.strerror or error}; name a file in TOML") from None
    except (RecursionError, ValueError) as error:  # also no TOML, no UTF-8, and a NUL in the name
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise Refused(f"{path} is not TOML: {reason}; correct it there") from None


def _refuse(path: Path, where: str, fault: str) -> NoReturn:
    raise Refused(f"{path}: {where} {fault}")
