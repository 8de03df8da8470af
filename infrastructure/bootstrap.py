"""The composition root: who is given to whom. The only file that knows all others; settings are read here, once."""

import atexit
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple, Self

from planfold.application import EnginePolicy, PlanGenerationEngine, PlannerUnknown, Ports
from planfold.application.ledgers import Ledgers
from planfold.application.ports import Planner, SkillCatalog
from planfold.domain.money import micros_from_usd
from planfold.domain.skill import Manifest
from planfold.infrastructure.clock import SystemClock
from planfold.infrastructure.errors import EmbeddingUnavailable, InvalidSetting
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.settings import PREFIX, Settings, read_settings
from planfold.infrastructure.skills.catalog import FileCatalog, StarterCatalog
from planfold.infrastructure.skills.manifest_file import load_manifest

if TYPE_CHECKING:
    from planfold.infrastructure.embedding import Embedder
    from planfold.infrastructure.postgres.connect import Connection, Pool
    from planfold.infrastructure.postgres.memories import PgvectorMemory

PLANNERS = ("offline",)


class Database(NamedTuple):
    """Connection strings of the two roles, and whether the server is ours to upgrade."""

    app: str
    owner: str
    embedded: bool


class Installation:
    """planfold as one process has it; each part is made when it is first asked for, and closed with the whole."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._clock = SystemClock()
        self._closing: list[partial[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Connections are given back, and the embedded server stops if nobody else uses it."""
        while self._closing:
            self._closing.pop()()

    @cached_property
    def database(self) -> Database:
        """The database named by settings, or the embedded server, started. Raises StoreUnavailable."""
        settings = self.settings
        if settings.database_url is not None:
            owner = settings.migrations_url or settings.database_url
            return Database(settings.database_url.get_secret_value(), owner.get_secret_value(), embedded=False)
        from planfold.infrastructure.postgres.embedded import EmbeddedServer  # noqa: PLC0415 - only where it is needed

        server = EmbeddedServer(settings.data_dir)
        self._closing.append(partial(server.close))
        endpoint = server.start()
        return Database(endpoint.app, endpoint.owner, embedded=True)

    def connect_owner(self) -> "Connection":
        """One connection as the owner of the schema, for migrations. Raises StoreUnavailable."""
        from planfold.infrastructure.postgres.connect import connect  # noqa: PLC0415 - psycopg takes its time

        return connect(self.database.owner)

    def connect_direct(self) -> "Connection":
        from planfold.infrastructure.postgres.connect import connect  # noqa: PLC0415 - as above

        return connect(self.database.app, statement_timeout_ms=self.settings.statement_timeout_ms)

    @cached_property
    def pool(self) -> "Pool":
        """Connections as planfold_app to a schema that this program serves. Raises StoreUnavailable, SchemaMismatch."""
        from planfold.infrastructure.postgres import migrations  # noqa: PLC0415 - as above
        from planfold.infrastructure.postgres.connect import open_pool, store_errors  # noqa: PLC0415

        # Not from the pool: it tries again until its time is up, and then does not say why there is no connection.
        with self.connect_direct() as connection, store_errors("open the store"):
            migrations.check(connection)
        pool = open_pool(
            self.database.app, size=self.settings.pool_size, statement_timeout_ms=self.settings.statement_timeout_ms
        )
        self._closing.append(partial(pool.close))
        return pool

    @cached_property
    def embedder(self) -> "Embedder":
        """Of the settings' folder, read whole, so that it is known to serve before anything is recorded.

        Raises InvalidSetting, EmbeddingUnavailable.
        """
        from planfold.infrastructure.embedding import model2vec, wordllama  # noqa: PLC0415 - numpy

        folder = self.settings.embedding_model
        if folder is None:
            return wordllama()
        embedder = model2vec(folder)
        try:
            embedder.embed([])
        except EmbeddingUnavailable as error:
            raise InvalidSetting(f"{PREFIX}EMBEDDING_MODEL", str(error)) from error
        return embedder

    @cached_property
    def memories(self) -> "PgvectorMemory":
        from planfold.infrastructure.postgres.memories import PgvectorMemory  # noqa: PLC0415 - as above

        return PgvectorMemory(self.pool, lambda: self.embedder)

    @cached_property
    def catalog(self) -> SkillCatalog:
        """The skills of the settings, read when they are first asked for; it needs no database."""
        file = self.settings.skills_file
        return StarterCatalog() if file is None else FileCatalog(file)

    @cached_property
    def ports(self) -> Ports:
        """The world on the store: all that is needed to read, report and pay; it loads nothing that only plans need."""
        from planfold.infrastructure.postgres.artifacts import PostgresArtifacts, PostgresSnapshots  # noqa: PLC0415
        from planfold.infrastructure.postgres.datastore import Datastore, Factory  # noqa: PLC0415
        from planfold.infrastructure.postgres.guard import PostgresGuard  # noqa: PLC0415 - psycopg takes its time
        from planfold.infrastructure.postgres.recorder import Recorder  # noqa: PLC0415
        from planfold.infrastructure.postgres.results import PostgresResults  # noqa: PLC0415

        pool = self.pool
        recorder = Recorder(Datastore(pool))
        application = Planfold(lambda env: Factory(env, recorder))
        log = EventSourcingLog(application, self._clock, self.settings.actor)
        guard = PostgresGuard(self.connect_direct)
        self._closing.append(partial(guard.close))
        return Ports(
            log=log,
            artifacts=PostgresArtifacts(pool),
            ledgers=Ledgers(log, PostgresSnapshots(pool), self._clock),
            catalog=self.catalog,
            retriever=self.memories,
            memories=self.memories,
            reader=PostgresResults(pool),
            guard=guard,
            clock=self._clock,
        )

    @cached_property
    def engine(self) -> PlanGenerationEngine:
        """The engine on these ports, with the planner and the skills of the settings."""
        return PlanGenerationEngine(
            self.ports,
            [self.planner_named(self.settings.planner)],
            policy(self.settings),
            open_skills=_open_skills,
            planner_named=self.planner_named,
        )

    def planner_named(self, name: str) -> Planner:
        """Raises PlannerUnknown."""
        if name not in PLANNERS:
            raise PlannerUnknown(name, list(PLANNERS))
        from planfold.infrastructure.planners.offline.planner import OfflinePlanner  # noqa: PLC0415 - numpy

        return OfflinePlanner(self.embedder)


def policy(settings: Settings) -> EnginePolicy:
    """What the settings say, in the engine's units."""
    price = settings.unknown_skill_price_usd
    return EnginePolicy(
        rules=settings.rules,
        max_goal_characters=settings.max_goal_characters,
        max_attempts=settings.max_attempts,
        memory_limit=settings.memory_limit,
        memory_characters=settings.memory_characters,
        execution_hold=timedelta(hours=settings.execution_hold_hours),
        unknown_skill_price=None if price is None else micros_from_usd(price),
        wait_seconds=settings.wait_seconds,
    )


def default_engine() -> PlanGenerationEngine:
    """The engine that the environment describes: what the entry point group `planfold` offers to the application."""
    installation = Installation(read_settings())
    atexit.register(installation.close)
    return installation.engine


def _open_skills(path: PurePath) -> Manifest:
    return load_manifest(Path(path))
