"""Cursor.batch_insert: rows into some columns of a table, all or none."""

import os
import tempfile
import threading
import unittest

import heliosdb_sqlite


class BatchInsert(unittest.TestCase):
    def setUp(self):
        self.connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(self.connection.close)
        self.cursor = self.connection.cursor()
        self.cursor.execute(
            "create table planets (id integer primary key, name text unique, moons int default 7)"
        )

    def all(self):
        return self.connection.execute("select id, name, moons from planets order by id").fetchall()

    def test_any_iterable_of_rows_and_of_names(self):
        def rows():
            yield ("Mars", 2)
            yield ["Earth", 1]

        self.assertEqual(self.cursor.batch_insert("planets", ("name", "moons"), rows()), 2)
        self.assertEqual(self.cursor.rowcount, 2)
        self.assertEqual(
            self.cursor.batch_insert(table="planets", columns=iter(["name"]), rows=[("Venus",)]), 1
        )
        self.assertEqual(self.all(), [(1, "Mars", 2), (2, "Earth", 1), (3, "Venus", 7)])
        self.assertEqual(self.cursor.batch_insert("planets", ["name"], []), 0)

    def test_each_row_has_its_call_of_a_function(self):
        calls = []

        def upper(text):
            calls.append(text)
            if text == "bad":
                raise ValueError
            return text.upper()

        self.connection.create_function("upper_name", 1, upper)
        names = [(f"planet {number}",) for number in range(5000)]
        self.cursor.executemany("insert into planets (name) values (upper_name(?))", names)
        self.assertEqual(self.cursor.rowcount, 5000)
        self.assertEqual([name for _, name, _ in self.all()], [name.upper() for (name,) in names])
        self.assertEqual(calls, [name for (name,) in names])
        self.connection.commit()
        with self.assertRaises(heliosdb_sqlite.OperationalError):
            insert = "insert into planets (name) values (upper_name(?))"
            self.cursor.executemany(insert, [("one",), ("two",), ("bad",), ("three",)])
        self.assertEqual([name for _, name, _ in self.all()][5000:], ["ONE", "TWO"])

    def test_it_is_a_part_of_the_transaction_around_it(self):
        self.connection.commit()
        self.cursor.batch_insert("planets", ["name"], [("Mars",)])
        self.assertTrue(self.connection.in_transaction)
        self.connection.rollback()
        self.assertEqual(self.all(), [])

    def test_without_a_transaction_it_is_one(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "planets.db")
            one = heliosdb_sqlite.connect(path, isolation_level=None)
            one.execute("create table planets (name)")
            one.cursor().batch_insert("planets", ["name"], [("Mars",), ("Venus",)])
            self.assertFalse(one.in_transaction)
            two = heliosdb_sqlite.connect(path)
            self.assertEqual(two.execute("select count(*) from planets").fetchone(), (2,))
            one.close()
            two.close()

    def test_an_error_leaves_nothing_of_the_batch_and_all_of_what_was_before(self):
        self.cursor.execute("insert into planets (name) values ('Mars')")
        before = self.all()
        many = [(f"planet {number}",) for number in range(5000)]

        def breaks():
            yield from many
            raise ArithmeticError

        failing = {
            heliosdb_sqlite.IntegrityError: [*many, ("Mars",)],
            ArithmeticError: breaks(),
            heliosdb_sqlite.ProgrammingError: [*many, ("two", "values")],
            heliosdb_sqlite.InterfaceError: [*many, (threading.Lock(),)],
        }
        for error, rows in failing.items():
            if error is heliosdb_sqlite.InterfaceError:
                # What cannot be bound has had two classes over the years.
                error = (heliosdb_sqlite.InterfaceError, heliosdb_sqlite.ProgrammingError)
            with self.subTest(error=error), self.assertRaises(error):
                self.cursor.batch_insert("planets", ["name"], rows)
            self.assertEqual(self.all(), before)
            self.assertEqual(self.cursor.rowcount, -1)
            self.assertTrue(self.connection.in_transaction)
        self.connection.commit()
        self.assertEqual(self.all(), before)

    def test_names_are_names_whatever_is_in_them(self):
        odd = 'a "table"; drop table planets --'
        quoted = odd.replace('"', '""')
        self.connection.execute(f'create table "{quoted}" ("select" int, "{quoted}" int)')
        self.cursor.batch_insert(odd, ["select", odd], [(1, 2)])
        self.assertEqual(self.connection.execute(f'select * from "{quoted}"').fetchall(), [(1, 2)])

    def test_what_is_not_there_is_said(self):
        for arguments, error, message in [
            (("moons", ["name"], []), heliosdb_sqlite.OperationalError, "no such table: moons"),
            (
                ("planets", ["rings"], []),
                heliosdb_sqlite.OperationalError,
                "table planets has no column named rings",
            ),
            (("planets", [], []), heliosdb_sqlite.ProgrammingError, "needs the names of columns"),
            (("planets", "name", []), TypeError, "must be names, not one str"),
            (("planets", [1], []), TypeError, "str"),
            (("planets", ["name"], 5), TypeError, "not iterable"),
        ]:
            with self.subTest(arguments=arguments), self.assertRaisesRegex(error, message):
                self.cursor.batch_insert(*arguments)
        self.assertEqual(self.cursor.batch_insert("planets", ["name"], [("Mars",)]), 1)

    def test_triggers_and_versions_see_each_row(self):
        self.connection.executescript(
            "create table log (name); create trigger t after insert on planets begin"
            " insert into log values (new.name); end"
        )
        self.cursor.batch_insert("planets", ["name"], [("Mars",), ("Venus",)])
        self.assertEqual(self.connection.execute("select name from log").fetchall(), [("Mars",), ("Venus",)])


if __name__ == "__main__":
    unittest.main()
