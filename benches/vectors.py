"""Searches among vectors beside sqlite-vec, DuckDB and NumPy, and with indexes beside hnswlib, usearch and faiss; how
long it takes to store vectors and to build indexes.

    python benches/vectors.py [rows]

Needs heliosdb_sqlite, numpy, apsw, sqlite-vec, duckdb, pyarrow, hnswlib, usearch and faiss-cpu. Times are in
milliseconds where nothing else is said: of the wall the best of some, of the processor the mean; on a machine that does
other things as well, only the latter tell much.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import apsw
import duckdb
import faiss
import heliosdb_sqlite as helios
import hnswlib
import numpy as np
import pyarrow
import sqlite_vec
import usearch.index

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


def clustered(count: int, random: np.random.Generator, centres: np.ndarray) -> np.ndarray:
    """Vectors of the length 1 around centres, with fewer dimensions that matter than they have."""
    spectrum = np.arange(1, DIMENSIONS + 1, dtype="f4") ** -0.55
    noise = random.standard_normal((count, DIMENSIONS), "f4") * spectrum
    vectors = centres[random.integers(0, len(centres), count)] * spectrum + 0.7 * noise
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def build(name: str, work: Callable[[], Any]) -> None:
    """Builds an index with a clock: seconds."""
    begun, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(f"{name:<42} {wall:9.1f} wall {cpu:9.1f} cpu (seconds)")


def search(name: str, queries: np.ndarray, truth: np.ndarray, work: Callable[[np.ndarray], Any]) -> None:
    """Searches one query after the other: the part of the ten nearest found, microseconds of a query."""
    found, begun = [], time.process_time()
    for query in queries:
        found.append(work(query))
    cpu = (time.process_time() - begun) / len(queries)
    hits = sum(len({*one} & {*all_}) for one, all_ in zip(found, truth, strict=True))
    print(f"{name:<42} {hits / truth.size:9.4f} recall {cpu * 1e6:7.0f} µs cpu")


def indexes(rows: int, folder: str) -> None:
    """Graphs of the same parameters, on one thread but for building in helios."""
    random = np.random.default_rng(7)
    centres = random.standard_normal((300, DIMENSIONS), "f4")
    vectors, queries = clustered(rows, random, centres), clustered(500, random, centres)
    truth = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    efforts = [20, 40, 80, 160]

    path = f"{folder}/indexes.db"
    connection = helios.connect(path)
    connection.execute(f"CREATE TABLE vectors (id INTEGER PRIMARY KEY, v VECTOR({DIMENSIONS}), c INT)")
    with connection:
        given = ((number, vector, number % 1000) for number, vector in enumerate(vectors))
        connection.executemany("INSERT INTO vectors VALUES (?, ?, ?)", given)
    build("helios, CREATE INDEX", lambda: connection.execute("CREATE INDEX near ON vectors USING hnsw (v)"))
    sql = "SELECT id FROM vectors {} ORDER BY vector_distance(v, ?) LIMIT 10"
    connection.close()
    connection = helios.connect(path)
    near = sql.format("INDEXED BY near")
    build("helios, first search after opening", lambda: connection.execute(near, (queries[0],)).fetchall())
    for effort in efforts:
        connection.execute(f"PRAGMA vector_ef_search = {effort}")
        search(
            f"helios, ef {effort}",
            queries,
            truth,
            lambda query: [row[0] for row in connection.execute(near, (query,))],
        )
    connection.execute("PRAGMA vector_ef_search = 0")
    for name, part, condition in [("10 %", 100, 100), ("1 %", 10, 10), ("0.1 %", 1, 1)]:
        ids = np.arange(rows) % 1000 < part
        nearest = np.argsort(-(queries @ vectors[ids].T), axis=1)[:, :10]
        wanted = np.arange(rows)[ids][nearest]
        filtered = sql.format(f"WHERE c < {condition}")
        search(
            f"helios, a filter of {name}",
            queries,
            wanted,
            lambda query, filtered=filtered: [row[0] for row in connection.execute(filtered, (query,))],
        )
    connection.close()

    graph = hnswlib.Index(space="cosine", dim=DIMENSIONS)
    graph.init_index(max_elements=rows, M=16, ef_construction=200)
    graph.set_num_threads(1)
    build("hnswlib", lambda: graph.add_items(vectors))
    for effort in efforts:
        graph.set_ef(effort)
        search(f"hnswlib, ef {effort}", queries, truth, lambda query: graph.knn_query(query, k=10)[0][0])
    other = usearch.index.Index(
        ndim=DIMENSIONS, metric="cos", dtype="f32", connectivity=16, expansion_add=200
    )
    build("usearch", lambda: other.add(np.arange(rows), vectors, threads=1))
    for effort in efforts:
        other.expansion_search = effort
        search(f"usearch, ef {effort}", queries, truth, lambda query: other.search(query, 10).keys)
    faiss.omp_set_num_threads(1)
    third = faiss.IndexHNSWFlat(DIMENSIONS, 16, faiss.METRIC_INNER_PRODUCT)
    third.hnsw.efConstruction = 200
    build("faiss", lambda: third.add(vectors))
    for effort in efforts:
        third.hnsw.efSearch = effort
        search(f"faiss, ef {effort}", queries, truth, lambda query: third.search(query[None], 10)[1][0])


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
        sets = [(one,) for one in random.standard_normal((100, DIMENSIONS), "f4")]
        sql = SEARCH.format("cosine")
        show("helios, 100 such queries", lambda: [connection.execute(sql, one).fetchall() for one in sets], 1)
        show("helios, 100 such queries as a batch", lambda: connection.executemany(sql, sets).fetchall(), 1)
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
        analytic = duckdb.connect()
        column = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(vectors.ravel()), DIMENSIONS)
        analytic.register("given", pyarrow.table({"id": np.arange(rows), "v": column}))
        analytic.execute("CREATE TABLE vectors AS SELECT * FROM given")
        distance = f"array_cosine_distance(v, ?::FLOAT[{DIMENSIONS}])"
        sql = f"SELECT id, {distance} AS d FROM vectors ORDER BY d LIMIT 10"
        show("DuckDB, 10 nearest, cosine", lambda: analytic.execute(sql, [query.tolist()]).fetchall())
        lengths = np.linalg.norm(vectors, axis=1)
        show("NumPy, 10 nearest, cosine", lambda: np.argpartition(1 - vectors @ query / lengths, 10)[:10])
        connection.close()
        indexes(rows, folder)


if __name__ == "__main__":
    main()
