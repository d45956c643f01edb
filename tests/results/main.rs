//! Kept results against a database that keeps none: several sessions, on two branches, run the same statements on both,
//! now and at moments of the past, and must see the same.

use std::sync::Arc;

use helios_core::Value;
use helios_core::clock::Moment;
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

/// Moments of which what was committed up to then is the same in both databases.
#[derive(Default)]
struct Pasts(Vec<[Moment; 2]>);

impl Pasts {
    /// Notes the moment of the last commit on a branch.
    fn note(&mut self, databases: [&Database; 2], branch: &str) -> helios_core::Result<()> {
        let last = |database: &Database| Ok::<_, helios_core::Error>(database.branch(branch)?.last_commit);
        let moments = [last(databases[0])?, last(databases[1])?];
        if self.0.len() == 12 {
            self.0.remove(0);
        }
        self.0.push(moments);
        Ok(())
    }
}

/// Statements of the past, whose first parameter names a moment.
fn statement_of_the_past(numbers: &mut Numbers) -> String {
    let table = ["t", "u"][numbers.below(2)];
    match numbers.below(24) {
        0 => format!("DELETE HISTORY FROM {table} BEFORE SYSTEM_TIME ?1 / 1000000.0"),
        1 => "BEGIN".to_owned(),
        2..=4 => {
            format!("SELECT * FROM {table} AS OF COMMIT ?1 AS then, u WHERE then.a = u.id ORDER BY 1, 4")
        }
        5..=7 => format!("SELECT count(*), sum(a) FROM {table} AS OF COMMIT ?1"),
        8..=10 => "SELECT * FROM v AS OF COMMIT ?1 ORDER BY a, b".to_owned(),
        11 => "SELECT name, sql FROM sqlite_schema AS OF COMMIT ?1 ORDER BY 1".to_owned(),
        12 | 13 => format!("SELECT count(*) FROM {table} AS OF TIMESTAMP ?1 / 1000000.0"),
        _ => format!("SELECT * FROM {table} AS OF COMMIT ?1 WHERE id IN (SELECT a FROM t AS OF COMMIT ?1)"),
    }
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
            database.keep_history()?;
            let mut first = session(database, "main", None)?;
            for sql in TABLES {
                run(&mut first, sql, &[])?;
            }
            database.create_branch("side", "main")?;
        }
        let (mut pairs, mut pasts) = (Vec::new(), Pasts::default());
        for branch in ["main", "main", "side"] {
            pairs.push((session(&kept, branch, Some(most_bytes))?, session(&plain, branch, None)?));
        }
        let (steps, mut hits_of_the_past) = (share_of(repeats(4000, 100_000)), 0);
        for step in 0..steps {
            if step % 16 == 0 {
                pasts.note([&kept, &plain], ["main", "side"][numbers.below(2)])?;
            }
            let pair = numbers.below(pairs.len());
            let (a, b) = &mut pairs[pair];
            let (sql, parameters) = match numbers.one_in(4) {
                true => {
                    let [one, other] = pasts.0[numbers.below(pasts.0.len())];
                    let parameter = |moment: Moment| vec![Value::Integer(moment.0 as i64)];
                    (statement_of_the_past(numbers), [parameter(one), parameter(other)])
                }
                false => {
                    let (sql, parameters) = statement(numbers);
                    (sql, [parameters.clone(), parameters])
                }
            };
            let [one, other] = parameters;
            let uses = a.result_uses().hits;
            let (from_kept, from_tables) = (run(a, &sql, &one), run(b, &sql, &other));
            hits_of_the_past += if sql.contains("AS OF") { a.result_uses().hits - uses } else { 0 };
            // How far back history reaches is told by the moments of each database.
            let is_same = match (&from_kept, &from_tables) {
                (Err(one), Err(other)) if sql.contains("AS OF") => {
                    one.split(" begins at ").next() == other.split(" begins at ").next()
                }
                (one, other) => one == other,
            };
            if !is_same {
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
        let least = steps as u64 / 400;
        if hits < 5 * least || hits_of_the_past < least || plain.results().entries() > 0 {
            let hits = format!("{hits} hits, {hits_of_the_past} of the past");
            return Err(format!("one of them was to keep results, and had {hits}").into());
        }
        Ok(())
    })
}
