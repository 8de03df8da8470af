"""One process of one contender: it keeps its connections, does as a line on standard input says, and answers in one.

`store.py` starts it. It ends when its standard input does, so whatever becomes of who started it, it does not stay.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from benchmarks.contenders import Body, Run, make


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started this
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer

    def answer(**said: Any) -> None:
        answers.write(json.dumps(said) + "\n")
        answers.flush()

    told = json.loads(sys.stdin.readline())
    bodies = [Body(name, state.encode()) for name, state in told["bodies"]]
    contender = make(told["contender"], told["conninfo"], bodies)
    answer(done="started")
    runs: Sequence[Run] = ()
    with ExitStack() as held:
        for line in sys.stdin:
            match json.loads(line):
                case {"prepare": _}:
                    contender.prepare()
                    answer(done="prepared")
                case {"open": int(threads)}:
                    runs = held.enter_context(contender.threads(threads))
                    answer(done="opened")
                case {"go": seconds}:
                    answer(**measured(runs, float(seconds)))
                case {"close": _}:
                    held.close()
                    answer(done="closed")


def measured(runs: Sequence[Run], seconds: float) -> dict[str, float]:
    """Runs a second, and the CPU seconds of this process, over about `seconds`: each run that was begun is ended."""
    counts, rates = [0] * len(runs), [0.0] * len(runs)
    begun, cpu = time.perf_counter(), time.process_time()

    def work(index: int) -> None:
        run, count, now = runs[index], 0, begun
        while now - begun < seconds:
            run()
            count += 1
            now = time.perf_counter()
        counts[index], rates[index] = count, count / (now - begun)

    if len(runs) == 1:
        work(0)
    else:
        with ThreadPoolExecutor(len(runs)) as threads:
            list(threads.map(work, range(len(runs))))
    return {"runs": sum(counts), "rate": sum(rates), "cpu": time.process_time() - cpu}


if __name__ == "__main__":
    main()
