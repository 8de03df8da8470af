"""The embedded server as a process: made, started, waited for and stopped by whoever holds the start lock."""

import os
import re
import shutil
import socket
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from planfold.infrastructure.errors import DataDirectoryUnusable, ForeignDataVersion, StoreUnavailable
from planfold.infrastructure.postgres import file_locks
from planfold.infrastructure.postgres.data_folder import PORT, DataFolder, check_reachable, server_folder
from planfold.infrastructure.postgres.server_account import Process
from planfold.infrastructure.postgres.server_binaries import MAJOR_VERSION, binaries

ROLES = ("planfold_app", "planfold_owner", "postgres")
START_SECONDS = 60.0
"""Recovery after a crash is part of a start; the server itself is not stopped when this has passed."""
STOP_SECONDS = 60.0
_POLL_SECONDS = 0.003
_LONGEST_LOG = 1024 * 1024
_STATUS_LINE = 7
"""Of postmaster.pid, counted from 0: https://www.postgresql.org/docs/18/storage-file-layout.html and miscadmin.h."""
_UNFINISHED = "data.new-"
_COMPLAINT = re.compile(r"(?:FATAL|PANIC|ERROR|error):\s+(.*)")

SETTINGS = {
    # What is not named has PostgreSQL's own default: fsync, full_page_writes, synchronous_commit and checksums are on.
    # Nobody but our own user, and root, on this machine.
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # A small machine, shared with other programs.
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "min_wal_size": "32MB",
    "io_method": "sync",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # a container's /dev/shm is often too small for them
    # Nobody replicates from it.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    # The log tells of the server, not of statements, which hold goals and memories.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "cluster_name": "planfold",
}

_children: dict[Path, Process] = {}
"""Servers that this process started: it takes notice of their end, so that nothing is left of them."""


def is_running(folder: DataFolder) -> bool:
    """Whether any process of the server is left."""
    return file_locks.is_locked(folder.server_lock)


def answers(folder: DataFolder) -> bool:
    """Whether somebody listens: the first process of a server may be gone while others of it still work."""
    return _listens(folder.sockets / f".s.PGSQL.{PORT}")


def start(folder: DataFolder) -> bool:
    """The server accepts connections; whether its data was made just now.

    Raises DataDirectoryUnusable, ForeignDataVersion, StoreUnavailable.
    """
    if is_running(folder):
        if _wait_until_ready(folder) and answers(folder):
            return False
        _wait_until_gone(folder, STOP_SECONDS)
    _reap(folder)
    check_reachable(folder)
    for interrupted in folder.path.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(interrupted, ignore_errors=True)
    programs = binaries(folder)
    new = not folder.data.exists()
    if new:
        _make_data(folder, programs)
    else:
        _check_data(folder)
    _write_access_rules(folder)
    _forget_former_server(folder)
    logged = _spawn(folder, programs / "postgres")
    if not _wait_until_ready(folder):
        complaint = _complaint(_log_since(folder, logged)) or "it ended without a word"
        raise StoreUnavailable(f"cannot start the embedded server: {complaint}; its log is {folder.log}")
    return new


def stop(folder: DataFolder) -> bool:
    """Whether the server is gone: it was asked to break off what goes on and write everything to disk."""
    if not is_running(folder):
        return True
    if (pid := _server_pid(folder)) is None:
        return False
    # Sent as the server's user: a number that is not its process is then nobody else's either.
    folder.account.run(["/bin/sh", "-c", 'kill -s INT "$1"', "sh", str(pid)])
    if not _wait_until_gone(folder, STOP_SECONDS):
        return False
    if folder.sockets.parent != folder.path:
        with suppress(OSError):
            folder.sockets.rmdir()
    return True


def _make_data(folder: DataFolder, programs: Path) -> None:
    # A name of its own: initdb may still be at work on the former one, if only its caller was killed.
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder.path))
    server_folder(unfinished, folder.account)
    status, said = folder.account.run(
        [
            programs / "initdb",
            *("--pgdata", unfinished),
            *("--username", "postgres"),
            *("--auth-local", "peer", "--auth-host", "reject"),
            # The same order and case on every machine, whatever its C library.
            *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            "--data-checksums",
            "--no-instructions",
            # One flush instead of a thousand: a third of the time on a busy disk.
            *(("--sync-method", "syncfs") if sys.platform == "linux" else ()),
        ]
    )
    if status != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise DataDirectoryUnusable(
            f"cannot make a database in {folder.path}: {_complaint(said) or f'initdb ended with {status}'}; "
            "mend that, or set PLANFOLD_DATA_DIR to another folder"
        )
    unfinished.rename(folder.data)


