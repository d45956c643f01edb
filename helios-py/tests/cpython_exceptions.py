"""The cases of CPython's suite that do not pass, each with the reason. The test checks the list both ways."""

import sys

_MEMORY = "the suite skips it: it wants more memory than the suite is allowed"
_OLD_SQLITE = "the suite skips it: it is for versions of SQLite that are long gone"
_VIRTUAL_TABLES = (
    "virtual tables are dumped in a way that can be read again; the case wants the one that cannot"
)
_NO_WAITING = "readers never keep writers from committing, as with SQLite in WAL mode; the case wants them to"
# What Python itself has changed with 3.11, and is here everywhere as it is since then.
_THREADS = "threads may share the module, connections and cursors: as since 3.11, threadsafety is 3"
_ROLLBACK = "as since 3.11, a rollback does not keep cursors from going on"
_WORDS = "as since 3.11, a method that an aggregate lacks is an OperationalError that says so"
_NAMES = "as since 3.11, a collation's name is any text that can be UTF-8"
_FIRST_ROW = "as since 3.11, converters are called when a row is fetched, not when the statement is executed"

NOT_PASSING = {
    "test_types.SqliteTypeTests.test_too_large_blob": _MEMORY,
    "test_types.SqliteTypeTests.test_too_large_string": _MEMORY,
    "test_userfunctions.FunctionTests.test_func_return_too_large_blob": _MEMORY,
    "test_userfunctions.FunctionTests.test_func_return_too_large_text": _MEMORY,
    "test_dbapi.MultiprocessTests.test_ctx_mgr_rollback_if_commit_failed": _NO_WAITING,
    "test_dump.DumpTests.test_dump_virtual_tables": _VIRTUAL_TABLES,
}
if sys.version_info < (3, 13):
    NOT_PASSING["test_userfunctions.FunctionTests.test_func_deterministic_not_supported"] = _OLD_SQLITE
if sys.version_info < (3, 12):
    NOT_PASSING["test_dbapi.SerializeTests.test_deserialize_too_much_data_64bit"] = _MEMORY
if sys.version_info < (3, 11):
    NOT_PASSING = {
        "test_dbapi.ModuleTests.test_thread_safety": _THREADS,
        "test_dbapi.MultiprocessTests.test_ctx_mgr_rollback_if_commit_failed": _NO_WAITING,
        "test_hooks.CollationTests.test_create_collation_not_ascii": _NAMES,
        "test_regression.RecursiveUseOfCursors.test_recursive_cursor_close": _FIRST_ROW,
        "test_regression.RecursiveUseOfCursors.test_recursive_cursor_init": _FIRST_ROW,
        "test_regression.RegressionTests.test_collation": _NAMES,
        "test_regression.RegressionTests.test_cursor_registration": _ROLLBACK,
        "test_transactions.TransactionTests.test_rollback_cursor_consistency": _ROLLBACK,
        "test_userfunctions.AggregateTests.test_aggr_no_finalize": _WORDS,
        "test_userfunctions.AggregateTests.test_aggr_no_step": _WORDS,
        "test_userfunctions.FunctionTests.test_func_deterministic_not_supported": _OLD_SQLITE,
    }
if sys.version_info < (3, 10):
    NOT_PASSING["test_dbapi.ConnectionTests.test_same_thread_error_on_old_version"] = _OLD_SQLITE
