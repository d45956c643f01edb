"""The query analyzer: which indexes it suggests, and that they do what it says."""

import unittest

import heliosdb_sqlite


class Analyzer(unittest.TestCase):
    def setUp(self):
        self.connection = heliosdb_sqlite.connect(":memory:")
        self.addCleanup(self.connection.close)
        self.connection.execute(
            "create table people (id integer primary key, name text, town text collate nocase, born int)"
        )
        self.connection.execute(
            "create table visits (id integer primary key, person int, day int, note text)"
        )
        towns = ["Ulm", "Bonn", "Jena", "Kiel"]
        people = [
            (f"name {number}", towns[number % 4] + str(number % 500), 1900 + number % 7)
            for number in range(10000)
        ]
        visits = [(number * 7 % 10000 + 1, number % 3650, "seen") for number in range(20000)]
        self.connection.cursor().batch_insert("people", ["name", "town", "born"], people)
        self.connection.cursor().batch_insert("visits", ["person", "day", "note"], visits)
        self.connection.commit()
        self.connection.enable_query_analyzer()

    def suggestions(self, *queries):
        for sql, *parameters in queries:
            self.connection.execute(sql, parameters).fetchall()
        return self.connection.get_query_suggestions()

    def plan(self, sql, *parameters):
        rows = self.connection.execute(f"explain query plan {sql}", parameters).fetchall()
        return "\n".join(row[3] for row in rows)

    def check(self, suggestion, sql, *parameters):
        """The index can be made as it is suggested, and the query takes it and finds the same."""
        before = self.connection.execute(sql, parameters).fetchall()
        self.assertEqual(suggestion.query, sql)
        self.assertGreater(suggestion.speedup_factor, 1.4)
        self.connection.execute(suggestion.suggested_index)
        name = suggestion.suggested_index.removeprefix("CREATE INDEX ").split(" ON ")[0].strip('"')
        self.assertIn(f"INDEX {name}", self.plan(sql, *parameters))
        self.assertEqual(sorted(self.connection.execute(sql, parameters).fetchall()), sorted(before))

    def test_a_condition(self):
        sql = "select * from people where name = ?"
        (suggestion,) = self.suggestions((sql, "name 7"), (sql, "name 8"), (sql, "name 9"))
        self.assertEqual(suggestion.suggested_index, "CREATE INDEX idx_people_name ON people (name)")
        self.assertEqual(suggestion.current_plan, "SCAN people")
        self.assertEqual(suggestion.times_seen, 3)
        self.check(suggestion, sql, "name 7")
        self.assertEqual(self.suggestions((sql, "name 7")), [])

    def test_a_range_of_which_few_rows_are(self):
        sql = "select * from visits where day between ? and ?"
        (suggestion,) = self.suggestions((sql, 5, 6))
        self.assertEqual(suggestion.suggested_index, "CREATE INDEX idx_visits_day ON visits (day)")
        self.check(suggestion, sql, 5, 6)

    def test_a_range_of_which_most_rows_are(self):
        self.assertEqual(self.suggestions(("select * from visits where day > ?", 100)), [])

    def test_a_join(self):
        sql = "select p.name, v.day from people p join visits v on v.person = p.id where p.id = ?"
        (suggestion,) = self.suggestions((sql, 12))
        self.assertIn(" ON visits (person", suggestion.suggested_index)
        self.check(suggestion, sql, 12)

    def test_an_order_with_a_limit(self):
        sql = "select * from visits order by day desc limit 3"
        (suggestion,) = self.suggestions((sql,))
        self.assertIn(" ON visits (day DESC", suggestion.suggested_index)
        self.check(suggestion, sql)

    def test_what_runs_took_is_told(self):
        sql = "select count(*) from people where name = ?"
        cursor = self.connection.execute(sql, ("name 1",))
        (suggestion,) = self.connection.get_query_suggestions()
        # Its rows were not read to the end.
        self.assertEqual((suggestion.times_seen, suggestion.mean_ms), (1, None))
        cursor.fetchall()
        for number in range(9):
            self.connection.execute(sql, (f"name {number}",)).fetchall()
        # What counts statements measures the same, of the last ones.
        self.connection.execute("pragma count_statements = on")
        for number in range(10):
            self.connection.execute(sql, (f"name {number}",)).fetchall()
        least, most = self.connection.execute(
            "select min_exec_time, max_exec_time from helios_stat_statements where query = ?", (sql,)
        ).fetchone()
        (suggestion,) = self.connection.get_query_suggestions()
        self.assertEqual(suggestion.times_seen, 20)
        self.assertGreaterEqual(suggestion.mean_ms, least / 2)
        self.assertGreater(most, 0)
        # Each row of a batch is a run.
        change = "update visits set note = '' where person = ?"
        self.connection.executemany(change, [(number,) for number in range(40)])
        found = [one for one in self.connection.get_query_suggestions() if one.query == change]
        self.assertEqual([one.times_seen for one in found], [40])
        self.assertGreater(found[0].mean_ms, 0)

    def test_what_changes_rows(self):
        sql = "update people set born = born + 1 where name = ?"
        (suggestion,) = self.suggestions((sql, "name 3"))
        self.assertEqual(suggestion.suggested_index, "CREATE INDEX idx_people_name ON people (name)")
        suggestions = self.suggestions(("delete from visits where person = ?", 3))
        indexes = {suggestion.suggested_index for suggestion in suggestions}
        self.assertIn("CREATE INDEX idx_visits_person ON visits (person)", indexes)

    def test_statements_share_an_index(self):
        one = "select count(*) from people where town = ? and born > ?"
        two = "select * from people where town = ?"
        suggestions = self.suggestions((one, "Ulm0", 1904), (two, "Ulm0"))
        self.assertEqual({suggestion.query for suggestion in suggestions}, {one, two})
        self.assertEqual(
            {suggestion.suggested_index for suggestion in suggestions},
            {"CREATE INDEX idx_people_town_born ON people (town, born)"},
        )

    def test_collations_and_names_are_written(self):
        self.connection.execute('create table "odd table" ("a b" text, "select" int)')
        rows = [(f"value {number}", number) for number in range(20000)]
        self.connection.executemany('insert into "odd table" values (?, ?)', rows)
        sql = 'select "select" from "odd table" where "a b" = ? collate nocase'
        (suggestion,) = self.suggestions((sql, "VALUE 7"))
        self.assertIn('"a b" COLLATE NOCASE', suggestion.suggested_index)
        self.check(suggestion, sql, "VALUE 7")

    def test_a_name_that_is_taken(self):
        self.connection.execute("create index idx_people_name on visits (note)")
        (suggestion,) = self.suggestions(("select * from people where name = ?", "name 1"))
        self.assertIn("CREATE INDEX idx_people_name_2 ON people", suggestion.suggested_index)

    def test_nothing_where_nothing_helps(self):
        self.connection.execute("create table small (a)")
        self.connection.execute("insert into small values (1)")
        queries = [
            ("select * from people where id = ?", 5),
            ("select * from small where a = ?", 1),
            ("select count(*) from people",),
            ("select * from people where name like '%7%'",),
            ("select * from people where name = 'name 1' or born + 1 = 3",),
            ("select 1",),
            ("pragma table_info(people)",),
            ("select * from people not indexed where name = ?", "name 1"),
        ]
        self.assertEqual(self.suggestions(*queries), [])

    def test_what_is_gone_is_passed_over(self):
        self.suggestions(("select * from people where name = ?", "name 1"))
        self.connection.execute("alter table people rename to persons")
        self.assertEqual(self.connection.get_query_suggestions(), [])

    def test_on_and_off(self):
        self.connection.execute("select * from people where name = 'a'").fetchall()
        self.assertEqual(len(self.connection.get_query_suggestions()), 1)
        self.connection.enable_query_analyzer()
        self.assertEqual(len(self.connection.get_query_suggestions()), 1)
        self.connection.enable_query_analyzer(False)
        with self.assertRaisesRegex(heliosdb_sqlite.ProgrammingError, "enable_query_analyzer"):
            self.connection.get_query_suggestions()
        self.connection.enable_query_analyzer()
        self.assertEqual(self.connection.get_query_suggestions(), [])

    def test_asking_changes_nothing(self):
        self.connection.execute("begin")
        self.connection.execute("update people set name = 'new' where name = 'name 5'")
        changes = self.connection.total_changes
        self.assertEqual(len(self.connection.get_query_suggestions()), 1)
        self.assertTrue(self.connection.in_transaction)
        self.assertEqual(self.connection.total_changes, changes)
        self.connection.rollback()


if __name__ == "__main__":
    unittest.main()
