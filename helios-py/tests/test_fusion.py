"""Reciprocal rank fusion, by itself and over the docstrings of the standard library."""

import importlib
import inspect
import unittest

import heliosdb_sqlite
from heliosdb_sqlite import reciprocal_rank_fusion

MODULES = [
    "bisect",
    "collections",
    "csv",
    "datetime",
    "fractions",
    "heapq",
    "json",
    "os.path",
    "random",
    "shutil",
]


class Fusion(unittest.TestCase):
    def test_a_key_counts_in_each_ranking_that_has_it(self):
        fused = reciprocal_rank_fusion(["a", "b", "c"], ["b", "d"])
        self.assertEqual([key for key, _ in fused], ["b", "a", "d", "c"])
        self.assertAlmostEqual(dict(fused)["b"], 1 / 62 + 1 / 61)
        self.assertAlmostEqual(dict(fused)["c"], 1 / 63)

    def test_weights_and_k_change_what_places_count(self):
        fused = reciprocal_rank_fusion([1, 2], [2, 1], k=0, weights=[3, 1])
        self.assertEqual(fused, [(1, 3.5), (2, 2.5)])

    def test_a_key_that_is_there_twice_counts_once_and_equal_scores_keep_their_order(self):
        self.assertEqual(reciprocal_rank_fusion(["a", "a", "b"], k=1), [("a", 1 / 2), ("b", 1 / 3)])
        self.assertEqual([key for key, _ in reciprocal_rank_fusion(["z"], ["a"])], ["z", "a"])
        self.assertEqual(reciprocal_rank_fusion(), [])

    def test_wrong_arguments_are_errors(self):
        with self.assertRaises(ValueError):
            reciprocal_rank_fusion([1], [2], weights=[1])
        with self.assertRaises(ValueError):
            reciprocal_rank_fusion([1], k=-1)


def docstrings() -> list[tuple[str, str]]:
    """The functions and classes of some modules, with what they say of themselves."""
    found = {}
    for name in MODULES:
        module = importlib.import_module(name)
        for key, value in sorted(vars(module).items()):
            text = inspect.getdoc(value)
            if not key.startswith("_") and callable(value) and text:
                found.setdefault(f"{name}.{key}", text)
    return sorted(found.items())


def letters(text: str) -> list[float]:
    """A stand-in for a model of language: how often which pairs of letters are there."""
    counts = [0.0] * 64
    text = text.lower()
    for pair in zip(text, text[1:]):
        if "".join(pair).isalpha():
            counts[(ord(pair[0]) * 31 + ord(pair[1])) % 64] += 1
    length = sum(count * count for count in counts) ** 0.5 or 1.0
    return [count / length for count in counts]


class Docstrings(unittest.TestCase):
    def test_what_both_rankings_have_comes_first(self):
        connection = heliosdb_sqlite.connect(":memory:", isolation_level=None)
        connection.execute(
            "CREATE TABLE doc (id INTEGER PRIMARY KEY, name TEXT, body TEXT, meaning VECTOR(64))"
        )
        connection.execute(
            "CREATE VIRTUAL TABLE words USING fts5(name, body, content='doc', content_rowid='id', tokenize='porter')"
        )
        rows = [(name, text, letters(text)) for name, text in docstrings()]
        self.assertGreater(len(rows), 60)
        connection.executemany("INSERT INTO doc (name, body, meaning) VALUES (?, ?, ?)", rows)
        connection.execute("INSERT INTO words(words) VALUES ('rebuild')")
        wanted = "insert item in sorted list"
        by_words = connection.execute(
            "SELECT rowid FROM words('insert sort list') ORDER BY rank LIMIT 20"
        ).fetchall()
        by_meaning = connection.execute(
            "SELECT id FROM doc ORDER BY vector_distance(meaning, ?, 'cosine') LIMIT 20", [letters(wanted)]
        ).fetchall()
        fused = reciprocal_rank_fusion([row[0] for row in by_words], [row[0] for row in by_meaning])
        self.assertEqual({key for key, _ in fused}, {row[0] for row in by_words + by_meaning})
        both = {row[0] for row in by_words} & {row[0] for row in by_meaning}
        # Two places among the first twenty count more than one.
        self.assertEqual({key for key, _ in fused[: len(both)]}, both)
        name = connection.execute("SELECT name FROM doc WHERE id = ?", [by_words[0][0]]).fetchone()[0]
        self.assertIn("bisect.insort", name)


if __name__ == "__main__":
    unittest.main()
