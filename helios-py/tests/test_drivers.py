"""Databases on other storage drivers than the default one."""

import os
import tempfile
import unittest

import heliosdb_sqlite

KEPT = [name for name in heliosdb_sqlite.backends() if name in ("redb", "sled", "rocksdb")]


class Drivers(unittest.TestCase):
    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def test_every_driver_keeps_what_is_committed(self) -> None:
        for driver in KEPT:
            with self.subTest(driver=driver):
                path = os.path.join(self.directory, driver)
                connection = heliosdb_sqlite.connect(path, backend=driver)
                connection.execute("CREATE TABLE t (a)")
                connection.execute("INSERT INTO t VALUES (1)")
                connection.commit()
                connection.create_branch("side")
                connection.close()
                connection = heliosdb_sqlite.connect(
                    path, config={"storage": {"backend": driver}}, branch="side"
                )
                self.assertEqual(connection.execute("SELECT a FROM t").fetchall(), [(1,)])
                connection.close()

    def test_the_options_of_a_driver_are_settings(self) -> None:
        config = {"storage": {"backend": "sled", "sled": {"mode": "time", "flush_every_ms": 100}}}
        connection = heliosdb_sqlite.connect(os.path.join(self.directory, "a"), config=config)
        self.assertEqual(connection.execute("SELECT 1").fetchone(), (1,))
        connection.close()
        config["storage"]["sled"]["mode"] = "quick"
        with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, "storage.sled.mode"):
            heliosdb_sqlite.connect(os.path.join(self.directory, "b"), config=config)

    def test_a_driver_that_cannot_encrypt_refuses_a_key(self) -> None:
        for driver in KEPT:
            if driver == "redb":
                continue
            path = os.path.join(self.directory, driver)
            with self.assertRaisesRegex(heliosdb_sqlite.OperationalError, f"{driver} cannot encrypt"):
                heliosdb_sqlite.connect(path, backend=driver, encryption_key="a word")
            self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()
