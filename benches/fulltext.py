"""Full-text search beside the standard module's FTS5, in one run: indexing, searches for the ten best, sizes.

    python benches/fulltext.py [documents]

Documents are of words whose frequencies follow Zipf's law, 60 of them on the average. Answers have to be the same.
Times are those of the processor, searches the mean of some; a size is that of what the shadow tables of the index hold.
"""

import itertools
import random
import sqlite3
import sys
import time
from collections import Counter
from typing import Any

import heliosdb_sqlite as helios

WORDS = 40_000
SEARCHES = {
    "": "SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10",
    ", by bm25()": "SELECT rowid FROM t WHERE t MATCH ? ORDER BY bm25(t) LIMIT 10",
}
TIMES = 5


def documents(count: int) -> list[tuple[str]]:
    """Texts of made-up words."""
    numbers = random.Random(1)
    syllables = [first + second for first in "bdfghklmnprstvz" for second in "aeiou"]
    words = ["".join(numbers.choices(syllables, k=numbers.randint(1, 4))) + str(n % 7) for n in range(WORDS)]
    weights = list(itertools.accumulate(1 / (place + 2) for place in range(WORDS)))
    lengths = (min(400, int(numbers.lognormvariate(3.9, 0.6)) + 1) for _ in range(count))
    return [(" ".join(numbers.choices(words, cum_weights=weights, k=length)),) for length in lengths]


def size(connection: Any) -> int:
    """The bytes of the index."""
    pages = "(SELECT sum(length(block)) FROM t_data)"
    entries = "(SELECT sum(length(term) + 8) FROM t_idx)"
    sizes = "(SELECT sum(length(sz) + 8) FROM t_docsize)"
    return connection.execute(f"SELECT {pages} + {entries} + {sizes}").fetchone()[0]


def main() -> None:
    texts = documents(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    words = Counter(text.split()[0] for (text,) in texts[:3000])
    (frequent, _), (another, _), *rest = words.most_common(60)
    common, _ = rest[-1]
    (text,) = texts[7]
    first, second, third = text.split()[1:4]
    queries = {
        "a frequent word": frequent,
        "a word": first,
        "two words": f"{frequent} {second}",
        "a phrase": f'"{first} {second}"',
        "a frequent phrase": f'"{frequent} {another}"',
        "a prefix": f"{third[:3]}*",
        "NEAR": f"NEAR({frequent} {first}, 10)",
        "NEAR of frequent words": f"NEAR({another} {common}, 10)",
        "OR": f"{first} OR {second} OR {third}",
    }
    took: dict[str, list[float]] = {}
    answers: dict[str, list[Any]] = {}
    for module in (sqlite3, helios):
        connection = module.connect(":memory:", isolation_level=None)
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(body)")
        begun = time.process_time()
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?)", texts)
        connection.execute("COMMIT")
        took.setdefault("indexing, seconds", []).append(time.process_time() - begun)
        connection.execute("INSERT INTO t(t) VALUES ('optimize')")
        took.setdefault("size, MB", []).append(size(connection) / 1e6)
        for (name, query), (manner, search) in itertools.product(queries.items(), SEARCHES.items()):
            begun = time.process_time()
            for _ in range(TIMES):
                found = connection.execute(search, (query,)).fetchall()
            took.setdefault(f"{name}{manner}, ms", []).append((time.process_time() - begun) / TIMES * 1000)
            answers.setdefault(f"{name}{manner}", []).append(found)
        single = texts[:2000]
        begun = time.process_time()
        connection.execute("BEGIN")
        for row in single:
            connection.execute("INSERT INTO t VALUES (?)", row)
        connection.execute("COMMIT")
        took.setdefault("an INSERT in a transaction, µs", []).append(
            (time.process_time() - begun) / len(single) * 1e6
        )
        connection.close()
    for name, (standard, own) in answers.items():
        assert standard == own, f"{name}: {standard} and {own}"
    print(f"{'':<34}{'sqlite3':>10}{'helios':>10}{'ratio':>8}")
    for name, (standard, own) in took.items():
        print(f"{name:<34}{standard:10.2f}{own:10.2f}{own / standard:8.2f}")


if __name__ == "__main__":
    main()
