"""The classes that are written in Rust."""

import datetime
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import (
    Any,
    Literal,
    Protocol,
    Self,
    SupportsIndex,
    TypeAlias,
    TypeVar,
    final,
    overload,
    type_check_only,
)

from typing_extensions import Buffer, disjoint_base

from . import _exceptions
from ._blob import Blob
from ._branch import Branch, BranchDiff, MergeResult
from ._tuning import CacheStats
from ._server import ServerInfo, ServerStatus

_T = TypeVar("_T")
_CursorT = TypeVar("_CursorT", bound=Cursor)
_ConnectionT = TypeVar("_ConnectionT", bound=Connection)

_Value: TypeAlias = int | float | str | Buffer | None
_Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any]
_Path: TypeAlias = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_Moment: TypeAlias = datetime.datetime | str | float
_IsolationLevel: TypeAlias = Literal["", "DEFERRED", "IMMEDIATE", "EXCLUSIVE"] | None
_Description: TypeAlias = tuple[tuple[str, None, None, None, None, None, None], ...]

class _Aggregate(Protocol):
    def step(self, *arguments: Any) -> object: ...
    def finalize(self) -> _Value: ...

class _WindowFunction(_Aggregate, Protocol):
    def inverse(self, *arguments: Any) -> object: ...
    def value(self) -> _Value: ...

adapters: dict[tuple[type, type], Callable[[Any], Any]]
converters: dict[str, Callable[[bytes], Any]]

def adapt(obj: Any, proto: Any = ..., alt: Any = ..., /) -> Any: ...
def backends() -> list[str]: ...
def complete_statement(statement: str) -> bool: ...
@overload
def connect(
    database: _Path,
    timeout: float = 5.0,
    detect_types: int = 0,
    isolation_level: _IsolationLevel = "",
    check_same_thread: bool = True,
    cached_statements: int = 128,
    uri: bool = False,
    *,
    autocommit: bool | Literal[-1] = -1,
    backend: str | None = None,
    config: _Path | Mapping[str, Any] | None = None,
    branch: str = "main",
    encryption_key: str | Buffer | None = None,
    as_of: _Moment | None = None,
    enable_time_travel: bool = False,
    enable_vector_search: bool = False,
    enable_cache: bool = False,
    cache_size_mb: float = 64,
    import_sqlite: bool = False,
    heliosdb_mode: Literal["auto", "embedded", "hybrid"] = "auto",
    server: Mapping[str, Any] | None = None,
) -> Connection: ...
@overload
def connect(
    database: _Path,
    timeout: float,
    detect_types: int,
    isolation_level: _IsolationLevel,
    check_same_thread: bool,
    factory: type[_ConnectionT],
    cached_statements: int = 128,
    uri: bool = False,
    *,
    autocommit: bool | Literal[-1] = -1,
    backend: str | None = None,
    config: _Path | Mapping[str, Any] | None = None,
    branch: str = "main",
    encryption_key: str | Buffer | None = None,
    as_of: _Moment | None = None,
    enable_time_travel: bool = False,
    enable_vector_search: bool = False,
    enable_cache: bool = False,
    cache_size_mb: float = 64,
    import_sqlite: bool = False,
    heliosdb_mode: Literal["auto", "embedded", "hybrid"] = "auto",
    server: Mapping[str, Any] | None = None,
) -> _ConnectionT: ...
@overload
def connect(
    database: _Path,
    timeout: float = 5.0,
    detect_types: int = 0,
    isolation_level: _IsolationLevel = "",
    check_same_thread: bool = True,
    *,
    factory: type[_ConnectionT],
    cached_statements: int = 128,
    uri: bool = False,
    autocommit: bool | Literal[-1] = -1,
    backend: str | None = None,
    config: _Path | Mapping[str, Any] | None = None,
    branch: str = "main",
    encryption_key: str | Buffer | None = None,
    as_of: _Moment | None = None,
    enable_time_travel: bool = False,
    enable_vector_search: bool = False,
    enable_cache: bool = False,
    cache_size_mb: float = 64,
    import_sqlite: bool = False,
    heliosdb_mode: Literal["auto", "embedded", "hybrid"] = "auto",
    server: Mapping[str, Any] | None = None,
) -> _ConnectionT: ...
def enable_callback_tracebacks(enable: bool, /) -> None: ...
def register_adapter(type: type[_T], adapter: Callable[[_T], Any], /) -> None: ...  # noqa: A002
def register_converter(typename: str, converter: Callable[[bytes], Any], /) -> None: ...

