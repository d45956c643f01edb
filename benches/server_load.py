"""Fifty clients of a server of helios, and of PostgreSQL 15 beside it with the same durability: point reads and small
writes, each its own transaction.

    python benches/server_load.py PATH_OF_HELIOS_SERVER [rounds] [seconds]

The generator is pgbench with prepared statements, pinned to one core; the servers are pinned to another, and only one
of them is asked at a time. Rounds alternate between the two, since other programs of the machine disturb both. Printed
are throughput, p50 and p99 of a statement with what the client needs for it, each the median of the rounds, and ratios.
"""

import os
import pathlib
import pwd
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
CLIENTS = 50
ROWS = 100_000
GENERATOR, SERVER = "0", "1"

SCRIPTS = {
    "point reads": f"\\set id random(1, {ROWS})\nSELECT value FROM load WHERE id = :id;\n",
    "small writes": f"\\set id random(1, {ROWS})\nUPDATE load SET value = value + 1 WHERE id = :id;\n",
}


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command: str, folder: str | None = None) -> str:
    """What a program says; it has to succeed."""
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
    return done.stdout


class Load:
    """Both servers, with the same table each."""

    def __init__(self, folder: pathlib.Path, program: str) -> None:
        self.folder = folder
        self.ports = {"helios": free_port(), "postgres": free_port()}
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        self.data = folder / "data"
        os.chmod(folder, 0o755)
        if self.as_user:
            owned = folder / "owned"
            owned.mkdir()
            os.chown(owned, pwd.getpwnam("postgres").pw_uid, -1)
            self.data = owned / "data"
        run(*self.as_user, str(PROGRAMS / "initdb"), "-D", str(self.data), "-A", "trust", "-U", "ada")
        # Durable as it is by itself: fsync and synchronous_commit are on.
        options = f"-p {self.ports['postgres']} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        control = [
            *self.as_user,
            str(PROGRAMS / "pg_ctl"),
            "-D",
            str(self.data),
            "-w",
            "-l",
            f"{self.data}.log",
        ]
        self.control = control
        subprocess.run(
            ["taskset", "-c", SERVER, *control, "-o", options, "start"], check=True, stdout=subprocess.DEVNULL
        )
        self.program = subprocess.Popen(
            ["taskset", "-c", SERVER, program, str(folder / "load.db"), "--port", str(self.ports["helios"])],
            stdout=subprocess.DEVNULL,
        )
        self.wait()
        for name, port in self.ports.items():
            self.psql(
                port,
                "postgres" if name == "postgres" else "load",
                "CREATE TABLE load (id int8 PRIMARY KEY, value int8)",
            )
            self.psql(
                port,
                self.database(name),
                f"INSERT INTO load SELECT n, 0 FROM generate_series(1, {ROWS}) AS n",
            )
            self.psql(port, self.database(name), "ANALYZE load")

    def database(self, name: str) -> str:
        """The database of a server."""
        return "postgres" if name == "postgres" else "load"

    def wait(self) -> None:
        """Until the server of helios listens."""
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.ports["helios"]), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the server does not listen")

    def psql(self, port: int, database: str, statement: str) -> None:
        """Runs a statement."""
        run(
            "psql",
            "-X",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-U",
            "ada",
            "-d",
            database,
            "-c",
            statement,
        )

    def measure(self, name: str, script: str, seconds: int) -> tuple[float, float, float]:
        """Transactions a second, and the median and the 99th percentile of their milliseconds."""
        logs = self.folder / "logs"
        logs.mkdir()
        file = self.folder / "script.sql"
        file.write_text(script)
        run(
            *("taskset", "-c", GENERATOR, "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1"),
            *("-T", str(seconds), "-l", "-f", str(file), "-h", "127.0.0.1", "-p", str(self.ports[name])),
            *("-U", "ada", self.database(name)),
            folder=str(logs),
        )
        times = sorted(
            int(line.split()[2]) for log in logs.iterdir() for line in log.read_text().splitlines() if line
        )
        shutil.rmtree(logs)
        at = [times[len(times) // 2], times[len(times) * 99 // 100]]
        return len(times) / seconds, at[0] / 1000, at[1] / 1000

    def stop(self) -> None:
        """Ends both."""
        self.program.terminate()
        self.program.wait(60)
        subprocess.run([*self.control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Measures and prints."""
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as folder:
        load = Load(pathlib.Path(folder), sys.argv[1])
        try:
            for what, script in SCRIPTS.items():
                found: dict[str, list[tuple[float, float, float]]] = {"postgres": [], "helios": []}
                for _ in range(rounds):
                    for name, measured in found.items():
                        measured.append(load.measure(name, script, seconds))
                medians = {
                    name: [statistics.median(part) for part in zip(*measured)]
                    for name, measured in found.items()
                }
                for name, (throughput, median, last) in medians.items():
                    print(
                        f"{what:13} {name:9} {throughput:9.0f} /s  p50 {median:7.3f} ms  p99 {last:7.3f} ms"
                    )
                ratios = [ours[0] / theirs[0] for ours, theirs in zip(found["helios"], found["postgres"])]
                span = f"rounds {min(ratios):.2f} to {max(ratios):.2f}"
                print(f"{what:13} throughput {statistics.median(ratios):.2f} ({span})")
        finally:
            load.stop()


if __name__ == "__main__":
    main()
