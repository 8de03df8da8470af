"""How long the command takes, and how much of it is importing the libraries that it stands on.

Run from the project's root: `uv run python -m benchmarks.command [--times 11] [--json FILE]`. The embedded server is
started and stopped within each `plan`, as a first user meets it; its data folder is made before the clock starts.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.files import keep, writable

PLANFOLD = Path(sys.executable).with_name("planfold")
GOAL = "Fetch https://example.com/prices.json, summarise it and e-mail the summary to ana@example.com"
LIBRARIES = {
    "--help": "import typer, typer.rich_utils, rich.console",
    "plan": "import typer, rich.console, rich.tree, pydantic, pydantic_settings, eventsourcing.postgres, psycopg_pool,"
    " jsonschema_rs, rfc8785, numpy, safetensors, tokenizers",
}


def seconds(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)  # noqa: S603 - our own command
    return time.perf_counter() - started


def measured(times: int, environment: dict[str, str]) -> dict[str, dict[str, float]]:
    """For each command the median seconds, its imports' alone, and the ratio; slices interleaved."""
    commands: dict[str, Callable[[int], list[str]]] = {
        "--help": lambda _: [str(PLANFOLD), "--help"],
        "plan": lambda number: [str(PLANFOLD), "plan", GOAL, "--run", f"bench-{number}"],
    }
    seconds(commands["plan"](-1), environment)
    found = {}
    for name, command in commands.items():
        whole, imports = [], []
        for number in range(times):
            whole.append(seconds(command(number), environment))
            imports.append(seconds([sys.executable, "-c", LIBRARIES[name]], environment))
        median, alone = statistics.median(whole), statistics.median(imports)
        found[name] = {"seconds": round(median, 3), "imports": round(alone, 3), "ratio": round(median / alone, 2)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.command", description=__doc__)
    parser.add_argument("--times", type=int, default=11)
    parser.add_argument("--json", type=writable)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="planfold-") as folder:
        Path(folder).chmod(0o755)  # the server's own user must be able to enter, where root runs this
        environment = {**os.environ, "PLANFOLD_DATA_DIR": folder, "HOME": folder}
        environment.pop("PLANFOLD_DATABASE_URL", None)
        found = measured(options.times, environment)
    for name, figures in found.items():
        print(f"planfold {name:7} {figures['seconds']:6.3f} s  {figures['ratio']:5.2f} x its imports")
    keep(found, options.json)


if __name__ == "__main__":
    main()
