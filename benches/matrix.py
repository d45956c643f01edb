"""The benchmark matrix: each driver, plain, versioned and encrypted, beside SQLite and SQLCipher.

python benches/matrix.py [--rows N] [--write]    with the module heliosdb_sqlite installed

Every column goes through the same interface of Python, so each pays the same for it. Work that is bound by the
processor is measured in time of the process, which others on the machine disturb less; what waits for the disk, in time
of the clock. Prints a table; with --write, puts it into docs/benchmarks.md, with a chart beside it. The column of
SQLCipher needs the package sqlcipher3-binary, that of RocksDB a module that was built with the feature rocksdb; what is
missing is left out.
"""

import argparse
import os
import pathlib
import platform
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any

import heliosdb_sqlite

KEY = "a word that opens it"
CITIES = 100
COMMITS = 200
WRITERS = 4
DOCUMENT = pathlib.Path(__file__).parent.parent / "docs" / "benchmarks.md"
CHART = DOCUMENT.with_suffix(".svg")

Row = tuple[int, str, float, str]


class Column:
    """An engine under some settings."""

    def __init__(self, name: str, connect: Callable[[str], Any]) -> None:
        """Take what opens a database at a path."""
        self.name = name
        self.connect = connect


def _helios(driver: str, variant: str, **options: Any) -> Column:
    config: dict[str, Any] = {"storage": {"backend": driver, driver: options}}
    keywords: dict[str, Any] = {}
    if variant == "versioned":
        config["time_travel"] = {"enabled": True}
    elif variant == "encrypted":
        keywords["encryption_key"] = KEY
    settings = "".join(f", {name} = {value}" for name, value in options.items())
    return Column(
        f"helios, {driver}{settings}, {variant}",
        lambda path: heliosdb_sqlite.connect(path, config=config, **keywords),
    )


def _sqlite(path: str) -> Any:
    connection = sqlite3.connect(path, timeout=60)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def columns() -> Iterator[Column]:
    """All engines that are there, the references first."""
    yield Column("SQLite, WAL", _sqlite)
    try:
        from sqlcipher3 import dbapi2 as sqlcipher

        def _sqlcipher(path: str) -> Any:
            connection = sqlcipher.connect(path, timeout=60)
            connection.execute(f"PRAGMA key = '{KEY}'")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            return connection

        yield Column("SQLCipher, WAL", _sqlcipher)
    except ImportError:
        print("no SQLCipher here", file=sys.stderr)
    for variant in ("plain", "versioned", "encrypted"):
        yield _helios("redb", variant)
    for variant in ("plain", "encrypted"):
        yield _helios("redb", variant, processes="one")
    for driver in ("sled", "rocksdb"):
        if driver in heliosdb_sqlite.backends():
            for variant in ("plain", "versioned"):
                yield _helios(driver, variant)


def people(rows: int) -> list[Row]:
    """The rows of the table, the same for the same number."""
    numbers = random.Random(42)
    return [
        (number, f"name {number * 7919 % 1_000_003:07}", numbers.random() * 1e6, f"city {number % CITIES}")
        for number in range(1, rows + 1)
    ]


def _processor(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _clock(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _size(path: str) -> int:
    """Bytes of a database, whose files begin with its name."""
    folder, name = os.path.split(path)
    total = 0
    for entry in os.scandir(folder):
        if entry.name == name or entry.name.startswith(name + "-"):
            if entry.is_dir():
                files = (os.path.join(at, file) for at, _, names in os.walk(entry.path) for file in names)
                total += sum(os.stat(file).st_blocks * 512 for file in files)
            else:
                total += entry.stat().st_blocks * 512
    return total


INSERT = "INSERT INTO t (id, name, score, city) VALUES (?, ?, ?, ?)"


def measure(column: Column, rows: list[Row]) -> dict[str, float]:
    """What one column does: microseconds, or bytes for the size, by kind of work."""
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "t")
    try:
        return _measure(column, rows, path)
    finally:
        shutil.rmtree(folder)


def _measure(column: Column, rows: list[Row], path: str) -> dict[str, float]:
    found: dict[str, float] = {}
    connection = column.connect(path)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, score REAL, city TEXT)")
    connection.commit()

    def load() -> None:
        connection.executemany(INSERT, rows)
        connection.commit()

    found["load, per row"] = _processor(load) / len(rows) * 1e6
    connection.close()
    found["size on disk, per row"] = _size(path) / len(rows)

    def open_again() -> None:
        again = column.connect(path)
        again.execute("SELECT name FROM t WHERE id = 1").fetchone()
        again.close()

    # The second time: keys that were derived from a word are kept by the process, where the engine does that.
    open_again()
    found["open, and the first row"] = statistics.median(_clock(open_again) for _ in range(5)) * 1e6

    connection = column.connect(path)
    connection.execute("SELECT count(name) FROM t").fetchone()
    ids = random.Random(1).sample(range(1, len(rows) + 1), min(5000, len(rows)))

    def look_up() -> None:
        for number in ids:
            connection.execute("SELECT name, score FROM t WHERE id = ?", (number,)).fetchone()

    found["point read"] = statistics.median(_processor(look_up) for _ in range(3)) / len(ids) * 1e6

    def scan() -> None:
        connection.execute("SELECT city, sum(score), max(name) FROM t GROUP BY city").fetchall()

    found["scan and group, per row"] = statistics.median(_processor(scan) for _ in range(3)) / len(rows) * 1e6

    def update() -> None:
        connection.execute("UPDATE t SET score = score + 1 WHERE id % 10 = 3")
        connection.commit()

    found["update of every tenth row, per row"] = _processor(update) / (len(rows) / 10) * 1e6

    def commit() -> None:
        for number in range(COMMITS):
            connection.execute(INSERT, (len(rows) + 1 + number, "a name", 1.0, "a city"))
            connection.commit()

    found["durable commit of a row"] = _clock(commit) / COMMITS * 1e6
    connection.close()
    found[f"durable commit, {WRITERS} threads at once"] = _concurrent(column, path, len(rows) + COMMITS + 1)
    return found


