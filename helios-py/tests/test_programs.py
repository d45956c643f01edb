"""Programs as people write them with `sqlite3`: what they see is the same."""

import collections.abc
import concurrent.futures
import contextlib
import csv
import datetime
import io
import json
import os
import tempfile

from comparison import Comparison, same

MIGRATIONS = [
    "create table users (id integer primary key, name text)",
    "alter table users add column email text default '';"
    "create unique index emails on users (email) where email <> ''",
    "create table orders (id integer primary key, user_id integer not null references users on delete cascade,"
    " total real check (total >= 0), created timestamp default current_timestamp)",
    "create view totals as select name, coalesce(sum(total), 0) as total, count(orders.id) as orders"
    " from users left join orders on user_id = users.id group by users.id",
    "create table log (line); create trigger gone after delete on orders"
    " begin insert into log select 'order ' || old.id; end",
]


class Mapping(collections.abc.MutableMapping):
    """Values as JSON under names, each change a transaction."""

    def __init__(self, connection):
        self.connection = connection
        connection.execute("create table if not exists pairs (name text primary key, value) without rowid")

    def __getitem__(self, name):
        row = self.connection.execute("select value from pairs where name = ?", (name,)).fetchone()
        if row is None:
            raise KeyError(name)
        return json.loads(row[0])

    def __setitem__(self, name, value):
        self.connection.execute(
            "insert into pairs values (?, ?) on conflict (name) do update set value = excluded.value",
            (name, json.dumps(value)),
        )

    def __delitem__(self, name):
        if self.connection.execute("delete from pairs where name = ?", (name,)).rowcount == 0:
            raise KeyError(name)

    def __iter__(self):
        return (name for (name,) in self.connection.execute("select name from pairs order by name"))

    def __len__(self):
        return self.connection.execute("select count(*) from pairs").fetchone()[0]


class Savepoint:
    """A block within blocks, which is undone alone."""

    depth = 0

    def __init__(self, connection):
        self.connection = connection

    def __enter__(self):
        Savepoint.depth += 1
        self.name = f"level_{Savepoint.depth}"
        self.connection.execute(f"savepoint {self.name}")

    def __exit__(self, kind, value, traceback):
        if kind is not None:
            self.connection.execute(f"rollback to {self.name}")
        self.connection.execute(f"release {self.name}")
        Savepoint.depth -= 1
        return kind is ValueError


