"""PostgreSQL 15 beside a server of helios, for tests that ask both the same.

PostgreSQL is started by the tests, on a free port and in a folder of its own. Where its programs are not installed, the
tests are left out.
"""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import unittest

import heliosdb_sqlite

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """A server of PostgreSQL with a database `app` of the user `helios`."""

    def __init__(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.port = free_port()
        # It refuses to run as root.
        self.user = "postgres" if os.getuid() == 0 else None
        if self.user:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        self._run(
            "initdb",
            "-D",
            str(self.folder / "data"),
            "-A",
            "trust",
            "-U",
            "helios",
            "-E",
            "UTF8",
            "--locale=C",
        )
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c timezone=UTC -F"
        )
        self._control("start", "-o", options, "-l", str(self.folder / "log"))
        self.query("CREATE DATABASE app", "postgres")

    def _run(self, program: str, *arguments: str) -> None:
        as_user = ["runuser", "-u", self.user, "--"] if self.user else []
        subprocess.run(
            [*as_user, str(PROGRAMS / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )

    def _control(self, verb: str, *arguments: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", *arguments, verb)

    def query(self, sql: str, database: str = "app") -> str:
        return psql(self.port, "-c", sql, database=database)

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)


def psql(port: int, *arguments: str, database: str = "app") -> str:
    """What psql says, errors included."""
    command = ["psql", "-X", "-h", "127.0.0.1", "-p", str(port), "-U", "helios", "-d", database, *arguments]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    return done.stdout + done.stderr


@unittest.skipUnless(
    (PROGRAMS / "initdb").exists() and shutil.which("psql"), "PostgreSQL 15 is not installed"
)
class BesidePostgres(unittest.TestCase):
    """A server of helios and one of PostgreSQL 15, each without tables, for each test."""

    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        cls.postgres = Postgres()
        cls.addClassCleanup(cls.postgres.stop)

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = heliosdb_sqlite.start_server(pathlib.Path(folder.name) / "app.db", port=0)
        self.addCleanup(self.server.stop)
        self.postgres.query("DROP SCHEMA public CASCADE")
        self.postgres.query("CREATE SCHEMA public")
        self.ports = (self.postgres.port, self.server.port)
