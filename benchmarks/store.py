"""How fast runs are stored: planfold against raw psycopg and against others, on one server, in one run.

Run from the project's root: `uv run --group bench python -m benchmarks.store [--quick] [--json FILE] [--chart FILE]`.
Contenders take turns in short slices, in an order drawn anew for each round, and only ratios of slices of one round are
compared: a machine that is busy for a while is busy for all. docs/benchmarks.md says what the figures mean.
"""

import argparse
import os
import random
import signal
import statistics
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any, NoReturn

from benchmarks import chart, inspection, ratios, report, server, story
from benchmarks.contenders import ENTRANTS, Body, installed
from benchmarks.crew import Crew, Effort, Setting, WorkerEnded
from benchmarks.files import keep, writable

SETTINGS = (
    Setting("1_thread", 1, 1, ("raw", "planfold")),
    Setting("4_processes", 4, 1, ("raw", "planfold")),
    Setting("8_threads", 1, 8, ("raw", "planfold", "langgraph", "dbos")),
    Setting("16_writers", 4, 4, ("raw", "planfold", "stock")),
    Setting("engine", 1, 1, ("engine",)),
)
QUICK = Effort(rounds=8, slice_=0.25, most=7)
WHOLE = Effort(rounds=40, slice_=0.5, most=150)
SEED = 20_261_122
PACKAGES = ("psycopg", "eventsourcing", "langgraph", "langgraph-checkpoint-postgres", "dbos")
INTERRUPTED = 130
"""The exit status of a program that Ctrl-C ended."""


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, _interrupt)
    settings, left_out = _with_whom()
    try:
        bodies = story.bodies()
        figures = _measured(settings, bodies, QUICK if options.quick else WHOLE)
    except KeyboardInterrupt:
        print("stopped; nothing is left of it", file=sys.stderr)
        return INTERRUPTED
    except WorkerEnded as error:
        print(f"cannot measure: {error}", file=sys.stderr)
        return 1
    print(report.told(figures, [len(body.state) for body in bodies], left_out))
    keep(figures, options.json)
    if options.chart is not None:
        options.chart.write_text(chart.drawn(figures["ratios"]), encoding="utf-8")
    wrong = ratios.far_off(figures) if options.fail_far_off else []
    for sentence in wrong:
        print(f"far off: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under a minute, with a wider spread")
    parser.add_argument("--json", type=writable, metavar="FILE", help="write all figures there")
    parser.add_argument("--chart", type=writable, metavar="FILE", help="draw the ratios there, as SVG")
    parser.add_argument(
        "--fail-far-off", action="store_true", help="exit with 1 if a figure is far from what it should be"
    )
    return parser.parse_args()


def _with_whom() -> tuple[list[Setting], list[str]]:
    """The settings without contenders that are not installed, and a sentence for each of those."""
    missing = [name for name in ENTRANTS if not installed(name)]
    settings = [
        setting._replace(contenders=tuple(name for name in setting.contenders if name not in missing))
        for setting in SETTINGS
    ]
    left_out = [
        f"{name} is left out: {' and '.join(ENTRANTS[name].needs)} cannot be imported; uv sync --group bench installs it"
        for name in missing
    ]
    return settings, left_out


def _measured(settings: Sequence[Setting], bodies: Sequence[Body], effort: Effort) -> dict[str, Any]:
    load = os.getloadavg()[0]
    with server.running() as endpoint, Crew(bodies) as crew:
        names = {name for setting in settings for name in setting.contenders}
        processes = {
            name: max(setting.processes for setting in settings if name in setting.contenders) for name in sorted(names)
        }
        conninfos = {
            name: server.own_database(endpoint, name) if ENTRANTS[name].own_database else endpoint.app for name in names
        }
        _tell(f"{sum(processes.values())} processes of {', '.join(processes)} are started")
        crew.start(processes, conninfos)
        order = random.Random(SEED)  # noqa: S311 - an order, and the same in each run
        found = {setting.name: crew.rounds(setting, effort, order, _tell) for setting in settings}
        machine = server.told(endpoint)
    stored = [setting for setting in settings if setting.name != "engine"]
    engine = found["engine"]["engine"]
    _tell("inspection")
    return {
        **ratios.figures(stored, found),
        "engine": {
            "cpu_ms": round(statistics.median(slice_.cpu_us for slice_ in engine) / 1e3, 3),
            "runs_per_second": round(statistics.median(slice_.rate for slice_ in engine), 1),
        },
        "inspection": inspection.measured(effort.rounds),
        "machine": {
            **machine,
            "cores": os.cpu_count(),
            "load_before": round(load, 2),
            "load_after": round(os.getloadavg()[0], 2),
            "python": ".".join(map(str, sys.version_info[:3])),
        },
        "packages": {
            package: version(package)
            for package in PACKAGES
            if package in {"psycopg", "eventsourcing"} or any(package in ENTRANTS[name].needs for name in names)
        },
        "rounds": {setting.name: len(found[setting.name][setting.contenders[0]]) for setting in settings},
        "slice_seconds": effort.slice_,
    }


_begun = time.monotonic()


def _tell(what: str) -> None:
    """Progress, on standard error: in one line that changes where somebody watches."""
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{time.monotonic() - _begun:6.1f} s  {what:60}", end=end, file=sys.stderr, flush=True)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
