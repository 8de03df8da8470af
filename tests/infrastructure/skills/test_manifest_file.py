"""Manifest files: what is read, and the sentence for what is not."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planfold.domain.errors import InvalidManifest
from planfold.domain.skill import MAX_SKILLS, Effects, Manifest, Skill
from planfold.infrastructure.skills import FileCatalog, StarterCatalog, load_manifest, parse_manifest
from planfold.infrastructure.skills.manifest_file import MAX_BYTES

TOML = """
[[skills]]
name = "send"
description = "Send a thing"
cost = "0.02"
tags = ["post"]
allowed_domains = ["example.com"]
[skills.parameters]
type = "object"
required = ["to"]
[skills.parameters.properties.to]
type = "string"
[skills.result]
type = "object"
[skills.effects]
destructive = true

[[skills]]
name = "wait"
cost = "0"
"""
SKILLS = (
    Skill(
        name="send",
        description="Send a thing",
        cost=20_000,
        tags=("post",),
        allowed_domains=("example.com",),
        parameters={"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}}},
        result={"type": "object"},
        effects=Effects(destructive=True),
    ),
    Skill(name="wait", cost=0),
)


def _json(**skill: object) -> str:
    return json.dumps([{"name": "a", **skill}])


# What is read


def test_toml_and_both_forms_of_json_say_the_same() -> None:
    listed = [skill.model_dump(mode="json", exclude={"cost"}) for skill in SKILLS]
    listed[0]["cost"], listed[1]["cost"] = "0.02", "0"

    expected = Manifest(skills=SKILLS)
    assert expected == parse_manifest(TOML, json_form=False)
    assert expected == parse_manifest(json.dumps(listed), json_form=True)
    assert expected == parse_manifest(json.dumps({"skills": listed}), json_form=True)


def test_the_form_is_the_one_that_the_name_says(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(TOML)
    (tmp_path / "b.JSON").write_text("\ufeff" + _json(), encoding="utf-8")

    assert ["send", "wait"] == [skill.name for skill in load_manifest(tmp_path / "a.toml").skills]
    assert ["a"] == [skill.name for skill in load_manifest(tmp_path / "b.JSON").skills]


@pytest.mark.parametrize(
    ("cost", "micros"),
    [(None, None), ("0", 0), ("0.000001", 1), (" 1.50 ", 1_500_000), (2, 2_000_000), ("5e-3", 5_000)],
)
def test_a_cost_is_exact_and_none_is_an_unknown_price(cost: object, micros: int | None) -> None:
    assert micros == parse_manifest(_json(cost=cost), json_form=True).skills[0].cost


def test_a_skill_without_parameters_takes_any_object() -> None:
    assert {"type": "object"} == parse_manifest(_json(), json_form=True).skills[0].parameters


# What is refused


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"skills": [', "line 1, column 13 is not JSON: Expecting value; correct it there"),
        ('[{"name": "a"},\n {"name": b}]', "line 2, column 11 is not JSON: Expecting value; correct it there"),
        ("3", "skills is a number; list the skills: [[skills]] in TOML, a list in JSON"),
        ("{}", "skills is missing; list the skills: [[skills]] in TOML, a list in JSON"),
        ('{"skils": []}', "the manifest.skils is not a field of a manifest; did you mean 'skills'?"),
        ('["a"]', "skills[0] is text; describe the skill as a table with a name"),
        ("[{}]", "skills[0] has no name; give it one"),
        ('[{"name": "a", "name": "b"}]', "line 1: the name 'name' stands twice in one object; keep one of them"),
        (
            _json(descripton=""),
            "skill 'a': skills[0].descripton is not a field of a manifest; did you mean 'description'?",
        ),
        (
            _json(zzz=""),
            (
                "skill 'a': skills[0].zzz is not a field of a manifest; known are name, description, parameters, result, cost, "
                "effects, allowed_domains, tags, pin"
            ),
        ),
        (
            _json(effects={"readonly": True}),
            "skill 'a': skills[0].effects.readonly is not a field of a manifest; did you mean 'read_only'?",
        ),
        (
            _json(cost=0.02),
            "skill 'a': skills[0].cost is 0.02; write USD as text, such as \"0.02\", so that no digit is lost",
        ),
        ("[]", "skills is empty; describe at least one skill, since a plan can use no other"),
        (
            _json(parameters={"type": "string"}),
            "skill 'a': skills[0].parameters.type is 'string'; write \"object\", with a property for each parameter",
        ),
        (
            _json(parameters={"properties": {"x": {}}, "required": ["x", "y"], "additionalProperties": False}),
            (
                "skill 'a': skills[0].parameters.required asks for 'y', which is not in properties; describe it there, "
                "or allow additionalProperties"
            ),
        ),
        (
            _json(effects={"read_only": True, "destructive": True}),
            "skill 'a': skills[0].effects says both read_only and destructive; keep the one that is true",
        ),
        (
            _json(effects={"read_only": "yes"}),
            "skill 'a': skills[0].effects.read_only is 'yes'; write true or false, without quotes",
        ),
        (
            '[{"name": "a b"}]',
            (
                "skill 'a b': skills[0].name is 'a b'; use 1 to 128 characters, a letter or digit first, then letters, "
                "digits and . _ : / -"
            ),
        ),
        (_json(description=5), "skill 'a': skills[0].description is 5; give text, in quotes"),
        (
            '[{"name": "x{\\"y"},\n {"tags": [],\n "tags": []}]',
            "line 3: the name 'tags' stands twice in one object; keep one of them",
        ),
        ('[{"name": "NaN",\n "cost": -Infinity}]', "line 2: a number is -Infinity; use a finite number"),
        (
            _json(cost=True),
            "skill 'a': skills[0].cost is True; write USD as text, such as \"0.02\", so that no digit is lost",
        ),
        (_json(cost="free"), "skill 'a': skills[0].cost: 'free' is not an amount in USD; write it as 5.00"),
        (
            _json(allowed_domains=["example.com", "evil.com:443"]),
            (
                "skill 'a': skills[0].allowed_domains[1]: 'evil.com:443' is not a host; write a bare host name or address, as "
                "example.com, *.example.com or 10.0.0.5, without scheme, port or path, and part entries by commas"
            ),
        ),
        (_json(tags="post"), "skill 'a': skills[0].tags is 'post'; give a list"),
        (_json(parameters=[]), "skill 'a': skills[0].parameters is []; give a table"),
        (
            _json(parameters={"properties": {"to": {"$ref": "https://example.com/to"}}}),
            (
                "skill 'a': the schema skills[0].parameters at /properties/to/$ref refers to 'https://example.com/to' outside of "
                "the schema; nothing is fetched: copy the definition into $defs and refer to it as #/$defs/name"
            ),
        ),
        (
            _json(parameters={"minimum": 2**53}),
            "skill 'a': the schema skills[0].parameters at /minimum is 9007199254740992; use a finite number below 2^53 (RFC 7493)",
        ),
        ('[{"name": "a", "parameters": {"minimum": NaN}}]', "line 1: a number is NaN; use a finite number"),
        (
            '[{"name": "a", "parameters": {"minimum": 1e999}}]',
            "skill 'a': skills[0].parameters.minimum is inf; use a finite number",
        ),
        (
            '[{"name": "a", "tags": [' + "9" * 5_000 + "]}]",
            "the text holds a number too long to be read; use numbers below 2^53",
        ),
        (
            '[{"name": "a", "description": "\\ud800"}]',
            "skill 'a': skills[0].description is '\\ud800'; leave out NUL and lone surrogates",
        ),
        (
            '[{"name": "a", "parameters": {"\\u0000": 1}}]',
            "skill 'a': a name in skills[0].parameters is '\\x00'; leave out NUL and lone surrogates",
        ),
        (
            '[{"name": "a"}, {"name": "b"}, {"name": "a"}]',
            "skills[2].name is 'a', as is skills[0].name; keep one definition of each name",
        ),
        ("[" * 100_000, "the text is nested too deeply to be read; use at most 64 levels"),
        ('[{"name": "a", "tags": ' + "[" * 70 + "]" * 70 + "}]", None),
        (
            json.dumps([{"name": "a"}] * (MAX_SKILLS + 1)),
            "skills has 10001 entries of at most 10000; split the manifest",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_in_json_is_named_by_its_place(text: str, sentence: str | None) -> None:
    with pytest.raises(InvalidManifest) as refused:
        parse_manifest(text, json_form=True)

    assert sentence is None or sentence == str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[skills]]\nname = a", "the text is not TOML: Invalid value (at line 2, column 8); correct it there"),
        (
            '[[skills]]\nname = "a"\ncost = 0.02',
            "skill 'a': skills[0].cost is 0.02; write USD as text, such as \"0.02\", so that no digit is lost",
        ),
        (
            '[[skills]]\nname = "a"\n[skills.parameters]\ndefault = 2026-05-04',
            "skill 'a': skills[0].parameters.default is a date (2026-05-04); write it as text, in quotes",
        ),
        ("skill = 1", "the manifest.skill is not a field of a manifest; did you mean 'skills'?"),
        ("a = " + "[" * 10_000, "the text is nested too deeply to be read; use at most 64 levels"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_in_toml_is_named_by_its_place(text: str, sentence: str) -> None:
    with pytest.raises(InvalidManifest) as refused:
        parse_manifest(text, json_form=False)

    assert sentence == str(refused.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# caf\xe9")
    os.mkfifo(tmp_path / "pipe")

    for name, fault in (
        ("none.toml", "does not exist"),
        (".", "is not a file"),
        ("pipe", "is not a file"),
        ("latin.toml", "is not UTF-8 at byte 5"),
        ("a\0b", "is not a file name"),
        ("a" * 300, "cannot be read: File name too long"),
    ):
        with pytest.raises(InvalidManifest, match=fault) as refused:
            load_manifest(tmp_path / name)
        assert str(tmp_path) in str(refused.value)


def test_the_error_of_a_file_begins_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[{}]")

    with pytest.raises(InvalidManifest) as refused:
        load_manifest(tmp_path / "a.json")

    assert f"{tmp_path}/a.json: skills[0] has no name; give it one" == str(refused.value)


def test_a_file_of_ten_megabytes_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as stream:
        stream.truncate(MAX_BYTES)  # NULs, which are no JSON

    with pytest.raises(InvalidManifest, match="is 10000000 bytes or longer; split it"):
        load_manifest(tmp_path / "a.json")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["skills", "name", "parameters", "properties", "cost", "effects", "tags", "pin", "$ref", "type"]) | st.text(), inner)))  # fmt: skip
def test_any_json_is_a_manifest_or_refused_in_one_sentence(document: object) -> None:
    for text in (json.dumps(document), json.dumps([document])):
        try:
            assert isinstance(parse_manifest(text, json_form=True), Manifest)
        except InvalidManifest as refused:
            assert str(refused)  # noqa: PT017 - either is right


# Catalogs


def test_a_catalog_reads_its_file_once_and_offers_it_to_every_agent(tmp_path: Path) -> None:
    path = tmp_path / "skills.json"
    path.write_text(_json())
    catalog = FileCatalog(path)

    first = catalog.manifest("acme", "scout")
    path.unlink()

    assert first is catalog.manifest("other", "rover")


def test_a_broken_file_is_told_when_the_skills_are_asked_for(tmp_path: Path) -> None:
    catalog = FileCatalog(tmp_path / "none.toml")

    with pytest.raises(InvalidManifest, match="does not exist"):
        catalog.manifest("acme", "scout")


def test_the_starter_catalog_needs_no_file_of_the_user() -> None:
    assert "fetch_url" in StarterCatalog().manifest("default", "scout").by_name
