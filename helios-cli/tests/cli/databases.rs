//! The commands for whole databases, as processes: what they make is what was there, or nothing is made.

use std::path::Path;

use rusqlite::Connection;

use crate::process::{done, helios, program, refused};

/// A database of SQLite with what makes copying hard.
const SCHEMA: &str = "
    create table plain (a, b text);
    create table keyed (id integer primary key autoincrement, \"odd \"\"name\" real);
    create table pairs (a, b, primary key (a, b));
    create index i on plain (b);
    insert into plain (rowid, a, b) values (10, 1, 'one'), (20, x'00ff', 'ä'), (30, null, null);
    insert into keyed values (5, 1.5), (7, 1e300);
    delete from keyed where id = 7;
    insert into pairs values (1, 2), ('x', 'y');
    create table named (name text primary key, rowid, doubled as (rowid * 2));
    insert into named (_rowid_, name, rowid) values (7, 'seven', -0.0), (3, 'three', 1.5);
    create table compact (id integer primary key, a) without rowid;
    insert into compact values (2, 'two'), (1, cast(x'ff41' as text));
    create view first as select min(a) as \"a [integer]\" from plain;
    create trigger log after insert on pairs begin delete from compact; end;
    create virtual table words using fts5(text);
    insert into words (rowid, text) values (7, 'one two');
    create virtual table papers using fts4(text, languageid='lang');
    insert into papers (docid, text, lang) values (7, 'one two', 0), (9, 'two three', 4);
    create virtual table boxes using rtree(id, x1, x2);
    insert into boxes values (1, 2, 3);
    pragma user_version = 42;
";

const QUESTIONS: &[&str] = &[
    "select rowid, a, b from plain order by rowid",
    "select * from keyed",
    "select * from pairs",
    "select _rowid_, name, rowid, doubled from named order by name",
    "select id, typeof(a), hex(a) from compact",
    "select * from first",
    "select * from sqlite_sequence",
    "select rowid, text from words('two')",
    "select docid, text, lang from papers where papers match 'two' and lang = 4",
    "select docid, snippet(papers) from papers where papers match 'two'",
    "select * from boxes",
    "select type, name, sql from sqlite_schema where sql is not null and name not like 'words\\_%' escape '\\' \
     and name not like 'papers\\_%' escape '\\' and name not like 'boxes\\_%' escape '\\' order by name",
    "pragma user_version",
];

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn folder_with_sqlite_file() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = Connection::open(folder.path().join("a.sqlite")).expect("a file of SQLite");
    connection.execute_batch(SCHEMA).expect("its schema");
    folder
}

/// What the questions are answered with, as SQL writes it.
fn answers(folder: &Path, file: &str) -> String {
    let mut arguments = vec!["--quote", file];
    arguments.extend(QUESTIONS);
    done(folder, &arguments)
}

fn answers_of_sqlite(path: &Path) -> String {
    let connection = Connection::open(path).expect("a file of SQLite");
    let mut text = String::new();
    for question in QUESTIONS {
        let mut statement = connection.prepare(question).expect("a question");
        let width = statement.column_count();
        let mut rows = statement.query([]).expect("an answer");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..width {
                use rusqlite::types::ValueRef;
                let separator = if column + 1 == width { "\n" } else { "," };
                text.push_str(&match row.get_ref(column).expect("a value") {
                    ValueRef::Null => "NULL".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => format!("{:?}", number + 0.0),
                    ValueRef::Text(text) => {
                        format!("'{}'", String::from_utf8_lossy(text).replace('\'', "''"))
                    }
                    ValueRef::Blob(bytes) => {
                        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                        format!("X'{digits}'")
                    }
                });
                text.push_str(separator);
            }
        }
    }
    text
}

