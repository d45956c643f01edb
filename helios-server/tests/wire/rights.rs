//! What users who may only read, and transactions that only read, are kept from: every way in which a statement could write.

use helios::Database;
use helios_server::{Authentication, Options, Server};

use super::client::{Client, message};
use super::{options, pipelined};

/// What writes in PostgreSQL's dialect, each by itself. `t` is a table with a row, `s` a sequence, `v` a view, `b` a branch.
const WRITES: &[&str] = &[
    "INSERT INTO t VALUES (2, 'y')",
    "INSERT INTO t VALUES (2, 'y') ON CONFLICT DO NOTHING",
    "INSERT INTO t SELECT a + 1, b FROM t",
    "INSERT INTO t VALUES (2, 'y') RETURNING a",
    "UPDATE t SET b = 'z'",
    "DELETE FROM t",
    "DELETE FROM t WHERE a = 1 RETURNING b",
    "WITH one AS (SELECT 3 AS a) INSERT INTO t SELECT a, 'w' FROM one",
    "WITH one AS (SELECT 1 AS a) UPDATE t SET b = 'w' FROM one WHERE t.a = one.a",
    "WITH one AS (SELECT 1 AS a) DELETE FROM t WHERE a IN (SELECT a FROM one)",
    "TRUNCATE t",
    "TRUNCATE t, u RESTART IDENTITY CASCADE",
    "COPY t FROM STDIN",
    "COPY t (a) FROM STDIN (FORMAT CSV)",
    "SELECT nextval('s')",
    "SELECT setval('s', 100)",
    "SELECT a, nextval('s') FROM t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * FROM t FOR NO KEY UPDATE OF t SKIP LOCKED",
    "SELECT * FROM (SELECT * FROM t FOR SHARE) AS inner_rows",
    "WITH one AS (SELECT 1 AS a) SELECT t.* FROM t, one FOR KEY SHARE NOWAIT",
    "COPY (SELECT * FROM t FOR UPDATE) TO STDOUT",
    "SELECT 1 WHERE nextval('s') > 0",
    "SELECT * FROM generate_series(1, nextval('s'))",
    "SELECT 1 LIMIT nextval('s')",
    "VALUES (nextval('s'))",
    "COPY (SELECT nextval('s')) TO STDOUT",
    "EXPLAIN ANALYZE INSERT INTO t VALUES (2, 'y')",
    "EXPLAIN ANALYZE SELECT nextval('s')",
    "CREATE TABLE n (a int)",
    "CREATE TABLE n AS SELECT * FROM t",
    "CREATE INDEX n ON t (b)",
    "CREATE VIEW n AS SELECT 1",
    "CREATE OR REPLACE VIEW v AS SELECT 2",
    "CREATE SEQUENCE n",
    "ALTER SEQUENCE s RESTART",
    "ALTER SEQUENCE s RENAME TO n",
    "DROP SEQUENCE s",
    "CREATE TRIGGER n AFTER INSERT ON t BEGIN DELETE FROM t; END",
    "CREATE VIRTUAL TABLE n USING fts5(a)",
    "ALTER TABLE t ADD COLUMN c int",
    "ALTER TABLE t RENAME TO n",
    "ALTER TABLE t DROP COLUMN b",
    "ALTER TABLE t ADD SYSTEM VERSIONING",
    "ALTER INDEX t_b RENAME TO n",
    "DROP TABLE t",
    "DROP TABLE t, u",
    "DROP INDEX t_b",
    "DROP VIEW v",
    "ANALYZE",
    "ANALYZE t",
    "VACUUM",
    "VACUUM (ANALYZE) t",
    "REINDEX t",
    "PRAGMA user_version = 7",
    "PRAGMA application_id = 7",
    "PRAGMA prune_history = '2100-01-01'",
    "DELETE HISTORY FROM t",
    "CREATE BRANCH n",
    "DROP BRANCH b",
    "MERGE BRANCH b",
    "MERGE BRANCH b INTO main",
    "MERGE BRANCH main INTO b",
];

/// What writes in SQLite's dialect, which clients of helios speak.
const OWN_WRITES: &[&str] = &[
    "INSERT INTO t VALUES (2, 'y')",
    "REPLACE INTO t VALUES (1, 'y')",
    "UPDATE OR IGNORE t SET b = 'z'",
    "DELETE FROM main.t",
    "INSERT INTO f(f) VALUES ('rebuild')",
    "CREATE TABLE n (a)",
    "CREATE TEMP TRIGGER n AFTER INSERT ON t BEGIN DELETE FROM t; END; INSERT INTO t VALUES (2, 'y')",
    "CREATE TEMP TABLE n (a); INSERT INTO n VALUES (9); INSERT INTO t SELECT a, 'x' FROM n",
    "DROP TABLE t",
    "ALTER TABLE t RENAME COLUMN b TO c",
    "BEGIN IMMEDIATE",
    "BEGIN EXCLUSIVE",
    "SAVEPOINT p; DELETE FROM t; RELEASE p",
    "PRAGMA query_only = 0; DELETE FROM t",
    "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = ''",
    "PRAGMA user_version = 7",
    "VACUUM",
    "VACUUM INTO 'copy.db'",
    "ANALYZE",
    "REINDEX",
    "ATTACH ':memory:' AS other; CREATE TABLE other.x (a); INSERT INTO t SELECT 5, 'x' FROM other.x; DELETE FROM t",
    "ATTACH 'other.db' AS other",
    "CREATE BRANCH n",
    "MERGE BRANCH b",
    "DELETE HISTORY FROM t",
    "CREATE USER mallory PASSWORD 'x'",
    "ALTER USER eve READ WRITE",
    "DROP USER ada",
];

