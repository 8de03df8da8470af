"""`planfold audit`: one run replayed, and told in sentences."""

from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from planfold.application import Audit, Problem
from planfold.application.audit_all import Audits, audit_all
from planfold.application.replay import problem as problem_at
from planfold.domain.names import run_stream
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Refused
from planfold.infrastructure.cli.moments import moment
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, JsonOption, TenantOption
from planfold.infrastructure.cli.progress import Bar
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.errors import StoredEventUnreadable

app = new_app()

MOST = 20
"""How many runs and ledgers that do not hold are listed."""
UNFINISHED = "not finished, or its end was cut off"
REMOVED = "none of its events is left"


@app.command()
def audit(
    run: Annotated[str | None, typer.Argument(metavar="RUN", help="The run's id.", show_default=False)] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every run of the tenant, in place of one.")] = False,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="With --all: those that began then or later.")
    ] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> int:
    """Replay a run's record, or those of all, and say whether it holds.

    It is told in sentences. Looked at again are the chain of digests, the order of events, what they name by digest, the inspections, the
    ledgers' decisions, and the rows that queries are shown. Exit status 1 if anything does not hold, or cannot be read.
    """
    if (run is None) is not every or (since is not None and not every):
        raise Refused("an audit is of one RUN, or of --all, which alone knows --since; see planfold audit --help")
    if run is None:
        return _audit_all(tenant, None if since is None else moment(since, "--since"), as_json=as_json)
    screen = Screen()
    with opened() as use:
        try:
            found = use.auditor.audit(run, tenant)
        except StoredEventUnreadable as error:
            _print_unreadable(screen, error, run, tenant, as_json=as_json)
            return Status.AUDIT_FOUND_SOMETHING
    if as_json:
        screen.json(found.model_dump(mode="json"))
    else:
        _print(screen, found)
    return Status.READY if found.holds else Status.AUDIT_FOUND_SOMETHING


def _audit_all(tenant: str, since: datetime | None, *, as_json: bool) -> int:
    bar, screen = Bar("reading the log"), Screen()
    with opened() as use:
        try:
            found = audit_all(use.ports, tenant, since=since, progress=bar.at)
        finally:
            bar.end()
    if as_json:
        screen.json(found.model_dump(mode="json"))
    else:
        _print_all(screen, found)
    return Status.READY if found.holds else Status.AUDIT_FOUND_SOMETHING


def _print_all(screen: Screen, found: Audits) -> None:
    for item in found.not_holding[:MOST]:
        screen.line(shown(item.stream, "bold"))
        for problem in item.problems:
            _complain(screen, _placed(problem, item.stream))
        if item.further:
            screen.line(Text(f"    and {item.further:,} more", "dim"))
    if found.broken > MOST:
        rest = "--json lists the first hundred" if found.broken > len(found.not_holding) else "--json lists them all"
        screen.line(Text(f"  and {found.broken - MOST:,} more that do not hold: {rest}", "dim"))
    for remark in found.remarked:
        _remark(screen, f"{remark.stream}, event {remark.version}: {remark.sentence}")
    if found.remarks > len(found.remarked):
        screen.line(Text(f"  and {found.remarks - len(found.remarked):,} more remarks", "dim"))
    figures = [*_runs(found), _many(found.events, "event"), *_inspections(found)]
    if found.rows_behind:
        figures.append(f"{_many(found.rows_behind, 'row')} not folded yet")
    screen.line(_verdict(screen, holds=found.holds), Text(f"  {', '.join(figures)}", "dim"))


def _runs(found: Audits) -> list[str]:
    """What holds and what does not, so that every stream that is broken is in one of the figures."""
    if found.holds:
        return [_many(found.runs, "run")]
    ok = f"{found.ok:,} of {_many(found.runs, 'run')} ok"
    missing = [f"{_many(found.missing, 'run')} missing"] if found.missing else []
    others = [f"{_many(found.others_broken, 'other stream')} broken"] if found.others_broken else []
    return [ok, *missing, *others]


def _placed(problem: Problem, stream: str) -> str:
    of = "" if problem.stream == stream else f" of {problem.stream}"
    return f"event {problem.version}{of}, {problem.name}: {problem.sentence}"


def _inspections(found: Audit | Audits) -> list[str]:
    left = found.inspections_not_repeated
    repeated = f"{_many(found.inspections_repeated, 'inspection')} repeated"
    return [repeated, f"{left:,} made by rules that this program cannot repeat"] if left else [repeated]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _print_unreadable(screen: Screen, error: StoredEventUnreadable, run: str, tenant: str, *, as_json: bool) -> None:
    """What cannot be read ends the replay, so that no figure of the audit is known but this one problem."""
    problem = problem_at(error, str(error))
    if as_json:
        screen.json({"tenant": tenant, "run_id": run, "holds": False, "problems": [problem.model_dump(mode="json")]})
        return
    _heading(screen, run, tenant)
    screen.line()
    _complain(screen, problem.sentence)
    screen.line(_verdict(screen, holds=False))


def _print(screen: Screen, found: Audit) -> None:
    _heading(screen, found.run_id, found.tenant)
    for item in found.story:
        at = f"{datetime.fromisoformat(item.recorded_at):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        screen.hanging(Text.assemble(f"  {item.version:>3}  ", (at, "dim"), "  "), shown(item.sentence))
    screen.line()
    for problem in found.problems:
        _complain(screen, _placed(problem, run_stream(found.tenant, found.run_id)))
    for remark in found.remarks:
        _remark(screen, remark.sentence)
    figures = [
        found.outcome or (UNFINISHED if found.events else REMOVED),
        _many(found.events, "event"),
        *_inspections(found),
    ]
    screen.line(_verdict(screen, holds=found.holds), Text(f"  {', '.join(figures)}", "dim"))


def _heading(screen: Screen, run: str, tenant: str) -> None:
    screen.line(shown(f"run {run} of tenant {tenant}, at UTC", "bold"))


def _complain(screen: Screen, sentence: str) -> None:
    screen.hanging(Text.assemble("  ", (screen.sign("error"), "red"), " "), shown(sentence))


def _remark(screen: Screen, sentence: str) -> None:
    screen.hanging(Text.assemble("  ", (screen.sign("warning"), "yellow"), " "), shown(sentence))


def _verdict(screen: Screen, *, holds: bool) -> Text:
    if holds:
        return Text(f"{screen.sign('ready')} the record holds", "bold green")
    return Text(f"{screen.sign('error')} the record does not hold", "bold red")
