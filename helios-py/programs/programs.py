"""The programs, and what of their tests drives sqlite3."""

import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class Program:
    """A program that uses sqlite3, with tests of its own."""

    # The name of the package, as in requirements.txt.
    package: str
    # Files, folders or labels, relative to `folder`.
    tests: list[str]
    # Tests that run with every change; none if it is not in the sample.
    sample: list[str] = dataclasses.field(default_factory=list)
    # More arguments for pytest.
    options: list[str] = dataclasses.field(default_factory=list)
    # Whether the tests are only in the source distribution.
    from_source: bool = True
    # Where the runner is started.
    folder: str = "."
    runner: str = "pytest"
    # A file that the tests read and no distribution has: its path, and its text.
    file: tuple[str, str] | None = None

    def prepare(self, source: pathlib.Path) -> None:
        """Lays the file that is missing."""
        if self.file is not None:
            path = source / self.file[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.file[1])


def iris() -> str:
    """Flowers as pandas' tests want them: measures in four columns, and a name."""
    kinds = [
        ("Iris-setosa", "5.1,3.5,1.4,0.2"),
        ("Iris-versicolor", "6.1,2.9,4.7,1.4"),
    ]
    rows = [f"{measures},{name}" for name, measures in kinds for _ in range(50)]
    return "\n".join(["SepalLength,SepalWidth,PetalLength,PetalWidth,Name", *rows]) + "\n"


PROGRAMS = [
    Program(
        "sqlalchemy",
        tests=[
            "test/dialect/test_suite.py",
            "test/dialect/sqlite",
            "test/engine",
        ],
        sample=["test/dialect/test_suite.py", "test/dialect/sqlite"],
        options=["--maxfail=1000000"],
    ),
    Program(
        "django",
        tests=[
            "aggregation",
            "aggregation_regress",
            "annotations",
            "backends",
            "basic",
            "bulk_create",
            "composite_pk",
            "constraints",
            "custom_columns",
            "datatypes",
            "dates",
            "datetimes",
            "db_functions",
            "db_typecasts",
            "db_utils",
            "delete",
            "expressions",
            "expressions_case",
            "expressions_window",
            "filtered_relation",
            "get_or_create",
            "indexes",
            "inspectdb",
            "introspection",
            "lookup",
            "migrations",
            "model_fields",
            "multiple_database",
            "null_queries",
            "ordering",
            "queries",
            "raw_query",
            "schema",
            "timezones",
            "transaction_hooks",
            "transactions",
            "update",
        ],
        sample=["backends", "introspection", "schema", "transactions"],
        folder="tests",
        runner="django",
    ),
    Program(
        "pandas",
        tests=["tests/io/test_sql.py"],
        sample=["tests/io/test_sql.py"],
        options=["-k", "sqlite"],
        from_source=False,
        file=("tests/io/data/csv/iris.csv", iris()),
    ),
    Program(
        "sqlite-utils",
        tests=["tests"],
        sample=[
            "tests/test_transform.py",
            "tests/test_create.py",
            "tests/test_introspect.py",
            "tests/test_rows.py",
            "tests/test_fts.py",
            "tests/test_cli_bulk.py",
        ],
    ),
    Program("aiosqlite", tests=["tests/smoke.py", "tests/perf.py"], from_source=False),
    Program("alembic", tests=["tests"]),
    Program("dataset", tests=["test"]),
    Program("diskcache", tests=["tests"], options=["-o", "addopts=", "--ignore=tests/test_djangocache.py"]),
    Program(
        "huey",
        tests=["huey/tests/test_storage.py", "huey/tests/test_sql_huey.py", "huey/tests/test_priority.py"],
    ),
    Program("litecli", tests=["tests"]),
    Program("pony", tests=["pony/orm/tests"]),
    Program("sqlitedict", tests=["tests"]),
]
