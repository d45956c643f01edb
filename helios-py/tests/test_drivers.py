"""Databases on other storage drivers than the default one."""

import os
import subprocess
import sys
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


class Settings(unittest.TestCase):
    def test_what_is_wrong_with_a_file_is_told_by_lines(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "helios.toml")
            command = [sys.executable, "-m", "heliosdb_sqlite", "config", "check", path]
            with open(path, "w", encoding="utf-8") as file:
                file.write("[storage]\nbackend = 'redb'\ncach_mb = 5\n")
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            expected = "line 3: unknown setting `storage.cach_mb`, did you mean `storage.cache_mb`?"
            self.assertEqual(done.stderr, f"{path}, {expected}\n")
            with open(path, "w", encoding="utf-8") as file:
                file.write("[storage]\ncache_mb = 5\n")
            self.assertEqual(subprocess.run(command).returncode, 0)

    def test_arguments_win_over_a_dict_and_that_over_the_environment(self) -> None:
        script = """
import heliosdb_sqlite as db
def kind(*arguments, **keywords):
    try:
        db.connect(*arguments, **keywords).close()
        return "opened"
    except db.OperationalError as error:
        return str(error).split(" (")[0]
print(kind("a"))
print(kind("a", config={"storage": {"backend": "of the dict"}}))
print(kind("a", config={"storage": {"backend": "of the dict"}}, backend="of the argument"))
"""
        environment = os.environ | {"HELIOS_STORAGE__BACKEND": "of the environment"}
        with tempfile.TemporaryDirectory() as directory:
            command = [sys.executable, "-c", script]
            done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=directory)
        told = [f"no such storage backend: of the {place}" for place in ("environment", "dict", "argument")]
        self.assertEqual(done.stdout.splitlines(), told)


if __name__ == "__main__":
    unittest.main()
