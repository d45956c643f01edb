//! Power cuts under redb with work in SQL: money that is moved about, a counter, indexes that come and go, indexes of words
//! and a tree of boxes.

use std::sync::Arc;

use helios_core::ErrorKind;
use helios_sql::session::Session;
use helios_testkit::TestResult;
use helios_testkit::disk::{Disk, Trouble};
use helios_testkit::seed::{Numbers, repeats, with_seed};
use helios_tests::engine::{self, one, run};

use crate::fixture::open_disk;

const ACCOUNTS: usize = 20;

/// What is known of the disk: the transfers that were acknowledged; one more may have been on its way.
#[derive(Default)]
struct Bank {
    acknowledged: u64,
    is_one_more_on_its_way: bool,
    has_tables: bool,
}

fn number(session: &mut Session, sql: &str) -> helios_core::Result<i64> {
    Ok(one(session, sql)?.parse().unwrap_or(i64::MIN))
}

impl Bank {
    /// Makes the tables in one transaction.
    fn prepare(session: &mut Session) -> helios_core::Result<()> {
        let accounts: Vec<String> = (0..ACCOUNTS).map(|account| format!("({account}, 100)")).collect();
        let sql = format!(
            "BEGIN; CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER); CREATE INDEX by_balance ON account (balance);
             CREATE TABLE entry (id INTEGER PRIMARY KEY, source INTEGER, target INTEGER, amount INTEGER);
             CREATE INDEX by_target ON entry (target); CREATE VIRTUAL TABLE memo USING fts5(body);
             CREATE VIRTUAL TABLE letter USING fts4(body); CREATE VIRTUAL TABLE span USING rtree_i32(id, low, high);
             CREATE TABLE counter (value); INSERT INTO counter VALUES (0);
             INSERT INTO account VALUES {}; COMMIT",
            accounts.join(", ")
        );
        run(session, &sql).map(drop)
    }

    fn transfer(session: &mut Session, numbers: &mut Numbers) -> helios_core::Result<()> {
        let (source, target) = (numbers.below(ACCOUNTS), numbers.below(ACCOUNTS));
        let amount = numbers.below(30);
        let begin = ["BEGIN", "BEGIN IMMEDIATE", "BEGIN CONCURRENT"][numbers.below(3)];
        let index = match numbers.below(8) {
            0 => "CREATE INDEX IF NOT EXISTS by_amount ON entry (amount, id);",
            1 => "DROP INDEX IF EXISTS by_amount;",
            _ => "",
        };
        let sql = format!(
            "{begin}; UPDATE account SET balance = balance - {amount} WHERE id = {source};
             UPDATE account SET balance = balance + {amount} WHERE id = {target};
             INSERT INTO entry (source, target, amount) VALUES ({source}, {target}, {amount});
             INSERT INTO memo VALUES ('sent {amount} from a{source} to b{target}');
             INSERT INTO letter VALUES ('sent {amount} from a{source} to b{target}');
             INSERT INTO span VALUES (NULL, {source}, {source} + {target});
             UPDATE counter SET value = value + 1; {index} COMMIT"
        );
        run(session, &sql).map(drop)
    }

    /// Checks that the disk shows a state that it may; from then on that one is certain.
    fn check(&mut self, session: &mut Session) -> TestResult {
        if number(session, "SELECT count(*) FROM sqlite_schema")? == 0 {
            assert!(!self.has_tables, "the tables are gone");
            return Ok(());
        }
        assert_eq!(one(session, "PRAGMA integrity_check")?, "'ok'");
        assert_eq!(number(session, "SELECT sum(balance) FROM account")?, 100 * ACCOUNTS as i64);
        let counted = number(session, "SELECT value FROM counter")?;
        assert_eq!(number(session, "SELECT count(*) FROM entry")?, counted);
        assert_eq!(number(session, "SELECT count(*) FROM entry WHERE target >= 0")?, counted);
        self.check_modules(session, counted)?;
        let differing = "SELECT count(*) FROM account LEFT JOIN
            (SELECT target, sum(amount) AS came FROM entry GROUP BY target) ON target = account.id LEFT JOIN
            (SELECT source, sum(amount) AS went FROM entry GROUP BY source) ON source = account.id
            WHERE balance <> 100 + coalesce(came, 0) - coalesce(went, 0)";
        assert_eq!(number(session, differing)?, 0, "accounts that do not agree with their entries");
        let most = self.acknowledged + u64::from(self.is_one_more_on_its_way);
        let found = counted as u64;
        assert!((self.acknowledged..=most).contains(&found), "{found} of {} acknowledged", self.acknowledged);
        *self = Bank { acknowledged: found, is_one_more_on_its_way: false, has_tables: true };
        Ok(())
    }

