//! Several processes on one store that is reached over a network. None waits for another, none knows what another does until
//! it asks; still nothing is lost, and what a statement shows was the newest state while it ran.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use helios_core::clock::Moment;
use helios_core::storage::Storage;
use helios_core::{Error, ErrorKind, Result};
use helios_sql::database::{Database, Settings};
use helios_sql::session::Session;
use helios_storage_etcd::EtcdStorage;
use helios_storage_postgres::PostgresStorage;
use helios_testkit::TestResult;
use helios_testkit::clock::{ManualClock, SeededEntropy};
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::postgres::PostgresServer;
use helios_testkit::seed::{Numbers, repeats, seed};
use helios_testkit::wrapper::{Far, Server};
use helios_tests::engine::{one, open_again, run};

use crate::stage::LONG;

/// A server that processes have handles on.
pub(crate) trait Site: Sync {
    /// A new handle.
    fn handle(&self) -> Result<Arc<dyn Storage>>;
}

impl Site for Arc<Server> {
    fn handle(&self) -> Result<Arc<dyn Storage>> {
        Ok(Arc::new(Far::new(self)?))
    }
}

/// A database of a PostgreSQL server by its name.
struct OnPostgres<'a>(&'a PostgresServer, String);

impl Site for OnPostgres<'_> {
    fn handle(&self) -> Result<Arc<dyn Storage>> {
        use helios_storage_postgres::Options;
        let options = Options { url: self.0.url(), ..Options::default() };
        Ok(Arc::new(PostgresStorage::open(&self.1, &options)?))
    }
}

/// A database of a cluster of etcd by its name.
struct OnEtcd<'a>(&'a EtcdCluster, String);

impl Site for OnEtcd<'_> {
    fn handle(&self) -> Result<Arc<dyn Storage>> {
        use helios_storage_etcd::Options;
        let options = Options { endpoints: self.0.endpoints(), ..Options::default() };
        Ok(Arc::new(EtcdStorage::open(&self.1, &options)?))
    }
}

/// Runs a test on a server in memory, and on PostgreSQL and etcd where these are installed.
fn on_each(test: impl Fn(&dyn Site) -> TestResult) -> TestResult {
    test(&Server::new())?;
    static SERVER: OnceLock<Option<PostgresServer>> = OnceLock::new();
    static CLUSTER: OnceLock<Option<EtcdCluster>> = OnceLock::new();
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = || format!("test{}", NUMBER.fetch_add(1, Ordering::SeqCst));
    let server = SERVER.get_or_init(|| PostgresServer::start().expect("PostgreSQL starts"));
    if let Some(server) = server {
        test(&OnPostgres(server, name()))?;
    }
    let cluster = CLUSTER.get_or_init(|| EtcdCluster::start(1).expect("etcd starts"));
    cluster.as_ref().map_or(Ok(()), |cluster| test(&OnEtcd(cluster, name())))
}

/// A process on a server: its own handle, engine and caches, and a clock that has nothing to do with the others'.
pub(crate) fn process(site: &dyn Site, number: u64) -> Result<Arc<Database>> {
    open_again(site.handle()?, 1 + number)
}

pub(crate) fn connect(database: &Arc<Database>) -> Result<Session> {
    let mut session = database.connect("main")?;
    session.set_busy_timeout(LONG);
    Ok(session)
}

/// Two processes, each with a session, on a server where a script has been run.
pub(crate) fn two(site: &dyn Site, script: &str) -> Result<(Session, Session)> {
    let mut first = connect(&process(site, 1)?)?;
    run(&mut first, script)?;
    let second = connect(&process(site, 2)?)?;
    Ok((first, second))
}

/// Runs `work` in processes, each with its number and a session.
fn in_processes(
    site: &dyn Site,
    processes: u64,
    work: impl Fn(u64, &mut Session) -> TestResult + Sync,
) -> TestResult {
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = (0..processes)
            .map(|number| scope.spawn(move || work(number, &mut connect(&process(site, 10 + number)?)?)))
            .collect();
        running.into_iter().try_for_each(|one| one.join().map_err(|_| "a process panicked")?)
    })
}

