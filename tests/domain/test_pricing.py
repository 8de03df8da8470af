from hypothesis import given
from hypothesis import strategies as st

from planfold.domain.money import LARGEST
from planfold.domain.plan import Loop, Plan, Step
from planfold.domain.pricing import most_calls, worst_case
from planfold.domain.skill import Manifest, Skill

MANIFEST = Manifest(
    skills=(
        Skill(name="fetch", cost=10),
        Skill(name="send", cost=2_000),
        Skill(name="free", cost=0),
        Skill(name="unpriced"),
        Skill(name="dear", cost=LARGEST),
    )
)


def step(skill: str, *, retry_count: int = 0, max_iterations: int | None = None) -> Step:
    loop = Loop(over="${list}", max_iterations=max_iterations) if max_iterations is not None else None
    return Step(step_id=skill, skill=skill, retry_count=retry_count, loop=loop)


def plan(*steps: Step) -> Plan:
    return Plan(plan_id="p", steps=steps)


def test_a_plan_costs_at_most_the_sum_of_its_steps() -> None:
    assert worst_case(plan(step("fetch"), step("send"), step("free")), MANIFEST) == 2_010


def test_a_plan_without_steps_costs_nothing() -> None:
    assert worst_case(plan(), MANIFEST) == 0


def test_every_try_of_every_iteration_is_counted() -> None:
    assert worst_case(plan(step("fetch", retry_count=2, max_iterations=5)), MANIFEST) == 10 * 3 * 5


def test_retries_are_counted_whatever_the_step_says_about_errors() -> None:
    aborting = Step(step_id="a", skill="fetch", retry_count=2, on_error="abort")

    assert most_calls(aborting) == 3


def test_a_loop_over_nothing_costs_nothing() -> None:
    assert worst_case(plan(step("send", max_iterations=0)), MANIFEST) == 0


def test_a_price_that_is_unknown_makes_the_whole_unknown_and_never_0() -> None:
    assert worst_case(plan(step("fetch"), step("unpriced")), MANIFEST) is None
    assert worst_case(plan(step("nowhere")), MANIFEST) is None
    assert worst_case(plan(step("unpriced", max_iterations=0)), MANIFEST) is None


def test_a_configured_price_stands_for_those_that_are_unknown() -> None:
    unknown = plan(step("fetch"), step("unpriced", retry_count=1), step("nowhere"))

    assert worst_case(unknown, MANIFEST, unknown_price=7) == 10 + 2 * 7 + 7
    assert worst_case(unknown, MANIFEST, unknown_price=0) == 10


def test_a_free_skill_has_a_known_price() -> None:
    assert worst_case(plan(step("free")), MANIFEST, unknown_price=7) == 0


def test_a_cost_beyond_counting_is_the_largest_amount() -> None:
    assert worst_case(plan(step("dear"), step("fetch")), MANIFEST) == LARGEST
    assert worst_case(plan(step("fetch", retry_count=LARGEST, max_iterations=LARGEST)), MANIFEST) == LARGEST


steps = st.builds(
    step,
    st.sampled_from(["fetch", "send", "free"]),
    retry_count=st.integers(0, 9),
    max_iterations=st.none() | st.integers(0, 9),
)


@given(st.lists(steps, max_size=6), steps)
def test_a_further_step_adds_exactly_what_it_costs_alone(some: list[Step], further: Step) -> None:
    before, alone = worst_case(plan(*some), MANIFEST), worst_case(plan(further), MANIFEST)

    assert before is not None
    assert alone is not None
    assert before + alone == worst_case(plan(*some, further), MANIFEST)


@given(st.lists(steps, max_size=4))
def test_the_worst_case_is_that_every_try_of_every_iteration_is_needed(some: list[Step]) -> None:
    spent = 0
    for item in some:
        for _iteration in range(item.loop.max_iterations if item.loop is not None else 1):
            for _try in range(1 + item.retry_count):
                spent += MANIFEST.by_name[item.skill].cost or 0

    assert spent == worst_case(plan(*some), MANIFEST)
