"""The operating system's user under whom the embedded server runs: who calls, or, for root, a system user of its own.

PostgreSQL refuses to run as root.
"""

import errno
import fcntl
import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from planfold.infrastructure.errors import DataDirectoryUnusable

SYSTEM_USER = "planfold"
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
"""All that the server's programs see: nothing of the caller's. Their messages are in English."""


class Process(subprocess.Popen[str]):
    def __del__(self) -> None:
        """No warning if it still runs: the server may outlive the process that started it."""


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    uid: int
    gid: int
    caller: str
    """The name of the user who calls."""

    @property
    def borrowed(self) -> bool:
        """The caller is root and takes on this account to run the server."""
        return self.name != self.caller

    def spawn(self, command: Sequence[str | Path], *, output: int, keep: Sequence[int] = ()) -> Process:
        """The command runs as this account, away from the caller's terminal and environment.

        Both of its outputs go to `output`; it inherits the open files `keep` and no others. Raises DataDirectoryUnusable
        if this process may not take on the account, OSError if the program cannot be run.
        """
        try:
            return Process(
                list(map(str, command)),
                user=self.uid if self.borrowed else None,
                group=self.gid if self.borrowed else None,
                extra_groups=[] if self.borrowed else None,
                env=_ENVIRONMENT,
                cwd="/",
                umask=0o077,
                start_new_session=True,
                pass_fds=keep,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            )
        except OSError as error:
            # EPERM and EINVAL are those of setuid(2), where root's capabilities or user ids are taken away.
            if not self.borrowed or error.errno not in {errno.EPERM, errno.EINVAL}:
                raise
            raise DataDirectoryUnusable(
                f"cannot run the embedded server as user {self.name!r}: {error.strerror}; "
                "run planfold as a plain user, or set PLANFOLD_DATABASE_URL to a server"
            ) from error

    def run(self, command: Sequence[str | Path]) -> tuple[int, str]:
        """How the command ended, as `spawn` runs it, and all that it said."""
        with self.spawn(command, output=subprocess.PIPE) as process:
            try:
                said, _ = process.communicate()
            except BaseException:
                process.kill()
                raise
        return process.returncode, said

    def can_enter(self, folder: Path) -> bool:
        return self.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", folder])[0] == 0


def server_account() -> Account:
    """Who runs the server that this process may start. Raises DataDirectoryUnusable if there is nobody."""
    uid = os.geteuid()
    try:
        caller = pwd.getpwuid(uid)
    except KeyError:
        raise DataDirectoryUnusable(
            f"cannot run the embedded server as user id {uid}: it has no name on this machine, which PostgreSQL asks for; "
            "add it to /etc/passwd, or set PLANFOLD_DATABASE_URL to a server"
        ) from None
    entry = _system_user() if uid == 0 else caller
    return Account(entry.pw_name, entry.pw_uid, os.getegid() if entry is caller else entry.pw_gid, caller.pw_name)


def _system_user() -> pwd.struct_passwd:
    found = _find(SYSTEM_USER) or _made_system_user()
    if found.pw_uid == 0:
        raise DataDirectoryUnusable(
            f"cannot run the embedded server as {SYSTEM_USER!r}: that user is root by another name; "
            "run planfold as a plain user, or set PLANFOLD_DATABASE_URL to a server"
        )
    return found


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _made_system_user() -> pwd.struct_passwd:
    # Two useradd at once were seen to make the user twice, under two numbers, of which one is lost.
    folder = os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        complaint = "" if _find(SYSTEM_USER) else _make_system_user()
    finally:
        os.close(folder)
    if found := _find(SYSTEM_USER):
        return found
    raise DataDirectoryUnusable(
        f"cannot run the embedded server as root, nor make the system user {SYSTEM_USER!r} for it: {complaint}; "
        "make that user, run planfold as a plain user, or set PLANFOLD_DATABASE_URL to a server"
    )


def _make_system_user() -> str:
    """What the system's own program said about making the user: without a home, a shell or a password."""
    shell = next((each for each in ("/usr/sbin/nologin", "/sbin/nologin") if Path(each).exists()), "/bin/false")
    path = f"{os.defpath}:/usr/sbin:/sbin"
    if useradd := shutil.which("useradd", path=path):
        group = ["--gid", SYSTEM_USER] if _has_group() else ["--user-group"]
        command = [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", shell, *group]
    elif (adduser := shutil.which("adduser", path=path)) and (addgroup := shutil.which("addgroup", path=path)):
        # busybox, as on Alpine
        if not _has_group():
            subprocess.run([addgroup, "-S", SYSTEM_USER], capture_output=True, check=False)  # noqa: S603 - fixed words
        command = [adduser, "-S", "-D", "-H", "-h", "/nonexistent", "-s", shell, "-G", SYSTEM_USER]
    else:
        return "neither useradd nor adduser is installed"
    made = subprocess.run(  # noqa: S603 - fixed words
        [*command, SYSTEM_USER], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return next(iter(made.stderr.strip().splitlines()), f"{command[0]} ended with {made.returncode}")


def _has_group() -> bool:
    try:
        grp.getgrnam(SYSTEM_USER)
    except KeyError:
        return False
    return True