struct Stage {
    server: Server,
    database: Database,
    owner: Client,
}

impl Stage {
    fn new(options: Options) -> Stage {
        let database = Database::open_in_memory().expect("a database");
        let server = Server::start(database.clone(), "app", options).expect("a server");
        let mut owner = Client::ready(server.port());
        for statement in [
            "CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t VALUES (1, 'x')",
            "CREATE TABLE u (id bigserial PRIMARY KEY, a int REFERENCES t (a))",
            "CREATE INDEX t_b ON t (b); CREATE VIEW v AS SELECT b FROM t; CREATE SEQUENCE s; SELECT nextval('s')",
            "CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('word')",
            "ANALYZE",
            "CREATE BRANCH b",
            "SET helios.branch = 'b'; INSERT INTO t VALUES (50, 'branch')",
            "SET helios.branch = 'main'",
            "CREATE USER eve PASSWORD 'x' READ ONLY",
        ] {
            let answer = owner.query(statement);
            assert!(answer.ends_with(" I") && !answer.contains("42"), "{statement}: {answer}");
        }
        Stage { server, database, owner }
    }

    fn as_user(&self, user: &str, dialect: &str) -> Client {
        let mut client = Client::silent(self.server.port());
        client.ask_with(&["user", user, "database", "app", "helios.dialect", dialect]);
        client.until_ready();
        client
    }

    /// All that a write could have changed.
    fn contents(&mut self) -> String {
        let mut told = String::new();
        for branch in ["b", "main"] {
            self.owner.query(&format!("SET helios.branch = '{branch}'"));
            for query in [
                "SELECT * FROM t ORDER BY a",
                "SELECT * FROM u",
                "SELECT * FROM f",
                "SELECT type, name, sql FROM sqlite_schema ORDER BY name",
                "SELECT last_value, is_called FROM s",
                "SELECT count(*) FROM helios_commits()",
                "SELECT name FROM helios_branches() ORDER BY name",
                "SELECT rolname, rolsuper FROM pg_roles ORDER BY rolname",
                "SELECT user_version FROM pragma_user_version",
                "SELECT application_id FROM pragma_application_id",
            ] {
                let answer = self.owner.query(query);
                assert!(answer.starts_with('T'), "{query}: {answer}");
                told.push_str(&answer);
            }
        }
        told
    }
}

/// What a statement is answered by Parse, Bind, Execute.
fn extended(client: &mut Client, sql: &str) -> String {
    client.send(&[pipelined(sql), message(b'S', &[])].concat());
    client.answer()
}

/// Whether there is an error in an answer, be it that a statement has no place within a transaction.
fn has_failed(answer: &str) -> bool {
    let is_code = |word: &str| word.len() == 5 && word.starts_with(|first: char| first.is_ascii_digit());
    answer.split(' ').any(is_code)
}

/// Whether an answer tells that writing is not allowed.
fn is_refused(answer: &str) -> bool {
    answer.split(' ').any(|word| matches!(word, "42501" | "25006"))
}

#[test]
fn who_may_only_read_writes_in_no_way() {
    let mut stage = Stage::new(options());
    let before = stage.contents();
    let mut eve = stage.as_user("eve", "postgresql");
    for attempt in ["SET default_transaction_read_only = off", "SET transaction_read_only = off"] {
        eve.query(attempt);
    }
    for statement in WRITES {
        let answer = eve.query(statement);
        assert!(is_refused(&answer), "{statement}: {answer}");
        assert!(is_refused(&extended(&mut eve, statement)), "{statement} in steps");
        assert_eq!(stage.contents(), before, "{statement}");
        // In a transaction that says that it writes, and behind PREPARE.
        for start in ["BEGIN READ WRITE", "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"] {
            eve.query(start);
            let answer = eve.query(statement);
            assert!(has_failed(&answer), "{start}; {statement}: {answer}");
            eve.query("COMMIT");
        }
        let prepared = eve.query(&format!("PREPARE p AS {statement}; EXECUTE p"));
        assert!(has_failed(&prepared), "PREPARE {statement}: {prepared}");
        eve.query("DEALLOCATE p");
        assert_eq!(stage.contents(), before, "{statement}");
    }
    // Arguments are computed, too, and the branch is no way out.
    eve.query("PREPARE q (bigint) AS SELECT $1");
    assert!(is_refused(&eve.query("EXECUTE q (nextval('s'))")));
    for branch in ["b", "main"] {
        assert_eq!(eve.query(&format!("SET helios.branch = '{branch}'")), "SET I");
        assert!(is_refused(&eve.query("DELETE FROM t")), "on {branch}");
        assert!(is_refused(&eve.query("SELECT nextval('s')")), "on {branch}");
    }
    for statement in ["DISCARD ALL", "RESET ALL", "SELECT set_config('transaction_read_only', 'off', false)"]
    {
        eve.query(statement);
        assert!(is_refused(&eve.query("DELETE FROM t")), "after {statement}");
    }
    assert_eq!(stage.contents(), before);
    assert_eq!(eve.query("SELECT b FROM t; SHOW is_superuser"), "T (x) SELECT 1 T (off) SHOW I");
}

