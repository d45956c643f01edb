//! The cache of columns against a database without one: several sessions, on two branches, change and scan a table in
//! the same way on both, and must see the same.

use std::sync::Arc;

use helios_core::Value;
use helios_sql::chunk::Chunk;
use helios_sql::database::{Database, Settings};
use helios_sql::session::Session;
use helios_testkit::TestResult;
use helios_testkit::clock::{SeededEntropy, WallClock};
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::stores::{share_of, storage};

/// Rows that the table begins with: several chunks.
const ROWS: usize = 9000;

type Rows = Vec<Vec<Value>>;

fn run(session: &mut Session, sql: &str) -> Result<Rows, String> {
    let mut go = || -> helios_core::Result<Rows> {
        let mut rows = Vec::new();
        let Some(mut statement) = session.prepare(sql)? else { return Ok(rows) };
        session.start(&mut statement, &Chunk::new(Vec::new(), 1))?;
        let mut chunk = Chunk::default();
        while session.fetch(&mut statement, &mut chunk)? {
            let row = |row| (0..chunk.width()).map(|column| chunk.value(row, column).to_value()).collect();
            rows.extend((0..chunk.rows()).map(row));
        }
        Ok(rows)
    };
    go().map_err(|error| error.message().to_owned())
}

fn database(column_cache_bytes: usize) -> helios_core::Result<Arc<Database>> {
    let storage = storage()?;
    let settings = Settings { column_cache_bytes, ..Settings::default() };
    Database::open(storage, Arc::new(WallClock), Arc::new(SeededEntropy::new(1)), &settings)
}

fn session(database: &Arc<Database>, branch: &str) -> helios_core::Result<Session> {
    let mut session = database.connect(branch)?;
    session.set_busy_timeout(std::time::Duration::ZERO);
    Ok(session)
}

fn statement(numbers: &mut Numbers) -> String {
    let row = numbers.below(ROWS + 500);
    match numbers.below(28) {
        0 => "BEGIN".to_owned(),
        1 => "BEGIN CONCURRENT".to_owned(),
        2 | 3 => "COMMIT".to_owned(),
        4 => "ROLLBACK".to_owned(),
        5 => format!("UPDATE t SET a = a + 1 WHERE id = {row}"),
        6 => format!("UPDATE t SET b = 'row ' || a WHERE id BETWEEN {row} AND {row} + 3000"),
        7 => format!("DELETE FROM t WHERE id BETWEEN {row} AND {}", row + numbers.below(40)),
        8 => format!("INSERT OR REPLACE INTO t VALUES ({row}, {row}, 'again', 2.5)"),
        9 => "INSERT INTO t (a, b) VALUES (7, 'new')".to_owned(),
        10 if numbers.one_in(8) => "UPDATE t SET c = c + 1".to_owned(),
        11 if numbers.one_in(20) => "DROP INDEX IF EXISTS by_a".to_owned(),
        11 => "CREATE INDEX IF NOT EXISTS by_a ON t (a)".to_owned(),
        12 => format!("SELECT * FROM t WHERE id BETWEEN {row} AND {}", row + numbers.below(5000)),
        13 => "SELECT count(*), min(id), max(id) FROM t".to_owned(),
        14 => "SELECT sum(a), total(c) FROM t".to_owned(),
        15 => "SELECT * FROM t LIMIT 3".to_owned(),
        16 => "SELECT b, count(*) FROM t GROUP BY b ORDER BY 2 DESC, 1 LIMIT 20".to_owned(),
        17 => format!("SELECT id, c FROM t WHERE a = {row}"),
        // Rows that an index finds, few or most of the table.
        20 => format!(
            "SELECT * FROM t INDEXED BY by_a WHERE a BETWEEN {0} AND {0} + {1}",
            row % 1000,
            row % 700
        ),
        21 => format!("SELECT c, b FROM t WHERE a > {} ORDER BY a DESC", row % 1000),
        22 => format!("SELECT id, b FROM t WHERE a IN ({}, 7, 11, 13) OR id = {row}", row % 1000),
        23 => format!("SELECT b, c FROM t WHERE id IN (SELECT a * 9 FROM t WHERE id > {row})"),
        24 => format!(
            "SELECT o.id, sum(i.c) FROM t AS o LEFT JOIN t AS i ON i.a BETWEEN o.id AND o.id + 9 WHERE o.id < {} GROUP BY o.id",
            row % 900
        ),
        // Changes of rows that a column without an index finds, few or most of the table.
        25 => format!("UPDATE t SET b = 'few ' || id, c = c + 0.5 WHERE a % {} = 3", 2 + row % 60),
        26 => format!("DELETE FROM t WHERE a = {} AND id > {row}", row % 1000),
        27 => format!("UPDATE t SET a = a + 1 WHERE c BETWEEN {row} AND {row} + 4 RETURNING id, b"),
        18 => "SELECT * FROM t ORDER BY a DESC, id LIMIT 5".to_owned(),
        _ => "SELECT * FROM t".to_owned(),
    }
}

#[test]
fn scans_from_the_cache_show_what_the_store_shows() -> TestResult {
    same_with_and_without(|sql| sql)
}

