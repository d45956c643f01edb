"""`Connection.blobopen`: a value as something like a file.

The value is read with a SELECT and written with an UPDATE. The statements begin with WITH, so that writing begins no
transaction, as in `sqlite3`. A blob remembers what it read or wrote last: if something else is in the row, it has
expired, as in SQLite.
"""

from __future__ import annotations

import operator
import os
import weakref
from typing import TYPE_CHECKING, Any

from ._exceptions import OperationalError, ProgrammingError

if TYPE_CHECKING:
    from typing import NoReturn, Self

    from typing_extensions import Buffer

    from ._native import Connection, Cursor

_LARGEST = 2**31 - 1
# The classes of values by their places in the list of all; a number is the same whatever the text_factory.
_KINDS = {1: "blob", 6: "text", 11: "integer", 19: "real", 24: "null"}
_ABORT = (4, "SQLITE_ABORT", "query aborted")


# The open blobs: what one writes, others of its connection and of the same value have.
_open_blobs: weakref.WeakSet[Blob] = weakref.WeakSet()


def _error(code: int, name: str, message: str) -> OperationalError:
    error = OperationalError(message)
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _done_by(connection: Connection) -> tuple[int, bool]:
    return connection.total_changes, connection.in_transaction


class Blob:
    """An open value of a row. `Connection.blobopen` makes them."""

    __module__ = "heliosdb_sqlite"
    __slots__ = (
        "__weakref__",
        "_connection",
        "_data",
        "_is_open",
        "_offset",
        "_read_only",
        "_row",
        "_seen",
        "_select",
        "_update",
    )
    _connection: Connection
    _row: int
    _select: str
    _update: str
    _data: bytes
    _offset: int
    _is_open: bool
    _read_only: bool
    # What the connection had done when the value was looked at last.
    _seen: tuple[int, bool]

    def __init__(self) -> None:
        """Refuse: there are no blobs but open ones."""
        raise TypeError("cannot create 'heliosdb_sqlite.Blob' instances")

    def _run(self, sql: str, *parameters: object) -> Any:
        cursor = self._connection.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, parameters).fetchone()

    def _stored(self) -> tuple[int, bytes] | None:
        return self._run(self._select, self._row)

    def _check(self) -> None:
        if not self._is_open:
            raise ProgrammingError("Cannot operate on a closed blob.")
        # Says so if the connection is closed, or another thread's.
        _ = self._connection.total_changes

    def _fresh(self) -> bytes:
        """The value, if it is still what this blob knows."""
        self._check()
        # Whatever other connections commit, is nothing to an open blob.
        seen = _done_by(self._connection)
        if seen != self._seen:
            found = self._stored()
            if found is None or found[1] != self._data:
                raise _error(*_ABORT)
            self._seen = seen
        return self._data

    def _put(self, data: bytes) -> None:
        self._fresh()
        if self._read_only:
            raise _error(8, "SQLITE_READONLY", "attempt to write a readonly database")
        before = self._data
        self._run(self._update, self._row, data)
        seen = _done_by(self._connection)
        for blob in tuple(_open_blobs):
            is_same = (blob._select, blob._row) == (self._select, self._row)
            if is_same and blob._connection is self._connection and blob._data == before:
                blob._data, blob._seen = data, seen
        self._data, self._seen = data, seen

    def close(self) -> None:
        """Close the blob."""
        _ = self._connection.total_changes
        self._is_open = False
        _open_blobs.discard(self)

    def read(self, length: int = -1, /) -> bytes:
        """Read data at the current offset position, up to the end without a length."""
        self._check()
        length = operator.index(length)
        # At the end there is nothing to look for in the row.
        data = self._fresh() if self._offset < len(self._data) else b""
        end = len(data) if length < 0 else min(len(data), self._offset + length)
        part = data[self._offset : end]
        self._offset += len(part)
        return part

    def write(self, data: Buffer, /) -> None:
        """Write data at the current offset. The length of the blob cannot change."""
        self._check()
        try:
            view = memoryview(data)
        except TypeError:
            raise TypeError(f"a bytes-like object is required, not '{type(data).__name__}'") from None
        part = bytes(view)
        end = self._offset + len(part)
        if end > len(self._data):
            raise ValueError("data longer than blob length")
        self._put(self._data[: self._offset] + part + self._data[end:])
        self._offset = end

    def seek(self, offset: int, origin: int = os.SEEK_SET, /) -> None:
        """Set the current access position to offset."""
        self._check()
        if origin not in (os.SEEK_SET, os.SEEK_CUR, os.SEEK_END):
            raise ValueError("'origin' should be os.SEEK_SET, os.SEEK_CUR, or os.SEEK_END")
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._offset, os.SEEK_END: len(self._data)}[origin]
        if base + offset > _LARGEST:
            raise OverflowError("seek offset results in overflow")
        if not 0 <= base + offset <= len(self._data):
            raise ValueError("offset out of blob range")
        self._offset = base + offset

    def tell(self) -> int:
        """Return the current access position for the blob."""
        self._check()
        return self._offset

    def __enter__(self) -> Self:
        """Begin a block that closes the blob at its end."""
        self._check()
        return self

    def __exit__(self, kind: object, value: object, traceback: object, /) -> None:
        """Close the blob."""
        self._check()
        self.close()

    def __len__(self) -> int:
        """Tell the number of bytes."""
        self._check()
        return len(self._data)

    def _position(self, index: object) -> int:
        try:
            position = operator.index(index)  # type: ignore[arg-type]
        except TypeError:
            raise TypeError("Blob indices must be integers") from None
        if not -_LARGEST * 2**32 < position < _LARGEST * 2**32:
            raise IndexError("cannot fit 'int' into an index-sized integer")
        position += len(self._data) if position < 0 else 0
        if not 0 <= position < len(self._data):
            raise IndexError("Blob index out of range")
        return position

    def _range(self, part: slice) -> range:
        try:
            return range(*part.indices(len(self._data)))
        except TypeError:
            raise TypeError("slice indices must be integers or None or have an __index__ method") from None

    def __getitem__(self, index: int | slice) -> int | bytes:
        """Read a byte or some."""
        self._check()
        if isinstance(index, slice):
            wanted = self._range(index)
            data = self._fresh() if wanted else b""
            return bytes(data[position] for position in wanted)
        position = self._position(index)
        return self._fresh()[position]

    def __setitem__(self, index: int | slice, value: int | Buffer) -> None:
        """Write a byte or some."""
        self._check()
        data = bytearray(self._data)
        if isinstance(index, slice):
            wanted = self._range(index)
            view = memoryview(value)  # type: ignore[arg-type]
            if not view.c_contiguous:
                raise BufferError("memoryview: underlying buffer is not C-contiguous")
            part = view.tobytes()
            if len(part) != len(wanted):
                raise IndexError("Blob slice assignment is wrong size")
            for position, byte in zip(wanted, part):
                data[position] = byte
            if not wanted:
                return
        else:
            position = self._position(index)
            if not isinstance(value, int):
                raise TypeError(f"'{type(value).__name__}' object cannot be interpreted as an integer")
            if not 0 <= value <= 255:
                raise ValueError("byte must be in range(0, 256)")
            data[position] = value
        self._put(bytes(data))

    def __delitem__(self, index: object) -> None:
        """Refuse: the length cannot change."""
        self._check()
        raise TypeError("Blob doesn't support item deletion")

    def __reduce__(self) -> NoReturn:
        """Refuse: it is open here and nowhere else."""
        raise TypeError("cannot pickle 'heliosdb_sqlite.Blob' object")

    # Numbers as indices would make it iterable.
    __iter__ = None


