"""`planfold reembed`: a tenant's memories embedded anew, once another embedding table is configured."""

import sys
from typing import TYPE_CHECKING

from planfold.domain.names import identifier
from planfold.infrastructure.cli.commands import new_app
from planfold.infrastructure.cli.errors import Interrupted
from planfold.infrastructure.cli.opened import opened
from planfold.infrastructure.cli.options import DEFAULT_TENANT, JsonOption, TenantOption, of_tenant
from planfold.infrastructure.cli.progress import started
from planfold.infrastructure.cli.screen import Screen, shown
from planfold.infrastructure.cli.waiting import Waiting

if TYPE_CHECKING:
    from rich.progress import Progress

app = new_app()


@app.command()
def reembed(*, tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """Embed a tenant's memories anew, with another table.

    It is the one that PLANFOLD_EMBEDDING_MODEL names. Until all is done, what is left is recalled by its words. It can be
    interrupted at any time: what is done stays, and the same command goes on with the rest.
    """
    identifier(tenant, "tenant")
    bar = _Bar()
    try:
        with opened() as use:
            try:
                bar.begin()
                done = use.installation.memories.reembed(tenant, progress=bar.at)
            finally:
                bar.end()
            model = str(use.installation.embedder.model)
    except KeyboardInterrupt:
        again = f"planfold reembed{of_tenant(tenant)}"
        raise Interrupted(f"interrupted; {bar.told()}, and this goes on from there: {again}") from None
    screen = Screen()
    if as_json:
        screen.json({"tenant": tenant, "model": model, "embedded": done})
    elif done:
        screen.line(shown(f"{_many(done)} of tenant {tenant} embedded anew, with {model}"))
    else:
        screen.line(shown(f"nothing to do: all memories of tenant {tenant} are embedded with {model}"))


class _Bar:
    """How far it is, on standard error and on a terminal only; nothing of it is left there."""

    def __init__(self) -> None:
        self._waiting = Waiting()
        self._shown: Progress | None = None
        self._done, self._total = 0, 0

    def begin(self) -> None:
        self._waiting.begin("counting the memories")

    def at(self, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._waiting.end()
        if self._shown is None and total and sys.stderr.isatty():
            self._shown = started("embedding", counted=True)
        if self._shown is not None:
            self._shown.update(self._shown.task_ids[0], completed=done, total=total)

    def end(self) -> None:
        self._waiting.end()
        if self._shown is not None:
            self._shown.stop()
            self._shown = None

    def told(self) -> str:
        of = f" of {self._total}" if self._total else ""
        return f"{self._done}{of} memories are embedded anew"


def _many(count: int) -> str:
    return f"{count} {'memory' if count == 1 else 'memories'}"
