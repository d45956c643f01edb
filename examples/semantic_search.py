"""Semantic search over the docstrings of Python's standard library.

Every docstring becomes a row with an embedding, made on the spot: TF-IDF of its words, brought to 384 dimensions by a
singular value decomposition. `Embedder` has the method `encode` of `SentenceTransformer`, so a real model fits into its
place:

    python examples/semantic_search.py --model all-MiniLM-L6-v2 "read a file line by line"

Without questions of your own it asks some. Needs scikit-learn; with `--model`, sentence-transformers.
"""

import argparse
import ast
import pathlib
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Any

import heliosdb_sqlite as sqlite3
import numpy as np

DIMENSIONS = 384

QUESTIONS = [
    "compress data with gzip",
    "parse command line arguments and options",
    "wait until a thread has finished",
    "difference between two dates",
    "encode binary data as base64 text",
]

SCHEMA = f"""
CREATE TABLE docstring (
    id INTEGER PRIMARY KEY,
    package TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    embedding VECTOR({DIMENSIONS})
);
"""

SEARCH = """
SELECT name, vector_distance(embedding, ?, 'cosine') AS distance, text FROM docstring
WHERE embedding IS NOT NULL {and_package}
ORDER BY distance LIMIT ?
"""

# Most docstrings are not looked at when this is there.
INDEX = "CREATE INDEX by_meaning ON docstring USING hnsw (embedding) WITH (metric = 'cosine')"

NEAREST = """
SELECT id, vector_distance(embedding, ?) FROM docstring {hint} WHERE embedding IS NOT NULL ORDER BY 2 LIMIT 10
"""


class Embedder:
    """Embeddings of texts by their words, learnt from the texts themselves."""

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline

        words = TfidfVectorizer(sublinear_tf=True, stop_words="english", min_df=2)
        self.pipeline = make_pipeline(words, TruncatedSVD(DIMENSIONS, random_state=0))
        self.pipeline.fit(texts)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """An embedding of 32-bit floats for each text."""
        return self.pipeline.transform(texts).astype(np.float32)


def docstrings(modules: int | None) -> Iterator[tuple[str, str, str]]:
    """The package, the name and the text of every docstring of the standard library."""
    library = pathlib.Path(sysconfig.get_path("stdlib"))
    files = [path for path in sorted(library.rglob("*.py")) if not {"site-packages", "test"} & {*path.parts}]
    for path in files[:modules]:
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        parts = path.relative_to(library).with_suffix("").parts
        module = ".".join(parts).removesuffix(".__init__")
        for node in ast.walk(tree):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                text = ast.get_docstring(node)
                if text:
                    name = module if isinstance(node, ast.Module) else f"{module}.{node.name}"
                    yield parts[0], name, text


def model_of(name: str | None, texts: Sequence[str]) -> Any:
    """What makes embeddings."""
    if name is None:
        return Embedder(texts)
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(name)


def fill(connection: Any, rows: Sequence[tuple[str, str, str]], embeddings: np.ndarray) -> None:
    """Stores every docstring; a text of unknown words, which is all zeros, has no direction and no embedding."""
    connection.executescript(SCHEMA)
    vectors = (vector if vector.any() else None for vector in embeddings)
    connection.executemany(
        "INSERT INTO docstring (package, name, text, embedding) VALUES (?, ?, ?, ?)",
        ((*row, vector) for row, vector in zip(rows, vectors, strict=True)),
    )
    connection.commit()


def part_found(connection: Any, queries: np.ndarray) -> float:
    """The part of what exact searches find that searches by the index find."""
    parameters = [(query,) for query in queries]

    def found(hint: str) -> list[set[int]]:
        cursor = connection.executemany(NEAREST.format(hint=hint), parameters)
        return [{number for number, _ in rows} for rows in cursor.fetchsets()]

    pairs = list(zip(found("INDEXED BY by_meaning"), found("NOT INDEXED"), strict=True))
    return sum(len(one & all_) for one, all_ in pairs) / max(sum(len(all_) for _, all_ in pairs), 1)


def agrees_with_numpy(connection: Any, query: np.ndarray) -> bool:
    """Whether the database finds what a product of all vectors with the query finds."""
    connection.vector_factory = np.asarray
    ids, vectors = zip(
        *connection.execute("SELECT id, embedding FROM docstring WHERE embedding IS NOT NULL"), strict=True
    )
    connection.vector_factory = list
    matrix = np.stack(vectors).astype(np.float64)
    distances = 1 - matrix @ query / np.linalg.norm(matrix, axis=1) / np.linalg.norm(query)
    found = connection.execute(NEAREST.format(hint="NOT INDEXED"), (query,)).fetchall()
    of_id = dict(zip(ids, distances, strict=True))
    return np.allclose([of_id[number] for number, _ in found], np.sort(distances)[:10], atol=1e-6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("questions", nargs="*", default=QUESTIONS, help="what to look for")
    parser.add_argument("--package", help="look in one package only, such as asyncio")
    parser.add_argument("--model", help="the name of a model for sentence-transformers, of 384 dimensions")
    parser.add_argument("--modules", type=int, help="read only so many modules")
    parser.add_argument("--limit", type=int, default=3, help="how many docstrings to show for each question")
    arguments = parser.parse_args()

    rows = list(docstrings(arguments.modules))
    begun = time.perf_counter()
    model = model_of(arguments.model, [text for *_, text in rows])
    embeddings = model.encode([text for *_, text in rows])
    print(f"{len(rows)} docstrings embedded in {time.perf_counter() - begun:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/docstrings.db", enable_vector_search=True)
        begun = time.perf_counter()
        fill(connection, rows, embeddings)
        print(f"stored in {time.perf_counter() - begun:.2f} s")
        begun = time.perf_counter()
        connection.execute(INDEX)
        print(f"indexed in {time.perf_counter() - begun:.2f} s")
        queries = model.encode(arguments.questions)
        for question, query in zip(arguments.questions, queries, strict=True):
            package = [arguments.package] if arguments.package else []
            sql = SEARCH.format(and_package="AND package = ?" if package else "")
            begun = time.perf_counter()
            found = connection.execute(sql, (query, *package, arguments.limit)).fetchall()
            milliseconds = (time.perf_counter() - begun) * 1000
            print(f"\n{question} ({milliseconds:.1f} ms)")
            for name, distance, text in found:
                summary = text.splitlines()[0][:70]
                print(f"  {distance:.3f}  {name:<42} {summary}")
        asked = embeddings[embeddings.any(axis=1)][::97]
        print(f"\nthe index finds {part_found(connection, asked):.1%} of what exact searches find")
        if queries.any(axis=1).all() and not agrees_with_numpy(connection, queries[0].astype(np.float64)):
            raise SystemExit("the database and NumPy disagree")
        connection.close()


if __name__ == "__main__":
    main()
