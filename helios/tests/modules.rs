//! Modules of virtual tables that a program adds.

use std::sync::Arc;

use helios::module::{
    Constraint, Definition, Direction, IndexChoice, IndexRequest, KeyRange, Module, Operator, Reader,
    RowChange, RowSink, Shelf, Space, Tables, Usage, VirtualColumn, VirtualCursor, VirtualScan, VirtualTable,
    no_index,
};
use helios::{Connection, Error, Result, ValueRef};

/// Tables of notes: a text for each rowid, kept in the table's space, with an index on the rowid.
#[derive(Debug)]
struct Notes;

#[derive(Debug)]
struct NoteTable {
    space: Space,
    columns: Vec<VirtualColumn>,
    /// What an empty table begins with.
    notes: Vec<String>,
}

impl Module for Notes {
    fn create(&self, table: &dyn VirtualTable, shelf: &mut Shelf<'_>) -> Result<()> {
        let notes = table.as_any().downcast_ref::<NoteTable>().map_or(&[][..], |table| &table.notes);
        for (number, text) in (1_i64..).zip(notes) {
            shelf.put(&number.to_be_bytes(), text.trim().as_bytes());
        }
        Ok(())
    }

    fn connect(&self, definition: &Definition, _: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        let columns = vec![VirtualColumn::new("note"), VirtualColumn::hidden("length")];
        let notes = definition.arguments.clone();
        Ok(Arc::new(NoteTable { space: definition.space, columns, notes }))
    }
}

impl VirtualTable for NoteTable {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let mut choice = no_index(request);
        let by_rowid = Constraint { column: None, operator: Operator::Equal };
        if let Some(place) = request.constraints.iter().position(|constraint| *constraint == by_rowid) {
            choice.usages[place] = Usage::Exact;
        }
        let by_match = |constraint: &Constraint| constraint.operator == Operator::Match;
        if let Some(place) = request.constraints.iter().position(by_match) {
            choice.usages[place] = Usage::Exact;
        }
        Ok(choice)
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        let value = |wanted: Operator| {
            let place = scan.constraints.iter().position(|constraint| constraint.operator == wanted);
            place.map(|place| scan.values[place].clone())
        };
        Ok(Box::new(NoteCursor {
            space: self.space,
            rowid: value(Operator::Equal).map(|rowid| rowid.as_ref().to_integer()),
            word: value(Operator::Match).map(|word| word.as_ref().text_bytes().unwrap_or_default().into()),
            wanted: scan.wanted.to_vec(),
            next: Some(i64::MIN),
        }))
    }

    fn change(&self, change: RowChange<'_>, shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        let text = |values: &[helios::Value]| values[0].as_ref().text_bytes().unwrap_or_default().to_vec();
        match change {
            RowChange::Insert(rowid, values) => {
                let mut last = 0;
                shelf.scan(KeyRange::ALL, Direction::Backward, |key, _| {
                    last = rowid_of(key);
                    Ok(false)
                })?;
                let rowid = rowid.unwrap_or(last + 1);
                if shelf.get(&rowid.to_be_bytes())?.is_some() {
                    return Err(Error::sql(format!("there is a note {rowid}")));
                }
                shelf.put(&rowid.to_be_bytes(), &text(values));
                Ok(Some(rowid))
            }
            RowChange::Update(from, to, values) => {
                shelf.delete(&from.to_be_bytes());
                shelf.put(&to.to_be_bytes(), &text(values));
                Ok(None)
            }
            RowChange::Delete(rowid) => {
                shelf.delete(&rowid.to_be_bytes());
                Ok(None)
            }
        }
    }

    fn is_writable(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct NoteCursor {
    space: Space,
    rowid: Option<i64>,
    word: Option<Vec<u8>>,
    wanted: Vec<usize>,
    next: Option<i64>,
}

fn rowid_of(key: &[u8]) -> i64 {
    key.try_into().map(i64::from_be_bytes).unwrap_or_default()
}

impl VirtualCursor for NoteCursor {
    fn fill(&mut self, reader: &Reader, out: &mut dyn RowSink) -> Result<()> {
        let Some(next) = self.next.take() else { return Ok(()) };
        let start = self.rowid.unwrap_or(next.max(0)).to_be_bytes();
        let guard = reader.scan(self.space);
        let mut cursor = guard.cursor(KeyRange::new(&start, None), Direction::Forward)?;
        while cursor.advance()? {
            let rowid = rowid_of(cursor.key());
            if self.rowid.is_some_and(|only| only != rowid) {
                return Ok(());
            }
            if out.is_full() {
                self.next = Some(rowid);
                return Ok(());
            }
            let text = cursor.version().payload;
            let has_word = |word: &Vec<u8>| text.split(|byte| *byte == b' ').any(|part| part == &word[..]);
            if !self.word.as_ref().is_none_or(has_word) {
                continue;
            }
            for (place, column) in self.wanted.iter().enumerate() {
                out.value(
                    place,
                    match column {
                        0 => ValueRef::Text(text),
                        1 => ValueRef::Integer(text.len() as i64),
                        _ => ValueRef::Integer(rowid),
                    },
                );
            }
            out.end_row();
        }
        Ok(())
    }
}

fn connection() -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.create_module("notes", Notes)?;
    connection.execute_batch("CREATE VIRTUAL TABLE n USING notes(one two, three)")?;
    Ok(connection)
}

