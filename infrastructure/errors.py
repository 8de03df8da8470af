"""Services that are lost, and settings and data that cannot be used. None of these sentences carries a secret.

InfrastructureError
+-- InvalidSetting              an environment variable whose value cannot be used
+-- StoreUnavailable            PostgreSQL does not answer, or refuses us
|   +-- DataDirectoryUnusable   the embedded server cannot live in its data folder
|   +-- ForeignDataVersion      the data folder was written by another major version of PostgreSQL
|   +-- LogStalled              a transaction that has written events does not end, and nothing is passed over
+-- StoredEventUnreadable       an event whose stored bytes are not what this program or its successors write
|   +-- EventKindUnknown        an event of a kind that only a later release knows
+-- McpUnavailable              an MCP server cannot be asked, or does not answer as one
|   +-- McpMissing              the package that speaks its protocol is not installed
+-- EmbeddingUnavailable        the table of token vectors or its tokenizer is not there, or cannot be read
+-- PlannerNotReady             a planner that lacks a package or a key
+-- SchemaMismatch              the database's schema is not one that this program serves
    +-- ExtensionMissing        an extension that only an administrator of the server may create
"""

from planfold.application.ports import EventUnreadable


class InfrastructureError(RuntimeError):
    """Something outside the program is not as it must be."""


class InvalidSetting(InfrastructureError):
    def __init__(self, variable: str, problem: str) -> None:
        self.variable = variable
        super().__init__(f"{variable} cannot be used: {problem}")


class StoreUnavailable(InfrastructureError):
    """The store did not do what was asked; whether a commit under way was kept is not known."""


class LogStalled(StoreUnavailable):
    """What stands beyond a position of the log cannot be read yet; the sentence names who keeps it back."""

    def __init__(self, position: int, who: str) -> None:
        self.position = position
        super().__init__(
            f"cannot read the log beyond position {position}: {who} has written events and does not end; "
            "`planfold doctor` says how to end it"
        )


class DataDirectoryUnusable(StoreUnavailable):
    """The embedded server cannot live in its data folder; the sentence says why and how to mend it."""


class ForeignDataVersion(StoreUnavailable):
    def __init__(self, folder: str, found: str, wanted: str) -> None:
        self.folder, self.found, self.wanted = folder, found, wanted
        super().__init__(
            f"cannot start PostgreSQL {wanted} on {folder}: its data was written by PostgreSQL {found}; "
            f"export it with the planfold that wrote it (pg_dump {found}), or set PLANFOLD_DATA_DIR to another folder"
        )


class SchemaMismatch(InfrastructureError):
    """This program and the database's schema do not fit; the sentence names the command that mends it."""


class ExtensionMissing(SchemaMismatch):
    def __init__(self, extension: str, database: str, reason: str) -> None:
        self.extension, self.database, self.command = extension, database, f"CREATE EXTENSION {extension};"
        super().__init__(
            f"cannot create the extension {extension} in database {database!r}: {reason}; "
            f"ask an administrator of the server to run there: {self.command}"
        )


class EmbeddingUnavailable(InfrastructureError):
    """The table or its tokenizer is not there or cannot be read; the sentence says which, and what to do."""


class PlannerNotReady(InfrastructureError):
    def __init__(self, planner: str, problem: str) -> None:
        self.planner = planner
        super().__init__(f"planner {planner} cannot be asked: {problem}")


class McpUnavailable(InfrastructureError):
    def __init__(self, server: str, reason: str) -> None:
        self.server = server
        super().__init__(f"the MCP server {server!r} {reason}")


class McpMissing(McpUnavailable):
    def __init__(self) -> None:
        self.server = ""
        InfrastructureError.__init__(
            self,
            "the package mcp, which speaks the Model Context Protocol, is not installed; "
            "install it with: pip install 'planfold[mcp]', or in a checkout: uv sync --extra mcp",
        )


class StoredEventUnreadable(InfrastructureError, EventUnreadable):
    def __init__(self, stream: str, version: int, name: str, reason: str, position: int | None = None) -> None:
        """`position` is None where the stream alone was read."""
        self.stream, self.version, self.name, self.position = stream, version, name, position
        super().__init__(f"cannot read event {version} ({name}) of {stream}: {reason}")


class EventKindUnknown(StoredEventUnreadable):
    """Whoever folds the stream would leave out what it says, so nobody folds it."""

    def __init__(self, stream: str, version: int, name: str, position: int | None = None) -> None:
        sentence = "this release knows no such event, a later one does; upgrade planfold here"
        super().__init__(stream, version, name, sentence, position)
