//! Power cuts while an index of vectors is made, written to, grows and is made anew: what is found afterwards is right.

use std::sync::Arc;

use helios_core::Result;
use helios_sql::session::Session;
use helios_storage_redb::{Options, RedbStorage};
use helios_testkit::TestResult;
use helios_testkit::disk::{Disk, Trouble};
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::engine::{one, open_again, run};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, v VECTOR(3));
                     CREATE INDEX IF NOT EXISTS near ON t USING flat (v) WITH (metric = 'l2')";

fn open(disk: &Disk, seed: u64) -> Result<Session> {
    let disk = disk.clone();
    let options = Options { cache_bytes: 1 << 20, ..Options::default() };
    let storage = RedbStorage::open_backend(move || Ok(Box::new(disk.clone())), options)?;
    open_again(Arc::new(storage), seed)?.connect("main")
}

fn vector(numbers: &mut Numbers) -> String {
    format!("'[{}, {}, {}]'", numbers.below(9), numbers.below(9), numbers.below(9))
}

fn change(session: &mut Session, numbers: &mut Numbers) -> Result<()> {
    let sql = match numbers.below(12) {
        0 => "REINDEX near".to_owned(),
        1 => "DROP INDEX near; CREATE INDEX near ON t USING flat (v) WITH (metric = 'l2')".to_owned(),
        2 | 3 => format!("DELETE FROM t WHERE id % 20 = {}", numbers.below(20)),
        4 => format!("UPDATE t SET v = {} WHERE id % 9 = {}", vector(numbers), numbers.below(9)),
        _ => {
            let rows: Vec<String> =
                (0..=numbers.below(12)).map(|_| format!("({})", vector(numbers))).collect();
            format!("INSERT INTO t (v) VALUES {}", rows.join(", "))
        }
    };
    run(session, &sql).map(drop)
}

/// With the index, an exact one, everything is found that is found without it.
fn check(session: &mut Session, numbers: &mut Numbers) -> Result<()> {
    assert_eq!(one(session, "PRAGMA integrity_check")?, "'ok'");
    let query = vector(numbers);
    let search = |hint: &str| format!("SELECT id, v <-> {query} AS d FROM t {hint} ORDER BY d LIMIT 10");
    let expected = run(session, &search("NOT INDEXED"))?;
    assert_eq!(run(session, &search("INDEXED BY near"))?, expected, "{query}");
    Ok(())
}

/// Works until the power goes, and says whether the table was there by then.
fn work(disk: &Disk, seed: u64, numbers: &mut Numbers) -> Result<()> {
    let mut session = open(disk, seed)?;
    run(&mut session, TABLE)?;
    check(&mut session, numbers)?;
    loop {
        change(&mut session, numbers)?;
        if numbers.one_in(3) {
            check(&mut session, numbers)?;
        }
    }
}

#[test]
fn what_an_index_finds_survives_power_cuts() -> TestResult {
    with_seed(|numbers| {
        let mut disk = Disk::default();
        drop(open(&disk, 0)?);
        for cut in 1..repeats(60, 2000) {
            let operations = *numbers.pick(&[30, 200, 600]);
            disk.trouble_after(numbers.below(operations) as u64, Trouble::PowerCut);
            if let Err(error) = work(&disk, cut as u64, numbers) {
                assert!(disk.end_of_trouble(), "cut {cut}: with the power on: {error:?}");
            }
            disk = disk.after_power_cut(numbers);
        }
        let mut session = open(&disk, u64::MAX)?;
        run(&mut session, TABLE)?;
        Ok(check(&mut session, numbers)?)
    })
}
