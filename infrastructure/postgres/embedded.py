"""The embedded PostgreSQL: one server for a data folder, shared by every process that uses it, gone with the last.

Processes are counted by a lock that each of them shares on a file, so that one that was killed counts no more. Whoever
leaves and can have that lock alone was the last, and stops the server.
"""

import atexit
import os
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import make_conninfo

from planfold.infrastructure.errors import DataDirectoryUnusable, StoreUnavailable
from planfold.infrastructure.postgres import file_locks, migrations, server_process
from planfold.infrastructure.postgres.connect import connect, store_errors
from planfold.infrastructure.postgres.data_folder import PORT, DataFolder, open_folder
from planfold.infrastructure.postgres.embedded_database import DATABASE, is_made, make_database

START_WAIT = 120.0
"""Seconds that one process waits for another one that starts or stops the server."""
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Connection strings of one server. They hold no password: the socket knows who calls."""

    app: str
    """What the running program uses: it can append and read, and change no history."""
    owner: str
    """What migrations use."""
    admin: str
    """The superuser, for administrators and tests."""


class EmbeddedServer:
    """One user of the server on a data folder; two of them, even in one process, share one server.

    Threads may share it. A child made by os.fork counts as a user of its own; one that ends by os._exit, as the children
    of multiprocessing's fork do, leaves the server to the next user instead of stopping it.
    """

    def __init__(self, data_dir: Path | None = None) -> None:
        self._data_dir = data_dir
        self._lock = threading.RLock()
        self._folder: DataFolder | None = None
        self._use: int | None = None
        """The opening of the users' lock, while this is a user."""
        self._childs_use: int | None = None
        _instances.add(self)

    def start(self) -> Endpoint:
        """The server runs, with the schema that this program needs, until `close` or the end of the process.

        May be called again, for one, after the server crashed. Raises StoreUnavailable (with DataDirectoryUnusable and
        ForeignDataVersion), SchemaMismatch.
        """
        with self._lock:
            folder = open_folder(self._data_dir)
            try:
                with file_locks.held(folder.start_lock, wait=START_WAIT):
                    self._become_user(folder)
                    endpoint = _endpoint(folder)
                    _ensure(folder, endpoint)
            except BaseException as error:
                self.close()
                if isinstance(error, OSError):
                    raise DataDirectoryUnusable(
                        f"cannot start the embedded server in {folder.path}: {error.strerror}; "
                        "mend that, or set PLANFOLD_DATA_DIR to another folder"
                    ) from error
                raise
            atexit.register(self.close)
            return endpoint

    def close(self) -> None:
        """This is no user any more; if it was the last one, the server is gone. Without `start` nothing happens."""
        with self._lock:
            atexit.unregister(self.close)
            if self._use is None or self._folder is None:
                return
            folder, use = self._folder, self._use
            self._use = None
            try:
                # A server that nobody could stop is the next user's.
                with suppress(StoreUnavailable, OSError), file_locks.held(folder.start_lock, wait=START_WAIT):
                    if file_locks.try_lock(use, exclusive=True):
                        server_process.stop(folder)
            finally:
                file_locks.release(use)

    def _become_user(self, folder: DataFolder) -> None:
        if self._use is None:
            self._folder, self._use = folder, _open_use(folder)

    def before_fork(self) -> None:
        """The child's own use is opened by the parent, so that there is no moment in which it has none."""
        self._lock.acquire()
        if self._use is not None and self._folder is not None:
            with suppress(OSError, StoreUnavailable):
                self._childs_use = _open_use(self._folder)

    def after_fork_in_parent(self) -> None:
        if self._childs_use is not None:
            os.close(self._childs_use)
            self._childs_use = None
        self._lock.release()

    def after_fork_in_child(self) -> None:
        if self._childs_use is not None and self._use is not None:
            os.close(self._use)
            self._use, self._childs_use = self._childs_use, None
        self._lock.release()


def _open_use(folder: DataFolder) -> int:
    """An opening of the users' lock, shared. Nobody holds it alone for long: only who stops, under the start lock."""
    use = file_locks.open_file(folder.users_lock)
    if not file_locks.try_lock(use, exclusive=False):
        os.close(use)
        raise StoreUnavailable(f"cannot use the embedded server: {folder.users_lock} is locked by another program")
    return use


def _endpoint(folder: DataFolder) -> Endpoint:
    def conninfo(role: str) -> str:
        # Given here, hostaddr is not taken from a PGHOSTADDR meant for another server.
        return make_conninfo(host=str(folder.sockets), hostaddr="", port=PORT, dbname=DATABASE, user=role)

    return Endpoint(app=conninfo("planfold_app"), owner=conninfo("planfold_owner"), admin=conninfo("postgres"))


def _ensure(folder: DataFolder, endpoint: Endpoint) -> None:
    """The server runs and its database has the schema of this program, whatever an earlier start left undone."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            if server_process.start(folder):
                make_database(endpoint.admin)
            try:
                _upgrade(endpoint.owner)
            except StoreUnavailable:
                if is_made(endpoint.admin):
                    raise
                make_database(endpoint.admin)
                _upgrade(endpoint.owner)
        except StoreUnavailable:
            # It may have died between being found and being asked; one that still runs has another reason.
            if attempt == _ATTEMPTS or server_process.is_running(folder):
                raise
        else:
            return


def _upgrade(owner: str) -> None:
    with connect(owner) as connection, store_errors("upgrade the embedded database"):
        if migrations.status(connection).pending:
            migrations.upgrade(connection)
        else:
            migrations.check(connection)


_instances: weakref.WeakSet[EmbeddedServer] = weakref.WeakSet()


def _at_fork(deed: Callable[[EmbeddedServer], None]) -> Callable[[], None]:
    def for_each() -> None:
        for each in list(_instances):
            deed(each)

    return for_each


os.register_at_fork(
    before=_at_fork(EmbeddedServer.before_fork),
    after_in_parent=_at_fork(EmbeddedServer.after_fork_in_parent),
    after_in_child=_at_fork(EmbeddedServer.after_fork_in_child),
)
