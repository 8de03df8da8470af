"""Where the embedded server lives: one folder of its own, and who may enter it.

    <data folder>/postgres/    root's and 0711 if the server runs as a system user, else the caller's and 0700
        data/                  PostgreSQL's, 0700
        run/                   the socket, 0700; elsewhere if its path would be too long
        binaries/<version>/    only where the server's user cannot reach the wheel
        server.log, hba.conf, ident.conf, *.lock

Nothing outside of it is ever changed.
"""

import hashlib
import os
import re
import stat
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from planfold.infrastructure.errors import DataDirectoryUnusable
from planfold.infrastructure.postgres.server_account import Account, server_account

PORT = 5432
"""Only a part of the socket's name: nothing listens on a network."""
LONGEST_SOCKET = 103 if sys.platform == "darwin" else 107
"""Bytes of a socket's path: sun_path of sys/un.h without its closing zero."""
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._+@-]*", re.ASCII)
"""libpq and PostgreSQL both take a comma for the end of a path, and more."""
_OTHERS_MAY_ENTER = 0o711
_PRIVATE = 0o700


@dataclass(frozen=True, slots=True)
class DataFolder:
    path: Path
    account: Account
    sockets: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def log(self) -> Path:
        return self.path / "server.log"

    @property
    def access(self) -> Path:
        return self.path / "hba.conf"

    @property
    def names(self) -> Path:
        return self.path / "ident.conf"

    @property
    def start_lock(self) -> Path:
        """Held alone by whoever starts or stops the server."""
        return self.path / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by all processes that use the server."""
        return self.path / "users.lock"

    @property
    def server_lock(self) -> Path:
        """Held alone by the server, from its first process to its last."""
        return self.path / "server.lock"


def open_folder(data_dir: Path | None) -> DataFolder:
    """The folder is there, ours, and closed to others. Raises DataDirectoryUnusable."""
    account = server_account()
    base = (data_dir or default_data_dir(root=account.borrowed)).absolute()
    try:
        # realpath: the same folder under two names has one socket
        _make_folders(base, 0o755 if account.borrowed else _PRIVATE)
        path = base.resolve() / "postgres"
        _own_folder(path, os.geteuid(), _OTHERS_MAY_ENTER if account.borrowed else _PRIVATE)
        return DataFolder(path, account, _socket_folder(path))
    except OSError as error:
        raise DataDirectoryUnusable(
            f"cannot use {error.filename or base} for the embedded server: {error.strerror}; "
            "set PLANFOLD_DATA_DIR to a folder that you may write to, or PLANFOLD_DATABASE_URL to a server"
        ) from error


def default_data_dir(*, root: bool) -> Path:
    """The platform's place for data that programs keep: https://specifications.freedesktop.org/basedir-spec."""
    if sys.platform == "darwin":
        return (Path("/") if root else Path.home()) / "Library" / "Application Support" / "planfold"
    if root:
        return Path("/var/lib/planfold")
    named = os.environ.get("XDG_DATA_HOME", "")
    return (Path(named) if named.startswith("/") else Path.home() / ".local" / "share") / "planfold"


def server_folder(folder: Path, account: Account) -> None:
    """The folder belongs to the server's user alone. Raises DataDirectoryUnusable if it is somebody else's."""
    if account.borrowed:
        with suppress(FileExistsError):
            folder.mkdir(mode=_PRIVATE)
        if folder.lstat().st_uid == os.geteuid():
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    _own_folder(folder, account.uid, _PRIVATE)


def check_reachable(folder: DataFolder) -> None:
    """The server's user can get to the folder. Raises DataDirectoryUnusable, which names what stands in the way."""
    if not folder.account.borrowed or folder.account.can_enter(folder.path):
        return
    closed = next(
        (each for each in reversed(folder.path.parents) if not each.stat().st_mode & stat.S_IXOTH), folder.path
    )
    raise DataDirectoryUnusable(
        f"cannot run the embedded server as user {folder.account.name!r} in {folder.path}: {closed} is closed to that user "
        f"(mode {stat.S_IMODE(closed.stat().st_mode):o}); run: chmod o+x {closed}, or set PLANFOLD_DATA_DIR to another folder"
    )


def _make_folders(folder: Path, mode: int) -> None:
    """Those that are missing are made with this mode whatever the umask is; those that are there stay as they are."""
    if folder.is_dir():
        return
    _make_folders(folder.parent, mode)
    try:
        folder.mkdir(mode=_PRIVATE)
    except FileExistsError:
        if not folder.is_dir():
            raise
        return
    folder.chmod(mode)


def _own_folder(folder: Path, owner: int, mode: int) -> None:
    """A folder, no link to one, that belongs to `owner` and has this mode. Raises DataDirectoryUnusable."""
    with suppress(FileExistsError):
        folder.mkdir(mode=_PRIVATE)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise DataDirectoryUnusable(
            f"cannot use {folder} for the embedded server: it belongs to user id {found.st_uid}, not {owner}, or is no folder; "
            "run planfold as the user who made it, or set PLANFOLD_DATA_DIR to another folder"
        )
    if stat.S_IMODE(found.st_mode) != mode:
        folder.chmod(mode)


def _socket_folder(path: Path) -> Path:
    """Below our folder, or, where that path is too long for a socket, a private one in /tmp named after it."""
    inside = path / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET and _PLAIN_PATH.fullmatch(str(inside)):
        return inside
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    # /tmp, not TMPDIR: every process that uses the server must find the same folder
    return Path("/tmp") / f"planfold-{os.geteuid()}-{name}"  # noqa: S108 - its owner and mode are checked before use
