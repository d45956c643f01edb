"""One ranking of several: what finds by words and what finds by meaning, put together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def reciprocal_rank_fusion(
    *rankings: Iterable[Key], k: float = 60.0, weights: Sequence[float] | None = None
) -> list[tuple[Key, float]]:
    """Puts rankings together by reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009): the best first.

    Each key comes with its score. It counts `weight / (k + place)` in each ranking that has it; places begin with 1,
    and of a key that is there twice the better place counts. Of equal scores that comes first which was seen first.
    `weights` has one number for each ranking; without it all count 1.
    """
    if k < 0:
        raise ValueError(f"k is negative: {k}")
    if weights is None:
        weights = [1.0] * len(rankings)
    if len(weights) != len(rankings):
        raise ValueError(f"{len(weights)} weights for {len(rankings)} rankings")
    scores: dict[Key, float] = {}
    for ranking, weight in zip(rankings, weights):
        # A dictionary keeps the order of what is put into it first.
        for place, key in enumerate(dict.fromkeys(ranking), 1):
            scores[key] = scores.get(key, 0.0) + weight / (k + place)
    return sorted(scores.items(), key=lambda found: -found[1])