#[test]
fn a_file_of_sqlite_comes_in_and_goes_out_as_it_was() {
    let folder = folder_with_sqlite_file();
    let path = folder.path();
    let expected = answers_of_sqlite(&path.join("a.sqlite"));
    assert_eq!(done(path, &["import", "a.sqlite", "a.db"]), "a.db has 8 tables with 14 rows of a.sqlite\n");
    assert_eq!(answers(path, "a.db"), expected);
    done(path, &["a.db", "insert into keyed (\"odd \"\"name\") values (1)"]);
    assert_eq!(done(path, &["a.db", "select max(id) from keyed", "delete from keyed where id = 8"]), "8\n");
    assert_eq!(done(path, &["export", "a.db", "b.sqlite"]), "b.sqlite has 8 tables with 14 rows\n");
    let exported = answers_of_sqlite(&path.join("b.sqlite"));
    assert_eq!(exported, expected.replace("'keyed',7", "'keyed',8"));
    assert_eq!(names(path), ["a.db", "a.sqlite", "b.sqlite"]);
    assert_eq!(refused(path, &["export", "a.db", "b.sqlite"]), "Error: b.sqlite is in the way\n");
    assert_eq!(done(path, &["check", "a.db"]), "ok\n");
}

#[test]
fn a_file_of_sqlite_is_turned_into_one_of_helios_in_its_place() {
    let folder = folder_with_sqlite_file();
    let path = folder.path();
    let original = std::fs::read(path.join("a.sqlite")).expect("the file");
    let expected = answers_of_sqlite(&path.join("a.sqlite"));
    let said = refused(path, &["a.sqlite", ".tables"]);
    assert!(said.contains("`helios import a.sqlite` turns it into one of helios"), "{said}");
    // What one that was killed has left.
    std::fs::write(path.join("a.sqlite.helios-new"), "a half").expect("a file");
    done(path, &["import", "a.sqlite"]);
    assert_eq!(answers(path, "a.sqlite"), expected);
    assert_eq!(names(path), ["a.sqlite", "a.sqlite.sqlite-backup"]);
    assert_eq!(std::fs::read(path.join("a.sqlite.sqlite-backup")).expect("the backup"), original);
    assert!(refused(path, &["import", "a.sqlite"]).contains("file is not a database of SQLite"));
    // A backup is never written over.
    std::fs::copy(path.join("a.sqlite.sqlite-backup"), path.join("a.sqlite")).expect("the file as it was");
    std::fs::write(path.join("a.sqlite.sqlite-backup"), "of the user").expect("a file");
    assert_eq!(refused(path, &["import", "a.sqlite"]), "Error: a.sqlite.sqlite-backup is in the way\n");
    assert_eq!(std::fs::read(path.join("a.sqlite")).expect("the file"), original);
}

#[test]
fn an_import_that_fails_leaves_nothing() {
    let folder = folder_with_sqlite_file();
    let path = folder.path();
    let sqlite = Connection::open(path.join("a.sqlite")).expect("the file");
    sqlite.execute_batch("create virtual table gone using fts5(x, content='')").expect("a table");
    let said = refused(path, &["import", "a.sqlite", "a.db"]);
    assert_eq!(said, "Error: gone keeps no texts that could be copied\n");
    refused(path, &["import", "a.sqlite"]);
    sqlite
        .execute_batch("drop table gone; create table late (a); insert into late values (1)")
        .expect("a table");
    done(path, &["b.db", "create table late (b)"]);
    assert_eq!(refused(path, &["import", "a.sqlite", "b.db"]), "Error: table late already exists\n");
    assert_eq!(done(path, &["b.db", ".schema"]), "CREATE TABLE late (b);\n");
    std::fs::write(path.join("rows.csv"), "a,b\n1,2\n3\n").expect("a file");
    std::fs::write(path.join("rows.jsonl"), "{\"b\":1}\n{\"b\":2}\n{\"b\":\n").expect("a file");
    let said = refused(path, &["import", "rows.csv", "c.db"]);
    assert_eq!(said, "Error: rows.csv:3: expected 2 columns but found 1\n");
    let said = refused(path, &["import", "rows.jsonl", "b.db", "--table", "late"]);
    assert_eq!(said, "Error: rows.jsonl:3: malformed JSON\n");
    std::fs::write(path.join("rows.jsonl"), "{\"b\":1}\n[2]\n").expect("a file");
    let said = refused(path, &["import", "rows.jsonl", "b.db", "--table", "late"]);
    assert_eq!(said, "Error: rows.jsonl:2: no object of JSON\n");
    std::fs::write(path.join("rows.jsonl"), "{\"b\":1}\n{\"c\":2}\n").expect("a file");
    let said = refused(path, &["import", "rows.jsonl", "b.db", "--table", "late"]);
    assert_eq!(said, "Error: table late has no column named c\n");
    done(path, &["b.db", "create unique index u on late (b)"]);
    std::fs::write(path.join("rows.jsonl"), "{\"b\":1}\n{\"b\":1}\n").expect("a file");
    let said = refused(path, &["import", "rows.jsonl", "b.db", "--table", "late"]);
    assert_eq!(said, "Error: UNIQUE constraint failed: late.b\n");
    assert_eq!(done(path, &["b.db", "select count(*) from late"]), "0\n");
    assert_eq!(names(path), ["a.sqlite", "b.db", "rows.csv", "rows.jsonl"]);
}