/// Runs a transaction, again where another process was faster.
fn until_done(session: &mut Session, work: impl Fn(&mut Session) -> Result<()>) -> Result<()> {
    loop {
        let result = work(session);
        if session.in_transaction() {
            run(session, "ROLLBACK")?;
        }
        match result {
            Err(error) if error.kind() == ErrorKind::BusySnapshot => {
                assert_eq!(error.message(), "database is locked");
            }
            result => return result,
        }
    }
}

fn kind(result: Result<Vec<String>>) -> Option<ErrorKind> {
    result.err().map(|error: Error| error.kind())
}

/// Adds one, in one of several ways. A lone statement is never refused.
fn increment(session: &mut Session, way: u64) -> Result<()> {
    let begin = match way % 4 {
        0 => return run(session, "UPDATE counter SET value = value + 1").map(drop),
        1 => "BEGIN",
        2 => "BEGIN IMMEDIATE",
        _ => "BEGIN CONCURRENT",
    };
    until_done(session, |session| {
        run(session, begin)?;
        let before = one(session, "SELECT value FROM counter")?;
        run(session, &format!("UPDATE counter SET value = {before} + 1; COMMIT")).map(drop)
    })
}

fn count_together(site: &dyn Site) -> TestResult {
    let mut session = connect(&process(site, 0)?)?;
    run(&mut session, "CREATE TABLE counter (value INTEGER); INSERT INTO counter VALUES (0)")?;
    let times = repeats(12, 200);
    in_processes(site, 4, |number, session| {
        (0..times as u64).try_for_each(|time| Ok(increment(session, number + time)?))
    })?;
    assert_eq!(one(&mut session, "SELECT value FROM counter")?, (4 * times).to_string());
    assert_eq!(one(&mut session, "PRAGMA integrity_check")?, "'ok'");
    Ok(())
}

#[test]
fn processes_that_count_together_lose_nothing() -> TestResult {
    on_each(count_together)
}

/// Half of the lost answers are to commits that have happened: those are not done again, the others are.
#[test]
fn commits_whose_answer_is_lost_happen_once() -> TestResult {
    let server = Server::new();
    server.lose_answers(3);
    count_together(&server)
}

const ACCOUNTS: usize = 8;

fn transfer(session: &mut Session, numbers: &mut Numbers) -> Result<()> {
    let [from, to] = [(); 2].map(|()| numbers.below(ACCOUNTS));
    let begin = *numbers.pick(&["BEGIN", "BEGIN IMMEDIATE", "BEGIN CONCURRENT"]);
    until_done(session, |session| {
        run(session, begin)?;
        run(session, &format!("UPDATE account SET balance = balance - 7 WHERE id = {from}"))?;
        run(session, &format!("INSERT INTO entry VALUES ({from}, -7), ({to}, 7)"))?;
        run(session, &format!("UPDATE account SET balance = balance + 7 WHERE id = {to}; COMMIT")).map(drop)
    })
}

