"""The installation that a command works on: opened when it begins, closed whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager

from planfold.application import use_engine
from planfold.infrastructure.bootstrap import Installation
from planfold.infrastructure.cli.waiting import waiting
from planfold.infrastructure.settings import read_settings


@contextmanager
def opened() -> Iterator[Installation]:
    """Within, the functions of `application` work on this installation's engine."""
    with Installation(read_settings()) as installation:
        with waiting("starting the database"):
            use_engine(installation.engine)
        try:
            yield installation
        finally:
            use_engine(None)
