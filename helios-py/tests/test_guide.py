"""The Python blocks of the guide that the module follows, run as they are printed.

The guide is no part of the project; it lies beside the checkout, as `shared/guide.md`, or the test is skipped. Each of
its chapters runs in a process and a folder of its own. A block is named by its heading and its number under it.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
GUIDE = HERE.parents[2] / "shared" / "guide.md"
PIECE = re.compile(
    r"^(?:## (?P<chapter>[^\n]*)|### (?P<heading>[^\n]*)|```python\n(?P<block>.*?)^```)$", re.M | re.S
)

# What the guide takes for granted before a block.
BEFORE = {
    "Semantic Search Queries 1": """
def generate_embedding(text):
    return doc_embedding if "artificial" in text else np.random.rand(384).tolist()
""",
    "Advanced Vector Operations 1": """
king_embedding, man_embedding, woman_embedding = np.random.rand(3, 384).tolist()
emb1, emb2, emb3 = doc_embedding, np.array(doc_embedding), [-element for element in doc_embedding]
# The dots in the block stand for more embeddings.
sqlite3.register_adapter(type(...), lambda _: emb1)
""",
    "Real-World Example: Semantic Document Search 1": """
import sys, types
class SentenceTransformer:
    def __init__(self, name): pass
    def encode(self, text):
        return np.array([text.count(chr(97 + number % 26)) / (1 + number) for number in range(384)])
sys.modules["sentence_transformers"] = types.SimpleNamespace(SentenceTransformer=SentenceTransformer)
""",
    "Phase 3: Add Vector Search 1": """
def generate_embedding(content):
    return [float(len(content))] * 384
with own.connect("app.db") as made:
    made.execute("INSERT INTO articles (content) VALUES ('short'), ('longer')")
""",
    "Creating and Using Branches 1": """
import heliosdb_sqlite as own
with own.connect("production.db") as made:
    made.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, inactive INTEGER)")
    made.executemany("INSERT INTO users (inactive) VALUES (?)", [(0,), (1,), (0,)])
    made.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, price REAL)")
    made.execute("INSERT INTO products (price) VALUES (100)")
def results_look_good():
    return cursor.execute("SELECT count(*) FROM users").fetchone() == (2,)
""",
    "Use Cases for Branching 1": """
with own.connect("analytics.db") as made:
    made.execute("CREATE TABLE events (user_id INTEGER, date TEXT)")
    made.executemany("INSERT INTO events VALUES (?, ?)", [(123, "2024-02-03"), (124, "2024-02-04")])
with own.connect("app.db") as made:
    made.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    made.execute("INSERT INTO users (name) VALUES ('Ada')")
def run_integration_tests(connection):
    assert connection.execute("SELECT * FROM users").fetchall() == [(1, "Ada", "{}")]
""",
    "Listing and Managing Branches 1": """
own.connect("app.db").create_branch("experiment_2024")
""",
    "Basic Time-Travel Queries 1": """
import heliosdb_sqlite as own
with own.connect("app.db", enable_time_travel=True) as made:
    made.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    made.execute("INSERT INTO users VALUES (123, 'Ada')")
    made.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT)")
with own.connect("secure.db", enable_time_travel=True) as made:
    made.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, role TEXT, modified_by TEXT)")
    made.execute("INSERT INTO users VALUES (123, 'Ada', 'ada@example.com', 'author', 'Charles')")
""",
    "Enabling Encryption 1": """
import os
os.environ |= {"DB_ENCRYPTION_KEY": "first key", "OLD_DB_KEY": "first key", "NEW_DB_KEY": "second key"}
""",
    "Starting Server Mode 1": """
import heliosdb_sqlite as own
with own.connect("app.db") as made:
    made.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    made.execute("INSERT INTO users VALUES (1, 'Ada')")
""",
    "Connecting as Client 1": """
import importlib.util, socket, sys, types
if importlib.util.find_spec("psycopg2") is None:
    # Without the driver, as much as an ordinary client of the same library would find.
    class Client:
        def __init__(self, host, port, database, user, password):
            socket.create_connection((host, port)).close()
        def cursor(self): return self
        def execute(self, sql): self.rows = own.connect("app.db").execute(sql).fetchall()
        def fetchall(self): return self.rows
        def close(self): pass
    sys.modules["psycopg2"] = types.SimpleNamespace(connect=Client)
""",
    "Server Configuration 1": """
import subprocess
server.stop()
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.crt",
     "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
""",
    "Hybrid Mode Setup 1": """
import heliosdb_sqlite as own
with own.connect("app.db") as made:
    made.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    made.execute("INSERT INTO users VALUES (1, 'Ada')")
""",
    "Use Cases for Hybrid Mode 1": """
import sys, types
class Flask:
    def __init__(self, name): pass
    def route(self, path): return lambda function: function
sys.modules["flask"] = types.SimpleNamespace(Flask=Flask)
jsonify, loss, accuracy = list, 0.5, 0.9
with own.connect("training.db") as made:
    made.execute("CREATE TABLE training_log (epoch INTEGER, loss REAL, accuracy REAL)")
""",
    "Connection Pooling 1": """
import heliosdb_sqlite as own
import heliosdb_sqlite as sqlite3
with own.connect("app.db") as made:
    made.execute("CREATE TABLE users (name TEXT, email TEXT, created_at TEXT DEFAULT CURRENT_TIMESTAMP)")
    made.execute("CREATE TABLE products (name TEXT, category TEXT)")
    made.execute("INSERT INTO products VALUES ('lamp', 'electronics')")
""",
    "Phase 1: Drop-In Replacement 1": """
