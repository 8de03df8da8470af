"""What every catalog keeps: each agent of each tenant is told what it may use, the same while nothing has changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from planfold.application.ports import SkillCatalog
from planfold.domain.errors import InvalidManifest
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.in_memory import FixedCatalog
from planfold.infrastructure.skills import FileCatalog, StarterCatalog
from planfold.infrastructure.skills.mcp.live import LiveCatalog

MANIFEST = Manifest(skills=(Skill(name="fetch", description="Fetch a URL", cost=20_000), Skill(name="wait")))
FILE = """
[[skills]]
name = "fetch"
description = "Fetch a URL"
cost = "0.02"

[[skills]]
name = "wait"
"""

Make = Callable[[], SkillCatalog]


@pytest.fixture(params=["fixed", "file", "live", "starter"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """A new catalog of the same skills, as another process would make it."""
    file = tmp_path / "skills.toml"
    file.write_text(FILE)
    makers: dict[str, Make] = {
        "fixed": lambda: FixedCatalog(MANIFEST),
        "file": lambda: FileCatalog(file),
        "live": lambda: LiveCatalog(file, lambda _: [], 60),
        "starter": StarterCatalog,
    }
    return makers[request.param]


@pytest.mark.parametrize(("tenant", "agent"), [("default", "scout"), ("9", "a.b_c:d@e-f"), ("t" * 128, "A" * 128)])
def test_every_agent_of_every_tenant_is_told_its_skills(make: Make, tenant: str, agent: str) -> None:
    manifest = make().manifest(tenant, agent)

    assert list(manifest.by_name.values()) == list(manifest.skills)
    assert {"fetch", "fetch_url"} & set(manifest.by_name)


def test_asked_again_a_catalog_says_the_same(make: Make) -> None:
    catalog = make()
    first = catalog.manifest("default", "scout")

    assert first == catalog.manifest("default", "scout")
    assert first.digest == make().manifest("default", "scout").digest


def test_what_a_catalog_says_can_be_kept_by_its_digest_and_read_again(make: Make) -> None:
    manifest = make().manifest("default", "scout")

    again = Manifest.model_validate_json(manifest.document)
    assert (manifest, manifest.digest) == (again, again.digest)


def test_threads_that_ask_at_once_are_told_the_same(make: Make) -> None:
    catalog = make()

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda number: catalog.manifest("default", f"agent-{number}").digest, range(16)))

    assert [make().manifest("default", "scout").digest] * 16 == told


@pytest.mark.parametrize("made", [FileCatalog, lambda file: LiveCatalog(file, lambda _: [], 60)], ids=["file", "live"])
@pytest.mark.parametrize("text", [None, "skills = 3", '[[skills]]\nname = "a"\n[[skills]]\nname = "a"\n'])
def test_skills_that_cannot_be_told_are_an_invalid_manifest_until_they_can(
    tmp_path: Path, text: str | None, made: Callable[[Path], SkillCatalog]
) -> None:
    """Only a catalog that reads from the world can fail: the others were given a manifest, or come with it."""
    file = tmp_path / "skills.toml"
    if text is not None:
        file.write_text(text)
    catalog = made(file)

    for _ in range(2):
        with pytest.raises(InvalidManifest):
            catalog.manifest("default", "scout")
    file.write_text(FILE)

    assert MANIFEST == catalog.manifest("default", "scout")
