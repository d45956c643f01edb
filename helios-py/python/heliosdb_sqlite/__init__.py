"""Python's `sqlite3` on the database framework helios: `import heliosdb_sqlite as sqlite3`, and nothing else changes.

The classes are those of PEP 249; `connect` takes the arguments of `sqlite3.connect` and, by keyword, some of its own:
`backend`, `config`, `branch`, `encryption_key`, `as_of`, `enable_time_travel`, `enable_vector_search`, `enable_cache`,
`cache_size_mb`, `import_sqlite`, `heliosdb_mode`, `server`. `connection_pool` keeps connections;
`start_server` serves a database to clients of PostgreSQL.
"""

import collections.abc as _abc
import importlib as _importlib
import sys as _sys
import warnings as _warnings

from . import _constants, _deprecated
from ._blob import Blob
from ._branch import Branch, BranchDiff, MergeConflict, MergeResult, MergeViolation, TableDiff
from ._constants import *  # noqa: F403
from ._exceptions import (
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    MergeConflictError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    Warning,
)
from ._fusion import reciprocal_rank_fusion
from ._native import (
    Connection,
    Cursor,
    PrepareProtocol,
    Row,
    Server,
    adapt,
    adapters,
    backends,
    complete_statement,
    connect,
    converters,
    enable_callback_tracebacks,
    register_adapter,
    register_converter,
)
from ._server import ServerInfo, ServerStatus, start_server
from ._tuning import CacheStats, QuerySuggestion
from ._types import Binary, Date, DateFromTicks, Time, TimeFromTicks, Timestamp, TimestampFromTicks

apilevel = "2.0"
paramstyle = "qmark"
threadsafety = 3

sqlite_version = "3.40.1"
sqlite_version_info: tuple[int, int, int] = (3, 40, 1)

# The interface's own version, which Python has given up.
_versions = {"version": "2.6.0", "version_info": (2, 6, 0)}
if _sys.version_info < (3, 12):
    version = "2.6.0"
    version_info: tuple[int, int, int] = (2, 6, 0)

PARSE_DECLTYPES = 1
PARSE_COLNAMES = 2
LEGACY_TRANSACTION_CONTROL = -1

_abc.Sequence.register(Row)
_deprecated.warn_where_python_does()


def enable_shared_cache(do_enable: int) -> None:
    """Deprecated, as in `sqlite3`. All connections of a process to one file share one engine, whatever is said here."""
    _warnings.warn(
        "enable_shared_cache is deprecated and will be removed in Python 3.12. All connections of a process to "
        "one file share their cache.",
        DeprecationWarning,
        stacklevel=2,
    )


def __getattr__(name: str) -> object:
    if name in _versions and _sys.version_info < (3, 14):
        message = f"{name} is deprecated and will be removed in Python 3.14"
        _warnings.warn(message, DeprecationWarning, stacklevel=2)
        return _versions[name]
    if name == "connection_pool":
        return _importlib.import_module(f"{__name__}.connection_pool")
    if name == "OptimizedUnicode" and _sys.version_info < (3, 12):
        _warnings.warn(
            "OptimizedUnicode is deprecated and will be removed in Python 3.12. Since Python 3.3 it has simply "
            "been an alias for 'str'.",
            DeprecationWarning,
            stacklevel=2,
        )
        return str
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "LEGACY_TRANSACTION_CONTROL",
    "PARSE_COLNAMES",
    "PARSE_DECLTYPES",
    "Binary",
    "Blob",
    "Branch",
    "BranchDiff",
    "CacheStats",
    "Connection",
    "Cursor",
    "DataError",
    "DatabaseError",
    "Date",
    "DateFromTicks",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "MergeConflict",
    "MergeConflictError",
    "MergeResult",
    "MergeViolation",
    "NotSupportedError",
    "OperationalError",
    "PrepareProtocol",
    "ProgrammingError",
    "QuerySuggestion",
    "Row",
    "Server",
    "ServerInfo",
    "ServerStatus",
    "TableDiff",
    "Time",
    "TimeFromTicks",
    "Timestamp",
    "TimestampFromTicks",
    "Warning",
    "adapt",
    "adapters",
    "apilevel",
    "backends",
    "complete_statement",
    "connect",
    "converters",
    "enable_callback_tracebacks",
    "enable_shared_cache",
    "paramstyle",
    "reciprocal_rank_fusion",
    "register_adapter",
    "register_converter",
    "sqlite_version",
    "sqlite_version_info",
    "start_server",
    "threadsafety",
]
if _sys.version_info < (3, 12):
    __all__ += ["version", "version_info"]
__all__ += _constants.__all__
