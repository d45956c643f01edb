"""The exceptions of the DB-API, each also the standard module's of the same name.

Code that catches `sqlite3.OperationalError` catches ours. The classes are taken from the C module, because a program
may have put this package in the place of `sqlite3`; without that module they stand alone.
"""

from typing import Any

try:
    import _sqlite3 as _standard
except ImportError:
    _standard = None


def _bases(name: str, ours: type) -> tuple[type, ...]:
    return (ours,) if _standard is None else (ours, getattr(_standard, name))


class Warning(*_bases("Warning", Exception)[-1:]):  # noqa: A001
    """A statement did something that is probably not meant."""


class Error(*_bases("Error", Exception)[-1:]):
    """The base of all other exceptions here. From the engine they have `sqlite_errorcode` and `sqlite_errorname`."""


class InterfaceError(*_bases("InterfaceError", Error)):
    """The interface was used wrongly."""


class DatabaseError(*_bases("DatabaseError", Error)):
    """Something is wrong with the database."""


class DataError(*_bases("DataError", DatabaseError)):
    """A value exceeds a limit."""


class OperationalError(*_bases("OperationalError", DatabaseError)):
    """The statement is wrong, or the database cannot do it now."""


class IntegrityError(*_bases("IntegrityError", DatabaseError)):
    """A constraint does not hold."""


class MergeConflictError(IntegrityError):
    """A merge was refused: `conflicts` lists what both branches changed, `violations` what would not hold."""

    conflicts: list[Any]
    violations: list[Any]


class InternalError(*_bases("InternalError", DatabaseError)):
    """A broken promise inside helios."""


class ProgrammingError(*_bases("ProgrammingError", DatabaseError)):
    """The program uses the module wrongly."""


class NotSupportedError(*_bases("NotSupportedError", DatabaseError)):
    """Something that there is not."""


for _class in (
    Warning,
    Error,
    InterfaceError,
    DatabaseError,
    DataError,
    OperationalError,
    IntegrityError,
    MergeConflictError,
    InternalError,
    ProgrammingError,
    NotSupportedError,
):
    _class.__module__ = "heliosdb_sqlite"