#[test]
fn readers_elsewhere_never_see_half_a_commit() -> TestResult {
    on_each(|site| {
        let mut session = connect(&process(site, 0)?)?;
        run(
            &mut session,
            "CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER); CREATE TABLE entry (account, amount)",
        )?;
        for account in 0..ACCOUNTS {
            run(&mut session, &format!("INSERT INTO account VALUES ({account}, 100)"))?;
        }
        let is_over = AtomicBool::new(false);
        let times = repeats(15, 300);
        in_processes(site, 5, |number, session| {
            if number < 3 {
                let mut numbers = Numbers::new(seed() + number);
                let result = (0..times).try_for_each(|_| transfer(session, &mut numbers));
                is_over.store(true, Ordering::SeqCst);
                return Ok(result?);
            }
            // A reader is never refused, whatever its patience.
            session.set_busy_timeout(std::time::Duration::ZERO);
            while !is_over.load(Ordering::SeqCst) {
                let both = "SELECT sum(balance), (SELECT total(amount) FROM entry) FROM account";
                assert_eq!(run(session, both)?, ["800 | 0.0"]);
                run(session, "BEGIN")?;
                let apart = one(session, "SELECT count(*) FROM entry")?;
                assert_eq!(one(session, "SELECT sum(balance) FROM account")?, "800");
                assert_eq!(
                    one(session, "SELECT count(*) FROM entry")?,
                    apart,
                    "a transaction stays where it is"
                );
                run(session, "COMMIT")?;
            }
            Ok(())
        })?;
        assert_eq!(one(&mut session, "SELECT count(*) FROM entry")?, (3 * times * 2).to_string());
        let differing = "SELECT count(*) FROM account WHERE balance <>
            100 + (SELECT total(amount) FROM entry WHERE account = id)";
        assert_eq!(one(&mut session, differing)?, "0");
        Ok(())
    })
}

/// Two who each read what the other is about to change: one of them is refused, in every kind of transaction.
#[test]
fn write_skew_between_processes_is_refused() -> TestResult {
    on_each(|site| {
        for begin in ["BEGIN", "BEGIN CONCURRENT"] {
            let script =
                "DROP TABLE IF EXISTS duty; CREATE TABLE duty (name TEXT PRIMARY KEY, is_on INTEGER);
                INSERT INTO duty VALUES ('ada', 1), ('grace', 1)";
            let (mut first, mut second) = two(site, script)?;
            for session in [&mut first, &mut second] {
                run(session, begin)?;
                assert_eq!(one(session, "SELECT sum(is_on) FROM duty")?, "2");
            }
            run(&mut first, "UPDATE duty SET is_on = 0 WHERE name = 'ada'")?;
            let late = run(&mut second, "UPDATE duty SET is_on = 0 WHERE name = 'grace'");
            run(&mut first, "COMMIT")?;
            let late = late.and_then(|_| run(&mut second, "COMMIT"));
            assert_eq!(kind(late), Some(ErrorKind::BusySnapshot), "{begin}");
            if second.in_transaction() {
                run(&mut second, "ROLLBACK")?;
            }
            assert_eq!(one(&mut second, "SELECT sum(is_on) FROM duty")?, "1");
        }
        Ok(())
    })
}

/// A table, an index and a row that several processes make at once are each one thing.
#[test]
fn numbers_of_objects_and_rows_are_given_once() -> TestResult {
    on_each(|site| {
        let mut session = connect(&process(site, 0)?)?;
        run(&mut session, "CREATE TABLE shared (id INTEGER PRIMARY KEY, who); CREATE TABLE names (name)")?;
        session.database().create_branch("side", "main")?;
        let tables = repeats(5, 40) as u64;
        in_processes(site, 4, |number, session| {
            for table in 0..tables {
                let name = format!("t{number}_{table}");
                run(
                    session,
                    &format!("CREATE TABLE {name} (a UNIQUE); INSERT INTO {name} VALUES ('{name}')"),
                )?;
                run(session, &format!("INSERT INTO names VALUES ('{name}')"))?;
                run(session, &format!("INSERT INTO shared (who) VALUES ({number})"))?;
            }
            Ok(())
        })?;
        for number in 0..4 {
            for table in 0..tables {
                let name = format!("t{number}_{table}");
                assert_eq!(run(&mut session, &format!("SELECT a FROM {name}"))?, [format!("'{name}'")]);
            }
        }
        let counts = "SELECT count(DISTINCT name), (SELECT count(DISTINCT id) FROM shared) FROM names";
        assert_eq!(one(&mut session, counts)?, format!("{} | {}", 4 * tables, 4 * tables));
        assert_eq!(one(&mut session, "PRAGMA integrity_check")?, "'ok'");
        Ok(())
    })
}

