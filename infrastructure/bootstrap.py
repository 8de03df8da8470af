"""The composition root: who is given to whom. The only file that knows all others; settings are read here, once."""

import atexit
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple, Self

from planfold.application import EnginePolicy, PlanGenerationEngine, PlannerUnknown, Ports
from planfold.application.ledgers import Ledgers
from planfold.application.offering import planner_names
from planfold.application.ports import Planner, SkillCatalog
from planfold.domain.money import micros_from_usd
from planfold.domain.skill import Manifest
from planfold.infrastructure.clock import SystemClock
from planfold.infrastructure.errors import EmbeddingUnavailable, InvalidSetting, StoreUnavailable
from planfold.infrastructure.event_log import EventSourcingLog, Planfold
from planfold.infrastructure.history import LoggedHistory
from planfold.infrastructure.settings import PREFIX, Settings, read_settings
from planfold.infrastructure.skills.catalog import FileCatalog, StarterCatalog
from planfold.infrastructure.skills.manifest_file import load_manifest

if TYPE_CHECKING:
    from planfold.infrastructure.embedding import Embedder
    from planfold.infrastructure.planners.llm.making import ModelPlanners
    from planfold.infrastructure.postgres.connect import Connection, Pool
    from planfold.infrastructure.postgres.memories import PgvectorMemory
    from planfold.infrastructure.postgres.read_models.keeping import ReadModels
    from planfold.infrastructure.postgres.read_models.projecting import Projecting, Watching
    from planfold.infrastructure.postgres.recorder import Recorder

CLOSING_SECONDS = 0.5
"""So long the end waits for a connection that is being opened, to a server that may not answer."""
PLANNERS = ("offline", "openai:MODEL", "anthropic:MODEL", "google:MODEL")


class Database(NamedTuple):
    """Connection strings, and whether the server is ours to upgrade; `app` and `read` may lead to a pooler."""

    app: str
    owner: str
    direct: str
    read: str
    embedded: bool


