"""What the query analyzer promises beside what its indexes do: random queries, each timed before and after.

    python benches/advice.py [queries] [rows] [seed]

Needs heliosdb_sqlite. A promise is kept where the query gets faster by at least half of what was promised. Times are
the processor's, the best of some runs each. The last lines sum up; `-v` shows every query.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import heliosdb_sqlite as helios

# Columns of each table, with what makes a value and how many different ones there are, about.
Maker = Callable[[random.Random, int], Any]
TABLES: dict[str, dict[str, Maker]] = {
    "customers": {
        "name": lambda chance, rows: f"name {chance.randrange(rows)}",
        "city": lambda chance, rows: f"city {chance.randrange(200)}",
        "age": lambda chance, rows: chance.randrange(90),
        "joined": lambda chance, rows: (
            f"20{chance.randrange(24):02}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        ),
    },
    "orders": {
        "customer": lambda chance, rows: chance.randrange(1, rows // 3),
        "status": lambda chance, rows: chance.choice(("open", "paid", "sent", "lost")),
        "total": lambda chance, rows: chance.random() * 1000,
        "day": lambda chance, rows: chance.randrange(3650),
        "note": lambda chance, rows: "x" * chance.randrange(40),
    },
}


TYPES = {"age": "INTEGER", "customer": "INTEGER", "day": "INTEGER", "total": "REAL"}


def fill(connection: helios.Connection, rows: int, chance: random.Random) -> None:
    for table, columns in TABLES.items():
        count = rows if table == "orders" else rows // 3
        declared = ", ".join(f"{column} {TYPES.get(column, 'TEXT')}" for column in columns)
        connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {declared})")
        values = ([make(chance, rows) for make in columns.values()] for _ in range(count))
        connection.cursor().batch_insert(table, list(columns), values)
    connection.commit()


def condition(table: str, prefix: str, rows: int, chance: random.Random) -> tuple[str, list[Any]]:
    column = chance.choice(list(TABLES[table]))
    make = TABLES[table][column]
    operator = chance.choice(("=", "=", "=", ">", "<", "between", "in"))
    if operator == "between":
        low, high = sorted([make(chance, rows), make(chance, rows)])
        return f"{prefix}{column} BETWEEN ? AND ?", [low, high]
    if operator == "in":
        return f"{prefix}{column} IN (?, ?, ?)", [make(chance, rows) for _ in range(3)]
    return f"{prefix}{column} {operator} ?", [make(chance, rows)]


def query(rows: int, chance: random.Random) -> tuple[str, list[Any]]:
    """A query as programs have them: one table or two, with conditions, groups, an order or a limit."""
    joins = chance.random() < 0.25
    table = chance.choice(list(TABLES))
    prefix = "o." if joins else ""
    source = "orders o JOIN customers c ON o.customer = c.id" if joins else table
    parts = [
        condition("orders" if joins else table, prefix, rows, chance)
        for _ in range(chance.choice((0, 1, 1, 2)))
    ]
    if joins:
        parts.append(condition("customers", "c.", rows, chance))
    columns = list(TABLES["orders" if joins else table])
    column = prefix + chance.choice(columns)
    what = chance.choice(("*", "count(*)", column, f"{column}, count(*)", f"max({column})"))
    sql = f"SELECT {what} FROM {source}"
    if parts:
        sql += " WHERE " + " AND ".join(text for text, _ in parts)
    if what.endswith(", count(*)"):
        sql += f" GROUP BY {column}"
    elif what in ("*", column) and (not parts or chance.random() < 0.4):
        order = prefix + chance.choice(columns) + chance.choice(("", " DESC"))
        sql += f" ORDER BY {order} LIMIT {chance.choice((1, 10, 100))}"
    return sql, [value for _, values in parts for value in values]


def seconds(connection: helios.Connection, sql: str, parameters: list[Any]) -> float:
    connection.execute(sql, parameters).fetchall()
    best, spent = float("inf"), 0.0
    for _ in range(50):
        begun = time.process_time()
        connection.execute(sql, parameters).fetchall()
        took = time.process_time() - begun
        best, spent = min(best, took), spent + took
        if spent > 0.2:
            break
    return best


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "-v"]
    given = [int(argument) for argument in arguments]
    queries, rows, seed = [*given, *[200, 100_000, 1][len(given) :]]
    chance = random.Random(seed)
    kept = slower = 0
    promises: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        connection = helios.connect(f"{folder}/advice.db")
        fill(connection, rows, chance)
        studied = time_of_study = 0.0
        for _ in range(queries):
            sql, parameters = query(rows, chance)
            before = seconds(connection, sql, parameters)
            connection.enable_query_analyzer()
            connection.execute(sql, parameters).fetchall()
            begun = time.process_time()
            suggestions = connection.get_query_suggestions()
            time_of_study += time.process_time() - begun
            studied += 1
            connection.enable_query_analyzer(False)
            if not suggestions:
                if "-v" in sys.argv:
                    print(f"      - {before * 1e6:9.0f} us  {sql} {parameters}")
                continue
            suggestion = suggestions[0]
            connection.execute(suggestion.suggested_index)
            after = seconds(connection, sql, parameters)
            connection.execute(f"DROP INDEX {suggestion.suggested_index.split()[2]}")
            gain = before / after
            promises.append(gain / suggestion.speedup_factor)
            is_kept = gain - 1 >= (suggestion.speedup_factor - 1) / 2
            kept += is_kept
            slower += gain < 0.9
            if "-v" in sys.argv or not is_kept:
                print(
                    f"{'kept' if is_kept else 'NOT':>4} {suggestion.speedup_factor:8.1f} promised, {gain:8.1f} found, ",
                    end="",
                )
                print(f"{before * 1e6:.0f} us before, {after * 1e6:.0f} after: {sql} {parameters}, ", end="")
                print(suggestion.suggested_index)
        connection.close()
    promises.sort()
    print(f"{queries} queries, {len(promises)} suggestions, {kept} promises kept, {slower} queries slower")
    if promises:
        middle = promises[len(promises) // 2]
        print(f"found / promised: median {middle:.2f}, lowest {promises[0]:.2f}, highest {promises[-1]:.2f}")
    print(f"{time_of_study / studied * 1000:.1f} ms for the suggestions of a query")


if __name__ == "__main__":
    main()