#[test]
fn who_may_only_read_writes_nothing_in_sqlites_dialect_either() {
    let mut stage = Stage::new(options());
    let before = stage.contents();
    for statement in OWN_WRITES {
        let mut eve = stage.as_user("eve", "sqlite");
        let answer = eve.query(statement);
        assert!(is_refused(&answer) || answer == "42000 I", "{statement}: {answer}");
        extended(&mut eve, statement);
        eve.query("COMMIT");
        assert_eq!(stage.contents(), before, "{statement}");
    }
    let mut eve = stage.as_user("eve", "sqlite");
    assert_eq!(extended(&mut eve, "SELECT b FROM t"), "1 2 (x) DONE 0 -1 0 I");
}

#[test]
fn a_transaction_that_only_reads_writes_in_no_way() {
    let mut stage = Stage::new(options());
    let before = stage.contents();
    let mut ada = stage.as_user("ada", "postgresql");
    for statement in WRITES {
        ada.query("BEGIN READ ONLY");
        ada.query("SELECT 1");
        assert_eq!(ada.query("SET TRANSACTION READ WRITE"), "25001 E");
        ada.query("ROLLBACK; BEGIN READ ONLY");
        let answer = ada.query(statement);
        assert!(answer.ends_with('E'), "{statement}: {answer}");
        ada.query("COMMIT; SET default_transaction_read_only = on");
        let answer = ada.query(statement);
        assert!(answer.contains("25006"), "{statement}: {answer}");
        assert!(extended(&mut ada, statement).contains("25006"), "{statement} in steps");
        ada.query("SET default_transaction_read_only = off");
        assert_eq!(stage.contents(), before, "{statement}");
    }
    assert_eq!(ada.query("UPDATE t SET b = 'z'"), "UPDATE 1 I");
}

#[test]
fn rights_are_given_and_taken_at_once() {
    let stage = Stage::new(options());
    let (mut ada, mut eve) = (stage.as_user("ada", "postgresql"), stage.as_user("eve", "postgresql"));
    assert_eq!(eve.query("ALTER USER eve READ WRITE"), "42501 I");
    assert_eq!(eve.query("CREATE USER mallory PASSWORD 'x'"), "42501 I");
    assert_eq!(eve.query("DROP USER eve"), "42501 I");
    assert_eq!(eve.query("ALTER USER ada PASSWORD 'x'"), "42501 I");
    assert_eq!(eve.query("ALTER USER eve PASSWORD 'another'"), "ALTER ROLE I");
    let kept = |name: &str| stage.database.user(name).expect("users can be read").expect("a user");
    assert!(!kept("eve").may_write);
    let password = kept("eve").verifier;
    assert_eq!(ada.query("ALTER USER eve READ WRITE"), "ALTER ROLE I");
    assert_eq!(kept("eve").verifier, password);
    assert_eq!(eve.query("UPDATE t SET b = 'z'"), "UPDATE 1 I");
    eve.query("BEGIN; UPDATE t SET b = 'w'");
    assert_eq!(ada.query("ALTER USER eve READ ONLY"), "ALTER ROLE I");
    assert_eq!(eve.query("UPDATE t SET b = 'v'"), "42501 E");
    assert_eq!(eve.query("ROLLBACK; SELECT b FROM t"), "ROLLBACK T (z) SELECT 1 I");
    // What another process does to the same file counts from the next statement on.
    let changed = |may_write| {
        let known = kept("eve");
        stage.database.set_user("eve", Some(&helios::User { may_write, ..known })).expect("it is kept");
    };
    changed(true);
    assert_eq!(eve.query("UPDATE t SET b = 'z'"), "UPDATE 1 I");
    changed(false);
    assert_eq!(eve.query("UPDATE t SET b = 'v'"), "42501 I");
    // Another password at the start of a server leaves the rights.
    let authentication = Authentication::Password;
    let options = Options { authentication, users: vec![("eve".to_owned(), "new".to_owned())], ..options() };
    let other = Server::start(stage.database.clone(), "app", options).expect("a server");
    assert!(!kept("eve").may_write && kept("eve").verifier != password);
    drop(other);
    assert_eq!(ada.query("ALTER USER eve READ"), "42601 I");
}
