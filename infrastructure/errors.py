"""Services that are lost, and settings and data that cannot be used. None of these sentences carries a secret.

InfrastructureError
+-- InvalidSetting              an environment variable whose value cannot be used
+-- StoreUnavailable            PostgreSQL does not answer, or refuses us
|   +-- DataDirectoryUnusable   the embedded server cannot live in its data folder
|   +-- ForeignDataVersion      the data folder was written by another major version of PostgreSQL
+-- StoredEventUnreadable       an event whose stored bytes are not what this program or its successors write
+-- EmbeddingUnavailable        the table of token vectors or its tokenizer is not there, or cannot be read
+-- PlannerNotReady             a planner that lacks a package or a key
+-- SchemaMismatch              the database's schema is not one that this program serves
    +-- ExtensionMissing        an extension that only an administrator of the server may create
"""


class InfrastructureError(RuntimeError):
    """Something outside the program is not as it must be."""


class InvalidSetting(InfrastructureError):
    def __init__(self, variable: str, problem: str) -> None:
        self.variable = variable
        super().__init__(f"{variable} cannot be used: {problem}")


class StoreUnavailable(InfrastructureError):
    """The store did not do what was asked; whether a commit under way was kept is not known."""


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


class StoredEventUnreadable(InfrastructureError):
    def __init__(self, stream: str, version: int, name: str, reason: Exception) -> None:
        self.stream, self.version, self.name = stream, version, name
        super().__init__(
            f"cannot read event {version} ({name}) of {stream}: {type(reason).__name__} at {reason}; "
            "it was damaged, or written by a release that this one does not understand"
        )