fn rows(connection: &Connection, sql: &str) -> Vec<String> {
    connection.query(sql, (), |row| row.get(0)).unwrap_or_else(|error| vec![error.message().to_owned()])
}

fn message(connection: &Connection, sql: &str) -> String {
    connection.execute_batch(sql).err().map_or_else(String::new, |error| error.message().to_owned())
}

#[test]
fn a_virtual_table_is_read_with_conditions_and_hidden_columns() {
    let connection = connection().unwrap();
    assert_eq!(rows(&connection, "SELECT note FROM n"), ["one two", "three"]);
    assert_eq!(rows(&connection, "SELECT * FROM n WHERE rowid = 2"), ["three"]);
    assert_eq!(rows(&connection, "SELECT * FROM n WHERE n.note MATCH 'two'"), ["one two"]);
    assert_eq!(rows(&connection, "SELECT length || note FROM n WHERE length > 5"), ["7one two"]);
    assert_eq!(
        rows(&connection, "SELECT a.note FROM n a, n b WHERE a.rowid = b.rowid + 1 AND b.note MATCH 'one'"),
        ["three"]
    );
    assert_eq!(
        rows(&connection, "SELECT detail FROM (SELECT note AS detail FROM n) ORDER BY 1 LIMIT 1"),
        ["one two"]
    );
}

#[test]
fn rows_of_a_virtual_table_are_written_and_undone_with_the_transaction() {
    let connection = connection().unwrap();
    connection.execute_batch("BEGIN; INSERT INTO n VALUES ('four'), ('five'); SAVEPOINT s").unwrap();
    connection
        .execute_batch("UPDATE n SET note = note || '!' WHERE rowid > 2; DELETE FROM n WHERE rowid = 1")
        .unwrap();
    assert_eq!(connection.changes(), 1);
    assert_eq!(rows(&connection, "SELECT note FROM n"), ["three", "four!", "five!"]);
    connection.execute_batch("ROLLBACK TO s; COMMIT").unwrap();
    assert_eq!(rows(&connection, "SELECT note FROM n"), ["one two", "three", "four", "five"]);
    assert_eq!(connection.last_insert_rowid(), 4);
    assert_eq!(
        message(&connection, "INSERT INTO n(rowid, note) VALUES (9, 'nine'), (2, 'again')"),
        "there is a note 2"
    );
    assert_eq!(rows(&connection, "SELECT note FROM n WHERE rowid = 9"), [""; 0]);
    connection.execute_batch("UPDATE n SET rowid = 10 WHERE rowid = 4").unwrap();
    assert_eq!(rows(&connection, "SELECT note FROM n WHERE rowid = 10"), ["five"]);
}

