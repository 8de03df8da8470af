"""Locks on files, held by processes: the kernel lets go of them when the last holder is gone, however it ended.

They belong to the open file, not to the process: every opening counts for itself, also within one process, and a child
that inherits an opening shares it.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planfold.infrastructure.errors import DataDirectoryUnusable, StoreUnavailable

_POLL_SECONDS = 0.005


def open_file(path: Path, flags: int = os.O_RDWR) -> int:
    """The file, made if it is missing, readable by its owner only, followed through no link; closed in children."""
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def try_lock(opening: int, *, exclusive: bool) -> bool:
    """Whether the lock could be had at once. One that is held already is changed to this kind."""
    try:
        fcntl.flock(opening, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise DataDirectoryUnusable(
            f"cannot lock a file in the data folder: {error.strerror}; "
            "set PLANFOLD_DATA_DIR to a folder on a local disk, or PLANFOLD_DATABASE_URL to a server"
        ) from error
    return True


def release(opening: int) -> None:
    """The lock is free, even if a child still shares this opening."""
    fcntl.flock(opening, fcntl.LOCK_UN)
    os.close(opening)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the file's lock alone."""
    opening = open_file(path)
    try:
        return not try_lock(opening, exclusive=False)
    finally:
        release(opening)


def take(path: Path, *, wait: float) -> int:
    """The opening through which the file is now locked for this one alone. Raises StoreUnavailable after `wait` seconds."""
    opening = open_file(path)
    deadline = time.monotonic() + wait
    try:
        while not (taken := try_lock(opening, exclusive=True)) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
    except BaseException:
        os.close(opening)
        raise
    if not taken:
        os.close(opening)
        raise StoreUnavailable(
            f"cannot start or stop the embedded server: another process has been at it for {wait:.0f} s, "
            f"holding {path}; end that process, then try again"
        )
    return opening


@contextmanager
def held(path: Path, *, wait: float) -> Iterator[None]:
    """Nobody else holds the file's lock within. Raises StoreUnavailable after `wait` seconds."""
    opening = take(path, wait=wait)
    try:
        yield
    finally:
        release(opening)
