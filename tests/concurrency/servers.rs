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