#[test]
fn rows_of_csv_and_json_come_in_and_go_out_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let csv = "id,code,price,note\n1,007,1.5,\"a, \"\"b\"\"\nc\"\n-2,12,100.0,NIL\n3,x,0.1,\n";
    std::fs::write(path.join("item.csv"), csv).expect("a file");
    assert_eq!(
        done(path, &["import", "item.csv", "a.db", "--null", "NIL"]),
        "a.db has 1 table with 3 rows of item.csv\n"
    );
    assert_eq!(
        done(path, &["--quote", "a.db", "select * from item"]),
        "1,'007',1.5,'a, \"b\"\nc'\n-2,'12',100.0,NULL\n3,'x',0.10000000000000000555,''\n"
    );
    done(path, &["export", "a.db", "again.csv", "--null", "NIL"]);
    assert_eq!(std::fs::read_to_string(path.join("again.csv")).expect("the file"), csv);
    done(path, &["import", "item.csv", "a.db", "--table", "item", "--null", "NIL"]);
    assert_eq!(done(path, &["a.db", "select count(*) from item"]), "6\n");

    let json = "{\"a\":1,\"b\":1.5,\"c\":\"ä\\n\\\"\",\"d\":null,\"e\":0.1}\n{\"a\":1e300,\"b\":\"X'00FF'\",\"c\":\"[1,2]\",\"d\":1,\"e\":0}\n";
    let given =
        json.replace("\"[1,2]\",\"d\":1,\"e\":0", "[1,2],\"d\":true,\"E\":false").replace(",\"d\":null", "");
    std::fs::write(path.join("rows.jsonl"), format!("\n{given}")).expect("a file");
    done(path, &["import", "rows.jsonl", "b.db"]);
    let json = json.replace("1e300", "1.0e+300");
    assert_eq!(
        done(path, &["export", "b.db", "-", "--kind", "jsonl", "--query", "select a, b, c, d, e from rows"]),
        json
    );
    done(path, &["b.db", "insert into rows (a) values (x'00ff'), (char(0, 31))"]);
    assert_eq!(
        done(
            path,
            &["export", "b.db", "-", "--kind", "jsonl", "--query", "select a from rows where rowid > 2"]
        ),
        "{\"a\":\"X'00FF'\"}\n{\"a\":\"\\u0000\\u001f\"}\n"
    );
    done(path, &["b.db", "create table other (a)"]);
    let said = refused(path, &["export", "b.db", "x.csv"]);
    assert_eq!(said, "Error: --table has to say which it is: other, rows\n");
    assert_eq!(done(path, &["export", "b.db", "-", "--kind", "csv", "--table", "other"]), "a\n");
    let said = refused(path, &["export", "b.db", "x.csv", "--query", "select nosuch"]);
    assert_eq!(said, "Error: no such column: nosuch\n");
    assert!(!path.join("x.csv").exists());
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    std::fs::write(path.join("t.parquet"), "PAR1").expect("a file");
    done(path, &["a.db", "create table t (a)"]);
    for arguments in [["import", "t.parquet", "b.db"], ["export", "a.db", "x.parquet"]] {
        let said = refused(path, &arguments);
        assert!(said.starts_with("Error: this program is built without Parquet: `cargo install"), "{said}");
    }
    assert_eq!(names(path), ["a.db", "t.parquet"]);
}

