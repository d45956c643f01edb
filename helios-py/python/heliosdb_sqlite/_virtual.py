"""Virtual tables by their definitions: which of them hold rows that can be copied."""

from __future__ import annotations

import enum
import re

_USING = re.compile(r"\s*CREATE\s+VIRTUAL\s+TABLE\b.*?\bUSING\s+(\w+)", re.IGNORECASE | re.DOTALL)
_CONTENT = re.compile(r"""\bcontent\s*=\s*('(?:[^']|'')*'|"[^"]*"|\[[^\]]*\]|`[^`]*`|\w+)""", re.IGNORECASE)


class Texts(enum.Enum):
    """Where the rows of a virtual table are, such as texts that are searched for words."""

    OWN = "in its own rows"
    ELSEWHERE = "in another table"
    NOWHERE = "nowhere"


def is_virtual(sql: str) -> bool:
    """Whether a definition is of a virtual table."""
    return re.match(r"\s*CREATE\s+VIRTUAL\s+TABLE\b", sql, re.IGNORECASE) is not None


def texts_of(sql: str) -> Texts | None:
    """Where the rows of the table of a definition are; `None` if it stores none."""
    found = _USING.match(sql)
    module = found[1].lower() if found else ""
    if module in ("rtree", "rtree_i32"):
        return Texts.OWN
    if module != "fts5":
        return None
    content = _CONTENT.search(sql)
    if content is None:
        return Texts.OWN
    return Texts.NOWHERE if content[1] in ("''", '""') else Texts.ELSEWHERE
