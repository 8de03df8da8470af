"""How many injections the inspector flags, and how many honest texts it takes for one.

Run from the project's root:

    uv run python -m benchmarks.injections [--corpus FILE]... [--agentdojo] [--texts FOLDER] [--missed] [--json FILE]

Each text is judged where an agent meets it: as a memory of medium trust, and as the description of a skill that is
offered; SUSPICIOUS_PROMPT must be found by the inspector as a run asks it. The third figure adds a planner that obeys: it
takes what the memory says into a parameter, and TAINTED_PARAM counts too. What was kept aside stands by itself: no rule was
made with it, so that it says what the others cannot. A corpus is a JSON list of objects with
`user_input` (and `injection_variant`), or a text file as in tests/domain/inspection/texts. AgentDojo is read where it
is installed, without being run: put its folder on PYTHONPATH, or `--with agentdojo` behind `uv run`. Nothing of either is shipped.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.agentdojo import agentdojo_texts
from benchmarks.files import keep, writable
from planfold.domain.inspection import Draft, inspect
from planfold.domain.memory import Snippet
from planfold.domain.skill import Manifest, Skill

OURS = Path("tests/domain/inspection/texts")
PLACES = ("memory", "skill", "obeyed")
WHEN = datetime(2026, 1, 1, tzinfo=UTC)
LONGEST_DESCRIPTION = 4_096
HEADING = "=== "
HONEST = ("honest look-alikes (false alarms)", "honest, kept aside (false alarms)")


class Text(NamedTuple):
    family: str
    text: str


class Judged(NamedTuple):
    family: str
    text: str
    flagged: dict[str, bool]


def texts_in(path: Path) -> Iterator[Text]:
    """Of a JSON corpus, or of a file with one text a line under headings; a backslash and n is a new line there."""
    if path.suffix == ".json":
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield Text(str(case.get("injection_variant", path.stem)), str(case["user_input"]))
        return
    family = path.stem
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(HEADING):
            family = line.removeprefix(HEADING)
        elif line:
            yield Text(family, line.replace("\\n", "\n"))


def judged(text: Text) -> Judged:
    return Judged(text.family, text.text, {place: _is_flagged(text.text, place) for place in PLACES})


def _is_flagged(text: str, place: str) -> bool:
    """Whether the inspector warns of a plan that was made with the text at this place."""
    description = text[:LONGEST_DESCRIPTION] if place == "skill" else "Keeps a note"
    manifest = Manifest(skills=(Skill(name="note", description=description),))
    memory = Snippet(id="m1", text=text[:8_000], type="fact", score=1, created_at=WHEN, trust="low")
    said = text[:2_000] if place == "obeyed" else "the minutes"
    step = {"step_id": "a", "skill": "note", "params": {"text": said}, "depends_on": [], "description": ""}
    snippets = () if place == "skill" else (memory,)
    answer: Any = {"plan_id": "p", "steps": [step], "metadata": {}}
    found = inspect(Draft(answer, "Keep a note of the minutes", manifest, manifest.digest, snippets))
    wanted = {"SUSPICIOUS_PROMPT", "TAINTED_PARAM"} if place == "obeyed" else {"SUSPICIOUS_PROMPT"}
    return any(item.code in wanted for item in found)


def measured(texts: Sequence[Text], name: str) -> list[Judged]:
    """All of them, telling on a terminal how far it is."""
    found, begun = [], time.monotonic()
    for number, text in enumerate(texts, 1):
        found.append(judged(text))
        if sys.stderr.isatty() and (number % 25 == 0 or number == len(texts)):
            seconds = time.monotonic() - begun
            print(f"\r{name}: {number} of {len(texts)}, {seconds:.0f} s", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return found


def figures(found: Sequence[Judged]) -> dict[str, Any]:
    families = dict.fromkeys(item.family for item in found)
    return {
        "texts": len(found),
        **_rates(found),
        "families": {name: {"texts": len(of), **_rates(of)} for name in families if (of := _of(found, name))},
    }


def _of(found: Sequence[Judged], family: str) -> list[Judged]:
    return [item for item in found if item.family == family]


def _rates(found: Sequence[Judged]) -> dict[str, float]:
    return {place: round(100 * sum(item.flagged[place] for item in found) / len(found), 1) for place in PLACES}


def told(sets: dict[str, list[Judged]]) -> str:
    head = f"{'flagged, in per cent':44} {'texts':>6} {'memory':>8} {'skill':>8} {'obeyed':>8}"
    lines = [head, "-" * len(head)]
    for name, found in sets.items():
        lines.append(_line(name, figures(found), is_honest=name in HONEST))
        lines += [
            _line(f"  {family}", of, is_honest=name in HONEST) for family, of in figures(found)["families"].items()
        ]
    lines += [
        "",
        "memory, skill: SUSPICIOUS_PROMPT. obeyed: that or TAINTED_PARAM, by a planner that does what a memory says.",
    ]
    return "\n".join(lines)


def _line(name: str, of: dict[str, Any], *, is_honest: bool) -> str:
    obeyed = "" if is_honest else f"{of['obeyed']:8.1f}"
    return f"{name[:44]:44} {of['texts']:6} {of['memory']:8.1f} {of['skill']:8.1f} {obeyed:>8}"


def main() -> None:
    options = _options()
    sources: dict[str, list[Text]] = {path.name: [*texts_in(path)] for path in options.corpus}
    if options.agentdojo:
        sources["agentdojo"] = [Text(family, text) for family, text in agentdojo_texts()]
    aside = options.texts / "kept_aside"
    sources["our variants"] = [*texts_in(options.texts / "injected.txt")]
    sources[HONEST[0]] = [text for path in sorted((options.texts / "honest").glob("*.txt")) for text in texts_in(path)]
    sources["kept aside"] = [*texts_in(aside / "injected.txt")]
    sources[HONEST[1]] = [*texts_in(aside / "honest.txt")]
    sets = {name: measured(texts, name) for name, texts in sources.items()}
    print(told(sets))
    if options.missed:
        _tell_misjudged(sets)
    keep({name: figures(found) for name, found in sets.items()}, options.json)


def _tell_misjudged(sets: dict[str, list[Judged]]) -> None:
    """But for what was kept aside: who reads it makes rules with it."""
    for name, found in sets.items():
        for item in found if "kept aside" not in name else ():
            if item.flagged["memory"] == (name in HONEST):
                print(f"{'false alarm' if name in HONEST else 'missed'}: {item.family}: {item.text[:160]!r}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.injections", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument(
        "--corpus", metavar="FILE", type=Path, action="append", default=[], help="a JSON list or a text file"
    )
    parser.add_argument("--agentdojo", action="store_true", help="the installed AgentDojo: attacks and goals")
    parser.add_argument(
        "--texts", metavar="FOLDER", type=Path, default=OURS, help="our own texts, by default %(default)s"
    )
    parser.add_argument("--missed", action="store_true", help="name the texts that were judged wrongly")
    parser.add_argument("--json", metavar="FILE", type=writable, help="write the figures there")
    return parser.parse_args()


if __name__ == "__main__":
    main()
