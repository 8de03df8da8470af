"""One run as a page: what was asked, what was planned, what was found, what it costs, and how to go on."""

from collections.abc import Sequence

from rich.text import Text

from planfold.application import BudgetRefused, PlanGenerationResult, PlanInvalid, PlanningFailed
from planfold.domain.inspection.finding import Finding
from planfold.domain.money import MICROS_PER_CENT, usd
from planfold.domain.plan_generation import RunReported
from planfold.infrastructure.cli.options import of_tenant
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.steps import print_steps

STYLES = {"ready": "green", "invalid": "red", "refused": "red", "failed": "red", None: "yellow"}


def print_asked(screen: Screen, goal: str, agent: str, run_id: str, tenant: str) -> None:
    pairs = [("goal", shown(goal, "bold")), ("agent", shown(agent)), ("run", shown(run_id))]
    if of_tenant(tenant):
        pairs.append(("tenant", shown(tenant)))
    screen.pairs(pairs)


def print_result(screen: Screen, result: PlanGenerationResult, *, past: bool = False) -> None:
    """Everything but what `print_asked` says; of the `past`, from which nothing goes on."""
    _memories(screen, result)
    if result.steps or result.outcome == "ready":
        screen.heading("Plan")
        print_steps(screen, result.steps)
    _findings(screen, result)
    if result.failure is not None:
        screen.heading("No draft")
        screen.table([[*_marked(screen, "error", result.failure.code), shown(result.failure.sentence)]])
    _money(screen, result, past=past)
    if result.report is not None:
        screen.heading("Report")
        note = f": {result.report.note}" if result.report.note else ""
        screen.line("  ", shown(f"{result.report.verdict}, at {cost_of(result.report)}{note}"))
    _ending(screen, result, past=past)


def cost_of(report: RunReported) -> str:
    return "an unknown cost" if report.cost_micros is None else f"{usd(report.cost_micros)} USD"


def counted(findings: Sequence[Finding]) -> str:
    """How many errors and warnings, and their codes: each is told whole in its own place."""
    codes = {}
    for severity in ("error", "warning"):
        if named := [item.code for item in findings if item.severity == severity]:
            codes[f"{len(named)} {severity}{'' if len(named) == 1 else 's'}"] = ", ".join(dict.fromkeys(named))
    return "; ".join(f"{count}: {named}" for count, named in codes.items())


def refusal(result: PlanGenerationResult, *, on_page: bool) -> str | None:
    """Why the run may not start, in one sentence; None if it may. What is `on_page` above is not told again."""
    match result.outcome:
        case "invalid" if on_page and result.findings:
            errors = counted([item for item in result.findings if item.severity == "error"])
            return (
                f"the plan for run {result.run_id!r} was refused by the inspector for {errors} (told above); "
                "change the goal or the skills and plan under a new run id"
            )
        case "invalid":
            return str(PlanInvalid(result))
        case "refused":
            return str(BudgetRefused(result))
        case "failed":
            return str(PlanningFailed(result))
        case _:
            return None


def _memories(screen: Screen, result: PlanGenerationResult) -> None:
    if result.memory_degraded is None and not result.memory_snippets:
        return
    screen.heading("Memories")
    if result.memory_degraded is not None:
        screen.table([[*_marked(screen, "warning", "recall failed"), shown(result.memory_degraded)]])
    rows = [
        [shown(f"{item.type}, trust {item.trust}", "yellow" if item.trust == "low" else "dim"), shown(item.text)]
        for item in result.memory_snippets
    ]
    if rows:
        screen.table(rows)


def _findings(screen: Screen, result: PlanGenerationResult) -> None:
    if not result.findings:
        return
    screen.heading("Findings")
    rows = []
    for item in result.findings:
        said = shown(item.message)
        if item.question is not None:
            said.append_text(shown(f". {item.question}", "italic"))
        rows.append([*_marked(screen, item.severity, item.code), said])
    screen.table(rows)


def _marked(screen: Screen, severity: str, name: str) -> list[Text]:
    return [Text(f"{screen.sign(severity)} {name}", "red" if severity == "error" else "yellow")]


def _money(screen: Screen, result: PlanGenerationResult, *, past: bool) -> None:
    screen.heading("Money")
    spent, check = result.planning_cost_micros, result.budget
    pairs = [("planning", "cost unknown" if spent is None else "free" if spent == 0 else f"{usd(spent)} USD")]
    if check is not None:
        needed = "an unknown price" if check.needed is None else f"at most {usd(check.needed)} USD"
        pairs.append(("running" if check.purpose == "execution" else "next call", needed))
        is_held = check.hold_id is not None and result.report is None
        held = f", {usd(check.needed or 0)} USD of it {'were then held' if past else 'are held now'}" if is_held else ""
        for seen in check.ledgers:
            had = "has no total" if seen.available is None else f"had {usd(seen.available)} USD{held}"
            pairs.append((seen.scope.replace(":", " ", 1), had))
    if result.generation.context is not None and result.generation.context.budget_source == "host":
        pairs.append(("this run", f"may cost {usd((result.agent_budget_cents or 0) * MICROS_PER_CENT)} USD"))
    elif check is not None and not check.ledgers:
        pairs.append(("budget", "none limits it"))
    screen.pairs(pairs)


def _ending(screen: Screen, result: PlanGenerationResult, *, past: bool) -> None:
    screen.line()
    style = STYLES[result.outcome]
    sign = screen.sign("ready" if result.outcome == "ready" else "error" if result.outcome else "warning")
    screen.line((f"{sign} {result.outcome or 'unfinished'}", f"bold {style}"), _took(result))
    scope = of_tenant(result.tenant)
    audit = (f"planfold audit {result.run_id}{scope}", "replays the record and tells its story")
    ways = [audit]
    if past:
        screen.line(Text(f"  as it stood after event {result.version} of its record", "dim"))
    match result.outcome:
        case _ if past:
            pass
        case "ready" if result.report is None:
            ways.append((f"planfold report {result.run_id} good{scope}", "once it has run; or bad, with its --cost"))
        case "refused" if result.budget is not None and result.budget.scope is not None:
            whose = result.agent_id if result.budget.scope != "tenant" else f"--tenant {result.tenant}"
            tenant = scope if result.budget.scope != "tenant" else ""
            ways.insert(0, (f"planfold budget show {whose}{tenant}", "what is granted, held and spent"))
        case None:
            ways.insert(0, ("planfold plan ...", f"the same with --run {result.run_id} goes on from here"))
        case _:
            pass
    screen.table([[Text(command, "cyan"), Text(why, "dim")] for command, why in ways])


def _took(result: PlanGenerationResult) -> Text:
    count = f"{len(result.steps) or 'no'} step{'' if len(result.steps) == 1 else 's'}"
    attempts = f", {result.attempts} attempts" if result.attempts > 1 else ""
    took = ""
    if result.started_at is not None and result.ended_at is not None:
        took = f" in {(result.ended_at - result.started_at).total_seconds():.2f} s"
    by = f" by {result.planner.name}" if result.planner is not None else ""
    return shown(f"  {count}{by}{attempts}{took}", "dim")
