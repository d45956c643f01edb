"""What keeping results costs and saves: a query of about a millisecond, without it, for the first time and again.

    python benches/result_cache.py [rows] [runs]

Needs heliosdb_sqlite. Two connections, with and without kept results, take turns; times are medians, ratios those to
the connection without. A miss is to cost at most 3 % more, a hit at most 0.3.
"""

import os
import statistics
import sys
import tempfile
import time

import heliosdb_sqlite as helios

QUERY = "SELECT b, sum(c) FROM t WHERE a > ? GROUP BY b ORDER BY 2 DESC LIMIT 3"


def seconds(connection: helios.Connection, parameter: int) -> float:
    """The time of one run."""
    begun = time.perf_counter()
    connection.execute(QUERY, (parameter,)).fetchall()
    return time.perf_counter() - begun


def main() -> None:
    """Measures and prints."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bench.db")
        plain = helios.connect(path)
        plain.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c REAL)")
        plain.executemany(
            "INSERT INTO t VALUES (?, ?, ?)", [(at, f"n{at % 1000}", at / 2) for at in range(rows)]
        )
        plain.commit()
        keeping = helios.connect(path, enable_cache=True)
        first = rows - rows // 10
        seconds(plain, 0)
        seconds(keeping, 0)
        without, misses = [], []
        for run in range(runs):
            without.append(seconds(plain, first + run))
            misses.append(seconds(keeping, first + run))
        hits = [seconds(keeping, first + run % 50) for run in range(runs)]
        usual = statistics.median(without)
        print(f"without {usual * 1e3:.3f} ms")
        print(f"miss    {statistics.median(misses) / usual:.3f}")
        print(f"hit     {statistics.median(hits) / usual:.4f}")
        keeping.close()
        plain.close()


if __name__ == "__main__":
    main()