#[test]
fn columns_without_names_have_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    std::fs::write(path.join("t.csv"), "1;a\n2;b\n").expect("a file");
    done(path, &["import", "t.csv", "a.db", "--no-header", "--separator", ";"]);
    assert_eq!(
        done(path, &["a.db", ".schema"]),
        "CREATE TABLE IF NOT EXISTS \"t\" (\"c1\" INTEGER, \"c2\" TEXT);\n"
    );
    let out = done(path, &["export", "a.db", "-", "--kind", "csv", "--no-header", "--separator", ";"]);
    assert_eq!(out, "1;a\n2;b\n");
    done(path, &["a.db", "create table narrow (x)"]);
    let said =
        refused(path, &["import", "t.csv", "a.db", "--no-header", "--separator", ";", "--table", "narrow"]);
    assert_eq!(said, "Error: table narrow has 1 columns but 2 values come\n");
}

#[test]
fn imports_and_exports_know_branches_and_the_past() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    std::fs::write(path.join("t.csv"), "a\n1\n").expect("a file");
    std::fs::write(path.join("helios.toml"), "[time_travel]\nenabled = true\n").expect("a file");
    done(path, &["import", "t.csv", "a.db", "--config", "helios.toml"]);
    done(path, &["a.db", "create branch side"]);
    done(path, &["import", "t.csv", "a.db", "--branch", "side"]);
    let count = |branch: &str| {
        done(
            path,
            &[
                "export",
                "a.db",
                "-",
                "--kind",
                "csv",
                "--branch",
                branch,
                "--query",
                "select count(*) n from t",
            ],
        )
    };
    assert_eq!((count("main").as_str(), count("side").as_str()), ("n\n1\n", "n\n2\n"));
    let moment = done(path, &["a.db", "select system_time from t"]);
    done(path, &["a.db", "update t set a = 5"]);
    let then = ["export", "a.db", "-", "--kind", "csv", "--as-of", moment.trim(), "--table", "t"];
    assert_eq!(done(path, &then), "a\n1\n");
    assert_eq!(done(path, &["check", "a.db"]), "ok\n");
}

#[test]
fn copies_have_everything_on_any_driver_and_under_any_key() {
    let folder = folder_with_sqlite_file();
    let path = folder.path();
    done(path, &["import", "a.sqlite", "a.db", "--key-env", "OLD_KEY"]);
    done(path, &["a.db", "--key-env", "OLD_KEY", "create branch side"]);
    done(path, &["a.db", "--key-env", "OLD_KEY", "--branch", "side", "delete from plain"]);
    assert_eq!(done(path, &["backup", "a.db", "b.db", "--key-env", "OLD_KEY"]), "b.db is a copy of a.db\n");
    let to_new_key = ["copy", "b.db", "c.db", "--from-key-env", "OLD_KEY", "--to-key-env", "NEW_KEY"];
    done(path, &to_new_key);
    assert_eq!(refused(path, &to_new_key), "Error: c.db is in the way\n");
    let rows = ["--branch", "side", "select count(*) from plain", "select count(*) from pairs"];
    assert_eq!(done(path, &[&["c.db", "--key-env", "NEW_KEY"], &rows[..]].concat()), "0\n2\n");
    assert!(refused(path, &["c.db", "--key-env", "OLD_KEY", ".tables"]).contains("file is encrypted"));
    // A plain copy of what is encrypted has to be asked for in another way.
    let said = refused(path, &["copy", "c.db", "d", "--from-key-env", "NEW_KEY", "--to-backend", "sled"]);
    assert_eq!(said, "Error: an encrypted database is not copied to a plain file\n");
    assert_eq!(names(path), ["a.db", "a.sqlite", "b.db", "c.db"]);
    done(path, &["import", "a.sqlite", "plain.db"]);
    done(path, &["copy", "plain.db", "d", "--to-backend", "sled"]);
    done(path, &["copy", "d", "e.db", "--from-backend", "sled"]);
    assert_eq!(answers(path, "e.db"), answers(path, "plain.db"));
    assert_eq!(done(path, &["check", "d", "--backend", "sled"]), "ok\n");
    let stats = |name: &str, more: &[&str]| {
        let out = done(path, &[&["stats", name, "--format", "csv"], more].concat());
        // A copy is a commit.
        let differs =
            |line: &&str| ["driver", "commits", "\"bytes in"].iter().any(|what| line.starts_with(what));
        out.lines().filter(|line| !differs(line)).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(stats("d", &["--backend", "sled"]), stats("e.db", &[]));
}

#[test]
fn a_check_tells_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let broken = "create table p (a primary key); create table c (a references p); insert into c values (7)";
    done(path, &["a.db", broken]);
    done(path, &["a.db", "create branch side"]);
    let said = helios(path, &["check", "a.db", "--format", "csv"]);
    assert_eq!(said.code, Some(1));
    let problem = "row 1 of c refers to a row of p that is not there";
    assert_eq!(said.out, format!("branch,table,problem\nmain,\"\",\"{problem}\"\nside,\"\",\"{problem}\"\n"));
    done(path, &["a.db", "delete from c"]);
    done(path, &["a.db", "--branch", "side", "delete from c"]);
    assert_eq!(done(path, &["check", "a.db"]), "ok\n");
    assert_eq!(done(path, &["check", "a.db", "--format", "json"]), "[]\n");
}

