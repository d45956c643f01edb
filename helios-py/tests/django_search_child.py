"""A project of Django that searches its models for words; prints what it finds, after the module that it uses."""

import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

# Models need what is set above.
from django.db import connection, models, transaction  # noqa: E402
from django.db.backends.sqlite3.base import Database  # noqa: E402
from django.db.models.expressions import RawSQL  # noqa: E402
from test_search_in_programs import INDEX, NOTES  # noqa: E402


class Note(models.Model):
    """A text with a title."""

    title = models.TextField()
    body = models.TextField()

    class Meta:
        app_label = "search"
        db_table = "note"


def search(words: str) -> models.QuerySet[Note]:
    """The notes that have words, the best first."""
    ranks = RawSQL("(SELECT rank FROM words WHERE words MATCH %s AND words.rowid = note.id)", [words])
    found = RawSQL("SELECT rowid FROM words WHERE words MATCH %s", [words])
    return Note.objects.filter(id__in=found).annotate(rank=ranks).order_by("rank", "id")


def main() -> None:
    print(Database.__name__.split(".")[0])
    with connection.schema_editor() as editor:
        editor.create_model(Note)
        for statement in INDEX:
            editor.execute(statement.replace("%", "%%"))
    Note.objects.bulk_create([Note(**values) for values in NOTES])
    for words in ("sleep", "cat OR chase", "title: birds"):
        print([(note.pk, round(note.rank, 9)) for note in search(words)])
    first = search("cats").first()
    print(first.title)
    first.body = "Now a bird"
    first.save()
    print(search("bird").values_list("id", flat=True).count(), search("cat").count())
    try:
        with transaction.atomic():
            Note.objects.filter(title="Dogs").delete()
            print(search("chase").count())
            raise ValueError
    except ValueError:
        print(search("chase").count())
    marked = "SELECT note.*, snippet(words, 1, '[', ']', '…', 3) AS part FROM note JOIN words ON words.rowid = note.id"
    for note in Note.objects.raw(f"{marked} WHERE words MATCH %s ORDER BY rank", ["chase"]):
        print(note.pk, note.part)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM words WHERE words MATCH %(words)s", {"words": "leg"})
        print(cursor.fetchall())
        print(sorted(connection.introspection.table_names(cursor)))


if __name__ == "__main__":
    main()
