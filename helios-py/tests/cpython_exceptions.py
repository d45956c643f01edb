"""The cases of CPython's suite that do not pass, each with the reason. The test checks the list both ways."""

import sys

NOT_PASSING = {
    "test_dbapi.MultiprocessTests.test_ctx_mgr_rollback_if_commit_failed": "readers never keep writers from committing, as with SQLite in WAL mode; the case wants them to",
    "test_dump.DumpTests.test_dump_virtual_tables": "there is no full-text search yet",
    "test_regression.RegressionTests.test_table_lock_cursor_non_readonly_select": "a function cannot use the connection that is calling it",
    "test_types.SqliteTypeTests.test_too_large_blob": "the suite skips it: it wants more memory than the suite is allowed",
    "test_types.SqliteTypeTests.test_too_large_string": "the suite skips it: it wants more memory than the suite is allowed",
    "test_userfunctions.FunctionTests.test_func_return_too_large_blob": "the suite skips it: it wants more memory than the suite is allowed",
    "test_userfunctions.FunctionTests.test_func_return_too_large_text": "the suite skips it: it wants more memory than the suite is allowed",
}
if sys.version_info < (3, 12):
    NOT_PASSING["test_dbapi.SerializeTests.test_deserialize_too_much_data_64bit"] = (
        "the suite skips it: it wants more memory than the suite is allowed"
    )
if sys.version_info < (3, 13):
    NOT_PASSING["test_userfunctions.FunctionTests.test_func_deterministic_not_supported"] = (
        "the suite skips it: it is for SQLite before 3.8.3"
    )
