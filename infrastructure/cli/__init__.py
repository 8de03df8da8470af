"""The command `planfold`: it parses, calls the application, and prints."""

from planfold.infrastructure.cli.main import main

__all__ = ["main"]
