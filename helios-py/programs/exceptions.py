"""Tests of other people's programs that pass with `sqlite3` and not here, each with the reason. `run.py` checks the
list both ways. A name that ends with an asterisk stands for all that begin so.
"""

OLD_SEARCH = "it makes a table of fts3 or fts4, which are not there"
FILE_SIZE = "it measures the size of a file of SQLite"

NOT_PASSING: dict[str, dict[str, str]] = {
    "sqlalchemy": {
        "test.dialect.sqlite.test_dialect.MatchTest_sqlite*": OLD_SEARCH,
    },
    "sqlite-utils": {
        "tests.test_cli::test_create_database*": "it looks at the first bytes of a file of SQLite",
        "tests.test_cli::test_enable_fts": OLD_SEARCH,
        "tests.test_cli::test_enable_fts_replace": OLD_SEARCH,
        "tests.test_cli::test_enable_fts_with_triggers": OLD_SEARCH,
        "tests.test_cli::test_optimize*": OLD_SEARCH,
        "tests.test_cli::test_populate_fts": OLD_SEARCH,
        "tests.test_fts::test_enable_fts": OLD_SEARCH,
        "tests.test_fts::test_enable_fts_escape_table_names": OLD_SEARCH,
        "tests.test_fts::test_enable_fts_replace[kwargs1]": OLD_SEARCH,
        "tests.test_fts::test_enable_fts_with_triggers": OLD_SEARCH,
        "tests.test_fts::test_fts_tokenize[4]": OLD_SEARCH,
        "tests.test_fts::test_optimize_fts": OLD_SEARCH,
        "tests.test_fts::test_populate_fts": OLD_SEARCH,
        "tests.test_fts::test_populate_fts_escape_table_names": OLD_SEARCH,
        "tests.test_fts::test_search_duplicate_columns_are_deduped": OLD_SEARCH,
        "tests.test_fts::test_search_limit_offset": OLD_SEARCH,
        "tests.test_fts::test_search_offset_without_limit": OLD_SEARCH,
        "tests.test_introspect::test_detect_fts": OLD_SEARCH,
        "tests.test_introspect::test_detect_fts_similar_tables*": OLD_SEARCH,
        "tests.test_introspect::test_triggers_and_triggers_dict": OLD_SEARCH,
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