@disjoint_base
class Connection:
    DataError: type[_exceptions.DataError]
    DatabaseError: type[_exceptions.DatabaseError]
    Error: type[_exceptions.Error]
    IntegrityError: type[_exceptions.IntegrityError]
    InterfaceError: type[_exceptions.InterfaceError]
    InternalError: type[_exceptions.InternalError]
    NotSupportedError: type[_exceptions.NotSupportedError]
    OperationalError: type[_exceptions.OperationalError]
    ProgrammingError: type[_exceptions.ProgrammingError]
    Warning: type[_exceptions.Warning]

    isolation_level: _IsolationLevel
    row_factory: Any
    text_factory: Any
    vector_factory: Any
    @property
    def autocommit(self) -> bool | Literal[-1]: ...
    @autocommit.setter
    def autocommit(self, autocommit: bool | Literal[-1]) -> None: ...
    @property
    def in_transaction(self) -> bool: ...
    @property
    def total_changes(self) -> int: ...
    def __new__(cls, *args: Any, **kwargs: Any) -> Self: ...
    def __init__(
        self,
        database: _Path,
        timeout: float = 5.0,
        detect_types: int = 0,
        isolation_level: _IsolationLevel = ...,
        check_same_thread: bool | None = None,
        factory: type[Connection] | None = None,
        cached_statements: int = 128,
        uri: bool | None = None,
        *,
        autocommit: bool | Literal[-1] = ...,
        backend: str | None = None,
        config: _Path | Mapping[str, Any] | None = None,
        branch: str = "main",
        encryption_key: str | Buffer | None = None,
        as_of: _Moment | None = None,
        enable_time_travel: bool = False,
        enable_vector_search: bool = False,
        enable_cache: bool | None = None,
        cache_size_mb: float | None = None,
        import_sqlite: bool = False,
        heliosdb_mode: Literal["auto", "embedded", "hybrid"] = "auto",
        server: Mapping[str, Any] | None = None,
    ) -> None: ...
    def get_server_info(self) -> ServerInfo: ...
    def _detach_server(self) -> Server | None: ...
    @property
    def __text_signature__(self) -> str: ...
    def __call__(self, *sql: str) -> Statement: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        type: type[BaseException] | None,  # noqa: A002
        value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> Literal[False]: ...
    def backup(
        self,
        target: Connection,
        *,
        pages: int = ...,
        progress: Callable[[int, int, int], object] | None = None,
        name: str = "main",
        sleep: float = 0.25,
    ) -> None: ...
    def _configuration(self) -> object: ...
    def _hand_on(self) -> Self: ...
    def blobopen(
        self, table: str, column: str, row: int, /, *, readonly: bool = False, name: str = "main"
    ) -> Blob: ...
    def close(self) -> None: ...
    def commit(self) -> None: ...
    def create_aggregate(
        self, name: str, n_arg: int, aggregate_class: Callable[[], _Aggregate] | None
    ) -> None: ...
    def compare_branches(self, a: str, b: str) -> BranchDiff: ...
    def create_branch(self, name: str, parent: str | None = None, as_of: _Moment | None = None) -> Branch: ...
    def delete_branch(self, name: str) -> None: ...
    def merge_branch(
        self,
        name: str,
        into: str | None = None,
        on_conflict: Literal["abort", "ours", "theirs"] = "abort",
    ) -> MergeResult: ...
    def create_collation(self, name: str, callback: Callable[[str, str], int] | None, /) -> None: ...
    def create_function(
        self, name: str, narg: int, func: Callable[..., _Value], *, deterministic: bool = False
    ) -> None: ...
    def create_window_function(
        self, name: str, num_params: int, aggregate_class: Callable[[], _WindowFunction] | None, /
    ) -> None: ...
    @overload
    def cursor(self) -> Cursor: ...
    @overload
    def cursor(self, factory: Callable[[Connection], _CursorT]) -> _CursorT: ...
    def deserialize(self, data: str | Buffer, /, *, name: str = "main") -> None: ...
    def execute(self, sql: str, parameters: _Parameters = ..., /) -> Cursor: ...
    def executemany(self, sql: str, parameters: Iterable[_Parameters], /) -> Cursor: ...
    def executescript(self, sql_script: str, /) -> Cursor: ...
    def get_branch_info(self, name: str) -> Branch: ...
    def get_cache_stats(self) -> CacheStats: ...
    if sys.version_info >= (3, 12):
        def getconfig(self, op: int, /) -> bool: ...
        def setconfig(self, op: int, enable: bool = True, /) -> None: ...

    def getlimit(self, category: int, /) -> int: ...
    def interrupt(self) -> None: ...
    def iterdump(self, *, filter: str | None = None) -> Generator[str]: ...  # noqa: A002
    def list_branches(self) -> list[Branch]: ...
    def rekey(self, key: str | Buffer | None, /, *, full: bool = False) -> None: ...
    def rollback(self) -> None: ...
    def serialize(self, *, name: str = "main") -> bytes: ...
    def set_authorizer(
        self,
        authorizer_callback: Callable[[int, str | None, str | None, str | None, str | None], int] | None,
    ) -> None: ...
    def set_progress_handler(self, progress_handler: Callable[[], object] | None, n: int) -> None: ...
    def set_trace_callback(self, trace_callback: Callable[[str], object] | None) -> None: ...
    def setlimit(self, category: int, limit: int, /) -> int: ...

