"""`planfold audit`: one run replayed, and told in sentences."""

from datetime import datetime

from rich.text import Text

from planfold.application import Audit, audit_run
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, JsonOption, RunArgument, TenantOption
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.status import Status

app = new_app()


@app.command()
def audit(run: RunArgument, *, tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> int:
    """Replay a run's record, and say whether it holds.

    It is told in sentences. The chain of digests, the order of events, the inspections and the ledgers' decisions are looked at again. Exit
    status 1 if anything does not hold.
    """
    with opened():
        found = audit_run(run, tenant=tenant)
    screen = Screen()
    if as_json:
        screen.json(found.model_dump(mode="json"))
    else:
        _print(screen, found)
    return Status.READY if found.holds else Status.AUDIT_FOUND_SOMETHING


def _print(screen: Screen, found: Audit) -> None:
    screen.line(Text(f"run {found.run_id} of tenant {found.tenant}, at UTC", "bold"))
    for item in found.story:
        at = f"{datetime.fromisoformat(item.recorded_at):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        screen.hanging(Text.assemble(f"  {item.version:>3}  ", (at, "dim"), "  "), shown(item.sentence))
    screen.line()
    for problem in found.problems:
        where = f"event {problem.version} of {problem.stream}, {problem.name}: "
        screen.hanging(Text.assemble("  ", (screen.sign("error"), "red"), " "), shown(where + problem.sentence))
    repeated, left = found.inspections_repeated, found.inspections_not_repeated
    not_repeated = f", {left} made by rules that this program cannot repeat" if left else ""
    if found.holds:
        verdict = Text.assemble((f"{screen.sign('ready')} the record holds", "bold green"))
    else:
        verdict = Text.assemble((f"{screen.sign('error')} the record does not hold", "bold red"))
    inspections = f"{repeated} inspection{'' if repeated == 1 else 's'} repeated{not_repeated}"
    screen.line(verdict, Text(f"  {found.outcome or 'not ended'}, {found.events} events, {inspections}", "dim"))
