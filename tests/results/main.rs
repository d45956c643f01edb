//! Kept results against a database that keeps none: several sessions, on two branches, run the same statements on both,
//! and must see the same.

use std::sync::Arc;

use helios_core::Value;
use helios_sql::chunk::{Chunk, Column};
use helios_sql::database::{Database, Settings};
use helios_sql::session::Session;
use helios_testkit::TestResult;
use helios_testkit::clock::{SeededEntropy, WallClock};
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::stores::{share_of, storage};

type Rows = Vec<Vec<Value>>;

fn run(session: &mut Session, sql: &str, parameters: &[Value]) -> Result<Rows, String> {
    let mut go = || -> helios_core::Result<Rows> {
        let mut rows = Vec::new();
        let Some(mut statement) = session.prepare(sql)? else { return Ok(rows) };
        session.start(&mut statement, &chunk_of(parameters))?;
        let mut chunk = Chunk::default();
        while session.fetch(&mut statement, &mut chunk)? {
            let row = |row| (0..chunk.width()).map(|column| chunk.value(row, column).to_value()).collect();
            rows.extend((0..chunk.rows()).map(row));
        }
        Ok(rows)
    };
    go().map_err(|error| error.message().to_owned())
}

/// Parameters as a chunk of one row.
fn chunk_of(values: &[Value]) -> Chunk {
    let column = |value: &Value| {
        let mut column = Column::default();
        column.push(value.as_ref());
        Arc::new(column)
    };
    Chunk::new(values.iter().map(column).collect(), 1)
}

fn database() -> helios_core::Result<Arc<Database>> {
    let storage = storage()?;
    let entropy = Arc::new(SeededEntropy::new(1));
    Database::open(storage, Arc::new(WallClock), entropy, &Settings::default())
}

fn session(database: &Arc<Database>, branch: &str, keeps: Option<usize>) -> helios_core::Result<Session> {
    let mut session = database.connect(branch)?;
    session.set_busy_timeout(std::time::Duration::ZERO);
    session.keep_results(keeps);
    Ok(session)
}

fn statement(numbers: &mut Numbers) -> (String, Vec<Value>) {
    let table = ["t", "u"][numbers.below(2)];
    let number = numbers.below(20) as i64;
    let sql = match numbers.below(40) {
        0 => "BEGIN".to_owned(),
        1 => "BEGIN CONCURRENT".to_owned(),
        2..=4 => "COMMIT".to_owned(),
        5 => "ROLLBACK".to_owned(),
        6 => "SAVEPOINT s".to_owned(),
        7 => "ROLLBACK TO s".to_owned(),
        8 => format!("UPDATE {table} SET a = a + 1 WHERE id = {number}"),
        9 => format!("DELETE FROM {table} WHERE a = {number}"),
        10 => format!("INSERT INTO {table} (a, b) VALUES ({number}, 'new')"),
        11 if numbers.one_in(6) => format!("ALTER TABLE {table} ADD COLUMN c{number} DEFAULT {number}"),
        12 if numbers.one_in(6) => format!("CREATE INDEX IF NOT EXISTS by_{table} ON {table} (a DESC)"),
        13 if numbers.one_in(6) => format!("DROP INDEX IF EXISTS by_{table}"),
        14 if numbers.one_in(6) => format!("DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT {number}, b FROM u"),
        15 if numbers.one_in(6) => format!("CREATE TEMP TABLE {table} AS SELECT 'hidden' AS a, 1 AS id"),
        16 if numbers.one_in(3) => format!("DROP TABLE IF EXISTS temp.{table}"),
        17 => "PRAGMA case_sensitive_like = on".to_owned(),
        18 => "PRAGMA case_sensitive_like = off".to_owned(),
        19 if numbers.one_in(3) => "CREATE TRIGGER IF NOT EXISTS r AFTER INSERT ON t BEGIN DELETE FROM u WHERE id = new.a; END".to_owned(),
        20 => "SELECT * FROM t JOIN u ON t.a = u.id ORDER BY 1, 2".to_owned(),
        21 => "SELECT count(*) FROM t WHERE b LIKE 'N%'".to_owned(),
        22 => "SELECT * FROM v".to_owned(),
        23 => "SELECT id FROM t WHERE id NOT IN (SELECT a FROM u) LIMIT 3".to_owned(),
        24 => "SELECT changes(), last_insert_rowid(), total_changes(), count(*) FROM t".to_owned(),
        25 => "SELECT name, sql FROM sqlite_schema ORDER BY 1".to_owned(),
        26 => "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n, u WHERE u.id = i) SELECT * FROM n".to_owned(),
        27 => "SELECT a, sum(id) OVER (PARTITION BY b ORDER BY id) FROM t".to_owned(),
        28 => "SELECT value FROM t, json_each('[1, 2]') WHERE t.id = 1".to_owned(),
        29 => "SELECT * FROM main.u WHERE EXISTS (SELECT 1 FROM t WHERE t.a = u.a)".to_owned(),
        30 | 31 => return (
            "SELECT typeof(?1), count(*), max(id) FROM t WHERE a >= ?1".to_owned(),
            vec![[Value::Integer(number), Value::Real(number as f64), Value::text("3")][numbers.below(3)].clone()],
        ),
        32 => format!("SELECT * FROM {table} WHERE id = {number}"),
        33 => format!("SELECT * FROM {table} ORDER BY a"),
        _ => format!("SELECT * FROM {table}"),
    };
    (sql, Vec::new())
}

const TABLES: [&str; 5] = [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT)",
    "CREATE TABLE u (id INTEGER PRIMARY KEY, a, b TEXT)",
    "CREATE VIEW v AS SELECT a, b FROM u",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30)
     INSERT INTO t SELECT i, i * 7 % 20, 'text ' || i % 5 FROM n",
    "INSERT INTO u SELECT id + 3, a + 1, b FROM t",
];

#[test]
fn kept_results_are_what_queries_give() -> TestResult {
    with_seed(|numbers| {
        // Small, so that results have to go again and again.
        let most_bytes = [20_000, 200_000, 64 << 20][numbers.below(3)];
        let (kept, plain) = (database()?, database()?);
        for database in [&kept, &plain] {
            let mut first = session(database, "main", None)?;
            for sql in TABLES {
                run(&mut first, sql, &[])?;
            }
            database.create_branch("side", "main")?;
        }
        let mut pairs = Vec::new();
        for branch in ["main", "main", "side"] {
            pairs.push((session(&kept, branch, Some(most_bytes))?, session(&plain, branch, None)?));
        }
        for step in 0..share_of(repeats(4000, 100_000)) {
            let (sql, parameters) = statement(numbers);
            let pair = numbers.below(pairs.len());
            let (a, b) = &mut pairs[pair];
            let (from_kept, from_tables) = (run(a, &sql, &parameters), run(b, &sql, &parameters));
            if from_kept != from_tables {
                return Err(format!(
                    "step {step}, session {pair}, {sql}: {from_kept:?} is kept, not {from_tables:?}"
                )
                .into());
            }
            if kept.results().bytes() > most_bytes {
                return Err(format!("step {step}: {} bytes are kept", kept.results().bytes()).into());
            }
        }
        let hits: u64 = pairs.iter().map(|(session, _)| session.result_uses().hits).sum();
        if hits < 50 || plain.results().entries() > 0 {
            return Err(format!("one of them was to keep results, and had {hits} hits").into());
        }
        Ok(())
    })
}