def _check_data(folder: DataFolder) -> None:
    try:
        found = (folder.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise DataDirectoryUnusable(
            f"cannot start the embedded server: {folder.data} holds no database of PostgreSQL; "
            "move it away, or set PLANFOLD_DATA_DIR to another folder"
        ) from None
    if found != MAJOR_VERSION:
        raise ForeignDataVersion(str(folder.data), found, MAJOR_VERSION)
    if folder.account.borrowed and folder.data.lstat().st_uid != folder.account.uid:
        # A container was made anew and numbers its users otherwise: what lies below our folder follows the name.
        for each in (*folder.data.rglob("*"), folder.data):
            os.chown(each, folder.account.uid, folder.account.gid, follow_symlinks=False)


def _write_access_rules(folder: DataFolder) -> None:
    """Who may connect: the server's user, and root where root started it; no password exists.

    The files lie outside of the data, where the server itself cannot change them.
    """
    callers = [name.replace('"', '""') for name in sorted({folder.account.name, folder.account.caller})]
    names = [f'planfold "{caller}" {role}\n' for caller in callers for role in ROLES]
    for path, text in ((folder.access, "local all all peer map=planfold\n"), (folder.names, "".join(names))):
        opening = file_locks.open_file(path, os.O_WRONLY | os.O_TRUNC)
        with os.fdopen(opening, "w", encoding="utf-8") as file:
            file.write(text)
            os.fchown(opening, -1, folder.account.gid)
            os.fchmod(opening, 0o640)


def _forget_former_server(folder: DataFolder) -> None:
    """Nothing is left of a server that ended without tidying up; its process number may be somebody else's by now.

    No server of ours runs: its lock is free. Raises StoreUnavailable if one does that was started otherwise.
    """
    if (pid := _server_pid(folder)) is not None and _is_server(pid, folder):
        raise StoreUnavailable(
            f"cannot start the embedded server: process {pid} is a PostgreSQL server on {folder.data} that "
            "planfold did not start; stop it, then try again"
        )
    folder.pid_file.unlink(missing_ok=True)
    server_folder(folder.sockets, folder.account)
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (folder.sockets / name).unlink(missing_ok=True)


def _is_server(pid: int, folder: DataFolder) -> bool:
    """Whether this process is a server on our data: its working folder is its data, or its socket is answered."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder.data
    except OSError:
        _, _, _, port, sockets, *_ = [*_pid_file(folder), *[""] * 5]
        return _listens(Path(sockets, f".s.PGSQL.{port}"))


def _listens(address: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(address))
        except OSError:
            return False
    return True


def _server_pid(folder: DataFolder) -> int | None:
    number = next(iter(_pid_file(folder)), "").strip()
    return int(number) if number.isdecimal() and int(number) > 1 else None


def _pid_file(folder: DataFolder) -> list[str]:
    try:
        return folder.pid_file.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []


def _spawn(folder: DataFolder, postgres: Path) -> int:
    """The server runs in a session of its own, with its lock and its log and nothing else of ours.

    Returns where in the log it begins.
    """
    with suppress(FileNotFoundError):
        if folder.log.stat().st_size > _LONGEST_LOG:
            folder.log.replace(folder.log.with_name("server.log.1"))
    settings = SETTINGS | {
        "unix_socket_directories": str(folder.sockets),
        "hba_file": str(folder.access),
        "ident_file": str(folder.names),
    }
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command: list[str | Path] = [postgres, "-D", folder.data, "-p", str(PORT), *arguments]
    log = file_locks.open_file(folder.log, os.O_WRONLY | os.O_APPEND)
    try:
        begins = os.fstat(log).st_size
        lock = file_locks.take(folder.server_lock, wait=1)
        try:
            _children[folder.path] = folder.account.spawn(command, output=log, keep=[lock])
        finally:
            os.close(lock)  # not released: the server shares it
    finally:
        os.close(log)
    return begins


def _wait_until_ready(folder: DataFolder) -> bool:
    """Whether the server came to accept connections; False if it ended instead. Raises StoreUnavailable."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        lines = _pid_file(folder)
        if lines[_STATUS_LINE:] and lines[_STATUS_LINE].strip() == "ready":
            return True
        if not is_running(folder):
            return False
        time.sleep(_POLL_SECONDS)
    raise StoreUnavailable(
        f"the embedded server was not ready after {START_SECONDS:.0f} s; it may still be recovering, "
        f"so try again in a while; its log is {folder.log}"
    )


def _wait_until_gone(folder: DataFolder, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_running(folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    _reap(folder)
    return True


def _reap(folder: DataFolder) -> None:
    """No zombie is left of a server of ours that is gone."""
    if (child := _children.pop(folder.path, None)) is not None:
        child.wait()


def _log_since(folder: DataFolder, position: int) -> str:
    with folder.log.open("rb") as log:
        log.seek(position)
        return log.read(_LONGEST_LOG).decode(errors="replace")


def _complaint(text: str) -> str:
    """What went wrong first: the rest mostly follows from it. Else the last line, if there is any."""
    if found := _COMPLAINT.search(text):
        return found[1].rstrip(".")
    return (text.strip().splitlines() or [""])[-1].strip().rstrip(".")
