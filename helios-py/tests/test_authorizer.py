"""`set_authorizer`: what it is asked, and what its answers do."""

import unittest

from comparison import Comparison, same

SCHEMA = """
    create table t(a integer primary key, b, c);
    create table u(x, y);
    create view v as select a, b from t;
    create index ti on t(b);
    create trigger tr after insert on u begin update t set b = new.x where a = 1; end;
    insert into t values(1, 'one', 'eins'), (2, 'two', 'zwei');
    insert into u values('x', 'y');
"""

QUERIES = [
    "select 1",
    "select a, b from t",
    "select * from t",
    "select t.*, q.a from t as q, t",
    "select count(*) from t",
    "select upper(b), count(*) from t group by c",
    "select b like 'x', b glob 'y', b || 'z', abs(-1) from t",
    "select a from t where b in (select x from u) and exists (select 1 from u where y = c)",
    "with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) select n from r",
    "select * from v where b > 'a'",
    "select * from (select b as z from t)",
    "select name from sqlite_master",
    "select current_timestamp > ''",
    "values (1), (2)",
]

CHANGES = [
    "insert into u values(1, 2)",
    "insert into t(b) select x from u",
    "insert into t(b) values(5) returning b, c",
    "update t set b = c, c = 5 where a = 1",
    "delete from t where b = 'two'",
]

OTHERS = [
    "pragma user_version",
    "pragma user_version = 5",
    "pragma main.cache_size",
    "begin",
    "savepoint s",
    "rollback to s",
    "release s",
    "commit",
    "attach ':memory:' as other",
    "detach other",
    "reindex ti",
]


def rows(connection, statement):
    """The rows of a statement, in an order that depends on no plan."""
    return sorted(connection.execute(statement).fetchall(), key=repr)


def ask(sqlite, answer):
    """A connection whose authorizer notes what it is asked and answers with `answer`."""
    connection = sqlite.connect(":memory:", isolation_level=None)
    connection.executescript(SCHEMA)
    asked = []

    def authorizer(*access):
        asked.append(access)
        return answer(*access)

    connection.set_authorizer(authorizer)
    return connection, asked


class Authorizer(Comparison):
    @same
    def test_what_is_asked(self, sqlite, notes):
        connection, asked = ask(sqlite, lambda *access: sqlite.SQLITE_OK)
        for statement in QUERIES + CHANGES + OTHERS:
            asked.clear()
            notes.call(rows, connection, statement)
            # SQLite asks for tables of which nothing is read whenever its plan has that.
            notes(sorted({str(access) for access in asked if access[2] != ""}))

    @same
    def test_definitions(self, sqlite, notes):
        own = {sqlite.SQLITE_READ, sqlite.SQLITE_UPDATE, sqlite.SQLITE_FUNCTION, sqlite.SQLITE_SELECT}
        connection, asked = ask(sqlite, lambda *access: sqlite.SQLITE_OK)
        for statement in [
            "create table n(z)",
            "create temp table tn(z)",
            "create index ni on t(c)",
            "create view nv as select 1",
            "create temp view tv as select 1",
            "create trigger nt after delete on t begin select 1; end",
            "create table if not exists t(a)",
            "alter table n rename to n2",
            "alter table n2 add column w",
            "alter table n2 drop column w",
            "drop trigger nt",
            "drop view nv",
            "drop index ni",
            "drop table n2",
            "drop table tn",
            "drop view tv",
            "drop table if exists nope",
        ]:
            asked.clear()
            notes.call(rows, connection, statement)
            # How SQLite changes its schema table is SQLite's own affair.
            notes(sorted({str(access) for access in asked if access[0] not in own}))

    @same
    def test_what_is_denied(self, sqlite, notes):
        for statement in QUERIES + CHANGES + OTHERS[:5] + OTHERS[-3:]:
            for action in range(1, 34):
                connection, _ = ask(sqlite, lambda asked, *_, action=action: int(asked == action))
                try:
                    notes(rows(connection, statement))
                except sqlite.Error as error:
                    # Of several things that are denied, one is told.
                    notes([type(error).__name__, getattr(error, "sqlite_errorname", None), statement, action])

    @same
    def test_what_is_ignored(self, sqlite, notes):
        ignored = [sqlite.SQLITE_READ, sqlite.SQLITE_FUNCTION, sqlite.SQLITE_UPDATE, sqlite.SQLITE_PRAGMA]
        # SQLite shows with RETURNING what it was told to ignore.
        changes = [statement for statement in CHANGES if "returning" not in statement]
        for statement in QUERIES[1:] + changes + OTHERS[:1]:
            for action in ignored:
                connection, _ = ask(sqlite, lambda asked, *_, action=action: 2 * int(asked == action))
                notes.call(rows, connection, statement)
                connection.set_authorizer(None)
                notes.call(rows, connection, "select *, 1 from t")

    @same
    def test_answers(self, sqlite, notes):
        for answer in [0, 1, 2, 3, -1, 2**40, None, "0", True, 1.0]:
            connection, _ = ask(sqlite, lambda *access, answer=answer: answer)
            notes.call(rows, connection, "select a from t")
        connection, _ = ask(sqlite, lambda *access: 1 // 0)
        notes.call(rows, connection, "select a from t")

    @same
    def test_a_column_of_another_schema_is_named_with_it(self, sqlite, notes):
        connection, _ = ask(sqlite, lambda action, *_: int(action == sqlite.SQLITE_READ))
        connection.execute("attach ':memory:' as other")
        notes.call(rows, connection, "select a from t")

    @same
    def test_statements_are_asked_for_again(self, sqlite, notes):
        connection, asked = ask(sqlite, lambda *access: sqlite.SQLITE_OK)
        for statement in ["select a from t", "begin", "commit"]:
            connection.execute(statement).fetchall()
            asked.clear()
            connection.execute(statement).fetchall() if statement == "select a from t" else None
            notes(asked)
        connection.set_authorizer(lambda *access: sqlite.SQLITE_DENY)
        for statement in ["select a from t", "begin"]:
            notes.call(rows, connection, statement)
        connection.set_authorizer(None)
        notes.call(rows, connection, "select a from t")


if __name__ == "__main__":
    unittest.main()
