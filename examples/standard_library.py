"""Python's own standard library in a database, and what one may want to know of it.

Every module is parsed with `ast` into rows: modules, their classes, functions and imports. The plain questions run on
`heliosdb_sqlite` as on the standard `sqlite3` (`--module sqlite3`) and have the same answers; then come questions that
only helios answers: what a branch would change, and what was true a moment ago.
"""

import argparse
import ast
import importlib
import pathlib
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

SCHEMA = """
CREATE TABLE module (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    package TEXT NOT NULL,
    lines INTEGER NOT NULL CHECK (lines >= 0),
    docstring TEXT
);
CREATE TABLE class (
    id INTEGER PRIMARY KEY,
    module_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    base TEXT,
    line INTEGER NOT NULL,
    docstring TEXT
);
CREATE TABLE function (
    id INTEGER PRIMARY KEY,
    module_id INTEGER NOT NULL,
    class_id INTEGER,
    name TEXT NOT NULL,
    line INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    arguments INTEGER NOT NULL,
    is_async INTEGER NOT NULL,
    docstring TEXT
);
CREATE TABLE import (
    module_id INTEGER NOT NULL,
    target TEXT NOT NULL,
    line INTEGER NOT NULL
);
CREATE INDEX class_by_module ON class (module_id);
CREATE INDEX function_by_module ON function (module_id);
CREATE INDEX function_by_name ON function (name);
CREATE INDEX import_by_target ON import (target);
"""
TABLES = ("module", "class", "function", "import")

# PEP 594 and its neighbours: modules that later versions of Python no longer have.
DEAD_BATTERIES = [
    *("aifc", "asynchat", "asyncore", "cgi", "cgitb", "chunk", "crypt", "imghdr", "imp", "mailcap", "msilib"),
    *("nntplib", "pipes", "smtpd", "sndhdr", "sunau", "telnetlib", "uu", "xdrlib"),
]


class Question(NamedTuple):
    """What is asked, in English and in SQL."""

    text: str
    sql: str


QUESTIONS = [
    Question(
        "Which packages are the largest?",
        """
        SELECT package, count(*) AS modules, sum(lines) AS lines, max(lines) AS longest,
               round(avg(lines), 1) AS average
        FROM module GROUP BY package ORDER BY lines DESC, package LIMIT 8
        """,
    ),
    Question(
        "What is imported by most modules?",
        """
        SELECT i.target, count(DISTINCT i.module_id) AS importers, m.lines
        FROM import AS i JOIN module AS m ON m.name = i.target
        GROUP BY i.target ORDER BY importers DESC, i.target LIMIT 8
        """,
    ),
    Question(
        "Which functions are the longest?",
        """
        SELECT m.name AS module, coalesce(c.name || '.', '') || f.name AS function, f.lines, f.arguments
        FROM function AS f JOIN module AS m ON m.id = f.module_id LEFT JOIN class AS c ON c.id = f.class_id
        ORDER BY f.lines DESC, m.name, f.line LIMIT 8
        """,
    ),
    Question(
        "Where is the public interface documented least (at least 40 public functions)?",
        """
        SELECT m.package, count(*) AS functions, count(f.docstring) AS documented,
               printf('%.1f %%', 100.0 * count(f.docstring) / count(*)) AS share
        FROM function AS f JOIN module AS m ON m.id = f.module_id
        WHERE f.name NOT LIKE '\\_%' ESCAPE '\\'
        GROUP BY m.package HAVING count(*) >= 40
        ORDER BY 1.0 * count(f.docstring) / count(*), m.package LIMIT 8
        """,
    ),
    Question(
        "Which classes have most subclasses, and in how many packages?",
        """
        SELECT c.base, count(*) AS subclasses, count(DISTINCT m.package) AS packages, min(c.name) AS first
        FROM class AS c JOIN module AS m ON m.id = c.module_id
        WHERE c.base IS NOT NULL GROUP BY c.base ORDER BY subclasses DESC, c.base LIMIT 8
        """,
    ),
    Question(
        "Which method names occur in most classes, special ones aside?",
        """
        SELECT name, count(DISTINCT class_id) AS classes, sum(is_async) AS asynchronous, max(arguments) AS arguments
        FROM function WHERE class_id IS NOT NULL AND name NOT GLOB '__*__'
        GROUP BY name ORDER BY classes DESC, name LIMIT 8
        """,
    ),
    Question(
        "Which modules import each other?",
        """
        WITH edge AS (
            SELECT DISTINCT m.name AS source, i.target FROM import AS i JOIN module AS m ON m.id = i.module_id
        )
        SELECT a.source, a.target FROM edge AS a JOIN edge AS b ON b.source = a.target AND b.target = a.source
        WHERE a.source < a.target ORDER BY a.source, a.target LIMIT 8
        """,
    ),
    Question(
        "Which long modules does no other module import?",
        """
        SELECT name, lines, substr(docstring, 1, 40) AS docstring FROM module
        WHERE name NOT IN (SELECT target FROM import) AND name NOT LIKE '%.%'
        ORDER BY lines DESC, name LIMIT 8
        """,
    ),
    Question(
        "Which names are those of a class and of a function?",
        """
        SELECT name FROM class WHERE length(name) > 4
        INTERSECT SELECT name FROM function WHERE class_id IS NULL
        ORDER BY name LIMIT 8
        """,
    ),
    Question(
        "How are functions distributed by their length?",
        """
        SELECT CASE WHEN lines <= 5 THEN ' 1 to   5' WHEN lines <= 20 THEN ' 6 to  20'
                    WHEN lines <= 100 THEN '21 to 100' ELSE 'over  100' END AS lines,
               count(*) AS functions, round(avg(arguments), 2) AS arguments, count(docstring) AS documented
        FROM function GROUP BY 1 ORDER BY 1
        """,
    ),
]