#[test]
fn a_virtual_table_lives_on_branches() {
    let mut connection = connection().unwrap();
    connection.create_branch("other").unwrap();
    connection.execute_batch("INSERT INTO n VALUES ('on main')").unwrap();
    connection.set_branch("other").unwrap();
    assert_eq!(rows(&connection, "SELECT count(*) || '' FROM n"), ["2"]);
    connection.execute_batch("DELETE FROM n").unwrap();
    connection.set_branch("main").unwrap();
    assert_eq!(rows(&connection, "SELECT count(*) || '' FROM n"), ["3"]);
}

#[test]
fn a_virtual_table_is_renamed_and_dropped_and_needs_its_module() {
    let connection = connection().unwrap();
    connection.execute_batch("ALTER TABLE n RENAME TO m").unwrap();
    assert_eq!(rows(&connection, "SELECT count(*) || '' FROM m"), ["2"]);
    assert_eq!(
        rows(&connection, "SELECT sql FROM sqlite_schema"),
        ["CREATE VIRTUAL TABLE \"m\" USING notes(one two, three)"]
    );
    connection.execute_batch("DROP TABLE m").unwrap();
    assert_eq!(message(&connection, "SELECT * FROM m"), "no such table: m");
    assert_eq!(message(&connection, "CREATE VIRTUAL TABLE m USING nosuch"), "no such module: nosuch");
    assert_eq!(
        message(&connection, "CREATE VIRTUAL TABLE m USING generate_series"),
        "no such module: generate_series"
    );
}

#[test]
fn a_series_has_its_parameters_as_hidden_columns() {
    let connection = Connection::open_in_memory().unwrap();
    let numbers = |sql: &str| -> Vec<i64> { connection.query(sql, (), |row| row.get(0)).unwrap() };
    assert_eq!(numbers("SELECT * FROM generate_series(1, 9, 3)"), [1, 4, 7]);
    assert_eq!(numbers("SELECT value FROM generate_series WHERE start = 2 AND stop = 4"), [2, 3, 4]);
    assert_eq!(numbers("SELECT stop FROM generate_series(5, 1, -2) ORDER BY value"), [1, 1, 1]);
    assert_eq!(numbers("SELECT value FROM generate_series(5, 1, -2) ORDER BY value"), [1, 3, 5]);
    assert_eq!(numbers("SELECT value FROM generate_series(1, 3) ORDER BY value DESC"), [3, 2, 1]);
    assert_eq!(
        numbers("SELECT b.value FROM generate_series(1, 2) a, generate_series(a.value, 2) b"),
        [1, 2, 2]
    );
    assert_eq!(numbers("SELECT value FROM generate_series(1, NULL)"), [0; 0]);
    assert_eq!(
        numbers("SELECT value FROM generate_series(9223372036854775806, 9223372036854775807)"),
        [i64::MAX - 1, i64::MAX]
    );
    assert_eq!(
        message(&connection, "SELECT * FROM generate_series"),
        "first argument to \"generate_series()\" missing or unusable"
    );
    assert_eq!(
        message(&connection, "SELECT * FROM generate_series(1, 2, 3, 4)"),
        "too many arguments on generate_series() - max 3"
    );
}

#[test]
fn csv_tables_read_texts_and_files() {
    let connection = Connection::open_in_memory().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.csv");
    std::fs::write(&file, "\u{feff}name,size\r\n\"a \"\"b\"\", c\",1\r\nd\r\n").unwrap();
    let create = format!("CREATE VIRTUAL TABLE f USING csv(filename='{}', header=yes)", file.display());
    connection.execute_batch(&create).unwrap();
    assert_eq!(
        rows(&connection, "SELECT name || '|' || coalesce(size, '-') FROM f"),
        ["a \"b\", c|1", "d|-"]
    );
    connection.execute_batch("CREATE VIRTUAL TABLE t USING csv(data='1,2,3\n4,5,6', columns=2)").unwrap();
    assert_eq!(rows(&connection, "SELECT rowid || c0 || c1 FROM t"), ["112", "245"]);
    connection
        .execute_batch("CREATE VIRTUAL TABLE s USING csv(data='1,2', schema='CREATE TABLE x(p, q)')")
        .unwrap();
    assert_eq!(rows(&connection, "SELECT q || p FROM s"), ["21"]);
    for (arguments, expected) in [
        ("", "must specify either filename= or data= but not both"),
        ("data='1', filename='x'", "must specify either filename= or data= but not both"),
        ("data='1', data='2'", "more than one 'data' parameter"),
        ("data='1', header=perhaps", "bad parameter: 'header=perhaps'"),
        ("data='1', colour=red", "bad parameter: 'colour=red'"),
        ("data='1', columns=0", "column= value must be positive"),
        ("filename='/no/such/file'", "cannot open '/no/such/file' for reading"),
    ] {
        assert_eq!(message(&connection, &format!("CREATE VIRTUAL TABLE e USING csv({arguments})")), expected);
    }
    assert_eq!(message(&connection, "INSERT INTO t VALUES (1, 2)"), "table t may not be modified");
}

