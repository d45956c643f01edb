"""Stands in the place of `sqlite3` where this folder is on the path: whoever imports that, gets `heliosdb_sqlite`."""

import sys

import heliosdb_sqlite
import heliosdb_sqlite.dbapi2

sys.modules["sqlite3"] = heliosdb_sqlite
sys.modules["sqlite3.dbapi2"] = heliosdb_sqlite.dbapi2
