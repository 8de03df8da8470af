"""Where skills come from: manifest files, and the starter manifest that planfold brings along."""

from planfold.infrastructure.skills.catalog import FileCatalog, StarterCatalog
from planfold.infrastructure.skills.manifest_file import load_manifest, parse_manifest

__all__ = ["FileCatalog", "StarterCatalog", "load_manifest", "parse_manifest"]
