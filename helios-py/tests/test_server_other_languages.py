"""Clients of PostgreSQL in other languages: a program tells the same of a server of helios and of PostgreSQL 15.
Each is left out, with a reason, where it is not installed; `scripts/extended` installs them.
"""

import os
import pathlib
import shutil
import subprocess
import unittest

from beside_postgres import BesidePostgres

CLIENTS = pathlib.Path(__file__).parent / "clients"
NODE_MODULES = pathlib.Path(os.environ.get("HELIOS_NODE_MODULES", "/nonexistent"))
PGJDBC = pathlib.Path(os.environ.get("HELIOS_PGJDBC", "/usr/share/java/postgresql.jar"))


class SameLines(BesidePostgres):
    def told(self, port: int, *command: str, **environment: str) -> list[str]:
        done = subprocess.run(
            [*command, str(port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env=os.environ | environment,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout.splitlines()

    def assert_same(self, *command: str, **environment: str) -> None:
        expected = self.told(self.postgres.port, *command, **environment)
        found = self.told(self.server.port, *command, **environment)
        self.assertGreater(len(expected), 20)
        self.assertEqual(found, expected)

    @unittest.skipUnless(shutil.which("node"), "node is not installed")
    @unittest.skipUnless((NODE_MODULES / "pg").exists(), "HELIOS_NODE_MODULES has no pg")
    def test_node_postgres(self) -> None:
        self.assert_same("node", str(CLIENTS / "node_postgres.js"), NODE_PATH=str(NODE_MODULES))

    @unittest.skipUnless(shutil.which("javac"), "a JDK is not installed")
    @unittest.skipUnless(PGJDBC.exists(), "pgjdbc is not installed")
    def test_pgjdbc(self) -> None:
        self.assert_same("java", "-cp", str(PGJDBC), str(CLIENTS / "Jdbc.java"))


if __name__ == "__main__":
    unittest.main()
