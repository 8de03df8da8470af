"""Try again after losing a race, a little later each time: decisions are repeated, calls to planners never."""

import random
import time
from collections.abc import Iterator

TRIES = 200
LONGEST_PAUSE = 0.05


def tries(at_most: int = TRIES) -> Iterator[int]:
    """The number of each try, from 1; between two it waits up to 50 ms, by chance, so that rivals fall out of step."""
    for number in range(1, at_most + 1):
        if number > 1:
            time.sleep(random.uniform(0, min(LONGEST_PAUSE, 0.001 * 2**number)))  # noqa: S311 - spreads rivals, guards nothing
        yield number
