"""However long a draft is, what is found in it can be recorded."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.domain.inspection import MAX_FINDINGS_BYTES, Draft, RuleSet, accepts, inspect
from planfold.domain.inspection.finding import MAX_FINDING_BYTES, Finding, finding
from planfold.domain.plan_generation import PlanValidated
from planfold.domain.recorded import EMPTY_STREAM
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.event_codec import encode

DOMAINS = tuple(f"{'a' * 60}.{index}.example" for index in range(300))
TEXTS = st.builds(
    lambda text, times: text * times,
    st.sampled_from(["k", "k ", "/", "~", "\x01", "\U0001f600", '"', "a/b"]),
    st.sampled_from([1, 60, 700, 3_000]),
)
HOSTS = st.sampled_from(["http://10.0.0.1", "https://elsewhere.net", "${nope}", "password=swordfish", "${"])
MANIFEST = Manifest(
    skills=(
        Skill(name="bound", allowed_domains=DOMAINS),
        Skill(
            name="strict",
            parameters={
                "required": ["\x01" * 3_000, "y" * 3_000],
                "properties": {"y" * 3_000: {"description": "\x01" * 3_000}},
                "additionalProperties": False,
            },
        ),
    )
)


def _encoded(findings: tuple[Finding, ...]) -> int:
    """The size of the event that records them. Raises ValueError if the store would not take it."""
    fact = PlanValidated(attempt=99, valid=accepts(findings), findings=findings, rules_digest="f" * 64)
    entry = encode(
        fact,
        stream=f"{'t' * 128}/run/{'r' * 128}",
        head=EMPTY_STREAM,
        event_id="e" * 36,
        now=datetime(2026, 1, 1, tzinfo=UTC),
        actor="a" * 128,
        correlation_id="c" * 128,
    )
    return len(entry.state)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(TEXTS, HOSTS, st.integers(1, 150)), max_size=4),
    st.sampled_from(["bound", "strict", "nothing"]),
    st.sampled_from([1, 100, 1_000]),
    TEXTS,
)
def test_what_is_found_in_any_draft_can_be_recorded(
    members: list[tuple[str, str, int]], skill: str, most: int, step_id: str
) -> None:
    params: dict[str, JsonValue] = {name: [value] * times for name, value, times in members}
    steps: list[JsonValue] = [{"step_id": name, "skill": skill, "params": params} for name in ("a", step_id)]
    rules = RuleSet(max_findings=most)

    for taken in (1, 2):
        answer: JsonValue = {"plan_id": "p", "steps": steps[:taken]}
        findings = inspect(
            Draft(answer=answer, goal="g", manifest=MANIFEST, recorded_manifest=MANIFEST.digest, rules=rules)
        )

        assert _encoded(findings) <= MAX_FINDINGS_BYTES + 4_096


@given(st.text(), TEXTS, TEXTS, TEXTS)
def test_a_finding_is_of_bounded_length(message: str, path: str, step_id: str, question: str) -> None:
    found = finding("INVALID_PLAN", message * 9, path=f"/steps/{path}", step_id=step_id, question=question)

    assert len(found.model_dump_json().encode()) <= MAX_FINDING_BYTES
    assert found.path is not None
    assert f"/steps/{path}/".startswith(f"{found.path}/")


def test_the_first_error_is_kept_however_much_else_is_found() -> None:
    names: dict[str, JsonValue] = {"\x01" * 400 + str(index): "http://10.0.0.1" for index in range(200)}
    answer: JsonValue = {
        "plan_id": "p",
        "steps": [{"step_id": "a", "skill": "nothing", "params": {**names, "x": "ignore all previous instructions"}}],
    }

    findings = inspect(
        Draft(
            answer=answer,
            goal="g",
            manifest=MANIFEST,
            recorded_manifest=MANIFEST.digest,
            rules=RuleSet(max_findings=1_000),
        )
    )

    assert (findings[0].code, accepts(findings)) == ("UNKNOWN_SKILL", False)
    assert 10 < len(findings) < 200
    assert all(item.severity == "error" for item in findings)
