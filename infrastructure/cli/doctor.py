"""`planfold doctor`: what is set, what is there, what is missing, and how to mend it."""

from rich.text import Text

from planfold.infrastructure.cli.checks import Check, examine
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.options import JsonOption
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.status import Status
from planfold.infrastructure.cli.waiting import waiting

app = new_app()

_SIGNS = {"ok": ("ready", "green"), "pending": ("warning", "yellow"), "missing": ("error", "red")}


@app.command()
def doctor(*, as_json: JsonOption = False) -> int:
    """Check this installation, and say how to mend it.

    Exit status 7 if something needed is missing; what is only left to do, as pending migrations, does not count.
    """
    with waiting("looking"):
        checks = examine()
    well = all(check.state != "missing" for check in checks)
    screen = Screen()
    if as_json:
        screen.json({"well": well, "checks": [check.model_dump(mode="json") for check in checks]})
    else:
        _print(screen, checks)
        screen.line()
        screen.line(_verdict(checks, well=well))
    return Status.READY if well else Status.UNAVAILABLE


def _verdict(checks: list[Check], *, well: bool) -> Text:
    if not well:
        return Text("something needed is missing", "bold red")
    left = any(check.state == "pending" for check in checks)
    return Text("nothing needed is missing" + (", but something is left to do" if left else ""))


def _print(screen: Screen, checks: list[Check]) -> None:
    width = max(len(check.name) for check in checks)
    for check in checks:
        sign, style = _SIGNS[check.state]
        first = Text.assemble((screen.sign(sign), style), f" {check.name.ljust(width)}  ")
        screen.hanging(first, shown(check.found))
        if check.mend is not None:
            screen.hanging(Text(" " * (width + 4)), shown(check.mend, "yellow"))
