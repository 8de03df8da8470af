"""The installation that a command works on: opened when it begins, closed whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager

from planfold.application import PlanGenerationEngine
from planfold.application.audit import Auditor
from planfold.application.backtest import Backtester
from planfold.application.budget import Budgets
from planfold.application.export import Exporter
from planfold.application.memories import Memories
from planfold.application.runs import Runs
from planfold.application.world import Ports
from planfold.infrastructure.bootstrap import Installation, policy
from planfold.infrastructure.cli.progress import Bar
from planfold.infrastructure.cli.waiting import waiting
from planfold.infrastructure.settings import read_settings


class Opened:
    """The use cases of one installation; only `engine` makes a planner and loads what it needs."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._ports = installation.ports

    @property
    def engine(self) -> PlanGenerationEngine:
        return self.installation.engine

    @property
    def runs(self) -> Runs:
        ports = self._ports
        return Runs(ports.log, ports.reader, ports.ledgers, ports.clock)

    @property
    def auditor(self) -> Auditor:
        return Auditor(self._ports)

    @property
    def ports(self) -> Ports:
        return self._ports

    def exporter(self, tenant: str, source: str | None) -> Exporter:
        """Raises InvalidIdentifier, InvalidText."""
        return Exporter(self._ports.history, tenant, source)

    @property
    def backtester(self) -> Backtester:
        ports, price = self._ports, policy(self.installation.settings).unknown_skill_price
        return Backtester(ports.history, ports.log, ports.artifacts, price)

    @property
    def memories(self) -> Memories:
        return Memories(self._ports.memories, self._ports.clock)

    @contextmanager
    def catching_up(self) -> Iterator[None]:
        """Within, it is shown how far what is queried has come with the log, where that takes its time."""
        bar, read_models = Bar("folding the log"), self.installation.read_models
        read_models.told = bar.at
        try:
            yield
        finally:
            bar.end()

    def money(self, tenant: str) -> Budgets:
        """Raises InvalidIdentifier."""
        return Budgets(self._ports.ledgers, self._ports.clock, tenant)


@contextmanager
def opened() -> Iterator[Opened]:
    with Installation(read_settings()) as installation:
        with waiting("starting the database"):
            use = Opened(installation)
        yield use
