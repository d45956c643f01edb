//! Databases on a PostgreSQL server and in a cluster of etcd, as a program opens them by its settings.

use helios::{Config, Connection, Database, ErrorKind};
use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::postgres::PostgresServer;

use crate::stage::{assert_whole, connect, in_threads, number};

fn settings(url: &str) -> helios::Result<Config> {
    let config = Config::loader().argument("storage.backend", "postgres");
    config.argument("storage.postgres.url", url).argument("storage.postgres.timeout_ms", 2000).load()
}

fn settings_of_etcd(cluster: &EtcdCluster) -> helios::Result<Config> {
    let config = Config::loader().argument("storage.backend", "etcd");
    config.argument("storage.etcd.endpoints", cluster.endpoints()).load()
}

#[test]
fn a_program_opens_databases_of_a_server_by_their_names() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    opens_databases_by_their_names(&settings(&server.url())?)
}

#[test]
fn a_program_opens_databases_of_a_cluster_by_their_names() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    opens_databases_by_their_names(&settings_of_etcd(&cluster)?)
}

fn opens_databases_by_their_names(config: &Config) -> TestResult {
    for name in ["orders", "Größe \"1\""] {
        let database = Database::open_with(name, config)?;
        connect(&database)?.execute_batch("CREATE TABLE t (a UNIQUE); CREATE TABLE log (who, what)")?;
        in_threads(&database, 4, |thread, connection: &mut Connection| {
            for time in 0..5 {
                connection.execute("INSERT INTO log VALUES (?, ?)", [thread as i64, time])?;
            }
            Ok(())
        })?;
        connect(&database)?.execute("INSERT INTO t VALUES (?)", [name])?;
        database.create_branch("side", "main")?;
        database.close()?;
    }
    for name in ["orders", "Größe \"1\""] {
        let database = Database::open_with(name, config)?;
        let connection = connect(&database)?;
        let found: Vec<String> = connection.query("SELECT a FROM t", (), |row| row.get(0))?;
        assert_eq!(found, [name]);
        assert_eq!(number(&connection, "SELECT count(*) FROM log")?, 20);
        assert_eq!(database.branches()?.len(), 2);
        assert_whole(&connection)?;
    }
    Ok(())
}

#[test]
fn what_a_server_cannot_do_is_said() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let nowhere = settings("postgres://helios@127.0.0.1:1/postgres")?;
    assert_eq!(
        Database::open_with("t", &nowhere).err().map(|error| error.kind()),
        Some(ErrorKind::CannotOpen)
    );
    let unset = Config::loader().argument("storage.backend", "postgres").load()?;
    assert_eq!(Database::open_with("t", &unset).err().map(|error| error.kind()), Some(ErrorKind::CannotOpen));
    let database = Database::open_with("t", &settings(&server.url())?)?;
    let connection = connect(&database)?;
    connection.execute_batch("CREATE TABLE t (a); CREATE INDEX by_a ON t (a)")?;
    let long = "x".repeat(3000);
    let refused = connection.execute("INSERT INTO t VALUES (?)", [&*long]).err().map(|error| error.kind());
    assert_eq!(refused, Some(ErrorKind::TooBig), "an indexed text that is too long");
    connection.execute_batch("DROP INDEX by_a")?;
    connection.execute("INSERT INTO t VALUES (?)", [&*long])?;
    assert_eq!(number(&connection, "SELECT length(a) FROM t")?, 3000);
    assert_whole(&connection)
}

#[test]
fn blobs_of_megabytes_are_kept_by_a_server() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let config = Config::loader().argument("storage.backend", "postgres");
    let config = config.argument("storage.postgres.url", server.url()).load()?;
    let connection = connect(&Database::open_with("blobs", &config)?)?;
    connection.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB)")?;
    let blob: Vec<u8> = (0..8_u32 << 20).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for (id, megabytes) in [(1, 5), (2, 8)] {
        let bytes = &blob[..megabytes << 20];
        connection.execute("INSERT INTO t VALUES (?, ?)", helios::params![id, bytes])?;
    }
    // Another program, which has them from the server.
    drop(connection);
    let connection = connect(&Database::open_with("blobs", &config)?)?;
    let found: Vec<Vec<u8>> = connection.query("SELECT b FROM t ORDER BY id", (), |row| row.get(0))?;
    assert!(found[0] == blob[..5 << 20] && found[1] == blob, "they are what they were");
    connection.execute("UPDATE t SET b = substr(b, 2) WHERE id = 2", ())?;
    let found: Vec<u8> = connection.query_row("SELECT b FROM t WHERE id = 2", (), |row| row.get(0))?;
    assert!(found == blob[1..]);
    assert_whole(&connection)
}

/// A value has to fit into a request of the cluster.
#[test]
fn a_blob_that_is_too_large_for_a_cluster_is_refused_and_nothing_is_lost() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    let database = Database::open_with("blobs", &settings_of_etcd(&cluster)?)?;
    let connection = connect(&database)?;
    connection.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB)")?;
    let insert = "INSERT INTO t VALUES (?, zeroblob(?))";
    connection.execute(insert, [1, 1_000_000])?;
    let error = connection.execute(insert, [2, 5_000_000]).expect_err("it is refused");
    assert_eq!((error.kind(), error.message()), (ErrorKind::TooBig, "string or blob too big"));
    assert_eq!(number(&connection, "SELECT sum(length(b)) FROM t")?, 1_000_000);
    connection.execute(insert, [2, 1_000_000])?;
    assert_whole(&connection)
}