class Installation:
    """planfold as one process has it; each part is made when it is first asked for, and closed with the whole."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._clock = SystemClock()
        self._closing: list[partial[None]] = []
        self._asking: dict[Path, SkillCatalog] = {}
        """Catalogs that ask servers live, by their file: what they were told counts for a while."""
        self._start: Callable[[], object] | None = None
        """Starts the embedded server, if it has ended meanwhile."""
        self._making = threading.Lock()
        self._planners: dict[str, Planner] = {}

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
            app = settings.database_url
            return Database(
                app.get_secret_value(),
                (settings.migrations_url or app).get_secret_value(),
                (settings.direct_database_url or app).get_secret_value(),
                (settings.read_database_url or app).get_secret_value(),
                embedded=False,
            )
        from planfold.infrastructure.postgres.embedded import EmbeddedServer  # noqa: PLC0415 - only where it is needed

        server = EmbeddedServer(settings.data_dir)
        self._closing.append(partial(server.close))
        self._start = server.start
        endpoint = server.start()
        return Database(endpoint.app, endpoint.owner, endpoint.app, endpoint.app, embedded=True)

    def connect_owner(self) -> "Connection":
        """One connection as the owner of the schema, for migrations. Raises StoreUnavailable."""
        named_by = f"{PREFIX}{'OWNER_' if self.settings.owner_database_url else ''}DATABASE_URL"
        return self._session(self.database.owner, named_by)

    def connect_direct(self) -> "Connection":
        """One session of the server, for what outlasts a transaction. Raises StoreUnavailable."""
        named_by = f"{PREFIX}{'DIRECT_' if self.settings.direct_database_url else ''}DATABASE_URL"
        return self._session(self.database.direct, named_by, self.settings.statement_timeout_ms)

    def reach_direct(self) -> "Connection":
        """As `connect_direct`, for who goes on for long: an embedded server that has ended is started again."""
        return self._reached(self.connect_direct)

    @contextmanager
    def reach(self) -> Iterator[Callable[[], None]]:
        """Within, what it gives raises StoreUnavailable as soon as the server is gone; an embedded one is started again."""
        from planfold.infrastructure.postgres.connect import connect, store_errors  # noqa: PLC0415 - psycopg

        opened = self._reached(lambda: connect(self.database.app, pooled=True))
        with opened as connection, store_errors("reach the database"):

            def look() -> None:
                connection.execute("SELECT")

            yield look

    def _reached(self, open_session: "Callable[[], Connection]") -> "Connection":
        try:
            return open_session()
        except StoreUnavailable:
            if self._start is None:
                raise
            self._start()
            return open_session()

    def _session(self, conninfo: str, named_by: str, statement_timeout_ms: int = 0) -> "Connection":
        """Who names a direct address is believed: it may be that of a pooler in session mode."""
        from planfold.infrastructure.postgres.connect import connect, refuse_pooler  # noqa: PLC0415 - psycopg

        connection = connect(conninfo, statement_timeout_ms=statement_timeout_ms, named_by=named_by)
        if self.settings.direct_database_url is None:
            refuse_pooler(connection)
        return connection

    @cached_property
    def pool(self) -> "Pool":
        """Connections as planfold_app to a schema that this program serves. Raises StoreUnavailable, SchemaMismatch."""
        return self._open_pool(self.database.app, f"{PREFIX}DATABASE_URL")

    @cached_property
    def reading(self) -> "Pool":
        """Connections for queries, of `pool` unless they have a server of their own. Raises as `pool` does."""
        if self.database.read == self.database.app:
            return self.pool
        return self._open_pool(self.database.read, f"{PREFIX}READ_DATABASE_URL")

    def _open_pool(self, conninfo: str, named_by: str) -> "Pool":
        from planfold.infrastructure.postgres import migrations  # noqa: PLC0415 - as above
        from planfold.infrastructure.postgres.connect import (  # noqa: PLC0415
            connect,
            leads_to_pooler,
            open_pool,
            store_errors,
        )

        timeout = self.settings.statement_timeout_ms
        # Not from the pool: it tries again until its time is up, and then does not say why there is no connection.
        with (
            connect(conninfo, pooled=True, named_by=named_by) as connection,
            store_errors("open the store", named_by),
            connection.transaction(),
        ):
            connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(timeout)])
            migrations.check(connection)
            pooled = leads_to_pooler(connection)
        pool = open_pool(conninfo, size=self.settings.pool_size, statement_timeout_ms=timeout, pooled=pooled)
        self._closing.append(partial(pool.close, timeout=CLOSING_SECONDS))
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
    def read_models(self) -> "ReadModels":
        """What is folded from the log for those who ask."""
        from planfold.infrastructure.postgres.read_models.keeping import ReadModels  # noqa: PLC0415 - as above

        return ReadModels(self.pool)

    def projecting(self, watching: "Watching | None" = None) -> "Projecting":
        """What keeps the read models up from its `start` to its `stop`, or until the installation is closed."""
        from planfold.infrastructure.postgres.read_models.projecting import Projecting  # noqa: PLC0415 - as above

        projecting = Projecting(self.read_models, self.reach_direct, watching)
        self._closing.append(partial(projecting.stop))
        return projecting

    @cached_property
    def catalog(self) -> SkillCatalog:
        """The skills of the settings, read when they are first asked for; it needs no database."""
        file = self.settings.skills_file
        if file is None:
            return StarterCatalog()
        return self._live(file) if self.settings.mcp_check == "live" else FileCatalog(file)

    def _live(self, file: Path) -> SkillCatalog:
        from planfold.infrastructure.skills.mcp.listing import list_tools  # noqa: PLC0415 - only where it is asked for
        from planfold.infrastructure.skills.mcp.live import LiveCatalog  # noqa: PLC0415 - as above

        lister = partial(list_tools, seconds=self.settings.mcp_timeout_seconds)
        return self._asking.setdefault(file, LiveCatalog(file, lister, self.settings.mcp_check_seconds))

    def open_skills(self, path: PurePath) -> Manifest:
        """The skills of a file that a caller names, held against what those of the settings are.

        Raises InvalidManifest, McpUnavailable.
        """
        if self.settings.mcp_check == "live":
            return self._live(Path(path)).manifest("", "")
        return load_manifest(Path(path))

    @cached_property
    def ports(self) -> Ports:
        """The world on the store: all that is needed to read, report and pay; it loads nothing that only plans need."""
        from planfold.infrastructure.postgres.artifacts import PostgresArtifacts, PostgresSnapshots  # noqa: PLC0415
        from planfold.infrastructure.postgres.datastore import Factory  # noqa: PLC0415
        from planfold.infrastructure.postgres.guard import PostgresGuard  # noqa: PLC0415 - psycopg takes its time
        from planfold.infrastructure.postgres.read_models.builds import served  # noqa: PLC0415
        from planfold.infrastructure.postgres.read_models.shown import PostgresRows  # noqa: PLC0415
        from planfold.infrastructure.postgres.results import PostgresResults  # noqa: PLC0415
        from planfold.infrastructure.postgres.stalling import who_stalls  # noqa: PLC0415
        from planfold.infrastructure.postgres.turns import PostgresTurns  # noqa: PLC0415

        pool = self.pool
        recorder = self._recorder(pool)
        recorder.order.served = partial(served, pool)
        application = Planfold(lambda env: Factory(env, recorder))
        log = EventSourcingLog(application, self._clock, self.settings.actor)
        guard = PostgresGuard(self.connect_direct)
        self._closing.append(partial(guard.close))
        return Ports(
            log=log,
            artifacts=PostgresArtifacts(pool),
            ledgers=Ledgers(log, PostgresSnapshots(pool), self._clock, PostgresTurns(pool)),
            catalog=self.catalog,
            retriever=self.memories,
            memories=self.memories,
            reader=PostgresResults(lambda: self.reading, self.read_models),
            guard=guard,
            clock=self._clock,
            history=LoggedHistory(application, partial(who_stalls, pool)),
            rows=PostgresRows(pool),
        )

    def _recorder(self, pool: "Pool") -> "Recorder":
        if self.settings.recorder == "stock":
            from planfold.infrastructure.postgres.stock_recorder import StockDatastore, StockRecorder  # noqa: PLC0415

            return StockRecorder(StockDatastore(pool))
        from planfold.infrastructure.postgres.datastore import Datastore  # noqa: PLC0415 - psycopg, as above
        from planfold.infrastructure.postgres.recorder import Recorder  # noqa: PLC0415

        return Recorder(Datastore(pool))

    @cached_property
    def engine(self) -> PlanGenerationEngine:
        """The engine on these ports, with the planner and the skills of the settings."""
        return PlanGenerationEngine(
            self.ports,
            self.planners,
            policy(self.settings),
            open_skills=self.open_skills,
            planner_named=self.planner_named,
        )

    @property
    def planners(self) -> list[Planner]:
        """Those of the settings, in the order in which they are tried. Raises PlannerUnknown."""
        return [self.planner_named(name) for name in planner_names(self.settings.planner)]

    def planner_named(self, name: str) -> Planner:
        """The one planner of that name. Raises PlannerUnknown, PlannerNotReady."""
        with self._making:
            if name not in self._planners:
                self._planners[name] = self._made_planner(name)
            return self._planners[name]

    def _made_planner(self, name: str) -> Planner:
        if ":" in name:
            try:
                return self._models.planner(name)
            except PlannerUnknown as error:
                raise PlannerUnknown(name, ["offline", *error.known]) from None
        if name != "offline":
            raise PlannerUnknown(name, list(PLANNERS))
        from planfold.infrastructure.planners.offline.planner import OfflinePlanner  # noqa: PLC0415 - numpy

        return OfflinePlanner(self.embedder)

    @cached_property
    def _models(self) -> "ModelPlanners":
        """Those that ask language models; nothing of them is loaded before the first is named."""
        from planfold.infrastructure.planners.llm.making import ModelPlanners  # noqa: PLC0415 - as above

        models = ModelPlanners(self.settings, self.embedder, self._clock)
        self._closing.append(partial(models.close))
        return models


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
