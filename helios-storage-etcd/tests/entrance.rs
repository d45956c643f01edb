//! Getting in: passwords, and connections that are sealed.

use std::time::Duration;

use helios_core::storage::Storage;
use helios_core::{Error, ErrorKind};
use helios_storage_etcd::{EtcdStorage, Options};
use helios_testkit::TestResult;
use helios_testkit::certificate::Certificate;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::storage::{get, write};

fn refused(options: &Options) -> Error {
    EtcdStorage::open("test", options).expect_err("it is not let in")
}

#[test]
fn a_sealed_connection_is_to_a_member_that_is_known_from_a_client_that_is() -> TestResult {
    let folder = tempfile::tempdir()?;
    let make = |name: &str| Certificate::make(folder.path(), name, "localhost");
    let (Some(server), Some(client), Some(stranger)) = (make("server")?, make("client")?, make("stranger")?)
    else {
        return Ok(());
    };
    let Some(cluster) = EtcdCluster::start_sealed(&server.certificate, &server.key, &client.certificate)?
    else {
        return Ok(());
    };
    let known = Options {
        endpoints: cluster.endpoints(),
        root_certificate: Some(server.certificate.clone()),
        client_certificate: Some((client.certificate.clone(), client.key.clone())),
        timeout: Duration::from_secs(20),
        ..Options::default()
    };
    let storage = EtcdStorage::open("test", &known)?;
    write(&storage, &[(b"a", Some(b"1"))])?;
    assert_eq!(get(&*storage.snapshot()?, b"a")?.as_deref(), Some(&b"1"[..]));
    let known = Options { timeout: Duration::from_millis(500), ..known };
    let signed_by = |who: &Certificate| Options {
        client_certificate: Some((who.certificate.clone(), who.key.clone())),
        ..known.clone()
    };
    let other_host = known.endpoints.iter().map(|url| url.replace("localhost", "127.0.0.1")).collect();
    let plain = known.endpoints.iter().map(|url| url.replace("https://", "http://")).collect();
    for (options, what) in [
        (
            Options { root_certificate: Some(stranger.certificate.clone()), ..known.clone() },
            "an unknown member",
        ),
        (Options { endpoints: other_host, ..known.clone() }, "a certificate for another name"),
        (Options { root_certificate: Some(folder.path().join("none")), ..known.clone() }, "no certificates"),
        (Options { client_certificate: None, ..known.clone() }, "no certificate of the client"),
        (signed_by(&stranger), "an unknown client"),
        (
            Options { endpoints: plain, root_certificate: None, client_certificate: None, ..known.clone() },
            "a connection that is not sealed",
        ),
    ] {
        let error = refused(&options);
        assert_eq!(error.kind(), ErrorKind::CannotOpen, "{what}: {error:?}");
    }
    Ok(())
}

#[test]
fn a_user_has_to_know_the_password() -> TestResult {
    let Some(cluster) = EtcdCluster::start(1)? else { return Ok(()) };
    for command in [
        &["user", "add", "root:secret"][..],
        &["user", "grant-role", "root", "root"],
        &["role", "add", "app"],
        &["role", "grant-permission", "app", "--prefix=true", "readwrite", "helios/"],
        &["user", "add", "app:a secret: ö"],
        &["user", "grant-role", "app", "app"],
        &["auth", "enable"],
    ] {
        cluster.etcdctl(0, command)?;
    }
    let open = Options { endpoints: cluster.endpoints(), ..Options::default() };
    let with = |password: &str| {
        let (user, password) = (Some("app".to_owned()), Some(password.to_owned()));
        EtcdStorage::open("test", &Options { user, password, ..open.clone() })
    };
    let nobody = EtcdStorage::open("test", &open).expect_err("a user is asked for");
    assert_eq!(nobody.kind(), ErrorKind::CannotOpen, "{nobody:?}");
    let error = with("another").expect_err("the password is another");
    assert_eq!(error.kind(), ErrorKind::CannotOpen, "{error:?}");
    let storage = with("a secret: ö")?;
    write(&storage, &[(b"a", Some(b"1"))])?;
    storage.compact()?;
    assert_eq!(get(&*storage.snapshot()?, b"a")?.as_deref(), Some(&b"1"[..]));
    assert!(!format!("{storage:?}").contains("secret"));
    Ok(())
}
