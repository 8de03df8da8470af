"""An error that nobody expects, told without its own words: they may hold anything, secrets too."""

import traceback
from pathlib import Path

from planfold.infrastructure.cli.status import Status


def unexpected(error: BaseException) -> tuple[str, Status]:
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return (
        f"an error that planfold does not expect, {type(error).__name__} at {place}; "
        "with PLANFOLD_DEBUG=1 it is shown whole"
    ), Status.UNEXPECTED