def _concurrent(column: Column, path: str, first: int) -> float:
    """Microseconds of a commit where several threads make them, each on a connection of its own."""
    import threading

    each = COMMITS // WRITERS
    barrier = threading.Barrier(WRITERS + 1)
    failures: list[BaseException] = []

    def write(writer: int) -> None:
        connection = column.connect(path)
        barrier.wait()
        try:
            for number in range(each):
                connection.execute(INSERT, (first + writer * each + number, "a name", 1.0, "a city"))
                connection.commit()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    # One that stays open, so that no thread opens or closes the database meanwhile.
    keeper = column.connect(path)
    keeper.execute("SELECT 1 FROM t").fetchone()
    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    barrier.wait()
    elapsed = _clock(lambda: [thread.join() for thread in threads])
    keeper.close()
    if failures:
        raise failures[0]
    return elapsed / (each * WRITERS) * 1e6


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _machine() -> list[str]:
    """What the figures were measured on."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    except OSError:
        pass
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    target = tempfile.gettempdir()
    kind = subprocess.run(
        ["stat", "--file-system", "--format=%T", target], capture_output=True, text=True, check=False
    )
    load = os.getloadavg()[0]
    return [
        f"{os.cpu_count()} processors ({model}), {memory:.0f} GiB of memory",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"files on {kind.stdout.strip() or 'an unknown file system'}",
        f"drivers of the module: {', '.join(heliosdb_sqlite.backends())}",
        f"load average at the end of the run: {load:.1f}"
        + (
            ": others were at work, so read ratios, and of those of the disk only the large ones"
            if load > 1
            else ""
        ),
    ]


def _table(results: dict[str, dict[str, float]]) -> str:
    works = list(next(iter(results.values())))
    lines = ["| | " + " | ".join(works) + " |", "|---|" + "---:|" * len(works)]
    for name, found in results.items():
        lines.append(f"| {name} | " + " | ".join(_number(found[work]) for work in works) + " |")
    return "\n".join(lines)


def _chart(results: dict[str, dict[str, float]]) -> str:
    """Bars: each kind of work as a multiple of the first column's, up to a limit."""
    reference = next(iter(results.values()))
    names, works = list(results), list(reference)
    limit, bar, gap, left, width = 5.0, 13, 26, 250, 640
    colours = [
        "#555555",
        "#999999",
        "#1b6ca8",
        "#4f9bd0",
        "#123f63",
        "#1f8a70",
        "#0c4f40",
        "#d98324",
        "#e9b872",
    ]
    colours += ["#8e44ad", "#c39bd3"]
    height = 40 + len(works) * (len(names) * bar + gap)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{height + 20}" '
        'font-family="sans-serif" font-size="11">',
        f'<text x="10" y="20" font-size="14">Time or room as a multiple of {names[0]} (shorter is better)</text>',
    ]
    y = 44
    for work in works:
        parts.append(f'<text x="10" y="{y}" font-weight="bold">{work}</text>')
        y += 6
        for index, name in enumerate(names):
            ratio = results[name][work] / reference[work]
            length = min(ratio, limit) / limit * width
            colour = colours[index % len(colours)]
            parts.append(f'<text x="{left - 6}" y="{y + bar - 3}" text-anchor="end">{name}</text>')
            parts.append(
                f'<rect x="{left}" y="{y + 1}" width="{length:.1f}" height="{bar - 2}" fill="{colour}"/>'
            )
            parts.append(f'<text x="{left + length + 4:.1f}" y="{y + bar - 3}">{_number(ratio)}</text>')
            y += bar
        y += gap - 6
    x = left + width / limit
    parts.append(f'<line x1="{x}" y1="30" x2="{x}" y2="{height}" stroke="#cc0000" stroke-dasharray="3 3"/>')
    return "\n".join([*parts, "</svg>", ""])


def _write(table: str, chart: str, rows: int) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    begin, end = "<!-- matrix -->", "<!-- end of matrix -->"
    before, after = text.split(begin)[0], text.split(end)[1]
    machine = "\n".join(f"- {line}" for line in _machine())
    part = f"{begin}\n\n{rows:,} rows. Microseconds, and bytes for the size on disk.\n\n{machine}\n\n{table}\n\n{end}"
    DOCUMENT.write_text(before + part + after, encoding="utf-8")
    CHART.write_text(chart, encoding="utf-8")


def main() -> None:
    """Measures all columns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    rows = people(given.rows)
    results = {}
    for column in columns():
        results[column.name] = measure(column, rows)
        print(
            column.name,
            {work: _number(value) for work, value in results[column.name].items()},
            file=sys.stderr,
        )
    table = _table(results)
    print(table)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", file=sys.stderr)
    if given.write:
        _write(table, _chart(results), given.rows)


if __name__ == "__main__":
    main()
