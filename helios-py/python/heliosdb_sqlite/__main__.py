"""The command `python -m heliosdb_sqlite`: a shell, and the ways from and to SQLite's files.

python -m heliosdb_sqlite [FILE [SQL]]        runs SQL, or asks for it
python -m heliosdb_sqlite import FILE         turns a file of SQLite into one of helios
python -m heliosdb_sqlite export FILE TARGET  writes a file of SQLite
python -m heliosdb_sqlite config check FILE   tells what is wrong with a file of settings
"""

import argparse
import code
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from . import Error, complete_statement, connect, sqlite_version
from ._native import check_config
from ._sqlite_files import export_file, import_file

# Another name if the package has one.
_PROGRAM = f"python -m {__package__}"
_HELP = "Enter SQL, ended by a semicolon. .help shows this, .quit ends (or end the input).\n"


def _show(connection: Any, sql: str, out: Any) -> bool:
    """Runs a statement, prints its rows, and says whether it went well."""
    try:
        for row in connection.execute(sql):
            print(row, file=out)
    except Error as error:
        name = getattr(error, "sqlite_errorname", None)
        kind = type(error).__name__ if name is None else f"{type(error).__name__} ({name})"
        print(f"{kind}: {error}", file=sys.stderr)
        return False
    return True


class Shell(code.InteractiveConsole):
    """Asks for statements."""

    def __init__(self, connection: Any) -> None:
        """Ask for statements on a connection."""
        super().__init__()
        self.connection = connection

    def runsource(self, source: str, filename: str = "<input>", symbol: str = "single") -> bool:
        """Runs what was entered; True if the statement goes on."""
        text = source.strip()
        if text == ".help":
            sys.stderr.write(_HELP)
        elif text == ".version":
            print(sqlite_version)
        elif text == ".quit":
            sys.exit(0)
        elif text.startswith("."):
            sys.stderr.write(f"unknown command {text}\n")
        elif text and not complete_statement(source):
            return True
        elif text:
            _show(self.connection, source, sys.stdout)
        return False


def _print_progress(table: str, done: int, total: int) -> None:
    share = done / max(total, 1)
    bar = ("#" * round(share * 40)).ljust(40, ".")
    # On a terminal the bar stays in its line, which is cleared first.
    start, end = ("\r\x1b[K", "") if sys.stderr.isatty() else ("", "\n")
    print(
        f"{start}[{bar}] {share:4.0%}  {done} of {total} rows, {table}", end=end, file=sys.stderr, flush=True
    )


def _end_progress() -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _config(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"{_PROGRAM} config")
    parser.add_argument("what", choices=["check"])
    parser.add_argument("file")
    given = parser.parse_args(arguments)
    try:
        problems = check_config(given.file)
    except Error as error:
        print(error, file=sys.stderr)
        return 1
    for line, message in problems:
        print(f"{given.file}, line {line}: {message}", file=sys.stderr)
    return 1 if problems else 0


def _run(arguments: Sequence[str]) -> int:
    """Runs the command and gives its exit status."""
    if arguments and arguments[0] == "config":
        return _config(arguments[1:])
    if arguments and arguments[0] in ("import", "export"):
        parser = argparse.ArgumentParser(prog=f"{_PROGRAM} {arguments[0]}")
        parser.add_argument("file")
        if arguments[0] == "export":
            parser.add_argument("target")
            parser.add_argument("--branch", default="main")
        given = parser.parse_args(arguments[1:])
        try:
            if arguments[0] == "import":
                backup = import_file(given.file, progress=_print_progress)
                _end_progress()
                print(f"{given.file} is a database of helios; SQLite's is {backup}")
            else:
                export_file(given.file, given.target, progress=_print_progress, branch=given.branch)
                _end_progress()
                print(f"{given.target} is a database of SQLite")
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            return 1
        return 0
    parser = argparse.ArgumentParser(
        prog=_PROGRAM, epilog="See also: import --help, export --help, config --help"
    )
    parser.add_argument("file", nargs="?", default=":memory:")
    parser.add_argument("sql", nargs="?")
    parser.add_argument("--branch", default="main")
    parser.add_argument("-v", "--version", action="version", version=f"SQLite version {sqlite_version}")
    given = parser.parse_args(arguments)
    connection = connect(given.file, isolation_level=None, branch=given.branch)
    try:
        if given.sql is not None:
            return 0 if _show(connection, given.sql, sys.stdout) else 1
        shell = Shell(connection)
        sys.ps1, sys.ps2 = "sqlite> ", "    ... "
        name = "a transient in-memory database" if given.file == ":memory:" else repr(given.file)
        shell.interact(banner=f"helios, as SQLite {sqlite_version}\nConnected to {name}\n{_HELP}", exitmsg="")
    finally:
        connection.close()
    return 0


def main(arguments: Sequence[str]) -> NoReturn:
    """Runs the command and ends the process."""
    sys.exit(_run(arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