/// Whoever has seen a moment sees the same again, although another process with a slower clock commits afterwards.
#[test]
fn moments_rise_across_processes_whose_clocks_differ() -> TestResult {
    on_each(|site| {
        let at = |micros: u64| -> Result<(Arc<ManualClock>, Session)> {
            let clock = Arc::new(ManualClock::at(Moment(micros)));
            let entropy = Arc::new(SeededEntropy::new(micros));
            let storage = site.handle()?;
            let database = Database::open(storage, clock.clone(), entropy, &Settings::default())?;
            Ok((clock, connect(&database)?))
        };
        let (fast_clock, mut fast) = at(9_000_000)?;
        let (slow_clock, mut slow) = at(1_000_000)?;
        run(&mut fast, "CREATE TABLE t (a); ALTER TABLE t ADD SYSTEM VERSIONING; INSERT INTO t VALUES (0)")?;
        let mut seen = Vec::new();
        for round in 1..20_u64 {
            let writer = if round % 3 == 0 { &mut fast } else { &mut slow };
            run(writer, &format!("UPDATE t SET a = {round}"))?;
            fast_clock.advance(1000);
            slow_clock.advance(1000);
            let moment = 9_000_000 + 1000 * round;
            let as_of =
                format!("SELECT a FROM t AS OF TIMESTAMP {}.{:06}", moment / 1_000_000, moment % 1_000_000);
            assert_eq!(one(&mut fast, &as_of)?, round.to_string());
            seen.push((as_of, round));
        }
        for (as_of, round) in seen {
            assert_eq!(one(&mut fast, &as_of)?, round.to_string());
        }
        assert_eq!(one(&mut slow, "SELECT count(*) FROM t FOR SYSTEM_TIME ALL")?, "20");
        Ok(())
    })
}

/// What one process was told is done, the next statement of another sees: rows, schema, branches.
#[test]
fn a_statement_shows_the_newest_state() -> TestResult {
    on_each(|site| {
        let (mut first, mut second) = two(site, "CREATE TABLE t (a); INSERT INTO t VALUES (0)")?;
        let mut numbers = Numbers::new(seed());
        second.keep_results(Some(1 << 20));
        for round in 1..40 {
            run(&mut first, &format!("UPDATE t SET a = {round}"))?;
            let sql = *numbers.pick(&[
                "SELECT a FROM t",
                "SELECT a FROM t ORDER BY a",
                "SELECT max(a) FROM t",
                "SELECT a + 0 FROM (SELECT a FROM t WHERE a >= 0 LIMIT 5)",
                "WITH w AS (SELECT a FROM t) SELECT a FROM w",
            ]);
            assert_eq!(run(&mut second, sql)?, [round.to_string()], "{sql}");
        }
        for round in 0..5 {
            run(&mut first, &format!("CREATE TABLE come (b{round}); INSERT INTO come VALUES ({round})"))?;
            assert_eq!(run(&mut second, &format!("SELECT b{round} FROM come"))?, [round.to_string()]);
            let columns = run(&mut second, "SELECT name FROM pragma_table_info('come')")?;
            assert_eq!(columns, [format!("'b{round}'")]);
            run(&mut first, "DROP TABLE come")?;
            assert_eq!(kind(run(&mut second, "INSERT INTO come VALUES (1)")), Some(ErrorKind::Sql));
        }
        first.database().create_branch("side", "main")?;
        let mut side = second.database().connect("side")?;
        run(&mut side, "UPDATE t SET a = 'side'")?;
        run(&mut first, "MERGE BRANCH side")?;
        assert_eq!(run(&mut second, "SELECT a FROM t")?, ["'side'"]);
        run(&mut first, "DROP BRANCH side")?;
        let error = run(&mut side, "SELECT a FROM t").err().map(|error| error.message().to_owned());
        assert_eq!(error.as_deref(), Some("no such branch: side"));
        Ok(())
    })
}

