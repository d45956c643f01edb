"""Virtual tables by their definitions: which of them hold rows that can be copied."""

from __future__ import annotations

import enum
import re
from typing import Any

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


def stored_columns(info: list[Any]) -> list[str]:
    """The columns whose values a table stores, by what `PRAGMA table_xinfo` tells of it: those that are not computed,
    and the language of the rows of FTS4, which is a hidden one.
    """
    columns = [str(row[1]) for row in info if row[6] == 0]
    if [(row[1], row[6]) for row in info[-2:-1]] == [("docid", 1)] and info[-1][1] != "__langid":
        columns.append(str(info[-1][1]))
    return columns


def texts_of(sql: str) -> Texts | None:
    """Where the rows of the table of a definition are; `None` if it stores none."""
    found = _USING.match(sql)
    module = found[1].lower() if found else ""
    if module in ("rtree", "rtree_i32"):
        return Texts.OWN
    if module not in ("fts3", "fts4", "fts5"):
        return None
    if module == "fts3":
        return Texts.OWN
    content = _CONTENT.search(sql)
    if content is None:
        return Texts.OWN
    return Texts.NOWHERE if content[1] in ("''", '""') else Texts.ELSEWHERE