class Programs(Comparison):
    def file(self):
        """The path of a file that is not there."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return os.path.join(folder.name, "a.db")

    @same
    def test_a_mapping(self, sqlite, notes):
        path = self.file()
        with contextlib.closing(sqlite.connect(path, isolation_level=None)) as connection:
            mapping = Mapping(connection)
            mapping["a"] = 1
            mapping["b"] = [1, {"x": None}]
            mapping["a"] = 2
            notes(dict(mapping))
            notes.call(mapping.__delitem__, "c")
            mapping.update({str(number): number for number in range(50)})
            notes([mapping.pop("7"), mapping.setdefault("q", 5), len(mapping), "7" in mapping])
        with contextlib.closing(sqlite.connect(path)) as connection:
            notes(dict(Mapping(connection)))

    @same
    def test_migrations(self, sqlite, notes):
        path = self.file()
        for known in range(len(MIGRATIONS) + 1):
            with contextlib.closing(sqlite.connect(path)) as connection:
                version = connection.execute("pragma user_version").fetchone()[0]
                notes(version)
                for number, text in enumerate(MIGRATIONS[version:known], version + 1):
                    connection.executescript(f"begin; {text}; pragma user_version = {number}; commit")
                notes(connection.execute("select name, sql from sqlite_master order by name").fetchall())
        connection = sqlite.connect(path)
        self.addCleanup(connection.close)
        connection.execute("pragma foreign_keys = on")
        with connection:
            connection.executemany(
                "insert into users (name, email) values (?, ?)", [("ann", "a@x"), ("bob", ""), ("cid", "")]
            )
            connection.executemany(
                "insert into orders (user_id, total) values (?, ?)", [(1, 10.5), (1, 20), (2, 5)]
            )
        notes(connection.execute("select * from totals order by name").fetchall())
        for text in [
            "insert into users (name, email) values ('dan', 'a@x')",
            "insert into orders (user_id, total) values (9, 1)",
            "insert into orders (user_id, total) values (1, -1)",
            "insert into orders (total) values (1)",
            "delete from users where name = 'ann'",
        ]:
            with contextlib.suppress(sqlite.IntegrityError), connection:
                notes.call(lambda text=text: connection.execute(text).rowcount)
        notes(connection.execute("select * from log").fetchall())
        notes(connection.total_changes)

    @same
    def test_a_queue_of_jobs(self, sqlite, notes):
        path = self.file()
        with contextlib.closing(sqlite.connect(path)) as connection, connection:
            connection.execute(
                "create table jobs (id integer primary key, payload, state text default 'new', worker)"
            )
            connection.executemany(
                "insert into jobs (payload) values (?)", [(f"job {number}",) for number in range(20)]
            )

        def work(worker):
            done = []
            with contextlib.closing(sqlite.connect(path, timeout=60, isolation_level=None)) as connection:
                while True:
                    connection.execute("begin immediate")
                    job = connection.execute(
                        "update jobs set state = 'taken', worker = ? where id ="
                        " (select id from jobs where state = 'new' order by id limit 1) returning id, payload",
                        (worker,),
                    ).fetchall()
                    connection.execute("commit")
                    if not job:
                        return done
                    connection.execute("update jobs set state = 'done' where id = ?", job[0][:1])
                    done += job

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            notes(sorted(job for done in pool.map(work, range(4)) for job in done))
        with contextlib.closing(sqlite.connect(path)) as connection:
            notes(connection.execute("select state, count(*) from jobs group by state").fetchall())

    @same
    def test_blocks_within_blocks(self, sqlite, notes):
        connection = sqlite.connect(":memory:", isolation_level=None)
        connection.execute("create table t (a)")
        with Savepoint(connection):
            connection.execute("insert into t values (1)")
            with Savepoint(connection):
                connection.execute("insert into t values (2)")
                with Savepoint(connection):
                    connection.execute("insert into t values (3)")
                    raise ValueError
                notes(connection.execute("select a from t").fetchall())
            with Savepoint(connection):
                connection.execute("insert into t values (4)")
        notes(connection.execute("select a from t").fetchall())
        notes((connection.in_transaction, connection.total_changes))

    @same
    def test_separated_values(self, sqlite, notes):
        text = 'id,name,score\n1,Ann,9.5\n2,"B, ob",\n3,Cé,7\n'
        connection = sqlite.connect(":memory:")
        connection.execute("create table t (id integer primary key, name text, score real)")
        connection.executemany("insert into t values (:id, :name, :score)", csv.DictReader(io.StringIO(text)))
        connection.execute("update t set score = null where score = ''")
        cursor = connection.execute("select * from t order by id")
        written = io.StringIO()
        writer = csv.writer(written)
        writer.writerow(column[0] for column in cursor.description)
        writer.writerows(cursor)
        notes(written.getvalue())

    @same
    def test_reports(self, sqlite, notes):
        connection = sqlite.connect(":memory:", detect_types=sqlite.PARSE_DECLTYPES)
        connection.row_factory = sqlite.Row
        connection.execute("create table sales (day date, region text, amount real)")
        first = datetime.date(2024, 1, 1).toordinal()
        rows = [
            (datetime.date.fromordinal(first + number * 7 % 90), "nse"[number % 3], number * 37 % 500 / 4)
            for number in range(300)
        ]
        connection.executemany("insert into sales values (?, ?, ?)", rows)
        for sql in [
            "select strftime('%Y-%m', day) as month, region, sum(amount) from sales group by 1, 2 order by 1, 2",
            "select day, amount, sum(amount) over (partition by region order by day, amount) as running from sales"
            " order by region, day, amount limit 7",
            "select region, json_group_array(amount) from (select * from sales order by amount, day limit 4)"
            " group by 1 order by 1",
            "with recursive days (day) as (select '2024-01-01' union all select date(day, '+1 day') from days"
            " where day < '2024-01-10') select days.day, count(sales.day) from days left join sales"
            " on sales.day = days.day group by 1 order by 1",
            "select sum(amount) filter (where region = 'n') as n, max(day), min(day) from sales",
        ]:
            cursor = connection.execute(sql)
            notes([column[0] for column in cursor.description])
            notes([tuple(row) for row in cursor])
        row = connection.execute("select * from sales order by day, region, amount").fetchone()
        notes((row["DAY"], row.keys(), dict(row), row[-1]))
