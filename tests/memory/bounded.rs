//! The process takes about as much memory as it is told, however much statements collect.

use std::fs;
use std::path::Path;

use helios_sql::chunk::Chunk;
use helios_testkit::TestResult;
use helios_tests::child::{Child, say};

use crate::collections::{QUERIES, database, rows};

/// Bytes that statements may take.
const MEMORY: usize = 4 << 20;
/// Kilobytes that the process may grow by: the memory itself, and blocks, filters and what the allocator keeps.
const GROWTH: u64 = 40 << 10;
/// Rows, and the bytes of each: many times the memory.
const ROWS: usize = 50_000;
const WIDTH: usize = 1000;

#[test]
fn collections_stay_within_their_memory() -> TestResult {
    for (name, _) in QUERIES {
        let folder = tempfile::tempdir()?;
        let said = Child::start(&format!("bounded {name}"), folder.path())?.finish()?;
        let grown: u64 = said.last().ok_or("the child said nothing")?.parse()?;
        assert!(grown < GROWTH, "{name}: the process has grown by {grown} kB");
    }
    Ok(())
}

/// Runs a query in a process of its own and says by how many kilobytes that grew at most.
pub(crate) fn run(name: &str, folder: &Path) -> TestResult {
    let (_, query) = QUERIES.iter().find(|(known, _)| *known == name).ok_or("no such query")?;
    let database = database(MEMORY, folder)?;
    let mut session = database.connect("main")?;
    let before = peak()?;
    let sql = format!("{}{query}", rows(ROWS, WIDTH));
    let mut statement = session.prepare(&sql)?.ok_or("no statement")?;
    session.start(&mut statement, &Chunk::new(Vec::new(), 1))?;
    let mut chunk = Chunk::default();
    while session.fetch(&mut statement, &mut chunk)? {}
    assert_eq!(database.memory().held(), 0, "all is given back");
    say(peak()? - before)
}

/// Kilobytes that the process had in memory at most.
fn peak() -> TestResult<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}
