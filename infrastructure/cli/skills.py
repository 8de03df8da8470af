"""`planfold skills`: what plans can be made of."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from planfold.domain.money import usd
from planfold.domain.skill import Manifest, Skill
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.options import JsonOption
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.skills_mcp import add_to
from planfold.infrastructure.settings import read_settings
from planfold.infrastructure.skills.manifest_file import load_manifest

app = new_app("skills", "List, check or import the skills that plans are made of.")

FileArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="A skill manifest; else the one in use.", show_default=False)
]


@app.command(name="list")
def list_skills(file: FileArgument = None, *, as_json: JsonOption = False) -> None:
    """List the skills: what each one does, takes and costs."""
    source, manifest = _manifest(file)
    screen = Screen()
    if as_json:
        screen.json(manifest.model_dump(mode="json") | {"digest": manifest.digest})
        return
    screen.line(shown(f"{_many(manifest)} of {source}", "bold"))
    if manifest.skills:
        screen.table([_row(skill) for skill in manifest.skills])


@app.command()
def check(file: FileArgument = None, *, as_json: JsonOption = False) -> None:
    """Check a manifest; exit status 2 and what is wrong with it, if it cannot be used."""
    source, manifest = _manifest(file)
    unpriced = [skill.name for skill in manifest.skills if skill.cost is None]
    unpinned = [skill.name for skill in manifest.skills if skill.pin not in {None, skill.digest}]
    screen = Screen()
    if as_json:
        screen.json(
            {
                "source": source,
                "skills": len(manifest.skills),
                "digest": manifest.digest,
                "unpriced": unpriced,
                "changed": unpinned,
            }
        )
        return
    screen.line(
        (f"{screen.sign('ready')} ", "green"), shown(f"{source}: {_many(manifest)}, digest {manifest.digest[:12]}")
    )
    if unpriced:
        first = Text.assemble((f"{screen.sign('warning')} ", "yellow"), "without a price, which a budget refuses: ")
        screen.hanging(first, shown(", ".join(unpriced)))
    if unpinned:
        first = Text.assemble(
            (f"{screen.sign('warning')} ", "yellow"), "not as their pins have them, which a plan refuses: "
        )
        screen.hanging(first, shown(", ".join(unpinned)))


add_to(app)


def _manifest(file: Path | None) -> tuple[str, Manifest]:
    with Installation(read_settings()) as installation:
        if file is not None:
            return str(file), load_manifest(file)
        named = installation.settings.skills_file
        return "the starter set" if named is None else str(named), installation.catalog.manifest("default", "me")


def _many(manifest: Manifest) -> str:
    count = len(manifest.skills)
    return f"{count} skill{'' if count == 1 else 's'}"


def _row(skill: Skill) -> list[Text]:
    parameters = [name if name in skill.required else f"[{name}]" for name in skill.properties]
    destructive = Text(" destructive", "red") if skill.effects.destructive else Text()
    price = Text("no price", "yellow") if skill.cost is None else Text(f"{usd(skill.cost)} USD")
    return [
        shown(skill.name, "bold"),
        price,
        Text.assemble(shown(skill.description), destructive, shown(f"  {' '.join(parameters)}", "dim")),
    ]