@disjoint_base
class Cursor:
    arraysize: int
    row_factory: Any
    @property
    def connection(self) -> Connection: ...
    @property
    def description(self) -> _Description | Any: ...
    @property
    def lastrowid(self) -> int | None: ...
    @property
    def rowcount(self) -> int: ...
    def __init__(self, connection: Connection, /) -> None: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...
    def batch_insert(self, table: str, columns: Iterable[str], rows: Iterable[_Parameters]) -> int: ...
    def close(self) -> None: ...
    def execute(self, sql: str, parameters: _Parameters = ..., /) -> Self: ...
    def executemany(self, sql: str, seq_of_parameters: Iterable[_Parameters], /) -> Self: ...
    def executescript(self, sql_script: str, /) -> Self: ...
    def fetchall(self) -> list[Any]: ...
    def fetchsets(self) -> list[list[Any]]: ...
    def fetchmany(self, size: int | None = 1) -> list[Any]: ...
    def fetchone(self) -> Any: ...
    def setinputsizes(self, sizes: object, /) -> None: ...
    def setoutputsize(self, size: object, column: object = None, /) -> None: ...

@final
class PrepareProtocol:
    def __new__(cls, *args: object, **kwargs: object) -> Self: ...

@disjoint_base
class Server:
    @property
    def port(self) -> int: ...
    @property
    def host(self) -> str: ...
    @property
    def url(self) -> str: ...
    def stop(self) -> None: ...
    def get_status(self) -> ServerStatus: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        type: type[BaseException] | None,  # noqa: A002
        value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> Literal[False]: ...

class Row:
    def __new__(cls, cursor: Cursor, data: tuple[Any, ...], /) -> Self: ...
    @overload
    def __getitem__(self, index: SupportsIndex | str, /) -> Any: ...
    @overload
    def __getitem__(self, index: slice, /) -> tuple[Any, ...]: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ge__(self, value: object, /) -> bool: ...
    def __gt__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __le__(self, value: object, /) -> bool: ...
    def __len__(self) -> int: ...
    def __lt__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def keys(self) -> list[str]: ...

@final
@type_check_only
class Statement: ...
