"""Copies into databases of the standard module."""

from typing import Any

_standard: Any
try:
    import _sqlite3 as _standard
except ImportError:
    _standard = None


def is_standard(connection) -> bool:
    """Whether this is a connection of the standard module."""
    return _standard is not None and isinstance(connection, _standard.Connection)


def copy_to_standard(connection, target, *, pages, progress, name, sleep) -> None:
    """Puts the present of the connection's branch in the place of what `target` holds."""
    between = _standard.connect(":memory:")
    try:
        if name == "main":
            between.executescript("\n".join(connection.iterdump()))
        between.backup(target, pages=pages, progress=progress, name=name, sleep=sleep)
    finally:
        between.close()