class Library:
    """Rows of the tables, made of source files."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}

    def add(self, name: str, is_package: bool, text: str) -> None:
        """Adds a module. Raises SyntaxError if it is none."""
        tree = ast.parse(text)
        module_id = len(self.rows["module"]) + 1
        lines = text.count("\n") + 1
        row = (module_id, name, name.split(".")[0], lines, ast.get_docstring(tree))
        self.rows["module"].append(row)
        self._add_body(tree.body, module_id, None)
        package = name if is_package else name.rpartition(".")[0]
        for node in ast.walk(tree):
            self.rows["import"].extend((module_id, target, node.lineno) for target in imported(node, package))

    def _add_body(self, body: list[ast.stmt], module_id: int, class_id: int | None) -> None:
        for node in body:
            if isinstance(node, ast.ClassDef):
                inner_id = len(self.rows["class"]) + 1
                base = ast.unparse(node.bases[0]) if node.bases else None
                row = (inner_id, module_id, node.name, base, node.lineno, ast.get_docstring(node))
                self.rows["class"].append(row)
                self._add_body(node.body, module_id, inner_id)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                arguments = node.args
                count = len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                is_async = int(isinstance(node, ast.AsyncFunctionDef))
                row = (len(self.rows["function"]) + 1, module_id, class_id, node.name, node.lineno, lines)
                self.rows["function"].append((*row, count, is_async, ast.get_docstring(node)))


def imported(node: ast.AST, package: str) -> Iterator[str]:
    """The names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        yield ".".join([*above, *([node.module] if node.module else [])])


def read_library(most: int | None) -> Library:
    """Reads the standard library of this Python, or its first modules by name."""
    top = pathlib.Path(sysconfig.get_path("stdlib"))
    library = Library()
    for path in sorted(top.rglob("*.py")):
        inner = path.relative_to(top)
        names = [*inner.parts[:-1], inner.stem]
        foreign = {"site-packages", "dist-packages", "test", "tests", "idle_test"}
        if foreign.intersection(names) or not all(name.isidentifier() for name in names):
            continue
        is_package = names[-1] == "__init__"
        try:
            library.add(".".join(names[:-1] if is_package else names), is_package, path.read_text("utf-8"))
        except (SyntaxError, ValueError):  # lib2to3 has sources of Python 2
            continue
        if most is not None and len(library.rows["module"]) >= most:
            break
    return library


def show(cursor: Any) -> None:
    """Prints the rows of a cursor as a table."""
    heads = [column[0] for column in cursor.description]
    rows = [["" if value is None else str(value).partition("\n")[0] for value in row] for row in cursor]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for cells in [heads, ["-" * width for width in widths], *rows]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    print(f"  ({len(rows)} row{'' if len(rows) == 1 else 's'})")


def ask(connection: Any, question: Question, parameters: Sequence[Any] = ()) -> None:
    """Prints a question and its answer; the time it took goes to standard error."""
    print(f"\n{question.text}")
    start = time.perf_counter()
    cursor = connection.execute(question.sql, parameters)
    show(cursor)
    log(f"{(time.perf_counter() - start) * 1000:8.1f} ms  {question.text}")


def log(text: str) -> None:
    """Prints what differs from run to run."""
    print(text, file=sys.stderr)


def load(connection: Any, library: Library) -> None:
    """Makes the tables and fills them in one transaction."""
    connection.executescript(SCHEMA)
    start = time.perf_counter()
    for table, rows in library.rows.items():
        if rows:
            places = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    connection.commit()
    count = sum(map(len, library.rows.values()))
    log(f"{(time.perf_counter() - start) * 1000:8.1f} ms  loading {count} rows")
    print(f"{count} rows: " + ", ".join(f"{len(rows)} of {table}" for table, rows in library.rows.items()))


