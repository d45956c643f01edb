"""What `create_branch`, `list_branches` and `get_branch_info` give."""

import datetime
from dataclasses import dataclass

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


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
        return (datetime.datetime.now(datetime.UTC) - self.created_at).total_seconds() / 86400


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
        merged_at=None,
    )
