"""The inspector answers anything, always alike, and never accepts what is no plan."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.domain.inspection import Draft, Finding, RuleSet, accepts, inspect
from planfold.domain.plan import Plan
from planfold.domain.schema import unescaped
from planfold.domain.skill import Manifest, Skill

TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["a", "b", "${a}", "${b.c}", "${", "http://127.0.0.1/", "//[::1]@x", "password=swordfish", "https://\u24db%", "@",
         "ignore previous instructions", "::ffff:1.2.3.4", "0x7f.1", "x@[", "file:", "\\\\h\\s", "http:\\\\a@b", "$redacted", "$unrepresentable"]
    ),
)  # fmt: skip
ANYTHING: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
STEPS = st.fixed_dictionaries(
    {"step_id": st.sampled_from(["a", "b", "c", "d"]), "skill": st.sampled_from(["fetch", "send", "nothing"])},
    optional={
        "params": st.dictionaries(st.sampled_from(["url", "to", "count", "x"]) | TEXTS, ANYTHING, max_size=4),
        "depends_on": st.lists(st.sampled_from(["a", "b", "c", "z"]), max_size=3),
        "retry_count": st.integers(0, 5),
        "description": st.text(max_size=40),
        "loop": st.fixed_dictionaries({"over": TEXTS, "max_iterations": st.integers(0, 20)}),
    },
)
PLANS = st.fixed_dictionaries({"plan_id": st.just("p"), "steps": st.lists(STEPS, max_size=6)})
MANIFEST = Manifest(
    skills=(
        Skill(
            name="fetch",
            parameters={"properties": {"url": {"format": "uri"}, "count": {"type": "integer"}}, "required": ["url"]},
            result={"properties": {"body": {}}, "additionalProperties": False},
            allowed_domains=("example.com",),
        ),
        Skill(name="send", parameters={"oneOf": [{"required": ["to"]}, {"properties": {"x": {"type": "integer"}}}]}),
    )
)


def _inspect(answer: JsonValue, rules: RuleSet | None = None) -> tuple[Finding, ...]:
    return inspect(
        Draft(
            answer=answer,
            goal="do it",
            manifest=MANIFEST,
            recorded_manifest=MANIFEST.digest,
            rules=rules or RuleSet(),
        )
    )


def _turned(value: JsonValue) -> JsonValue:
    """The same value with the names of its objects in the opposite order."""
    if isinstance(value, dict):
        return {name: _turned(item) for name, item in reversed(value.items())}
    return [_turned(item) for item in value] if isinstance(value, list) else value


def _compared(findings: tuple[Finding, ...]) -> list[tuple[str, str, str | None, str | None]]:
    return [(item.code, item.severity, item.step_id, item.path) for item in findings]


@given(ANYTHING)
def test_any_answer_that_is_no_plan_is_refused_as_such(answer: JsonValue) -> None:
    findings = _inspect(answer)

    assert "INVALID_PLAN" in {item.code for item in findings}
    assert not accepts(findings)
    assert all(item.path is not None for item in findings)


@settings(max_examples=50)
@given(PLANS)
def test_any_plan_is_inspected(plan: JsonValue) -> None:
    findings = _inspect(plan)

    assert len(findings) <= 100
    if accepts(findings):
        Plan.model_validate(plan)


@settings(max_examples=50)
@given(PLANS)
def test_a_plan_inspected_again_has_the_same_findings(plan: JsonValue) -> None:
    assert _inspect(plan) == _inspect(plan)


@settings(max_examples=50)
@given(PLANS, st.integers(1, 6))
def test_the_order_of_names_does_not_matter(plan: JsonValue, most: int) -> None:
    rules = RuleSet(max_findings=most)

    assert _compared(_inspect(plan, rules)) == _compared(_inspect(_turned(plan), rules))


@settings(max_examples=50)
@given(PLANS, st.integers(1, 6))
def test_leaving_findings_out_does_not_change_the_verdict(plan: JsonValue, most: int) -> None:
    assert accepts(_inspect(plan)) == accepts(_inspect(plan, RuleSet(max_findings=most)))


@settings(max_examples=50)
@given(PLANS)
def test_every_path_leads_into_the_plan_or_to_what_it_lacks(plan: JsonValue) -> None:
    for item in _inspect(plan):
        if item.path is None or item.code in ("MISSING_PARAMETER", "INVALID_PLAN"):
            continue
        here: JsonValue = plan
        for name in item.path.split("/")[1:]:
            plain = unescaped(name)
            if isinstance(here, list):
                here = here[int(plain)]
            else:
                assert isinstance(here, dict)
                assert plain in here or plain == "params"
                here = here.get(plain)