def ask_on_a_branch(module: Any, connection: Any, database: str) -> None:
    """What if the dead batteries were taken out? Tried on a branch, while the main branch stays as it is."""
    print("\nA branch without the modules that later versions of Python dropped")
    connection.create_branch("without_dead_batteries")
    branch = module.connect(database, branch="without_dead_batteries")
    places = ", ".join("?" * len(DEAD_BATTERIES))
    for table in TABLES[1:]:
        dead = f"SELECT id FROM module WHERE name IN ({places})"
        branch.execute(f"DELETE FROM {table} WHERE module_id IN ({dead})", DEAD_BATTERIES)
    branch.execute(f"DELETE FROM module WHERE name IN ({places})", DEAD_BATTERIES)
    branch.commit()

    counts = " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*) AS rows FROM {table}" for table in TABLES
    )
    ask(connection, Question("How much is there on main?", counts))
    ask(branch, Question("And on the branch?", counts))
    dangling = f"""
        SELECT m.name AS module, i.line, i.target AS missing
        FROM import AS i JOIN module AS m ON m.id = i.module_id
        WHERE i.target IN ({places}) ORDER BY m.name, i.line LIMIT 8
        """
    missing = Question("Which modules of the branch would no longer find what they import?", dangling)
    ask(branch, missing, DEAD_BATTERIES)
    branch.close()
    merge(connection)


def merge(connection: Any) -> None:
    """Take the branch over, although main has gone on since; and look at what was before."""
    name = "without_dead_batteries"
    connection.execute("UPDATE module SET docstring = 'Checked: ' || docstring WHERE name = 'abc'")
    connection.commit()
    difference = connection.compare_branches("main", name)
    print(f"\nMain has gone on. {difference.total_row_changes} rows differ between it and the branch:")
    for table, counts in difference.tables.items():
        print(f"  {table}: {counts.added} added, {counts.removed} removed, {counts.changed} changed")
    before = datetime.now().isoformat()
    result = connection.merge_branch(name)
    print(f"The branch is merged into main: {result.rows_removed} rows removed")
    ask(
        connection,
        Question(
            "How many modules has main, how many had it before, and is its own change still there?",
            """
            SELECT (SELECT count(*) FROM module) AS modules,
                   (SELECT count(*) FROM module AS OF TIMESTAMP ?) AS modules_before,
                   (SELECT substr(docstring, 1, 40) FROM module WHERE name = 'abc') AS kept_from_main
            """,
        ),
        (before,),
    )
    connection.delete_branch(name)


def ask_about_the_past(connection: Any) -> None:
    """Undo a mistake with what was true a moment ago."""
    moment = datetime.now().isoformat()
    deleted = connection.execute("DELETE FROM function WHERE name LIKE '\\_%' ESCAPE '\\'").rowcount
    connection.execute("UPDATE module SET docstring = NULL WHERE lines > 1000")
    connection.commit()
    print(f"\nA moment ago there was more: {deleted} private functions are deleted, docstrings are gone")
    ask(
        connection,
        Question(
            "How many functions are there, and how many were there?",
            """
            SELECT (SELECT count(*) FROM function) AS now,
                   (SELECT count(*) FROM function AS OF TIMESTAMP ?) AS a_moment_ago
            """,
        ),
        (moment,),
    )
    ask(
        connection,
        Question(
            "Which docstrings were lost?",
            """
            SELECT m.name, substr(was.docstring, 1, 50) AS docstring_a_moment_ago
            FROM module AS m JOIN module AS OF TIMESTAMP ? AS was ON was.id = m.id
            WHERE m.docstring IS NULL AND was.docstring IS NOT NULL ORDER BY m.lines DESC, m.name LIMIT 8
            """,
        ),
        (moment,),
    )
    connection.execute(
        """
        INSERT INTO function SELECT * FROM function AS OF TIMESTAMP ? WHERE name LIKE '\\_%' ESCAPE '\\'
        """,
        (moment,),
    )
    connection.commit()
    difference = """
        SELECT count(*) AS differences FROM (
            SELECT * FROM function EXCEPT SELECT * FROM function AS OF TIMESTAMP ?
        )
        """
    ask(connection, Question("Restored from the past. What differs from then?", difference), (moment,))


def main() -> None:
    """Loads the library and asks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--module", default="heliosdb_sqlite", help="the database module (default: %(default)s)"
    )
    parser.add_argument("--plain", action="store_true", help="only the questions that sqlite3 answers too")
    parser.add_argument("--modules", type=int, help="load only so many modules of the library")
    parser.add_argument("--database", help="a new file to keep; otherwise one that is removed at the end")
    arguments = parser.parse_args()
    module = importlib.import_module(arguments.module)
    plain = arguments.plain or not hasattr(module.Connection, "create_branch")

    start = time.perf_counter()
    library = read_library(arguments.modules)
    log(f"{(time.perf_counter() - start) * 1000:8.1f} ms  parsing")
    with tempfile.TemporaryDirectory() as folder:
        database = arguments.database or str(pathlib.Path(folder, "library.db"))
        connection = module.connect(database) if plain else module.connect(database, enable_time_travel=True)
        load(connection, library)
        for question in QUESTIONS:
            ask(connection, question)
        if not plain:
            ask_on_a_branch(module, connection, database)
            ask_about_the_past(connection)
        connection.close()


if __name__ == "__main__":
    main()
