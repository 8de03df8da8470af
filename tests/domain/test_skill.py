"""Skills, and the manifest that a digest names."""

import pytest
from pydantic import ValidationError

from planfold.domain.errors import InvalidManifest
from planfold.domain.skill import Effects, Manifest, Skill

SEARCH = Skill.model_validate(
    {
        "name": "web_search",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string"}, "anything": True},
            "required": ["query"],
        },
    }
)


def test_a_price_that_nobody_named_is_unknown() -> None:
    assert Skill(name="x").cost is None


def test_parameters_are_had_by_name_with_their_schemas() -> None:
    assert {"query": {"type": "string"}, "anything": {}} == SEARCH.properties
    assert ({}, ()) == (Skill(name="x").properties, Skill(name="x").required)


def test_a_schema_that_is_none_is_refused_with_its_place() -> None:
    with pytest.raises((InvalidManifest, ValidationError), match=r"x\.result"):
        Skill(name="x", result={"type": "nothing"})


def test_a_name_stands_for_one_skill() -> None:
    with pytest.raises((InvalidManifest, ValidationError), match="defined more than once"):
        Manifest(skills=(Skill(name="x"), Skill(name="x", description="another")))


def test_a_manifest_beyond_what_a_store_keeps_is_refused_with_its_size() -> None:
    skills = tuple(Skill(name=f"s{number}", description="d" * 4_000) for number in range(4_300))

    with pytest.raises(
        (InvalidManifest, ValidationError), match=r"of 4300 skills has \d{8} bytes, 16777216 can be kept; offer fewer"
    ):
        Manifest(skills=skills)


def test_an_approval_does_not_change_what_it_approves() -> None:
    skill = Skill(name="x")

    assert skill.digest == skill.model_copy(update={"pin": "a" * 64}).digest


@pytest.mark.parametrize(
    "changed", [{"name": "y"}, {"description": "d"}, {"cost": 1}, {"effects": Effects(destructive=True)}]
)
def test_every_change_of_a_definition_changes_its_digest(changed: dict[str, object]) -> None:
    assert Skill(name="x").digest != Skill.model_validate({"name": "x", **changed}).digest


def test_a_manifest_is_read_back_from_its_document() -> None:
    manifest = Manifest(skills=(Skill(name="x", cost=5, tags=("a",)), Skill(name="y")))

    again = Manifest.model_validate_json(manifest.document)

    assert (manifest, manifest.digest) == (again, again.digest)


def test_near_names_are_found() -> None:
    manifest = Manifest(skills=(Skill(name="web_search"), Skill(name="send_email"), Skill(name="send_sms")))

    assert ["web_search"] == manifest.near("websearch")
    assert [] == manifest.near("qqq")
