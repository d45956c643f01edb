"""Tests of other people's programs that pass with `sqlite3` and not here, each with the reason. `run.py` checks the
list both ways. A name that ends with an asterisk stands for all that begin so.
"""

FILE_SIZE = "it measures the size of a file of SQLite"

NOT_PASSING: dict[str, dict[str, str]] = {
    "sqlite-utils": {
        "tests.test_cli::test_create_database*": "it looks at the first bytes of a file of SQLite",
        "tests.test_wal::test_enable_disable_wal": "it counts the files beside a file of SQLite",
    },
    "diskcache": {
        "tests.test_core::test_cull_size_limit_0": FILE_SIZE,
        "tests.test_core::test_custom_eviction_policy": FILE_SIZE,
        "tests.test_core::test_least_frequently_used": FILE_SIZE,
        "tests.test_core::test_least_recently_stored": FILE_SIZE,
        "tests.test_core::test_least_recently_used": FILE_SIZE,
        "tests.test_core::test_size_limit_with_database": FILE_SIZE,
        "tests.test_fanout::test_size_limit_with_database": FILE_SIZE,
    },
}
