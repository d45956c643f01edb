//! Money that is moved about while others add it up: it is the same sum at every moment.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use helios::{Connection, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::seed::{Numbers, repeats, with_seed};

use crate::stage::{assert_whole, connect, in_threads, number, on_each};

pub(crate) const ACCOUNTS: i64 = 40;
pub(crate) const SUM: i64 = ACCOUNTS * 100;

/// Makes accounts with the same balance each.
pub(crate) fn prepare(connection: &Connection) -> helios::Result<()> {
    connection.execute_batch(
        "BEGIN; CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER); CREATE INDEX by_balance ON account (balance);
         CREATE TABLE entry (id INTEGER PRIMARY KEY, account INTEGER, amount INTEGER); CREATE INDEX by_account ON entry (account)",
    )?;
    for account in 0..ACCOUNTS {
        connection.execute("INSERT INTO account VALUES (?, 100)", [account])?;
        connection.execute("INSERT INTO entry (account, amount) VALUES (?, 100)", [account])?;
    }
    connection.execute_batch("COMMIT")
}

/// Moves some money in one transaction, trying again as long as others are faster.
pub(crate) fn transfer(connection: &Connection, begin: &str, numbers: &mut Numbers) -> helios::Result<()> {
    let from = numbers.below(ACCOUNTS as usize) as i64;
    let to = numbers.below(ACCOUNTS as usize) as i64;
    let amount = numbers.below(50) as i64;
    loop {
        let work = || {
            connection.execute_batch(begin)?;
            connection.execute("UPDATE account SET balance = balance - ? WHERE id = ?", [amount, from])?;
            connection.execute("INSERT INTO entry (account, amount) VALUES (?, ?)", [from, -amount])?;
            connection.execute("UPDATE account SET balance = balance + ? WHERE id = ?", [amount, to])?;
            connection.execute("INSERT INTO entry (account, amount) VALUES (?, ?)", [to, amount])?;
            connection.execute_batch("COMMIT")
        };
        let result = work();
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK")?;
        }
        match result {
            Err(error) if error.kind() == ErrorKind::BusySnapshot && begin == "BEGIN CONCURRENT" => {}
            result => return result,
        }
    }
}

/// Checks, in one of several ways, that all the money is there. Readers are never refused, so every error fails.
pub(crate) fn audit(connection: &Connection, numbers: &mut Numbers) -> TestResult {
    let sums = [
        "SELECT sum(balance) FROM account",
        "SELECT sum(amount) FROM entry",
        "SELECT sum(balance) FROM account WHERE balance >= -1000000",
        "SELECT sum(amount) FROM entry WHERE account >= 0",
        "SELECT (SELECT sum(balance) FROM account) - (SELECT sum(amount) FROM entry) + 4000",
        "SELECT sum(balance) FROM (SELECT balance FROM account ORDER BY balance LIMIT 1000)",
    ];
    match numbers.below(3) {
        0 => assert_eq!(number(connection, sums[numbers.below(sums.len())])?, SUM),
        1 => {
            // A whole transaction sees one moment.
            connection.execute_batch("BEGIN")?;
            for sum in sums {
                assert_eq!(number(connection, sum)?, SUM, "{sum}");
            }
            connection.execute_batch("COMMIT")?;
        }
        _ => {
            let differing = number(
                connection,
                "SELECT count(*) FROM account JOIN (SELECT account, sum(amount) AS total FROM entry GROUP BY account)
                 ON account = id WHERE balance <> total",
            )?;
            assert_eq!(differing, 0, "accounts that do not agree with their entries");
        }
    }
    Ok(())
}

#[test]
fn readers_are_never_refused_and_never_see_half_a_transaction() -> TestResult {
    on_each(|database| {
        prepare(&connect(database)?)?;
        let (is_over, audits) = (AtomicBool::new(false), AtomicUsize::new(0));
        let times = repeats(40, 1000);
        with_seed(|numbers| {
            let seeds: Vec<u64> = (0..8).map(|_| numbers.next_u64()).collect();
            let writers = AtomicUsize::new(4);
            in_threads(database, 8, |thread, connection| {
                let mut numbers = Numbers::new(seeds[thread]);
                if thread < 4 {
                    let begin = ["BEGIN IMMEDIATE", "BEGIN", "BEGIN CONCURRENT", "BEGIN CONCURRENT"][thread];
                    let result = (0..times).try_for_each(|_| transfer(connection, begin, &mut numbers));
                    if writers.fetch_sub(1, Ordering::SeqCst) == 1 || result.is_err() {
                        is_over.store(true, Ordering::SeqCst);
                    }
                    return Ok(result?);
                }
                // A reader does not wait: its patience has no length.
                connection.busy_timeout(std::time::Duration::ZERO)?;
                // At least once, however fast the writers were.
                loop {
                    let audited = audit(connection, &mut numbers);
                    if audited.is_err() {
                        is_over.store(true, Ordering::SeqCst);
                    }
                    audited?;
                    audits.fetch_add(1, Ordering::SeqCst);
                    if is_over.load(Ordering::SeqCst) {
                        return Ok(());
                    }
                }
            })
        })?;
        assert!(audits.into_inner() >= 4, "a reader read nothing");
        let connection = connect(database)?;
        assert_eq!(number(&connection, "SELECT count(*) FROM entry")?, ACCOUNTS + 4 * 2 * times as i64);
        assert_whole(&connection)
    })
}
