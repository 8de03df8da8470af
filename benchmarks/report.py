"""The figures in words."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from benchmarks.ratios import RATIOS

WIDTH = 120
SETTINGS = {
    "1_thread": "1 thread",
    "4_processes": "4 processes",
    "8_threads": "8 threads",
    "16_writers": "4 processes x 4 threads",
}


def told(figures: Mapping[str, Any], sizes: Sequence[int], left_out: Sequence[str]) -> str:
    machine, engine, inspection = figures["machine"], figures["engine"], figures["inspection"]
    about = (
        f"One run is five events ({' + '.join(map(str, sizes))} bytes) in two commits. PostgreSQL"
        f" {machine['server_version']}, fsync {machine['fsync']}, synchronous_commit {machine['synchronous_commit']},"
        f" local socket, {machine['cores']} cores, load {machine['load_before']:.1f} before and"
        f" {machine['load_after']:.1f} after."
    )
    lines = [
        *wrap(about, WIDTH),
        "",
        "raw: how many times as long planfold takes (1.25 means 25 % longer).",
        "others: how many times as many runs a second planfold stores.",
        "",
        f"{'against':10} {'writers':24} {'ratio':>6}  {'quartiles':>13}  {'runs/s':>16}  {'CPU us/run':>15}",
    ]
    for against, name in RATIOS:
        if name not in figures["ratios"].get(against, {}):
            continue
        low, high = figures["spread"][against][name]
        rates, cpu = figures["rates"][name], figures["cpu_us"][name]
        lines.append(
            f"{against:10} {SETTINGS[name]:24} {figures['ratios'][against][name]:6.2f}  {low:5.2f} - {high:5.2f}"
            f"  {rates[against]:6.0f} : {rates['planfold']:<6.0f}  {cpu[against]:6} : {cpu['planfold']}"
        )
    lines.append("")
    lines.append(
        f"engine, with a planner that answers a fixed draft: {engine['cpu_ms']:.2f} ms of CPU a run,"
        f" {engine['runs_per_second']:.0f} runs/s with 1 thread"
    )
    lines.append(
        f"inspection: {inspection['5_steps_ms']:.3f} ms of CPU for a plan of 5 steps,"
        f" {inspection['25_steps_ms']:.3f} ms for 25 steps"
    )
    return "\n".join([*lines, *left_out])
