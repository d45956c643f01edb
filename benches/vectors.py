"""Exact searches among vectors beside sqlite-vec and NumPy, and how long it takes to store them.

    python benches/vectors.py [rows]

Needs heliosdb_sqlite, numpy, apsw and sqlite-vec. Times are in milliseconds: of the wall the best of some, of the
processor the mean; on a machine that does other things as well, only the latter tell much.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import apsw
import heliosdb_sqlite as helios
import numpy as np
import sqlite_vec

DIMENSIONS = 384
METRICS = ["cosine", "euclidean", "manhattan", "dot"]
SEARCH = "SELECT id, vector_distance(v, ?, '{}') AS d FROM vectors ORDER BY d LIMIT 10"


def show(name: str, work: Callable[[], Any], times: int = 7) -> None:
    """Runs something once, and then some times with a clock."""
    work()
    best, cpu = float("inf"), time.process_time()
    for _ in range(times):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    cpu = (time.process_time() - cpu) / times
    print(f"{name:<42} {best * 1000:9.1f} wall {cpu * 1000:9.1f} cpu")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    random = np.random.default_rng(1)
    vectors = random.standard_normal((rows, DIMENSIONS), "f4")
    query = random.standard_normal(DIMENSIONS, "f4")
    blobs = [vector.tobytes() for vector in vectors]
    with tempfile.TemporaryDirectory() as folder:
        connection = helios.connect(f"{folder}/helios.db", enable_vector_search=True)
        connection.execute(f"CREATE TABLE vectors (id INTEGER PRIMARY KEY, v VECTOR({DIMENSIONS}), c INT)")
        connection.execute("CREATE TABLE blobs (id INTEGER PRIMARY KEY, v BLOB, c INT)")

        def load(table: str, values: Any) -> None:
            connection.execute(f"DELETE FROM {table}")
            given = ((number, value, number % 10) for number, value in enumerate(values))
            connection.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", given)
            connection.commit()

        tenth = vectors[: rows // 10].tolist()
        show("helios, a tenth stored as lists", lambda: load("vectors", tenth), 1)
        show("helios, stored as blobs", lambda: load("blobs", blobs), 1)
        show("helios, stored as rows of NumPy", lambda: load("vectors", vectors), 1)
        for metric in METRICS:
            sql = SEARCH.format(metric)
            show(
                f"helios, 10 nearest, {metric}", lambda sql=sql: connection.execute(sql, (query,)).fetchall()
            )
        filtered = SEARCH.format("cosine").replace("ORDER", "WHERE c = 3 ORDER")
        show("helios, 10 nearest of a tenth", lambda: connection.execute(filtered, (query,)).fetchall())
        peer = apsw.Connection(f"{folder}/sqlite.db")
        peer.enable_load_extension(True)
        peer.load_extension(sqlite_vec.loadable_path())
        peer.execute(f"CREATE VIRTUAL TABLE vectors USING vec0(v FLOAT[{DIMENSIONS}] distance_metric=cosine)")
        with peer:
            peer.executemany("INSERT INTO vectors (rowid, v) VALUES (?, ?)", enumerate(blobs))
        sql = "SELECT rowid, distance FROM vectors WHERE v MATCH ? ORDER BY distance LIMIT 10"
        show("sqlite-vec, 10 nearest, cosine", lambda: peer.execute(sql, (blobs[0],)).fetchall())
        lengths = np.linalg.norm(vectors, axis=1)
        show("NumPy, 10 nearest, cosine", lambda: np.argpartition(1 - vectors @ query / lengths, 10)[:10])


if __name__ == "__main__":
    main()
