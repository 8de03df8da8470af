"""Nobody hides a fault by giving an object the name of a marker, which stands for what a recorder left out."""

from collections.abc import Iterator

from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import JsonValue

from planfold.domain.canonical import recordable
from planfold.domain.inspection import Draft, RuleSet, accepts, inspect
from planfold.domain.inspection.draft import MARKERS, is_marker
from planfold.domain.schema import unescaped
from planfold.domain.secrets import KINDS, redact
from planfold.domain.skill import Manifest, Skill

MANIFEST = Manifest(
    skills=(
        Skill(
            name="fetch",
            parameters={"required": ["url"], "properties": {"url": {"type": "string"}, "req": {"type": "object"}}},
            allowed_domains=("example.com",),
        ),
        Skill(name="anything"),
    )
)
FAULTS = st.sampled_from(
    ["http://169.254.169.254/latest", "${nope}", "${a}", "password=swordfish", "file:///etc/passwd", "fine", 5, None]
)
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    FAULTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "req", "x", *MARKERS]), inner, max_size=3)
    ),
    max_leaves=8,
)
STEPS = st.fixed_dictionaries(
    {"step_id": st.sampled_from(["a", "b"]), "skill": st.sampled_from(["fetch", "anything", "nothing"])},
    optional={
        "params": st.dictionaries(st.sampled_from(["url", "req", "x"]), VALUES, max_size=3),
        "retry_count": st.integers(0, 9),
        "loop": st.fixed_dictionaries({"over": st.just("x"), "max_iterations": st.integers(0, 20)}),
    },
)
PLANS = st.fixed_dictionaries(
    {"plan_id": st.just("p"), "steps": st.lists(STEPS, max_size=3)}, optional={"metadata": st.just({"by": "x"})}
)


def _objects(value: JsonValue, pointer: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        yield pointer
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in parts:
        yield from _objects(item, f"{pointer}/{name}")


def _with(value: JsonValue, pointer: str, name: str, item: JsonValue) -> JsonValue:
    """`value` with a further member in the object at `pointer`."""
    first, _, rest = pointer.removeprefix("/").partition("/")
    if isinstance(value, list):
        return [
            _with(part, f"/{rest}" if rest else "", name, item) if str(at) == first else part
            for at, part in enumerate(value)
        ]
    assert isinstance(value, dict)
    if not pointer:
        return {**value, name: item}
    return {**value, first: _with(value[first], f"/{rest}" if rest else "", name, item)}


def _at(value: JsonValue, pointer: str) -> JsonValue:
    for name in pointer.split("/")[1:]:
        value = (
            value[int(name)] if isinstance(value, list) else value[unescaped(name)] if isinstance(value, dict) else None
        )
    return value


def _errors(answer: JsonValue) -> set[tuple[str, str | None]]:
    draft = Draft(
        answer=answer,
        goal="do it",
        manifest=MANIFEST,
        recorded_manifest=MANIFEST.digest,
        rules=RuleSet(max_findings=1_000),
    )
    return {(item.code, item.path) for item in inspect(draft) if item.severity == "error"}


@given(PLANS, VALUES, st.sampled_from(sorted(MARKERS)), st.data())
def test_the_name_of_a_marker_in_an_object_removes_no_error(
    plan: JsonValue, value: JsonValue, marker: str, data: st.DataObject
) -> None:
    pointer = data.draw(st.sampled_from(sorted(_objects(plan))))
    holder = _at(plan, pointer)
    assert isinstance(holder, dict)
    assume(marker not in holder)
    assume(not is_marker({**holder, marker: value}) and not is_marker(holder))

    forged, plain = _errors(_with(plan, pointer, marker, value)), _errors(_with(plan, pointer, "other", value))

    def renamed(path: str | None) -> str | None:
        at, inside = f"{pointer}/other", f"{pointer}/{marker}"
        return inside + path.removeprefix(at) if path is not None and f"{path}/".startswith(f"{at}/") else path

    assert {(code, renamed(path)) for code, path in plain} <= forged
    assert ("INVALID_PLAN", f"{pointer}/{marker}") in forged


@given(VALUES, st.sampled_from([*sorted(KINDS)[:3], "text", "password"]), st.sampled_from(sorted(MARKERS)))
def test_a_marker_is_refused_wherever_it_stands_for_a_parameter(value: JsonValue, what: str, marker: str) -> None:
    params: JsonValue = {"url": "https://example.com/", "x": [value, {marker: what}]}
    answer: JsonValue = {"plan_id": "p", "steps": [{"step_id": "a", "skill": "fetch", "params": params}]}

    assert _errors(answer)
    assert _errors(redact(recordable(answer)))


def test_a_forged_marker_is_told_at_its_name_and_what_it_hides_is_judged() -> None:
    params: JsonValue = {"url": "https://example.com/", "req": {"$redacted": 5, "u": "http://169.254.169.254/"}}
    answer: JsonValue = {"plan_id": "p", "steps": [{"step_id": "a", "skill": "fetch", "params": params}]}
    draft = Draft(answer=answer, goal="", manifest=MANIFEST, recorded_manifest=MANIFEST.digest)

    found = inspect(draft)

    assert [("INVALID_PLAN", "/steps/0/params/req/$redacted"), ("FORBIDDEN_TARGET", "/steps/0/params/req/u")] == [
        (item.code, item.path) for item in found
    ]
    assert found[0].message == (
        "/steps/0/params/req/$redacted is a name that stands only for what a recorder left out; use another name"
    )
    assert not accepts(found)