#[test]
fn dbstat_tells_how_much_room_tables_and_indexes_take() {
    let connection = connection().unwrap();
    let run = |sql: &str| connection.execute_batch(sql).unwrap();
    run("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
         CREATE INDEX by_b ON t (b);
         CREATE TABLE empty (x);
         CREATE TABLE keys (k PRIMARY KEY) WITHOUT ROWID;
         INSERT INTO t SELECT value, printf('%0100d', value) FROM generate_series(1, 1000);
         INSERT INTO t VALUES (5000, printf('%09000d', 1));
         INSERT INTO keys SELECT a FROM t;
         ATTACH ':memory:' AS aux;
         CREATE TABLE aux.other (x);
         INSERT INTO other VALUES (1);");
    let all = "SELECT concat_ws(' ', name, ncell, pagetype, path, pgoffset) FROM dbstat
        WHERE aggregate = TRUE AND name <> 'sqlite_schema'";
    assert_eq!(rows(&connection, all), ["t 1001", "by_b 1001", "empty 0", "keys 1001"]);
    let schema = "SELECT (ncell = (SELECT count(*) FROM sqlite_schema)) || name FROM dbstat WHERE aggregate = 1 LIMIT 1";
    assert_eq!(rows(&connection, schema), ["1sqlite_schema"]);
    // Pages add up to the whole, and each holds what fits on it.
    let pages = "SELECT concat_ws(' ', name, sum(ncell), sum(payload), sum(unused), max(mx_payload), sum(pgsize), sum(pgsize) / 4096)
        FROM dbstat WHERE name <> 't' GROUP BY name ORDER BY name";
    let whole = "SELECT concat_ws(' ', name, ncell, payload, unused, mx_payload, pgsize, pageno)
        FROM dbstat('main', 1) WHERE name <> 't' ORDER BY name";
    let pages = rows(&connection, pages);
    assert_eq!(pages.len(), 4);
    assert_eq!(pages, rows(&connection, whole));
    let bounds =
        "SELECT concat_ws(' ', min(unused) >= 0, max(payload + unused - pgsize) <= 0, max(mx_payload) > 9000,
        count(*) > 50, min(pgsize), max(pgsize), min(path), min(pagetype)) FROM dbstat";
    assert_eq!(rows(&connection, bounds), ["1 1 1 1 4096 12288 / leaf"]);
    let places = "SELECT concat_ws(' ', pageno, pgoffset) FROM dbstat LIMIT 1";
    assert_eq!(rows(&connection, places), ["1 0"]);
    let other =
        "SELECT concat_ws(' ', name, ncell, schema, aggregate) FROM dbstat('aux') WHERE name = 'other'";
    assert_eq!(rows(&connection, other), ["other 1 aux 0"]);
    assert!(rows(&connection, "SELECT name FROM dbstat WHERE schema = 'nix'").is_empty());
    // What a transaction has written is counted.
    run("BEGIN; DELETE FROM keys WHERE k > 500");
    assert_eq!(rows(&connection, "SELECT 'n' || sum(ncell) FROM dbstat WHERE name = 'keys'"), ["n500"]);
    run("ROLLBACK");
    assert_eq!(message(&connection, "DELETE FROM dbstat"), "table dbstat may not be modified");
}
