"""Nothing is left out unseen: with CI=true an unlisted skip fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
import pytest

@pytest.mark.skip(reason={reason!r})
def test_skipped() -> None: ...

def test_skipped_within() -> None:
    pytest.skip({reason!r})

@pytest.mark.xfail(reason="known", strict=True)
def test_expected_to_fail() -> None:
    raise AssertionError
"""

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "fakes")}
"""The settings of pytest, which name that folder, do not count for a copy of conftest.py in another one."""

pytestmark = pytest.mark.slow  # each is a run of pytest of its own


@pytest.mark.parametrize(
    ("ci", "reason", "expected"),
    [
        ("true", "no time", "1 failed, 1 xfailed, 1 error"),
        ("true", "needs root: it takes on other users", "2 skipped, 1 xfailed"),
        ("", "no time", "2 skipped, 1 xfailed"),
    ],
)
def test_a_skip_fails_in_ci_unless_its_reason_is_listed(tmp_path: Path, ci: str, reason: str, expected: str) -> None:
    (tmp_path / "conftest.py").write_text((Path(__file__).parents[1] / "conftest.py").read_text())
    (tmp_path / "test_it.py").write_text(TESTS.format(reason=reason))

    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    ran = subprocess.run(run, env=ENVIRONMENT | {"CI": ci}, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert ran.stdout.splitlines()[-1].startswith(expected)


def test_a_skipped_file_fails_in_ci(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((Path(__file__).parents[1] / "conftest.py").read_text())
    (tmp_path / "test_it.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")

    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    ran = subprocess.run(
        run, env=ENVIRONMENT | {"CI": "true"}, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "ALLOWED_SKIPS does not list" in ran.stdout
    assert ran.returncode != 0
