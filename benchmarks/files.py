"""The files that the benchmarks write their figures and pictures to."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def writable(text: str) -> Path:
    """An argument's path, refused before a long measurement rather than after it, if nothing can be written there."""
    path = Path(text)
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} cannot be written: there is no folder {path.parent}; make it first")
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text} cannot be written: name a file in a folder that you may write to")
    return path


def keep(found: Mapping[str, Any] | Sequence[Any], path: Path | None) -> None:
    """The figures stand in that file as JSON, if there is to be one."""
    if path is not None:
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
