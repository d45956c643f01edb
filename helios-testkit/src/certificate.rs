//! Certificates for tests of sealed connections, made by `openssl` where that is installed.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::TestResult;

/// A certificate that signs itself, and its key: two files as PEM.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Certificate {
    /// Makes one for a host, in a folder; `None` where openssl is not installed, which is said on standard error.
    ///
    /// # Errors
    /// openssl cannot make it.
    pub fn make(folder: &Path, name: &str, host: &str) -> TestResult<Option<Certificate>> {
        let path = |ending: &str| folder.join(format!("{name}.{ending}"));
        let made = Certificate { certificate: path("crt"), key: path("key") };
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-nodes", "-days", "2", "-newkey", "ec"]);
        openssl.args(["-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        openssl.args(["-subj", &format!("/CN={name}"), "-addext", &format!("subjectAltName=DNS:{host}")]);
        openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        openssl.arg("-keyout").arg(&made.key).arg("-out").arg(&made.certificate);
        match openssl.stdin(Stdio::null()).stderr(Stdio::null()).status() {
            Ok(status) if status.success() => Ok(Some(made)),
            Ok(_) => Err("openssl makes no certificate".into()),
            Err(_) => {
                // Past what a test harness keeps to itself.
                writeln!(std::io::stderr(), "SKIPPED: openssl is not installed")?;
                Ok(None)
            }
        }
    }
}
