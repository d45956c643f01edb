"""Full-text search as users of SQLAlchemy and Django write it: the same rows as with the standard module."""

import importlib.util
import os
import pathlib
import subprocess
import sys
import unittest

from comparison import Comparison, same

HERE = pathlib.Path(__file__).parent

INDEX = [
    "CREATE VIRTUAL TABLE words USING fts5(title, body, content='note', content_rowid='id', tokenize='porter')",
    """CREATE TRIGGER note_added AFTER INSERT ON note BEGIN
        INSERT INTO words(rowid, title, body) VALUES (new.id, new.title, new.body); END""",
    """CREATE TRIGGER note_gone AFTER DELETE ON note BEGIN
        INSERT INTO words(words, rowid, title, body) VALUES ('delete', old.id, old.title, old.body); END""",
    """CREATE TRIGGER note_changed AFTER UPDATE ON note BEGIN
        INSERT INTO words(words, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);
        INSERT INTO words(rowid, title, body) VALUES (new.id, new.title, new.body); END""",
]

NOTES = [
    {"title": "Cats", "body": "A cat sleeps where it is warm"},
    {"title": "Dogs", "body": "Dogs chase cats, and sleep later"},
    {"title": "Birds", "body": "They sleep on one leg"},
]


@unittest.skipUnless(importlib.util.find_spec("sqlalchemy"), "sqlalchemy is not installed")
class SqlAlchemy(Comparison):
    """Tables of SQLAlchemy and their indexes."""

    @same
    def test_an_index_beside_a_table(self, sqlite, notes):
        import sqlalchemy as sa

        engine = sa.create_engine("sqlite://", module=sqlite)
        metadata = sa.MetaData()
        columns = [sa.Column("id", sa.Integer, primary_key=True), sa.Column("title", sa.Text)]
        note = sa.Table("note", metadata, *columns, sa.Column("body", sa.Text))
        for statement in INDEX:
            sa.event.listen(note, "after_create", sa.DDL(statement))
        metadata.create_all(engine)
        words = sa.table("words", *map(sa.column, ["rowid", "title", "body", "words", "rank"]))
        mark = sa.func.highlight(sa.literal_column("words"), 1, "<", ">")
        search = sa.select(note.c.id, mark).join(words, words.c.rowid == note.c.id).order_by(words.c.rank)
        with engine.begin() as connection:
            connection.execute(note.insert(), NOTES)
            changed = connection.execute(
                note.update().where(note.c.id == 3).values(body="Birds do not chase")
            )
            notes(changed.rowcount)
            for wanted in ("sleeping", "cat OR chase", 'NEAR("chase" cat)', "{title}: cats", '"'):
                query = search.where(words.c.words.match(wanted))
                notes.call(lambda query=query: [tuple(row) for row in connection.execute(query)])
        with engine.connect() as connection, connection.begin() as transaction:
            notes(connection.execute(note.delete().where(note.c.id < 3)).rowcount)
            query = sa.select(sa.func.count()).select_from(words).where(words.c.words.match("sleep"))
            notes(connection.execute(query).scalar())
            transaction.rollback()
        with engine.connect() as connection:
            notes(connection.execute(query).scalar())
        notes(sorted(sa.inspect(engine).get_table_names()))
        engine.dispose()

    @same
    def test_an_index_as_a_mapped_class(self, sqlite, notes):
        import sqlalchemy as sa
        from sqlalchemy import orm

        class Base(orm.DeclarativeBase):
            pass

        class Page(Base):
            __table__ = sa.Table(
                "page",
                Base.metadata,
                sa.Column("rowid", sa.Integer, primary_key=True),
                sa.Column("title", sa.Text),
                sa.Column("body", sa.Text),
                implicit_returning=False,
            )

        engine = sa.create_engine("sqlite://", module=sqlite)
        with orm.Session(engine) as session:
            session.execute(sa.text("CREATE VIRTUAL TABLE page USING fts5(title, body, prefix='2')"))
            session.add_all(Page(**values) for values in NOTES)
            session.commit()
            table = sa.literal_column("page")
            query = sa.select(Page).where(table.op("MATCH")("sl*")).order_by(sa.text("rank"))
            pages = session.scalars(query).all()
            notes([(page.rowid, page.title) for page in pages])
            pages[0].body = "nothing to be found"
            session.delete(pages[1])
            session.commit()
            notes([page.rowid for page in session.scalars(query)])
        engine.dispose()


@unittest.skipUnless(importlib.util.find_spec("django"), "Django is not installed")
class Django(unittest.TestCase):
    """A project of Django, once with each module."""

    def test_models_are_searched(self):
        said = []
        for folders in ([], [str(HERE / "replaced")]):
            path = os.pathsep.join([*folders, *filter(None, [os.environ.get("PYTHONPATH")])])
            done = subprocess.run(
                [sys.executable, HERE / "django_search_child.py"],
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "PYTHONPATH": path},
            )
            self.assertEqual(done.returncode, 0, done.stderr)
            said.append(done.stdout.splitlines())
        (standard, *found), (ours, *found_here) = said
        self.assertEqual((standard, ours), ("sqlite3", "heliosdb_sqlite"))
        self.assertEqual(found_here, found)
        self.assertGreater(len(found), 6)


if __name__ == "__main__":
    unittest.main()
