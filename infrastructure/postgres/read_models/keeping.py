"""All projections of one database: brought up to the log by whoever asks, waited for, rebuilt, mended."""

import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

from planfold.infrastructure.postgres.connect import Pool, store_errors
from planfold.infrastructure.postgres.datastore import Datastore
from planfold.infrastructure.postgres.read_models import parked
from planfold.infrastructure.postgres.read_models.builds import Builds, Standing, served
from planfold.infrastructure.postgres.read_models.ledgers_table import LedgersTable
from planfold.infrastructure.postgres.read_models.model import ReadModel
from planfold.infrastructure.postgres.read_models.parked import Parked
from planfold.infrastructure.postgres.read_models.projector import Dropped, Parks, Projector, Told, silent, unheard
from planfold.infrastructure.postgres.read_models.results_table import ResultsTable
from planfold.infrastructure.postgres.recorder import Recorder

MODELS: Sequence[ReadModel[Any]] = (ResultsTable(), LedgersTable())
NEAR = 500
"""Events behind the shown build at which a new one takes its place: so many are folded while the shown one stands still."""
POLL = 0.02
"""Seconds between two looks of whoever waits for a position."""


class Retried(NamedTuple):
    """`reason` says why it stays parked; None: it is folded."""

    stream: str
    reason: str | None


class UnknownProjection(LookupError):
    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no projection {name!r}; name one of these: {', '.join(known)}")
        self.name, self.known = name, known


class ReadModels:
    """Everything here raises StoreUnavailable and SchemaMismatch.

    `told` hears how far long work has come, unless a call is given somebody else to tell, `parks` what could not be folded.
    """

    def __init__(self, pool: Pool, models: Sequence[ReadModel[Any]] = MODELS) -> None:
        self._pool = pool
        # Its reading order holds whoever writes: the stock recorder, or somebody by hand.
        self._recorder = Recorder(Datastore(pool))
        self._recorder.order.served = partial(served, pool)
        self._builds = Builds(pool)
        self._models = {model.name: model for model in models}
        self.told: Told = silent
        self.parks: Parks = unheard

    @property
    def names(self) -> list[str]:
        return list(self._models)

    def bring_up(self, name: str, told: Told | None = None) -> Standing:
        """Everything that was recorded before is folded, in this program's version; where the projection stands then.

        One look if there is nothing to do. What a newer program keeps or makes is left to it, and shown as it is. Events
        that a writer under way keeps back are not waited for longer than the log's readers wait. Raises UnknownProjection.
        """
        model, told, until = self._model(name), told or self.told, None
        while True:
            found = self._builds.standing(model)
            until = found.newest if until is None else until
            if found.version > model.version or (found.version == model.version and found.checkpoint >= until):
                return found
            if found.version < model.version:
                if (found.making_version or 0) > model.version:
                    return found
                self.rebuild(name, told)
                continue
            with suppress(Dropped):  # another build is shown now
                return found._replace(checkpoint=self._projector(model, found.build).catch_up(until, told))

    def wait(self, name: str, position: int, seconds: float) -> bool:
        """Whether what was recorded up to `position` can be seen, within so many seconds; who wrote can so read it.

        Raises UnknownProjection.
        """
        deadline = time.monotonic() + seconds
        while self.bring_up(name).checkpoint < position:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL)
        return True

    def rebuild(self, name: str, told: Told | None = None) -> Standing:
        """All events are folded anew beside the build that is shown, and then shown instead; what was is cleared.

        Readers go on meanwhile, and no writer under way is waited for. One that was interrupted is gone on with, by any
        process, and by several at once. So an older program takes over, too, what a newer one kept. Raises
        UnknownProjection.
        """
        model, told = self._model(name), told or self.told
        new = self._projector(model, self._builds.begin(model))
        while (found := self._builds.standing(model)).making == new.build:
            try:
                reached = new.catch_up(found.checkpoint, told)
            except Dropped:
                continue
            if found.checkpoint - reached <= NEAR:
                self._builds.switch(new)
        self._builds.clear(model)
        return found

    def clear(self) -> None:
        """Nothing is left of builds that were dropped by a process that did not live to clear them."""
        for model in self._models.values():
            self._builds.clear(model)

    def status(self) -> list[Standing]:
        """Where each projection stands; nothing is brought up."""
        return [self._builds.standing(model) for model in self._models.values()]

    def parked(self, name: str) -> list[Parked]:
        """Raises UnknownProjection."""
        model = self._model(name)
        with store_errors("read parked streams"), self._pool.connection() as connection:
            return parked.parked(connection, model.name)

    def retry(self, name: str, stream: str | None = None) -> list[Retried]:
        """That parked stream, or each, is folded in order, unless something stands against it still.

        Raises UnknownProjection.
        """
        projector = self._projector(self._model(name), self._builds.standing(self._model(name)).build)
        streams = [each.stream for each in self.parked(name) if stream in {None, each.stream}]
        try:
            found = [(each, parked.retry(self._pool, projector, each)) for each in streams]
        except Dropped:  # another build is shown now
            return self.retry(name, stream)
        return [Retried(each, None if error is None else f"{type(error).__name__}: {error}") for each, error in found]

    def _projector(self, model: ReadModel[Any], build: int) -> Projector[Any]:
        return Projector(self._recorder, self._pool, model, build, self.parks)

    def _model(self, name: str) -> ReadModel[Any]:
        if name not in self._models:
            raise UnknownProjection(name, self.names)
        return self._models[name]
