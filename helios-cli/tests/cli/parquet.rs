//! Files of Parquet: `kinds.parquet` was written by pyarrow (`tests/parquet/test_parquet.py`), which compares more of them,
//! both ways.

use std::path::Path;

use helios_testkit::TestResult;
use helios_testkit::mutation::mutate;
use helios_testkit::seed::{repeats, with_seed};

use crate::process::{done, helios, refused};

/// The file of pyarrow, copied into a folder.
fn kinds(folder: &Path) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parquet/kinds.parquet");
    let bytes = std::fs::read(path).expect("the file");
    std::fs::write(folder.join("kinds.parquet"), &bytes).expect("a copy");
    bytes
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn every_kind_becomes_what_sql_has_for_it() {
    let folder = folder();
    let path = folder.path();
    kinds(path);
    assert_eq!(
        done(path, &["import", "kinds.parquet", "a.db"]),
        "a.db has 1 table with 3 rows of kinds.parquet\n"
    );
    let select = |columns: &str| done(path, &["--quote", "a.db", &format!("select {columns} from kinds")]);
    assert_eq!(
        select("truth, int8, uint8, int16, uint16"),
        "1,-128,0,-32768,0\n0,127,255,32767,65535\nNULL,NULL,NULL,NULL,NULL\n"
    );
    assert_eq!(
        select("int32, uint32, int64, uint64"),
        "-2147483648,0,-9223372036854775808,9223372036854775807\n\
         2147483647,4294967295,9223372036854775807,'18446744073709551615'\nNULL,NULL,NULL,NULL\n"
    );
    assert_eq!(
        select("float16, float32, float64"),
        "1.5,0.5,1.0000000000000000525e+300\n-0.25,-10000000000.0,NULL\nNULL,NULL,NULL\n"
    );
    assert_eq!(
        select("text, bytes, fixed, words"),
        "'',X'',X'616263','x'\n'é日本\n',X'00ff',X'000102','y'\nNULL,NULL,NULL,NULL\n"
    );
    assert_eq!(
        select("day, time_ms, time_us, millis"),
        "'2024-02-29','01:02:03','00:00:00','2024-02-29 12:30:15.25'\n\
         '0001-01-01','23:59:59.999','23:59:59.999999','1969-12-31 23:59:59.999'\nNULL,NULL,NULL,NULL\n"
    );
    assert_eq!(
        select("micros, zoned, nanos"),
        "'2024-02-29 12:30:15.25','2024-02-29 12:30:15.25','2024-02-29 12:30:15.250000001'\n\
         '9999-12-31 23:59:59.999999','0001-01-01 00:00:00','1969-12-31 23:59:59.999999999'\nNULL,NULL,NULL\n"
    );
    assert_eq!(
        select("cast(small as text), large, uuid"),
        "'-0.05','-0.0000000001','00000000-0000-0000-0000-000000000001'\n\
         '1234567.89','1000000000000000000000000000.0000000000','ffffffff-ffff-ffff-ffff-ffffffffffff'\nNULL,NULL,NULL\n"
    );
    assert_eq!(
        select("list, record, map"),
        "'[1,null,3]','{\"a\":\"q\\\"\",\"b\":{\"c\":true}}','{\"x\":0.5,\"y\":null}'\n\
         '[]','{\"a\":null,\"b\":null}','{}'\nNULL,NULL,NULL\n"
    );
    assert_eq!(select("deep"), "'[{\"n\":[[\"a\"],[],null]},null,{\"n\":null}]'\n'[{\"n\":[]}]'\nNULL\n");
    // A table that is there takes the columns by their names.
    done(path, &["a.db", "create table narrow (text, x)"]);
    let said = refused(path, &["import", "kinds.parquet", "a.db", "--table", "narrow"]);
    assert_eq!(said, "Error: table narrow has no column named truth\n");
    assert_eq!(done(path, &["a.db", "select count(*) from narrow"]), "0\n");
}

#[test]
fn what_is_exported_comes_back() {
    let folder = folder();
    let path = folder.path();
    let rows = "insert into t values (1, 0.5, 'é', x'00ff', 1, '2024-02-29', '2024-02-29 12:30:15.25'), \
                (-5, 7, '', x'', 0, '0001-01-01', '1969-12-31 23:59:59'), (null, null, null, null, null, null, null)";
    done(
        path,
        &["a.db", "create table t (i integer, r real, t text, b blob, f boolean, d date, m timestamp)", rows],
    );
    done(path, &["export", "a.db", "t.parquet"]);
    done(path, &["import", "t.parquet", "b.db"]);
    assert_eq!(
        done(path, &["b.db", ".schema"]),
        "CREATE TABLE IF NOT EXISTS \"t\" (\"i\" INTEGER, \"r\" REAL, \"t\" TEXT, \"b\" BLOB, \"f\" BOOLEAN, \"d\" DATE, \"m\" TIMESTAMP);\n"
    );
    let all = |name: &str| done(path, &["--quote", name, "select * from t"]);
    assert_eq!(all("a.db"), all("b.db"));
    // What is not of one kind becomes texts, and types that are declared hold for no rows, too.
    let queries = "with v (a, b) as (values (1, x'00'), ('x', 2.5), (9007199254740993, null), (0.5, 'y')) select * from v";
    done(path, &["export", "a.db", "mixed.parquet", "--query", queries]);
    done(path, &["import", "mixed.parquet", "a.db"]);
    assert_eq!(
        done(path, &["--quote", "a.db", "select * from mixed"]),
        "'1','X''00'''\n'x','2.5'\n'9007199254740993',NULL\n'0.5','y'\n"
    );
    done(path, &["export", "a.db", "none.parquet", "--query", "select * from t where 0"]);
    done(path, &["import", "none.parquet", "c.db", "--table", "t"]);
    assert_eq!(done(path, &["c.db", ".schema"]), done(path, &["b.db", ".schema"]));
    let said = refused(path, &["export", "a.db", "x.parquet", "--query", "select 1 as a, 2 as a"]);
    assert_eq!(said, "Error: two columns are called a: --query may give them names\n");
    let said = refused(path, &["export", "a.db", "x.parquet", "--query", "select cast(x'ff' as text) as a"]);
    assert_eq!(said, "Error: a text is no UTF-8, as Parquet's have to be\n");
    assert!(!path.join("x.parquet").exists());
}

#[test]
fn changed_files_are_imported_or_refused() -> TestResult {
    let folder = folder();
    let path = folder.path();
    let bytes = kinds(path);
    with_seed(|numbers| {
        for number in 0..repeats(60, 1000) {
            let changed = mutate(&bytes, &bytes, numbers);
            std::fs::write(path.join("changed.parquet"), &changed)?;
            let name = format!("{number}.db");
            let said = helios(path, &["import", "changed.parquet", &name]);
            // No panic, which ends with 101, and no signal.
            if !matches!(said.code, Some(0 | 1)) {
                return Err(format!("{:?}: {}", said.code, said.errors).into());
            }
            assert_eq!(path.join(&name).exists(), said.code == Some(0), "{}", said.errors);
        }
        Ok(())
    })
}
