"""What the methods for tuning give."""

from __future__ import annotations

from dataclasses import dataclass


class CacheStats:
    """How kept results were used."""

    __slots__ = ("cache_hits", "cache_misses", "entries", "size_mb")

    def __init__(self, hits: int, misses: int, size: int, entries: int) -> None:
        self.cache_hits: int = hits
        """Queries of the connection that were answered with kept rows."""
        self.cache_misses: int = misses
        """Queries of the connection that could have been, and were run."""
        self.size_mb: float = size / 2**20
        """What the kept results of the database take."""
        self.entries: int = entries
        """How many they are."""

    @property
    def hit_rate(self) -> float:
        """The hits among hits and misses, from 0 to 1; 0 before the first."""
        return self.cache_hits / max(1, self.cache_hits + self.cache_misses)

    def __repr__(self) -> str:
        names = ("cache_hits", "cache_misses", "hit_rate", "size_mb", "entries")
        return f"CacheStats({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"


@dataclass(frozen=True)
class QuerySuggestion:
    """An index that would help a statement."""

    query: str
    """The statement."""
    current_plan: str
    """Its plan without the index, as EXPLAIN QUERY PLAN tells it, a node in each line."""
    suggested_index: str
    """The statement that makes the index."""
    speedup_factor: float
    """How many times as fast the statement would be, by what both plans cost."""
    times_seen: int
    """How often it was run."""
    mean_ms: float | None
    """Milliseconds that the engine worked for a run of it, on the average; None if none has come to its end."""