/// Where nobody reads the other columns, changes find rows by what is kept and read them one by one.
#[test]
fn changes_by_a_few_kept_columns_are_right() -> TestResult {
    same_with_and_without(|sql| sql.replace("SELECT *", "SELECT id, a"))
}

/// Runs random statements, each after `adapt`.
fn same_with_and_without(adapt: impl Fn(String) -> String) -> TestResult {
    with_seed(|numbers| {
        let (kept, plain) = (database(1 << 20)?, database(0)?);
        let mut pairs = Vec::new();
        let create = format!(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c REAL);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
             INSERT INTO t SELECT i, i * 7919 % 1000, 'text ' || i % 50, i / 8.0 FROM n"
        );
        for database in [&kept, &plain] {
            let mut first = session(database, "main")?;
            for sql in create.split(';') {
                run(&mut first, sql)?;
            }
            database.create_branch("side", "main")?;
        }
        for branch in ["main", "main", "side"] {
            pairs.push((session(&kept, branch)?, session(&plain, branch)?));
        }
        for step in 0..share_of(repeats(500, 20_000)) {
            let sql = adapt(statement(numbers));
            let pair = numbers.below(pairs.len());
            let (a, b) = &mut pairs[pair];
            let (from_cache, from_store) = (run(a, &sql), run(b, &sql));
            if from_cache != from_store {
                return Err(
                    format!("step {step}, session {pair}, {sql}: the cache shows something else").into()
                );
            }
        }
        if kept.columns().bytes() == 0 || plain.columns().bytes() > 0 {
            return Err("one cache was to be used and the other was not".into());
        }
        Ok(())
    })
}

/// What was shown in the present is shown again as of then, whatever is kept of other moments.
#[test]
fn moments_of_the_past_are_kept_as_they_were() -> TestResult {
    const LOOKS: [&str; 3] = [
        "SELECT * FROM t ~",
        "SELECT count(*), sum(a), min(b) FROM t ~ WHERE id BETWEEN 100 AND 5000",
        "SELECT a, count(*) FROM t ~ WHERE a > 500 GROUP BY a",
    ];
    with_seed(|numbers| {
        let database = database(1 << 20)?;
        database.keep_history()?;
        let mut first = session(&database, "main")?;
        run(&mut first, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT)")?;
        let fill = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
             INSERT INTO t SELECT i, i * 7919 % 1000, 'text ' || i % 50 FROM n"
        );
        run(&mut first, &fill)?;
        database.create_branch("side", "main")?;
        let mut sessions = [first, session(&database, "side")?];
        let mut seen: Vec<(usize, String, usize, Rows)> = Vec::new();
        for step in 0..share_of(repeats(60, 1000)) {
            let branch = numbers.below(2);
            let row = numbers.below(ROWS);
            let change = match numbers.below(6) {
                0 => format!("DELETE FROM t WHERE id BETWEEN {row} AND {row} + 60"),
                1 => format!("DELETE FROM t WHERE id = {row}"),
                2 => format!("INSERT OR REPLACE INTO t (id, a, b) VALUES ({row}, {row}, 'again')"),
                3 => format!("ALTER TABLE t ADD COLUMN c{step} DEFAULT {row}"),
                4 => format!("UPDATE t SET a = a + 1 WHERE id = {row}"),
                _ => format!("UPDATE t SET a = a + 1, b = 'step {step}' WHERE id > {row}"),
            };
            run(&mut sessions[branch], &change)?;
            let commit = run(&mut sessions[branch], "SELECT max(id) FROM helios_commits")?;
            let [Value::Integer(commit)] = commit[0][..] else { return Err("a commit has no id".into()) };
            let look = numbers.below(LOOKS.len());
            let shown = run(&mut sessions[branch], &LOOKS[look].replace('~', ""))?;
            seen.push((branch, format!("AS OF COMMIT {commit}"), look, shown));
            for _ in 0..4 {
                // Often one of the last, so that some are asked for again.
                let last = seen.len().min(if numbers.one_in(2) { 6 } else { 60 });
                let (branch, then, look, shown) = &seen[seen.len() - 1 - numbers.below(last)];
                if run(&mut sessions[*branch], &LOOKS[*look].replace('~', then))? != *shown {
                    return Err(format!("step {step}, {}, {then}: not what was shown", LOOKS[*look]).into());
                }
            }
        }
        Ok(())
    })
}

#[test]
fn few_large_rows_are_changed_a_part_at_a_time() -> TestResult {
    let database = database(1 << 20)?;
    let mut session = session(&database, "main")?;
    for sql in [
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b BLOB)",
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
         INSERT INTO t SELECT i, i % 8, zeroblob(80000) FROM n",
        // Keeps the column that the condition below needs.
        "SELECT sum(a) FROM t",
        "UPDATE t SET a = 8, b = substr(b, 2) WHERE a = 3",
    ] {
        run(&mut session, sql)?;
    }
    let changed = run(&mut session, "SELECT changes(), sum(a = 8), sum(a = 3), sum(length(b)) FROM t")?;
    let expected = [75, 75, 0, 600 * 80_000 - 75].map(Value::Integer);
    if changed != [expected] {
        return Err(format!("{changed:?}").into());
    }
    Ok(())
}
