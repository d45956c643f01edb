//! Getting in: passwords, and connections that are sealed.

use std::time::Duration;

use helios_core::storage::Storage;
use helios_core::{Error, ErrorKind};
use helios_storage_postgres::{Options, PostgresStorage};
use helios_testkit::TestResult;
use helios_testkit::certificate::Certificate;
use helios_testkit::postgres::PostgresServer;
use helios_testkit::storage::{get, write};

fn refused(options: &Options) -> Error {
    PostgresStorage::open("test", options).expect_err("it is not let in")
}

#[test]
fn a_password_is_asked_for_and_compared() -> TestResult {
    let Some(server) = PostgresServer::start()? else { return Ok(()) };
    server.make_user("ada", "a secret: ö")?;
    let url = server.url().replace("helios@", "ada@");
    let timeout = Duration::from_secs(2);
    for password in [None, Some("another".to_owned())] {
        let error = refused(&Options { url: url.clone(), password, timeout, ..Options::default() });
        assert_eq!(error.kind(), ErrorKind::CannotOpen, "{error:?}");
        assert!(format!("{error:?}").contains("password"), "{error:?}");
    }
    let options = Options { url, password: Some("a secret: ö".to_owned()), ..Options::default() };
    let storage = PostgresStorage::open("test", &options)?;
    write(&storage, &[(b"a", Some(b"1"))])?;
    assert!(!format!("{storage:?}").contains("secret"));
    Ok(())
}

#[test]
fn a_sealed_connection_is_to_the_server_that_is_known() -> TestResult {
    let Some(mut server) = PostgresServer::start()? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let make = |name: &str| Certificate::make(folder.path(), name, "localhost");
    let (Some(certificate), Some(_)) = (make("known")?, make("unknown")?) else { return Ok(()) };
    let url = server.url();
    let sealed = |root: &str, host: &str| Options {
        url: url.replace("127.0.0.1", host),
        root_certificate: Some(folder.path().join(root)),
        timeout: Duration::from_secs(2),
        ..Options::default()
    };
    let plain = refused(&sealed("known.crt", "localhost"));
    assert_eq!(plain.kind(), ErrorKind::CannotOpen, "the server offers no TLS yet: {plain:?}");
    let (known, unknown, other_host) = (
        sealed("known.crt", "localhost"),
        sealed("unknown.crt", "localhost"),
        sealed("known.crt", "127.0.0.1"),
    );
    let nothing = sealed("missing.crt", "localhost");
    server.seal(&std::fs::read(&certificate.certificate)?, &std::fs::read(&certificate.key)?)?;
    server.stop()?;
    server.start_again()?;
    let storage = PostgresStorage::open("test", &known)?;
    write(&storage, &[(b"a", Some(b"1"))])?;
    assert_eq!(get(&*storage.snapshot()?, b"a")?.as_deref(), Some(&b"1"[..]));
    let count = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE ssl AND application_name = 'helios'";
    assert!(server.psql(count)?.parse::<u64>()? > 0, "the connections are sealed");
    for (options, what) in
        [(unknown, "signed by somebody else"), (other_host, "for another name"), (nothing, "no certificates")]
    {
        assert_eq!(refused(&options).kind(), ErrorKind::CannotOpen, "{what}");
    }
    Ok(())
}
