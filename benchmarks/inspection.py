"""How long the inspector takes for a plan of 5 and of 25 steps: milliseconds of CPU, in slices that follow each other."""

import statistics
import time
from collections.abc import Sequence
from typing import Any

from planfold.domain.inspection import Draft, accepts, inspect
from planfold.infrastructure.skills.catalog import StarterCatalog

GOAL = "Fetch the reports of https://example.com/, summarise each and e-mail the summaries to ana@example.com"
SIZES = (5, 25)
SLICE = 20


def plan(steps: int) -> dict[str, Any]:
    """Pages are fetched and each is summarised; the last step sends all summaries."""
    found: list[dict[str, Any]] = []
    pages = range(1, (steps + 1) // 2)
    for page in pages:
        address = f"https://example.com/reports/{page}.html"
        found.append(_step(f"fetch{page}", "fetch_url", {"url": address}, f"Fetch {address}"))
        text = {"text": f"${{fetch{page}.content}}"}
        found.append(_step(f"sum{page}", "summarize_text", text, "Summarise it", [f"fetch{page}"]))
    summaries = "\n".join(f"Report {page}: ${{sum{page}.summary}}" for page in pages)
    mail = {"to": "ana@example.com", "subject": "The reports", "body": summaries}
    found.append(_step("send", "send_email", mail, "Send the summaries", [f"sum{page}" for page in pages]))
    return {"plan_id": f"plan-of-{steps}", "steps": found, "metadata": {}}


def _step(name: str, skill: str, params: dict[str, Any], description: str, after: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "step_id": name,
        "skill": skill,
        "params": params,
        "depends_on": list(after),
        "description": description,
    }


def measured(rounds: int) -> dict[str, float]:
    manifest = StarterCatalog().manifest("default", "bench")

    def inspected(steps: int) -> None:
        draft = Draft(answers[steps], GOAL, manifest, manifest.digest)
        if not accepts(inspect(draft)) or len(draft.steps) != steps:
            raise RuntimeError(f"a plan of {steps} steps was to be accepted: {inspect(draft)}")

    answers = {steps: plan(steps) for steps in SIZES}
    times: dict[int, list[float]] = {steps: [] for steps in SIZES}
    for _ in range(rounds):
        for steps, slices in times.items():
            begun = time.thread_time()
            for _ in range(SLICE):
                inspected(steps)
            slices.append((time.thread_time() - begun) / SLICE * 1e3)
    return {f"{steps}_steps_ms": round(statistics.median(slices), 3) for steps, slices in times.items()}
