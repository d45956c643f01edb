//! What branches cost in a large table: making one, comparing and merging what changed, and the room that all takes.
//!
//! `branch_cost` fills a table of `HELIOS_ROWS` rows and prints medians in milliseconds, and bytes of the file. With
//! `history`, the database keeps its history; then the room is printed that pruning and VACUUM give back.
//! `benches/NOTES.md` has what it showed.
#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]

use std::path::Path;
use std::time::Instant;

use helios::{Connection, Database};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// So many branches are made, and so many merges.
const TIMES: usize = 9;
/// So many rows a branch changes.
const CHANGED: usize = 1000;

/// The median of the milliseconds of some work.
fn median(mut work: impl FnMut(usize) -> helios::Result<()>) -> helios::Result<f64> {
    let mut times = Vec::with_capacity(TIMES);
    for time in 0..TIMES {
        let begin = Instant::now();
        work(time)?;
        times.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[TIMES / 2])
}

fn bytes(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Changes rows that lie all over the table, others for each `salt`.
fn change(connection: &Connection, rows: usize, salt: usize) -> helios::Result<()> {
    let step = rows / CHANGED;
    let sql = format!("UPDATE t SET score = score + 1 WHERE id % {step} = {}", salt % step);
    connection.execute(&sql, ()).map(drop)
}

fn branches(database: &Database, path: &Path, rows: usize) -> helios::Result<()> {
    let main = database.connect()?;
    let made = median(|time| database.create_branch(&format!("empty{time}"), "main"))?;
    println!("making a branch                      {made:9.2} ms");
    // A file grows by more than is put into it.
    main.execute_batch("VACUUM")?;
    println!("the file with {TIMES} branches              {:9} bytes", bytes(path));
    for (what, parent_moves) in [("", false), (", the parent moved", true)] {
        let name = |time: usize| format!("work{time}{parent_moves}");
        for time in 0..TIMES {
            database.create_branch(&name(time), "main")?;
            change(&database.connect_to(&name(time))?, rows, 2 * time)?;
            if parent_moves {
                change(&main, rows, 2 * time + 1)?;
            }
        }
        let compared = median(|time| {
            let tables = database.compare_branches("main", &name(time))?;
            assert!(!tables.is_empty(), "rows have changed");
            Ok(())
        })?;
        println!("comparing {CHANGED} rows{what:18} {compared:11.2} ms");
        let merged = median(|time| main.execute_batch(&format!("MERGE BRANCH {}", name(time))))?;
        println!("merging {CHANGED} rows{what:18} {merged:13.2} ms");
    }
    Ok(())
}

fn pruning(connection: &Connection, path: &Path) -> helios::Result<()> {
    for _ in 0..5 {
        connection.execute("UPDATE t SET score = score + 1", ())?;
    }
    println!("the file with history                {:9} bytes", bytes(path));
    connection.execute_batch("PRAGMA prune_history('2100-01-01')")?;
    connection.execute_batch("VACUUM")?;
    println!("pruned and compacted                 {:9} bytes", bytes(path));
    Ok(())
}

fn main() -> helios::Result<()> {
    let keeps_history = std::env::args().nth(1).is_some_and(|what| what == "history");
    let rows = helios_benches::rows();
    let directory = tempfile::tempdir().expect("a directory for the bench");
    let path = directory.path().join("branches.db");
    let database = Database::open_with(&path, &helios::Config::default())?;
    if keeps_history {
        database.keep_history()?;
    }
    let main = database.connect()?;
    main.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, score REAL)")?;
    let fill = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO t SELECT i, 'somebody ' || i * 7919 % 100003, i / 8.0 FROM n"
    );
    main.execute(&fill, ())?;
    main.execute_batch("VACUUM")?;
    println!("{rows} rows                         {:9} bytes", bytes(&path));
    branches(&database, &path, rows)?;
    for branch in database.branches()?.iter().filter(|branch| branch.name != "main") {
        database.delete_branch(&branch.name)?;
    }
    if keeps_history {
        pruning(&main, &path)?;
    }
    main.execute_batch("VACUUM")?;
    println!("without branches, compacted          {:9} bytes", bytes(&path));
    Ok(())
}
