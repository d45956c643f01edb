"""`executemany` into tables that refer to others, in lockstep with `sqlite3`.

Rows go in together as long as their references are met, and what happens at one that is not is what happens there.
"""

import random
import sqlite3
import unittest
from typing import Any

import heliosdb_sqlite

TABLES = """
    PRAGMA foreign_keys = ON;
    CREATE TABLE plain (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE named (name TEXT PRIMARY KEY COLLATE NOCASE) WITHOUT ROWID;
    CREATE TABLE pairs (a INT, b TEXT, UNIQUE (a, b));
    CREATE TABLE to_rowid (id INTEGER PRIMARY KEY, p INT REFERENCES plain, x TEXT CHECK (x <> 'bad'));
    CREATE TABLE to_text (n, p TEXT REFERENCES named ON UPDATE CASCADE);
    CREATE TABLE to_pair (a, b, FOREIGN KEY (a, b) REFERENCES pairs (a, b));
    CREATE TABLE waits (id INTEGER PRIMARY KEY AUTOINCREMENT, p REFERENCES plain DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE tree (id INTEGER PRIMARY KEY, up INT REFERENCES tree, UNIQUE (up, id));
    CREATE TABLE own_key (id INTEGER PRIMARY KEY REFERENCES plain, x NOT NULL ON CONFLICT REPLACE DEFAULT 7);
    CREATE TABLE by_name (k TEXT PRIMARY KEY REFERENCES plain (name)) WITHOUT ROWID;
    CREATE TABLE both (p REFERENCES plain, n REFERENCES named, d AS (p + 1) STORED);
"""

NAMES = ["a", "B", "b", "c", "D", "e", None, 5, "5"]


def rows_for(choose: random.Random, table: str) -> tuple[str, list[tuple[Any, ...]]]:
    """A statement, and what it is run with. Most references are met."""
    number = choose.choice([1, 2, 5, 30, 200])
    clause = choose.choice(["", "", "", " OR IGNORE", " OR REPLACE", " OR ABORT", " OR FAIL"])

    def key() -> Any:
        kind = choose.random()
        if kind < 0.9:
            return choose.randint(1, 20)
        return choose.choice([None, 99, "7", 7.0, 7.5, "x", b"7", -1, 2**40])

    def identity() -> Any:
        return choose.choice([None, choose.randint(1, 10_000)])

    makes = {
        "plain": ("VALUES (?, ?)", lambda: (identity(), f"n{choose.randint(1, 10_000)}")),
        "named": ("VALUES (?)", lambda: (f"m{choose.randint(1, 10_000)}",)),
        "to_rowid": ("VALUES (?, ?, ?)", lambda: (identity(), key(), choose.choice(["x"] * 60 + ["bad"]))),
        "to_text": ("VALUES (?, ?)", lambda: (1, choose.choice(NAMES[:-2] * 8 + NAMES))),
        "to_pair": (
            "VALUES (?, ?)",
            lambda: (choose.choice([1] * 20 + [None, 2]), choose.choice(["a", "b", "b", None])),
        ),
        "waits": ("(p) VALUES (?)", lambda: (key(),)),
        "tree": ("VALUES (?, ?)", lambda: (identity(), choose.choice([None, choose.randint(1, 200)]))),
        "own_key": (
            "VALUES (?, ?)",
            lambda: (choose.choice([None, choose.randint(1, 22)]), choose.choice([1, None])),
        ),
        "by_name": ("VALUES (?)", lambda: (choose.choice(["n1", "n2", "N1", f"n{choose.randint(1, 40)}"]),)),
        "both": ("(p, n) VALUES (?, ?)", lambda: (key(), choose.choice(NAMES[:-2]))),
    }
    values, make = makes[table]
    return f"INSERT{clause} INTO {table} {values}", [make() for _ in range(number)]


class ReferencesInBatches(unittest.TestCase):
    def test_rows_that_refer_go_in_as_one_by_one(self) -> None:
        for seed in range(12):
            with self.subTest(seed=seed):
                self.run_lockstep(random.Random(seed))

    def run_lockstep(self, choose: random.Random) -> None:
        ours, theirs = heliosdb_sqlite.connect(":memory:"), sqlite3.connect(":memory:")
        both: list[Any] = [ours, theirs]
        for connection in both:
            connection.executescript(TABLES)
            connection.executemany("INSERT INTO plain VALUES (?, ?)", ((i, f"n{i}") for i in range(1, 21)))
            connection.executemany("INSERT INTO named VALUES (?)", (("a",), ("b",), ("c",), ("d",), ("5",)))
            connection.execute("INSERT INTO pairs VALUES (1, 'a'), (1, 'b')")
            connection.commit()
        tables = [
            "to_rowid",
            "to_text",
            "to_pair",
            "waits",
            "tree",
            "own_key",
            "by_name",
            "both",
            "plain",
            "named",
        ]
        for _ in range(40):
            table = choose.choice(tables)
            sql, rows = rows_for(choose, table)
            done = [
                self.outcome(connection, lambda c, s=sql, r=rows: c.executemany(s, r).rowcount)
                for connection in both
            ]
            self.assertEqual(*done, f"{sql} {rows}")
            if choose.random() < 0.3:
                ending = choose.choice(["commit", "commit", "rollback"])
                ended = [self.outcome(connection, lambda c, e=ending: getattr(c, e)()) for connection in both]
                self.assertEqual(*ended, ending)
            facts = f"SELECT count(*), total_changes(), last_insert_rowid() FROM {table}"
            self.assertEqual(*[connection.execute(facts).fetchall() for connection in both], f"{sql} {rows}")
        for table in tables:
            held = [
                connection.execute(
                    f"SELECT * FROM {table} ORDER BY 1, 2"
                    if table not in ("named", "by_name")
                    else f"SELECT * FROM {table} ORDER BY 1"
                ).fetchall()
                for connection in both
            ]
            self.assertEqual(*held, table)
        sequences = [connection.execute("SELECT * FROM sqlite_sequence").fetchall() for connection in both]
        self.assertEqual(*sequences)

    @staticmethod
    def outcome(connection: Any, work: Any) -> Any:
        try:
            return work(connection)
        except Exception as error:
            return type(error).__name__, str(error)

    def test_each_row_is_told_once_where_statements_are_traced(self) -> None:
        told = []
        for module in (heliosdb_sqlite, sqlite3):
            connection: Any = module.connect(":memory:")
            connection.executescript(TABLES)
            lines: list[str] = []
            connection.execute("INSERT INTO tree VALUES (1, NULL)")
            connection.set_trace_callback(lines.append)
            connection.executemany("INSERT INTO tree VALUES (?, ?)", [(2, 1), (3, 2), (4, 4), (5, 1)])
            told.append(lines)
        self.assertEqual(*told)


if __name__ == "__main__":
    unittest.main()
