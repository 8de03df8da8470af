"""`planfold plan`: one goal, one run, every outcome recorded and shown."""

from pathlib import Path
from typing import Annotated

import typer

from planfold.application import PlanGenerationContext
from planfold.application.ids import new_id
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Interrupted
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, JsonOption, TenantOption, of_tenant
from planfold.infrastructure.cli.page import print_result, refusal
from planfold.infrastructure.cli.screen import Screen
from planfold.infrastructure.cli.status import OF_OUTCOME
from planfold.infrastructure.cli.telling import Telling
from planfold.infrastructure.cli.text import complain
from planfold.infrastructure.cli.waiting import waiting

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
    planner: Annotated[str | None, typer.Option(metavar="NAME", help="Who drafts, instead of the set one.")] = None,
    budget: Annotated[int | None, typer.Option(metavar="CENTS", help="What this run may cost at most.")] = None,
    as_json: JsonOption = False,
) -> int:
    """Draft, inspect, budget and record the plan of one run.

    The same run again gives the same answer and records nothing; with another goal or agent it is refused.
    """
    run_id = run if run is not None else new_id()
    context = PlanGenerationContext(agent, goal, run_id, budget, tenant=tenant)
    screen = Screen()
    try:
        with opened() as use:
            if as_json:
                with waiting("planning"):
                    result = use.engine.generate(context, skills=skills, planner=planner)
                screen.json(result.model_dump(mode="json"))
            else:
                with Telling(screen, use.runs, tenant, run_id) as telling:
                    result = use.engine.generate(context, skills=skills, planner=planner, sink=telling)
                print_result(screen, result)
    except KeyboardInterrupt:
        again = f"planfold plan ... --agent {agent} --run {run_id}{of_tenant(tenant)}"
        raise Interrupted(f"interrupted; what was recorded stays, and this goes on from there: {again}") from None
    if (why := refusal(result)) is not None:
        complain(why)
    return OF_OUTCOME[result.outcome or "failed"]