    /// Checks what modules keep of the transfers.
    fn check_modules(&self, session: &mut Session, counted: i64) -> TestResult {
        for table in ["memo", "letter"] {
            let found = format!("SELECT count(*) FROM {table} WHERE {table} MATCH 'sent'");
            assert_eq!(number(session, &found)?, counted, "{table}");
            run(session, &format!("INSERT INTO {table} ({table}) VALUES ('integrity-check')"))?;
            let differing = format!(
                "SELECT count(*) FROM entry WHERE rowid % 7 = 0 AND id NOT IN
                 (SELECT rowid FROM {table} WHERE {table} MATCH 'a' || source || ' b' || target)"
            );
            assert_eq!(number(session, &differing)?, 0, "{table}");
        }
        assert_eq!(one(session, "SELECT rtreecheck('span')")?, "'ok'");
        let same =
            "SELECT count(*) FROM entry JOIN span USING (id) WHERE low = source AND high = source + target";
        assert_eq!(number(session, same)?, counted);
        Ok(())
    }

    /// Opens the database, checks it, and moves money until the power goes.
    fn work_until_the_cut(&mut self, disk: &Disk, numbers: &mut Numbers) -> TestResult {
        let opened = open_disk(disk).and_then(|storage| engine::session(Arc::new(storage)));
        let mut session = match opened {
            Ok(session) => session,
            Err(error) => {
                assert!(disk.end_of_trouble(), "it does not open with the power on: {error:?}");
                return Ok(());
            }
        };
        if let Err(error) = self.check(&mut session) {
            return if disk.end_of_trouble() { Ok(()) } else { Err(error) };
        }
        if !self.has_tables {
            match Bank::prepare(&mut session) {
                Ok(()) => self.has_tables = true,
                Err(error) => {
                    assert!(disk.end_of_trouble(), "with the power on: {error:?}");
                    return Ok(());
                }
            }
        }
        loop {
            if let Err(error) = Bank::transfer(&mut session, numbers) {
                assert!(disk.end_of_trouble(), "a transfer fails with the power on: {error:?}");
                assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
                self.is_one_more_on_its_way = true;
                return Ok(());
            }
            self.acknowledged += 1;
        }
    }
}

#[test]
fn money_survives_power_cuts() -> TestResult {
    with_seed(|numbers| {
        let mut disk = Disk::default();
        let mut bank = Bank::default();
        for cut in 0..repeats(200, 6000) {
            if cut % 40 == 0 {
                disk = Disk::default();
                bank = Bank::default();
                // redb cannot open what a power cut leaves of a file that is being made; nothing is lost by it then.
                drop(open_disk(&disk)?);
            }
            let operations = *numbers.pick(&[4, 30, 200, 600]);
            disk.trouble_after(numbers.below(operations) as u64, Trouble::PowerCut);
            bank.work_until_the_cut(&disk, numbers)?;
            disk = disk.after_power_cut(numbers);
        }
        let mut session = engine::session(Arc::new(open_disk(&disk)?))?;
        bank.check(&mut session)?;
        assert!(bank.acknowledged > 0);
        Ok(())
    })
}

/// The process lives and the disk fails now and then: what is acknowledged is there, a failed transfer counts once or not
/// at all, and the same session goes on.
#[test]
fn money_survives_a_disk_that_fails_now_and_then() -> TestResult {
    with_seed(|numbers| {
        let disk = Disk::default();
        let mut session = engine::session(Arc::new(open_disk(&disk)?))?;
        Bank::prepare(&mut session)?;
        let mut bank = Bank { has_tables: true, ..Bank::default() };
        for _ in 0..repeats(150, 4000) {
            disk.trouble_after(numbers.below(40) as u64, Trouble::Error);
            let result = Bank::transfer(&mut session, numbers);
            disk.end_of_trouble();
            match result {
                Ok(()) => bank.acknowledged += 1,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
                    bank.is_one_more_on_its_way = true;
                    if session.in_transaction() {
                        run(&mut session, "ROLLBACK")?;
                    }
                }
            }
            bank.check(&mut session)?;
        }
        assert!(bank.acknowledged > 50, "{} transfers", bank.acknowledged);
        Ok(())
    })
}
