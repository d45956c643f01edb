"""What the methods for branches give."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclass(frozen=True)
class Branch:
    """A branch, as it was when it was asked for."""

    name: str
    parent: str | None
    """The branch that it was made of; None for main."""
    created_at: datetime.datetime
    divergence_point: datetime.datetime | None
    """The last moment of the parent that the branch sees; None for main."""
    commits: int
    size_mb: float
    """What commits on this branch have written."""
    is_active: bool
    """Whether a connection of this process is on it; main always is."""
    merged_at: datetime.datetime | None
    """When it was merged last; None if never."""

    @property
    def age_days(self) -> float:
        """The days since it was made."""
        return (datetime.datetime.now(datetime.timezone.utc) - self.created_at).total_seconds() / 86400


def _moment(microseconds: int) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(microseconds=microseconds)


def from_engine(
    name: str,
    parent: str | None,
    created: int,
    forked: int | None,
    commits: int,
    written: int,
    is_active: bool,
    merged: int | None,
) -> Branch:
    """A branch with the numbers of the engine."""
    return Branch(
        name=name,
        parent=parent,
        created_at=_moment(created),
        divergence_point=None if forked is None else _moment(forked),
        commits=commits,
        size_mb=written / 2**20,
        is_active=is_active,
        merged_at=None if merged is None else _moment(merged),
    )


@dataclass(frozen=True)
class TableDiff:
    """In what a table differs between two branches."""

    added: int
    """Rows that only the second has."""
    removed: int
    """Rows that only the first has."""
    changed: int
    """Rows that both have, with other values."""
    schema_changed: bool
    """Whether the table, its indexes or its triggers are defined in another way."""


class BranchDiff:
    """What two branches differ in, as `compare_branches` found it."""

    def __init__(self, tables: list[tuple[str, int, int, int, bool, list[tuple[Any, ...]]]]) -> None:
        self.tables = {
            name: TableDiff(added, removed, changed, schema_changed)
            for name, added, removed, changed, schema_changed, _ in tables
        }
        """The tables that differ, by name."""
        self._rows = {name: rows for name, *_, rows in tables}

    @property
    def tables_modified(self) -> list[str]:
        """The names of the tables that differ."""
        return list(self.tables)

    @property
    def total_row_changes(self) -> int:
        """How many rows differ."""
        return sum(table.added + table.removed + table.changed for table in self.tables.values())

    def rows(self, table: str) -> Iterator[tuple[str, Any, tuple[Any, ...] | None, tuple[Any, ...] | None]]:
        """Each row that differs: 'added', 'removed' or 'changed', its key, the row in the first and in the second."""
        return iter(self._rows.get(table, []))

    def __repr__(self) -> str:
        return f"<BranchDiff {self.tables!r}>"


@dataclass(frozen=True)
class MergeResult:
    """What a merge did."""

    rows_added: int
    rows_removed: int
    rows_changed: int
    schema_changes: int
    """Tables, indexes, views and triggers that came, went or changed."""
    commit: datetime.datetime | None
    """The moment of its commit; None if there was nothing to merge."""


@dataclass(frozen=True)
class MergeConflict:
    """Something that both branches changed in different ways."""

    table: str
    """The table, or another object of the schema."""
    key: Any
    """The row's rowid or primary key; None for an object of the schema."""
    columns: tuple[str, ...]
    """The columns that differ; empty where a row is there on one side only."""
    base: tuple[Any, ...] | None
    """The row where the branches parted, or None. For an object of the schema: its definition."""
    ours: tuple[Any, ...] | None
    """The row on the branch that is merged into."""
    theirs: tuple[Any, ...] | None
    """The row on the branch that is merged."""


@dataclass(frozen=True)
class MergeViolation:
    """A constraint that would not hold after a merge."""

    table: str
    key: Any
    """The row's rowid or primary key."""
    message: str


def diff_from_engine(tables: list[tuple[str, int, int, int, bool, list[tuple[Any, ...]]]]) -> BranchDiff:
    """A difference with what the engine found."""
    return BranchDiff(tables)


def merge_from_engine(
    added: int, removed: int, changed: int, schema_changes: int, commit: int | None
) -> MergeResult:
    """A result with the numbers of the engine."""
    return MergeResult(added, removed, changed, schema_changes, None if commit is None else _moment(commit))
