"""The examples of the documents are run, one after the other as a reader would, and print what the documents say."""

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from psycopg.conninfo import conninfo_to_dict

from planfold.application import EnginePolicy, PlanGenerationEngine, use_engine
from planfold.infrastructure.embedding import wordllama
from planfold.infrastructure.in_memory import in_memory_ports
from planfold.infrastructure.planners.offline.planner import OfflinePlanner
from planfold.infrastructure.postgres.embedded import Endpoint
from planfold.infrastructure.skills import StarterCatalog

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("docs/library.md", "README.md")

_BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n*^```text\n(?P<printed>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)


class Example(NamedTuple):
    """A block of Python; `printed` is the block of text right behind it, if there is one."""

    line: int
    code: str
    printed: str | None


def examples(document: str) -> Iterator[Example]:
    text = (ROOT / document).read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        yield Example(text.count("\n", 0, found.start("code")), found["code"], found["printed"])


@pytest.fixture(autouse=True)
def _engine(database: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An engine in memory with the starter skills; who reads the environment finds a database of the test's own."""
    given = conninfo_to_dict(database.app)
    where = f"host={quote(str(given['host']), safe='')}&port={given['port']}"
    monkeypatch.setenv("PLANFOLD_DATABASE_URL", f"postgresql://{given['user']}@/{given['dbname']}?{where}")
    ports = in_memory_ports(StarterCatalog().manifest("default", "scout"))
    use_engine(PlanGenerationEngine(ports, [OfflinePlanner(wordllama())], EnginePolicy(wait_seconds=0)))
    yield
    use_engine(None)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_example_runs_and_prints_what_the_document_says(document: str) -> None:
    names: dict[str, object] = {"__name__": "__main__"}
    for example in examples(document):
        printed = io.StringIO()
        # Line breaks ahead of the code let a traceback name the line of the document.
        code = compile("\n" * example.line + example.code, document, "exec")
        with redirect_stdout(printed):
            exec(code, names)  # noqa: S102 - the code of our own documents

        if example.printed is not None:
            assert example.printed == printed.getvalue(), f"{document}:{example.line}"


def test_the_guide_for_hosts_has_examples() -> None:
    assert len(list(examples("docs/library.md"))) >= 8
