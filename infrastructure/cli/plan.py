"""`planfold plan`: one goal, one run, every outcome recorded and shown."""

from pathlib import Path
from typing import Annotated

import typer

from planfold.application import PlanGenerationContext, PlanGenerationResult
from planfold.application.ids import new_id
from planfold.application.offering import planner_names
from planfold.domain.errors import InvalidManifest
from planfold.domain.money import cents, micros_from_usd
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Interrupted, Refused
from planfold.infrastructure.cli.following import Following
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, JsonOption, TenantOption, of_tenant
from planfold.infrastructure.cli.page import refusal
from planfold.infrastructure.cli.screen import Screen
from planfold.infrastructure.cli.status import OF_OUTCOME
from planfold.infrastructure.cli.telling import Json, JsonLines, Page, Telling
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.errors import McpUnavailable

DEFAULT_AGENT = "me"

app = new_app()


@app.command()
def plan(
    goal: Annotated[str, typer.Argument(metavar="GOAL", help="What is to be reached, in a sentence.")],
    *,
    agent: Annotated[str, typer.Option(metavar="A", help="Whose skills, memories and budget count.")] = DEFAULT_AGENT,
    run: Annotated[str | None, typer.Option(metavar="ID", help="The run's id; a new one if not given.")] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    skills: Annotated[Path | None, typer.Option(metavar="FILE", help="A skill manifest, TOML or JSON.")] = None,
    planner: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,...",
            help="Who drafts, as offline,openai:gpt-5-mini: tried in this order, instead of those set.",
        ),
    ] = None,
    budget: Annotated[
        str | None, typer.Option(metavar="USD", help="What this run may cost at most, as 0.50; whole cents count.")
    ] = None,
    as_json: JsonOption = False,
    as_lines: Annotated[
        bool, typer.Option("--json-lines", help="Print each event as JSON when it is recorded, then the result.")
    ] = False,
) -> int:
    """Draft, inspect, budget and record the plan of one run.

    The same run again gives the same answer and records nothing; with another goal or agent it is refused.
    """
    run_id = run if run is not None else new_id()
    cap = None if budget is None else _whole_cents(budget)
    context = PlanGenerationContext(agent, goal, run_id, cap, tenant=tenant)
    telling = _telling(Screen(), as_json=as_json, as_lines=as_lines)
    try:
        with opened() as use:
            with Following(use.runs, tenant, run_id, telling.events) as following:
                result = use.engine.generate(context, skills=skills, planner=planner, sink=following)
            telling.result(result, repeated=following.repeated)
            idle = _without_part(result, use.installation, budget_cents=cap, skills=skills, planner=planner)
    except KeyboardInterrupt:
        again = f"planfold plan ... --agent {agent} --run {run_id}{of_tenant(tenant)}"
        raise Interrupted(f"interrupted; what was recorded stays, and this goes on from there: {again}") from None
    if idle:
        differ, them = ("differs", "it") if len(idle) == 1 else ("differ", "them")
        complain(
            f"run {run_id!r} is shown as it is recorded; {' and '.join(idle)} {differ} from that and had no part in it: "
            f"plan under a new run id to use {them}"
        )
    if (why := refusal(result, on_page=not (as_json or as_lines))) is not None:
        complain(why)
    return OF_OUTCOME[result.outcome or "failed"]


def _telling(screen: Screen, *, as_json: bool, as_lines: bool) -> Telling:
    """Raises Refused."""
    if as_json and as_lines:
        raise Refused("--json prints the result alone, --json-lines the events too; name one of them")
    return Json(screen) if as_json else JsonLines(screen) if as_lines else Page(screen)


def _without_part(
    result: PlanGenerationResult,
    installation: Installation,
    *,
    budget_cents: int | None,
    skills: Path | None,
    planner: str | None,
) -> list[str]:
    """The options that were given and are not what the run was begun with."""
    begun = result.generation.context
    if begun is None:
        return []
    cap = begun.agent_budget_cents if begun.budget_source == "host" else None
    idle = {
        "--budget": budget_cents not in {None, cap},
        "--skills": skills is not None and _digest(installation, skills) != begun.manifest_digest,
        "--planner": planner is not None and planner_names(planner) != [known.name for known in begun.planners],
    }
    return [option for option, is_idle in idle.items() if is_idle]


def _digest(installation: Installation, skills: Path) -> str | None:
    """None for a file that cannot be used: a run that was recorded before asked nobody for it."""
    try:
        return installation.open_skills(skills).digest
    except (InvalidManifest, McpUnavailable):
        return None


def _whole_cents(budget: str) -> int:
    """Rounded down. Raises InvalidMoney; Refused for less than a cent, which would refuse every plan."""
    amount = cents(micros_from_usd(budget))
    if amount < 1:
        raise Refused(f"--budget {budget[:40]!r} is below 0.01 USD, the least that a run can be capped at; name more")
    return amount
