"""Virtual tables by their definitions: which of them hold texts that can be copied."""

from __future__ import annotations

import enum
import re

_FTS5 = re.compile(r"\s*CREATE\s+VIRTUAL\s+TABLE\b.*?\bUSING\s+fts5\b", re.IGNORECASE | re.DOTALL)
_CONTENT = re.compile(r"""\bcontent\s*=\s*('(?:[^']|'')*'|"[^"]*"|\[[^\]]*\]|`[^`]*`|\w+)""", re.IGNORECASE)


class Texts(enum.Enum):
    """Where the texts of a table are that is searched for words."""

    OWN = "in its own rows"
    ELSEWHERE = "in another table"
    NOWHERE = "nowhere"


def is_virtual(sql: str) -> bool:
    """Whether a definition is of a virtual table."""
    return re.match(r"\s*CREATE\s+VIRTUAL\s+TABLE\b", sql, re.IGNORECASE) is not None


def texts_of(sql: str) -> Texts | None:
    """Where the texts of the table of a definition are; `None` if it is none for full-text search."""
    if not _FTS5.match(sql):
        return None
    content = _CONTENT.search(sql)
    if content is None:
        return Texts.OWN
    return Texts.NOWHERE if content[1] in ("''", '""') else Texts.ELSEWHERE
