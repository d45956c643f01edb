//! Databases in tables of a PostgreSQL server.

use helios_testkit::TestResult;
use helios_testkit::postgres::PostgresServer;

use crate::process::{done, refused};

#[test]
fn databases_go_to_a_server_and_come_back() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let path = folder.path();
    let config =
        format!("[storage]\nbackend = \"postgres\"\n[storage.postgres]\nurl = \"{}\"\n", server.url());
    std::fs::write(path.join("server.toml"), config)?;
    let on_server = ["--config", "server.toml"];
    done(
        path,
        &["a.db", "create table t (a, b); insert into t values (1, 'x'), (2, x'00ff'); create branch side"],
    );
    done(path, &["a.db", "--branch", "side", "delete from t"]);
    let there = ["copy", "a.db", "orders", "--to-config", "server.toml"];
    assert_eq!(done(path, &there), "orders is a copy of a.db\n");
    assert_eq!(refused(path, &there), "Error: orders is in the way\n");
    let counts = ["orders", "select count(*) from t", ".branch side", "select count(*) from t"];
    assert_eq!(done(path, &[&on_server[..], &counts].concat()), "2\n0\n");
    assert_eq!(done(path, &[&["check", "orders"], &on_server[..]].concat()), "ok\n");
    done(path, &["copy", "orders", "b.db", "--from-config", "server.toml"]);
    assert_eq!(done(path, &["--quote", "b.db", "select * from t"]), "1,'x'\n2,X'00ff'\n");
    std::fs::write(path.join("rows.csv"), "a,b\n3,y\n")?;
    done(path, &[&["import", "rows.csv", "orders", "--table", "t"], &on_server[..]].concat());
    done(path, &[&["import", "rows.csv", "other"], &on_server[..]].concat());
    let list = done(
        path,
        &[&["export", "orders", "-", "--kind", "jsonl", "--query", "select a from t"], &on_server[..]]
            .concat(),
    );
    assert_eq!(list, "{\"a\":1}\n{\"a\":2}\n{\"a\":\"3\"}\n");
    let said = refused(path, &[&["stats", "nosuch"], &on_server[..]].concat());
    assert!(said.starts_with("Error: unable to open database \"nosuch\""), "{said}");
    Ok(())
}
