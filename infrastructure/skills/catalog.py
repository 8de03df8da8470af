"""Catalogs that offer every agent the skills of one file, read once."""

from functools import cached_property
from pathlib import Path

from planfold.domain.skill import Manifest
from planfold.infrastructure.skills.manifest_file import load_manifest

STARTER = Path(__file__).with_name("starter.toml")


class FileCatalog:
    """The skills of one manifest file, read on first use; a changed file is seen by the next process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def manifest(self, tenant: str, agent_id: str) -> Manifest:  # noqa: ARG002 - the port's arguments; all get the same
        return self._manifest

    @cached_property
    def _manifest(self) -> Manifest:
        return load_manifest(self.path)


class StarterCatalog(FileCatalog):
    """Practical skills to begin with."""

    def __init__(self) -> None:
        super().__init__(STARTER)
