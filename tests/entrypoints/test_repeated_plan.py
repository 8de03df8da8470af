"""`planfold plan` for a run that is recorded already: the same answer, and a word on options that had no part in it."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Command = Callable[..., CompletedProcess[str]]

GOAL = "Send a parcel to Ana by courier"


@pytest.fixture
def recorded(planfold: Command, parcels: str) -> CompletedProcess[str]:
    """Run r1, planned with a cap, a manifest and a planner."""
    named = ["--budget", "4.50", "--skills", parcels, "--planner", "oracle"]
    return planfold("plan", GOAL, "--run", "r1", *named, "--json")


@pytest.mark.parametrize(
    ("options", "idle"),
    [
        (["--budget", "5"], "--budget differs"),
        (["--planner", "offline"], "--planner differs"),
        (["--skills", "nowhere.toml"], "--skills differs"),
        (["--budget", "1", "--skills", "nowhere.toml"], "--budget and --skills differ"),
        (["--budget", "1", "--skills", "nowhere.toml", "--planner", "x"], "--budget and --skills and --planner differ"),
    ],
)
def test_options_that_had_no_part_in_a_recorded_plan_are_told(
    planfold: Command, recorded: CompletedProcess[str], options: list[str], idle: str
) -> None:
    again = planfold("plan", GOAL, "--run", "r1", *options, "--json")

    assert (0, recorded.stdout) == (again.returncode, again.stdout)
    assert (
        f"planfold: run 'r1' is shown as it is recorded; {idle} from that and had no part in it: "
        f"plan under a new run id to use {'them' if ' and ' in idle else 'it'}\n"
    ) == again.stderr
    assert again.stderr == planfold("plan", GOAL, "--run", "r1", *options).stderr


def test_options_that_are_those_of_the_record_are_not_told(
    planfold: Command, recorded: CompletedProcess[str], parcels: str
) -> None:
    for options in ([], ["--budget", "4.50"], ["--budget", "4.509"], ["--skills", parcels], ["--planner", "oracle"]):
        again = planfold("plan", GOAL, "--run", "r1", *options, "--json")

        assert (0, recorded.stdout, "") == (again.returncode, again.stdout, again.stderr)


@pytest.mark.usefixtures("recorded")
def test_a_manifest_that_has_changed_since_is_told(planfold: Command, parcels: str) -> None:
    file = Path(parcels)
    file.write_text(file.read_text(encoding="utf-8").replace("4.00", "3.00"), encoding="utf-8")

    assert "--skills differs" in planfold("plan", GOAL, "--run", "r1", "--skills", parcels).stderr


@pytest.mark.usefixtures("ready")
def test_a_cap_that_a_ledger_happens_to_have_left_is_no_cap_of_the_record(planfold: Command) -> None:
    planfold("budget", "grant", "me", "5")
    planfold("plan", GOAL, "--run", "r1")

    assert "--budget differs" in planfold("plan", GOAL, "--run", "r1", "--budget", "5").stderr
