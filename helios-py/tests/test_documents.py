"""The Python and SQL of the documents runs as it is printed, and prints what stands behind it as a comment.

A document is run from its beginning in one folder, so later blocks may use what earlier ones have made.
"""

import contextlib
import datetime
import io
import os
import pathlib
import re
import sys
import tempfile
import unittest
import unittest.mock

import heliosdb_sqlite

TOP = pathlib.Path(__file__).parents[2]
DOCUMENTS = [TOP / "README.md", TOP / "helios-py" / "README.md", *sorted((TOP / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(python|sql)\n(.*?)^```", re.M | re.S)
ACCOUNT = """
import heliosdb_sqlite as sqlite3
connection = sqlite3.connect("app.db", enable_time_travel=True)
connection.execute("CREATE TABLE account (name TEXT PRIMARY KEY, balance INTEGER)")
connection.commit()
"""
# What a document takes for granted.
BEFORE = {"time-travel.md": ACCOUNT, "transactions.md": ACCOUNT}


def statements(text: str):
    """The statements of a block of SQL."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if heliosdb_sqlite.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        raise AssertionError(f"this is no statement: {statement}")


def run_sql(text: str, connection) -> None:
    """Runs a block of SQL; its parameters are moments."""
    for statement in statements(text):
        now = datetime.datetime.now().isoformat()
        connection.execute(statement, [now] * statement.count("?")).fetchall()


class Documents(unittest.TestCase):
    def run_document(self, path: pathlib.Path) -> int:
        """Runs the blocks of a document and gives their number."""
        blocks = BLOCK.findall(path.read_text("utf-8"))
        names: dict[str, object] = {}
        exec(BEFORE.get(path.name, ""), names)
        for language, block in blocks:
            with self.subTest(block):
                if language == "sql":
                    run_sql(block, names["connection"])
                    continue
                output = io.StringIO()
                with contextlib.redirect_stdout(output):
                    exec(compile(block, os.path.join(os.getcwd(), "block.py"), "exec"), names)
                printed = re.findall(r"^ *print.*  # (.*)$", block, re.M)
                self.assertEqual(output.getvalue().splitlines(), printed)
        return len(blocks)

    def test_the_blocks_do_what_they_say(self) -> None:
        count = 0
        for path in DOCUMENTS:
            with (
                self.subTest(path.name),
                tempfile.TemporaryDirectory() as folder,
                contextlib.chdir(folder),
                unittest.mock.patch.object(sys, "path", [folder, *sys.path]),
            ):
                count += self.run_document(path)
        self.assertGreaterEqual(count, 20)


if __name__ == "__main__":
    unittest.main()
