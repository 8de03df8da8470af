"""Who is compared: each stores the same run, five events, in its own way. Its library is imported when it is made."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple, Protocol, cast

FIRST_SAVE = 2
"""Events of a run's first commit; the others are in its second."""

Run = Callable[[], object]


class Body(NamedTuple):
    """One event as planfold stores it: its name, and its envelope as JSON."""

    name: str
    state: bytes


class Contender(Protocol):
    def prepare(self) -> None:
        """What it needs in its database is there; called in one process, once."""

    def threads(self, count: int) -> AbstractContextManager[Sequence[Run]]:
        """A function for each of `count` threads that stores one whole run, under a name of its own, on each call."""


class Made(Protocol):
    def __call__(self, conninfo: str, bodies: Sequence[Body]) -> Contender: ...


class Entrant(NamedTuple):
    place: str
    needs: tuple[str, ...] = ()
    """Packages of the dependency group `bench`."""
    own_database: bool = False


ENTRANTS = {
    "raw": Entrant("raw:Raw"),
    "planfold": Entrant("planfold:Planfold"),
    "engine": Entrant("engine:Engine"),
    "stock": Entrant("stock:Stock", own_database=True),
    "langgraph": Entrant("langgraph:LangGraph", ("langgraph", "langgraph-checkpoint-postgres"), own_database=True),
    "dbos": Entrant("dbos:Dbos", ("dbos",), own_database=True),
}


def installed(name: str) -> bool:
    try:
        return all(version(package) for package in ENTRANTS[name].needs)
    except PackageNotFoundError:
        return False


def make(name: str, conninfo: str, bodies: Sequence[Body]) -> Contender:
    module, _, kind = ENTRANTS[name].place.partition(":")
    made = cast("Made", getattr(import_module(f"{__name__}.{module}"), kind))
    return made(conninfo, bodies)