import heliosdb_sqlite as own
with own.connect("app.db") as made:
    made.execute("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)")
    made.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, content TEXT)")
    made.execute("CREATE TABLE financial_transactions (id INTEGER PRIMARY KEY, amount INTEGER)")
""",
    "Phase 4: Enable Time-Travel for Audit 1": """
cursor = own.connect("app.db", enable_time_travel=True).cursor()
""",
    "Phase 5: Create Development Branches 1": """
def tests_pass():
    return test_conn.execute("SELECT new_field FROM users").fetchall() == []
""",
}

# What a block has to have done.
AFTER = {
    "Basic Vector Search Setup 1": """
assert cursor.execute("SELECT embedding FROM documents").fetchone()[0] == np.float32(doc_embedding).tolist()
""",
    "Semantic Search Queries 1": """
assert results == [(1, "Introduction to AI", "Machine learning basics...", 0.0)]
""",
    "Advanced Vector Operations 1": """
assert cursor.fetchsets() == [[(1, "Introduction to AI")], [(1, "Introduction to AI")], [], [(1, "Introduction to AI")]]
""",
    "Real-World Example: Semantic Document Search 1": """
assert [result[:2] for result in results] == [(1, "Introduction to Neural Networks")]
assert semantic_search("deep learning", category="none") == []
""",
    "Phase 3: Add Vector Search 1": """
assert conn.execute("SELECT vector_norm(embedding) FROM articles").fetchone()[0] == (5**2 * 384) ** 0.5
""",
    "Creating and Using Branches 1": """
assert own.connect("production.db").execute("SELECT id FROM users").fetchall() == [(1,), (3,)]
""",
    "Use Cases for Branching 1": """
ab_test_query_performance()
safe_migration()
assert own.connect("app.db").execute("SELECT preferences FROM users").fetchall() == [("{}",)]
""",
    "Basic Time-Travel Queries 1": "assert current_user == (123, 'Ada')",
    "Enabling Encryption 1": """
assert cursor.execute("SELECT * FROM secrets").fetchall() == [(1, "sensitive information")]
assert b"sensitive" not in open("secure.db", "rb").read()
conn.close()
""",
    "Key Rotation 1": """
with sqlite3.connect("secure.db", encryption_key="second key") as made:
    assert made.execute("SELECT * FROM secrets").fetchall() == [(1, "sensitive information")]
try:
    sqlite3.connect("secure.db", encryption_key="first key")
    raise AssertionError("the old key opens the database")
except sqlite3.DatabaseError as error:
    assert str(error) == "file is encrypted or is not a database"
""",
    "Starting Server Mode 1": "assert (server.port, server.url) == (5432, 'postgresql://localhost:5432/app')",
    "Connecting as Client 1": "assert users == [(1, 'Ada')]",
    "Server Configuration 1": "assert status.active_connections == 0 and server.port == 5432; server.stop()",
    "Hybrid Mode Setup 1": """
assert local_count == 1 and server_info.url == f"postgresql://127.0.0.1:{server_info.port}/app"
conn.close()
""",
    "Use Cases for Hybrid Mode 1": """
train_model()
assert get_users() == [(1, "Ada")]
assert conn.execute("SELECT count(*) FROM training_log").fetchone() == (100,)
""",
    "Phase 6: Scale with Server Mode 1": "assert server.get_status().total_connections == 0; server.stop()",
    "Phase 1: Drop-In Replacement 1": "assert conn.execute('SELECT count(*) FROM users').fetchone() == (0,)",
    "Phase 5: Create Development Branches 1": "assert conn.execute('SELECT new_field FROM users').fetchall() == []",
}


def chapters(text: str) -> dict[str, list[dict[str, str]]]:
    """The blocks of each chapter, by its heading, as `guide_child.py` wants them."""
    found: dict[str, list[dict[str, str]]] = {}
    chapter, heading, number = "", "", 0
    for piece in PIECE.finditer(text):
        if piece["chapter"] is not None:
            chapter = piece["chapter"]
        elif piece["heading"] is not None:
            heading, number = piece["heading"], 0
        else:
            number += 1
            name = f"{heading} {number}"
            part = {
                "name": name,
                "before": BEFORE.get(name, ""),
                "block": piece["block"],
                "after": AFTER.get(name, ""),
            }
            found.setdefault(chapter, []).append(part)
    return found


def run_chapter(parts: list[dict[str, str]]) -> dict[str, str]:
    """What ended each block, or nothing where it passed."""
    with tempfile.TemporaryDirectory() as folder:
        child = subprocess.run(
            [sys.executable, str(HERE / "guide_child.py")],
            input=json.dumps(parts),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    outcomes = dict(json.loads(line) for line in child.stdout.splitlines())
    end = f"the process ended with {child.returncode}: {child.stderr[-2000:]}"
    return {part["name"]: outcomes.get(part["name"], end) for part in parts}


@unittest.skipUnless(GUIDE.is_file(), f"there is no {GUIDE.parent.name}/{GUIDE.name} beside this checkout")
class Guide(unittest.TestCase):
    def test_its_blocks_run(self) -> None:
        found = chapters(GUIDE.read_text("utf-8"))
        outcomes: dict[str, str] = {}
        for parts in found.values():
            outcomes |= run_chapter(parts)
        names = {part["name"] for parts in found.values() for part in parts}
        self.assertEqual({*BEFORE, *AFTER} - names, set(), "there are no such blocks")
        wrong = [f"{name}: {end}" for name, end in outcomes.items() if end]
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))


if __name__ == "__main__":
    unittest.main()
