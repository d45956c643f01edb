"""The module itself: every name that `sqlite3` exports, with the same value or the same kind of thing."""

import inspect
import pathlib
import sqlite3
import subprocess
import sys
import types
import unittest

import heliosdb_sqlite
from comparison import Comparison, same

# What `sqlite3` has and this module has not, with the reason. Checked both ways.
MISSING_FROM_MODULE: dict[str, str] = {}
MISSING_FROM_CLASSES: dict[str, str] = {}
if sys.version_info >= (3, 12):
    MISSING_FROM_CLASSES["Connection.__del__"] = "the class does itself what goes before its end"


def public(thing) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


class Surface(unittest.TestCase):
    def test_every_name_is_there(self):
        # Modules that happen to be imported there are no part of the interface.
        standard = {
            name
            for name in public(sqlite3)
            if not isinstance(getattr(sqlite3, name), types.ModuleType) or name == "dbapi2"
        }
        self.assertEqual(standard - public(heliosdb_sqlite), set(MISSING_FROM_MODULE))

    def test_numbers_and_texts_are_equal(self):
        for name in sorted(public(sqlite3) & public(heliosdb_sqlite)):
            value = getattr(sqlite3, name)
            if isinstance(value, (int, str, tuple)):
                with self.subTest(name):
                    self.assertEqual(getattr(heliosdb_sqlite, name), value)

    def test_classes_have_the_same_attributes(self):
        missing = set()
        for name in ("Connection", "Cursor", "Row", "PrepareProtocol"):
            standard, ours = getattr(sqlite3, name), getattr(heliosdb_sqlite, name)
            missing |= {f"{name}.{attribute}" for attribute in set(dir(standard)) - set(dir(ours))}
        self.assertEqual(missing, set(MISSING_FROM_CLASSES))

    def test_functions_are_callable_with_the_same_names(self):
        for name in ("Connection", "Cursor"):
            standard, ours = getattr(sqlite3, name), getattr(heliosdb_sqlite, name)
            for attribute in sorted(public(standard) & public(ours)):
                method = getattr(standard, attribute)
                if not callable(method) or inspect.isclass(method):
                    continue
                with self.subTest(f"{name}.{attribute}"):
                    try:
                        expected = list(inspect.signature(method).parameters)
                    except ValueError:
                        continue
                    given = list(inspect.signature(getattr(ours, attribute)).parameters)
                    self.assertEqual(given[: len(expected)], expected)

    def test_exceptions_are_the_standard_ones_too(self):
        for name in sorted(public(sqlite3)):
            standard = getattr(sqlite3, name)
            if inspect.isclass(standard) and issubclass(standard, Exception):
                with self.subTest(name):
                    ours = getattr(heliosdb_sqlite, name)
                    self.assertTrue(issubclass(ours, standard))
                    self.assertIsNot(ours, standard)
                    parents = [parent.__name__ for parent in standard.__mro__]
                    own = [
                        parent.__name__ for parent in ours.__mro__ if parent.__module__ == "heliosdb_sqlite"
                    ]
                    self.assertEqual(own, [parent for parent in parents if parent in own])

    def test_exceptions_are_attributes_of_connections(self):
        for name in ("Error", "OperationalError", "IntegrityError", "Warning", "DataError"):
            with self.subTest(name):
                self.assertIs(getattr(heliosdb_sqlite.Connection, name), getattr(heliosdb_sqlite, name))

    def test_the_module_can_stand_in_the_place_of_sqlite3(self):
        program = (
            "import sys, heliosdb_sqlite as ours, heliosdb_sqlite.dbapi2, _sqlite3\n"
            "sys.modules['sqlite3'] = ours\n"
            "sys.modules['sqlite3.dbapi2'] = ours.dbapi2\n"
            "import sqlite3\n"
            "from sqlite3 import dbapi2\n"
            "assert sqlite3.connect is ours.connect and dbapi2.connect is ours.connect\n"
            "try: sqlite3.connect(':memory:').execute('nonsense')\n"
            "except _sqlite3.OperationalError as error: print(type(error).__mro__[0] is sqlite3.OperationalError)\n"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        self.assertEqual((done.stdout, done.stderr), ("True\n", ""))

    def test_types_come_with_it(self):
        folder = pathlib.Path(heliosdb_sqlite.__file__).parent
        names = {path.name for path in folder.iterdir()}
        self.assertLessEqual({"py.typed", "_native.pyi", "_exceptions.pyi"}, names)

    def test_dbapi2_has_the_same_names(self):
        import heliosdb_sqlite.dbapi2 as ours

        standard = {name for name in public(sqlite3.dbapi2) if name in public(heliosdb_sqlite)}
        self.assertEqual(standard - public(ours), set())


class Functions(Comparison):
    @same
    def test_complete_statement(self, sqlite, notes):
        texts = [
            "",
            ";",
            "select 1",
            "select 1;",
            "select ';",
            "-- ;",
            "/* ; */",
            "create trigger t",
            "select 1; --",
        ]
        texts += [
            "create trigger t after insert on t begin select 1;",
            "explain create trigger t begin x; end;",
        ]
        texts += ["create trigger t begin select 1; end;", "select [;", "select 1; select", " ; "]
        for text in texts:
            notes.call(sqlite.complete_statement, text)
        notes.call(sqlite.complete_statement, statement=";")

    @same
    def test_constructors(self, sqlite, notes):
        notes((sqlite.Date(2020, 1, 2).isoformat(), sqlite.Time(3, 4, 5).isoformat()))
        notes(sqlite.Timestamp(2020, 1, 2, 3, 4, 5, 6).isoformat())
        notes((sqlite.DateFromTicks(86400.5).isoformat(), sqlite.TimestampFromTicks(1e9).isoformat()))
        notes(sqlite.TimeFromTicks(12345).isoformat())
        notes(bytes(sqlite.Binary(b"ab")))

    @same
    def test_deprecated_names_warn(self, sqlite, notes):
        import warnings

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for name in ("OptimizedUnicode", "version", "version_info"):
                notes(hasattr(sqlite, name))
            if sys.version_info < (3, 12):
                notes(sqlite.enable_shared_cache(0))
        notes([warning.category.__name__ for warning in caught])
        notes(hasattr(sqlite, "no_such_name"))

    @same
    def test_adapt(self, sqlite, notes):
        notes.call(sqlite.adapt, 5)
        notes.call(sqlite.adapt, 5, sqlite.PrepareProtocol, "other")
        notes.call(sqlite.adapt, object(), sqlite.PrepareProtocol, "other")
        notes.call(sqlite.adapt, object(), sqlite.PrepareProtocol, None)


if __name__ == "__main__":
    unittest.main()
