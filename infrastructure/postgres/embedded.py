"""The embedded PostgreSQL: one server for a data folder, shared by every process that uses it, gone with the last.

Processes are counted by a lock that each of them shares on a file, so that one that was killed counts no more. Whoever
leaves and can have that lock alone was the last, and stops the server.
"""

import atexit
import os
import threading
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
        self._folder: DataFolder | None = None
        self._use: int | None = None
        """The opening of the users' lock, while this is a user."""

    def start(self) -> Endpoint:
        """The server runs, with the schema that this program needs, until `close` or the end of the process.

        May be called again, for one, after the server crashed. Raises StoreUnavailable (with DataDirectoryUnusable and
        ForeignDataVersion), SchemaMismatch.
        """
        with _mutex:
            folder = self._folder or open_folder(self._data_dir)
            try:
                with file_locks.held(folder.start_lock, wait=START_WAIT):
                    self._become_user(folder)
                    endpoint = _endpoint(folder)
                    _ensure(folder, endpoint)
            except BaseException as error:
                self.close()
                if isinstance(error, OSError):
                    raise DataDirectoryUnusable(
                        f"cannot use {error.filename or folder.path} for the embedded server: {error.strerror}; "
                        "mend that, or set PLANFOLD_DATA_DIR to another folder"
                    ) from error
                raise
            return endpoint

    def close(self) -> None:
        """This is no user any more; if it was the last one, the server is gone. Without `start` nothing happens."""
        with _mutex:
            folder, use = self._folder, self._use
            if folder is None or use is None:
                return
            self._folder = self._use = None
            _users.discard(self)
            atexit.unregister(self.close)
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
            _users.add(self)
            atexit.register(self.close)

    def inherit(self, use: int) -> None:
        """In a child: its own opening takes the place of the one that it shares with its parent."""
        if self._use is not None:
            os.close(self._use)
        self._use = use

    def another_use(self) -> int | None:
        """An opening for a child that is about to be made; None if it must do without."""
        with suppress(OSError, StoreUnavailable):
            return None if self._folder is None else _open_use(self._folder)
        return None


class _Forking:
    """Children are made users before they exist, so that there is no moment in which they are none."""

    def __init__(self) -> None:
        self._openings: list[tuple[EmbeddedServer, int]] = []

    def before(self) -> None:
        _mutex.acquire()
        uses = [(user, user.another_use()) for user in _users]
        self._openings = [(user, use) for user, use in uses if use is not None]

    def in_parent(self) -> None:
        for _, use in self._openings:
            os.close(use)
        _mutex.release()

    def in_child(self) -> None:
        for user, use in self._openings:
            user.inherit(use)
        _mutex.release()


_mutex = threading.RLock()
"""Nobody in this process starts, stops or forks meanwhile."""
_users: set[EmbeddedServer] = set()
_forking = _Forking()
os.register_at_fork(before=_forking.before, after_in_parent=_forking.in_parent, after_in_child=_forking.in_child)


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
            # It may have died between being found and being asked; one that still answers has another reason.
            if attempt == _ATTEMPTS or server_process.answers(folder):
                raise
        else:
            return


def _upgrade(owner: str) -> None:
    with connect(owner) as connection, store_errors("upgrade the embedded database"):
        if migrations.status(connection).pending:
            migrations.upgrade(connection)
        else:
            migrations.check(connection)
