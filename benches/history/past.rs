//! Rows as they are and as they were: by key, also one of ten thousand versions, and all of them; writes with history and
//! without.

use criterion::Criterion;
use helios_benches::{Helios, people};

/// The versions of the row that was changed most.
const VERSIONS: i64 = 10_000;

/// A database that waits for no disk, and keeps no columns, so that what is read is read from the store.
fn database(keeps_history: bool) -> Helios {
    let helios = Helios::with(&[
        ("storage.redb.processes", "one"),
        ("storage.durability", "off"),
        ("cache.column_mb", "0"),
    ]);
    if keeps_history {
        helios.connection.database().keep_history().expect("history");
    }
    helios
}

pub(crate) fn bench(criterion: &mut Criterion) {
    let rows = helios_benches::rows() as i64;
    let helios = database(true);
    let connection = &helios.connection;
    helios.load(&people(rows as usize));
    let hot = "CREATE TABLE hot (id INTEGER PRIMARY KEY, value); INSERT INTO hot VALUES (1, 0), (2, 0)";
    connection.execute_batch(hot).expect("a new table");
    let mut update = connection.prepare("UPDATE hot SET value = ? WHERE id = 1").expect("a valid statement");
    for version in 0..VERSIONS / 2 {
        update.execute([version]).expect("a new version");
    }
    let last = "SELECT max(id) FROM helios_commits";
    let commit: i64 = connection.query_row(last, (), |row| row.get(0)).expect("a commit");
    connection.execute("UPDATE t SET score = score + 1 WHERE id % 10 = 3", ()).expect("changed rows");
    for version in VERSIONS / 2..VERSIONS {
        update.execute([version]).expect("a new version");
    }
    drop(update);
    let as_of = format!("AS OF COMMIT {commit}");

    let mut group = criterion.benchmark_group("point of the past");
    let mut key = 0;
    let mut next_key = move || {
        key = (key + 7919) % rows;
        key + 1
    };
    let reads = [
        ("now", String::from("SELECT score FROM t WHERE id = ?"), false),
        ("then", format!("SELECT score FROM t {as_of} WHERE id = ?"), false),
        ("now, many versions", String::from("SELECT value FROM hot WHERE id = ?"), true),
        ("then, many versions", format!("SELECT value FROM hot {as_of} WHERE id = ?"), true),
    ];
    for (name, sql, is_hot) in &reads {
        let mut statement = connection.prepare(sql).expect("a valid statement");
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                let key = if *is_hot { 1 } else { next_key() };
                let value: f64 = statement.query_row([key], |row| row.get(0)).expect("the row is there");
                value
            });
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("scan of the past");
    for (name, time) in [("now", ""), ("then", &*as_of)] {
        let sql = format!("SELECT count(*), sum(score) FROM t {time}");
        let mut statement = connection.prepare(&sql).expect("a valid statement");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let sum: f64 = statement.query_row((), |row| row.get(1)).expect("a sum");
                sum
            });
        });
    }
    group.finish();

    let few = people(helios_benches::rows() / 10);
    for (what, sql) in [
        ("insert", ""),
        ("update by key", "UPDATE t SET score = score + 1 WHERE id = ?"),
        ("update all", "UPDATE t SET score = score + 1"),
    ] {
        let mut group = criterion.benchmark_group(format!("{what} with history"));
        for (name, keeps_history) in [("without", false), ("with", true)] {
            let helios = database(keeps_history);
            if !sql.is_empty() {
                helios.load(&few);
            }
            let mut update = (!sql.is_empty()).then(|| helios.connection.prepare(sql).expect("valid"));
            let takes_key = sql.contains('?');
            group.bench_function(name, |bencher| {
                bencher.iter_custom(|times| {
                    let mut spent = std::time::Duration::ZERO;
                    for _ in 0..times {
                        let start = std::time::Instant::now();
                        match &mut update {
                            None => helios.load(&few),
                            Some(update) if takes_key => {
                                helios.connection.execute_batch("BEGIN").expect("a transaction");
                                for person in few.iter().step_by(10) {
                                    update.execute([person.id]).expect("a row");
                                }
                                helios.connection.execute_batch("COMMIT").expect("a commit");
                            }
                            Some(update) => {
                                update.execute(()).expect("all rows");
                            }
                        }
                        spent += start.elapsed();
                        if update.is_none() {
                            helios.connection.execute("DELETE FROM t", ()).expect("an empty table");
                        }
                    }
                    spent
                });
            });
        }
        group.finish();
    }
}