#[test]
fn a_check_finds_flipped_bits() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let fill = "create table t (a, b); with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000) \
                insert into t select x, 'the text of row ' || x from c";
    done(path, &["a.db", fill]);
    let mut bytes = std::fs::read(path.join("a.db")).expect("the file");
    let wanted = b"the text of row 1234";
    let places: Vec<usize> =
        (0..bytes.len() - wanted.len()).filter(|&at| bytes[at..].starts_with(wanted)).collect();
    assert!(!places.is_empty(), "the row is in the file");
    places.iter().for_each(|&at| bytes[at + 4] ^= 4);
    std::fs::write(path.join("a.db"), bytes).expect("the file");
    let said = helios(path, &["check", "a.db"]);
    assert_eq!(said.code, Some(1), "{} {}", said.out, said.errors);
}

#[test]
fn nothing_is_made_of_what_is_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    for command in [
        &["check", "a.db"][..],
        &["stats", "a.db"],
        &["backup", "a.db", "b.db"],
        &["export", "a.db", "b.csv"],
    ] {
        let said = refused(path, command);
        assert!(said.starts_with("Error: unable to open database \"a.db\": "), "{said}");
    }
    assert!(refused(path, &["import", "a.csv", "b.db"]).starts_with("Error: a.csv: No such file"));
    assert!(names(path).is_empty(), "{:?}", names(path));
}

#[test]
fn tables_are_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    done(
        path,
        &[
            "a.db",
            "create table t (a primary key); insert into t values (1), ('x'); create view v as select 1",
        ],
    );
    let out = done(path, &["stats", "a.db", "--tables", "--format", "csv"]);
    assert!(out.starts_with("table,rows,bytes,index_bytes\nt,2,"), "{out}");
    let out = done(path, &["stats", "a.db", "--format", "markdown"]);
    for line in ["| tables           | 1 ", "| views            | 1 ", "| branches         | 1 "] {
        assert!(out.contains(line), "{out}");
    }
}

#[test]
fn an_import_that_is_killed_leaves_nothing_that_counts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let rows: String = (0..60_000).map(|row| format!("{row},text of row {row}\n")).collect();
    std::fs::write(path.join("big.csv"), format!("a,b\n{rows}")).expect("a file");
    done(path, &["there.db", "create table big (a, b); insert into big values (1, 2)"]);
    for target in ["new.db", "there.db"] {
        let mut child = program(path).args(["import", "big.csv", target]).spawn().expect("the program");
        // It is in the middle of it, or it has just begun: either way the same holds.
        let is_at_work = || match target {
            "new.db" => path.join("new.db.helios-new").exists(),
            _ => path.join("there.db-share").exists(),
        };
        while !is_at_work() && child.try_wait().expect("it runs").is_none() {
            std::thread::yield_now();
        }
        child.kill().expect("it is killed");
        child.wait().expect("it is gone");
    }
    assert!(!path.join("new.db").exists());
    assert_eq!(done(path, &["there.db", "select count(*) from big"]), "1\n");
    assert_eq!(
        done(path, &["import", "big.csv", "new.db"]),
        "new.db has 1 table with 60000 rows of big.csv\n"
    );
    done(path, &["import", "big.csv", "there.db"]);
    assert_eq!(done(path, &["there.db", "select count(*) from big"]), "60001\n");
    assert_eq!(names(path), ["big.csv", "new.db", "there.db"]);
}