def _refusal_of_table(cursor: Cursor, name: str, table: str) -> str | None:
    """Why no value of a table can be opened."""
    lists = cursor.execute(f"PRAGMA {_quoted(name)}.table_list({_quoted(table)})").fetchall()
    for schema, _, kind, _, without_rowid, *_ in lists:
        if schema.lower() == name.lower() and kind in ("view", "virtual"):
            return f"cannot open {'view' if kind == 'view' else 'virtual table'}: {table}"
        if schema.lower() == name.lower() and without_rowid:
            return f"cannot open table without rowid: {table}"
    return None


def _refusal_to_write(cursor: Cursor, name: str, table: str, column: str) -> str | None:
    """Why the values of a column cannot be opened for writing: keys would have to follow them."""
    schema = _quoted(name)
    keys = cursor.execute(f"PRAGMA {schema}.foreign_key_list({_quoted(table)})").fetchall()
    are_kept = cursor.execute("PRAGMA foreign_keys").fetchone()[0]
    if are_kept and any(str(key[3]).lower() == column.lower() for key in keys):
        return "cannot open foreign key column for writing"
    for index in cursor.execute(f"PRAGMA {schema}.index_list({_quoted(table)})").fetchall():
        columns = cursor.execute(f"PRAGMA {schema}.index_info({_quoted(index[1])})").fetchall()
        # Of an expression it is not told which columns it has.
        if any(info[2] is None or info[2].lower() == column.lower() for info in columns):
            return "cannot open indexed column for writing"
    return None


def open_blob(connection: Connection, table: str, column: str, row: int, read_only: bool, name: str) -> Blob:
    """The blob of one column of one row."""
    blob = object.__new__(Blob)
    blob._connection, blob._row, blob._read_only = connection, row, read_only
    blob._offset, blob._is_open = 0, True
    blob._seen = _done_by(connection)
    # Says so if the connection is closed, or another thread's.
    cursor = connection.cursor()
    cursor.row_factory = None
    try:
        columns = cursor.execute(f"PRAGMA {_quoted(name)}.table_info({_quoted(table)})").fetchall()
    except OperationalError:
        columns = []
    if not columns:
        raise _error(1, "SQLITE_ERROR", f"no such table: {name}.{table}")
    refusal = _refusal_of_table(cursor, name, table)
    columns = [str(info[1]).lower() for info in columns]
    if refusal is None and column.lower() not in columns:
        refusal = f'no such column: "{column}"'
    if refusal is None and not read_only:
        refusal = _refusal_to_write(cursor, name, table, column)
    if refusal is not None:
        raise _error(1, "SQLITE_ERROR", refusal)
    target = f"{_quoted(name)}.{_quoted(table)}"
    value = f"CAST({_quoted(column)} AS BLOB)"
    kinds = " ".join(_KINDS.values())
    blob._select = (
        f"SELECT instr('{kinds}', typeof({_quoted(column)})), {value} FROM {target} WHERE rowid = ?"
    )
    update = f"UPDATE {target} SET {_quoted(column)} = "
    blob._update = f"WITH helios_row (id) AS (SELECT ?1) {update}?2 WHERE rowid = (SELECT id FROM helios_row)"
    found = blob._stored()
    if found is None:
        raise _error(1, "SQLITE_ERROR", f"no such rowid: {row}")
    kind = _KINDS[found[0]]
    if kind not in ("blob", "text"):
        raise _error(1, "SQLITE_ERROR", f"cannot open value of type {kind}")
    if kind == "text":
        blob._update = blob._update.replace("?2", "CAST(?2 AS TEXT)")
    blob._data = found[1]
    _open_blobs.add(blob)
    return blob