/// A transaction that begins on a state which is not the newest any more begins on the newest, as nobody has seen anything
/// of it; one that has shown something is refused when it commits.
#[test]
fn a_transaction_is_refused_only_if_it_has_shown_what_is_not_true_any_more() -> TestResult {
    on_each(|site| {
        let (mut first, mut second) = two(site, "CREATE TABLE t (a INTEGER PRIMARY KEY, b)")?;
        for (round, begin) in
            ["BEGIN", "BEGIN IMMEDIATE", "BEGIN CONCURRENT", "SAVEPOINT s"].iter().enumerate()
        {
            run(&mut first, &format!("INSERT INTO t VALUES (10 * {round}, 'first')"))?;
            run(&mut second, begin)?;
            run(&mut second, "INSERT INTO t (b) VALUES ('second'); INSERT INTO t (b) VALUES ('too')")?;
            let end = if *begin == "SAVEPOINT s" { "RELEASE s" } else { "COMMIT" };
            run(&mut second, end)?;
            let found = run(&mut first, &format!("SELECT a, b FROM t WHERE a >= 10 * {round}"))?;
            let at = 10 * round;
            let expected = [(at, "first"), (at + 1, "second"), (at + 2, "too")];
            assert_eq!(found, expected.map(|(a, b)| format!("{a} | '{b}'")), "{begin}");
            run(&mut second, "BEGIN; SELECT count(*) FROM t")?;
            run(&mut first, &format!("UPDATE t SET b = b || '!' WHERE a = {at}"))?;
            let late = run(&mut second, "DELETE FROM t; COMMIT");
            assert_eq!(kind(late), Some(ErrorKind::BusySnapshot));
            if second.in_transaction() {
                run(&mut second, "ROLLBACK")?;
            }
            assert_eq!(run(&mut second, &format!("SELECT b FROM t WHERE a = {at}"))?, ["'first!'"]);
        }
        Ok(())
    })
}

/// A process that nobody has heard of for long finds that what it knows is gone, and goes on with what there is.
#[test]
fn a_process_that_slept_goes_on_with_the_newest_state() -> TestResult {
    let server = Server::new();
    let (mut first, mut second) = two(&server, "CREATE TABLE t (a); INSERT INTO t VALUES (0)")?;
    for round in 1..6 {
        run(&mut first, &format!("UPDATE t SET a = {round}; CREATE TABLE t{round} (a)"))?;
        server.forget_old_versions();
        assert_eq!(run(&mut second, "SELECT a FROM t")?, [round.to_string()]);
        run(&mut first, &format!("UPDATE t SET a = -{round}"))?;
        server.forget_old_versions();
        run(&mut second, &format!("UPDATE t SET a = a * 10; INSERT INTO t{round} VALUES (1)"))?;
        assert_eq!(run(&mut first, "SELECT a FROM t")?, [(-10 * round).to_string()]);
    }
    Ok(())
}

/// What a process read last does not stay on the server for it.
#[test]
fn a_process_with_nothing_to_do_holds_nothing() -> TestResult {
    let server = Server::new();
    let (mut first, mut second) = two(&server, "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")?;
    for sql in [
        "SELECT a FROM t",
        "UPDATE t SET a = a + 1",
        "BEGIN; SELECT a FROM t; COMMIT",
        "PRAGMA table_info(t)",
    ] {
        run(&mut first, sql)?;
        run(&mut second, sql)?;
        assert_eq!(server.snapshots(), 0, "{sql}");
    }
    run(&mut first, "BEGIN; SELECT a FROM t")?;
    run(&mut second, "UPDATE t SET a = 0")?;
    assert_eq!(server.snapshots(), 1, "a transaction keeps what it sees");
    assert_eq!(run(&mut first, "SELECT a FROM t ORDER BY a")?, ["3", "4"]);
    Ok(())
}
