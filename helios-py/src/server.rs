//! Servers for PostgreSQL's clients.

use std::sync::Arc;
use std::time::Duration;

use helios::config::ServerConfig;
use helios::{Database, ErrorKind};
use helios_server::{Authentication, Network, Options, TlsFiles};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::callback::slow::SlowLogger;
use crate::errors::to_python;
use crate::python::Import;

static SERVER_INFO: Import = Import::new("heliosdb_sqlite._server", "ServerInfo");
static SERVER_STATUS: Import = Import::new("heliosdb_sqlite._server", "ServerStatus");

/// The port that is tried first where none is named.
const USUAL_PORT: u16 = 5432;

/// A server of one database, which runs until it is stopped.
#[pyclass(frozen, weakref, module = "heliosdb_sqlite")]
#[derive(Debug)]
pub(crate) struct Server {
    server: helios_server::Server,
    /// What logs the slow statements of its clients.
    slow: Arc<SlowLogger>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // Whoever drops it has the interpreter, which the last warnings need.
        self.slow.end();
    }
}

impl Server {
    /// Starts a server with the settings of `[server]` and those of a dict over them.
    pub(crate) fn start(
        py: Python<'_>,
        mut database: Database,
        name: &str,
        config: &ServerConfig,
        settings: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Server> {
        let mut options = Options::of_config(config).map_err(|error| to_python(py, &error))?;
        let mut names_port = config.port != USUAL_PORT;
        if let Some(settings) = settings {
            names_port |= settings.contains("port")?;
            set_options(&mut options, settings)?;
        }
        let slow = SlowLogger::start()?;
        database.set_slow_log(slow.log());
        let started =
            py.detach(|| match helios_server::Server::start(database.clone(), name, options.clone()) {
                Err(error) if error.kind() == ErrorKind::CannotOpen && !names_port => {
                    helios_server::Server::start(database, name, Options { port: 0, ..options })
                }
                other => other,
            });
        match started {
            Ok(server) => Ok(Server { server, slow }),
            Err(error) => {
                slow.end();
                Err(to_python(py, &error))
            }
        }
    }
}

/// The arguments of `start_server`, over what a configuration says.
fn set_options(options: &mut Options, settings: &Bound<'_, PyDict>) -> PyResult<()> {
    let (mut certificate, mut key, mut authority, mut wants_tls) = (None, None, None, None);
    for (name, value) in settings {
        let name: String = name.extract()?;
        match name.as_str() {
            "host" => options.host = value.extract()?,
            "port" => options.port = value.extract()?,
            "max_connections" => options.max_connections = value.extract()?,
            "connection_timeout" => options.connection_timeout = seconds(&name, &value)?,
            "idle_in_transaction_timeout" => options.idle_in_transaction_timeout = seconds(&name, &value)?,
            "statement_timeout" => options.statement_timeout = seconds(&name, &value)?,
            "lock_timeout" => options.lock_timeout = seconds(&name, &value)?,
            "enable_ssl" => wants_tls = Some(value.is_truthy()?),
            "ssl_cert" => certificate = Some(value.extract()?),
            "ssl_key" => key = Some(value.extract()?),
            "ssl_ca" => authority = Some(value.extract()?),
            "auth_method" => options.authentication = authentication(&value)?,
            "users" => {
                let Ok(users) = value.cast::<PyDict>() else {
                    return Err(PyTypeError::new_err("users must be a dict of names and passwords"));
                };
                for (name, password) in users {
                    options.users.push((name.extract()?, password.extract()?));
                }
            }
            "allowed_ips" => {
                if value.cast::<PyString>().is_ok() {
                    return Err(PyTypeError::new_err("allowed_ips must be a list of networks"));
                }
                options.allowed_ips = value
                    .try_iter()?
                    .map(|network| {
                        network?.extract::<String>()?.parse::<Network>().map_err(PyValueError::new_err)
                    })
                    .collect::<PyResult<_>>()?;
            }
            _ => return Err(PyTypeError::new_err(format!("server has no setting {name:?}"))),
        }
    }
    let has_files = certificate.is_some() || key.is_some() || authority.is_some();
    match wants_tls {
        Some(true) => match (certificate, key) {
            (Some(certificate), Some(key)) => options.tls = Some(TlsFiles { certificate, key, authority }),
            (None, None) if options.tls.is_some() => {}
            _ => return Err(PyValueError::new_err("enable_ssl needs ssl_cert and ssl_key")),
        },
        _ if has_files => {
            return Err(PyValueError::new_err("ssl_cert, ssl_key and ssl_ca need enable_ssl=True"));
        }
        Some(false) => options.tls = None,
        None => {}
    }
    Ok(())
}

fn seconds(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    let seconds: f64 = value.extract()?;
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| PyValueError::new_err(format!("{name} must be a number of seconds, not {seconds}")))
}

fn authentication(value: &Bound<'_, PyAny>) -> PyResult<Authentication> {
    if value.is_none() {
        return Ok(Authentication::Trust);
    }
    match value.extract::<String>()?.as_str() {
        "password" => Ok(Authentication::Password),
        "certificate" => Ok(Authentication::Certificate),
        other => Err(PyValueError::new_err(format!(
            "auth_method must be 'password', 'certificate' or None, not {other:?}"
        ))),
    }
}

impl Server {
    /// Stops, while other threads use the interpreter.
    pub(crate) fn stop(&self, py: Python<'_>) {
        py.detach(|| {
            self.server.stop();
            self.slow.finish();
        });
    }

    /// Where clients find it.
    pub(crate) fn info<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        SERVER_INFO.get(py)?.call1((self.server.url(), self.server.host(), self.server.port()))
    }
}

#[pymethods]
impl Server {
    /// The port that it listens at.
    #[getter]
    fn port(&self) -> u16 {
        self.server.port()
    }

    /// What it was told to listen at.
    #[getter]
    fn host(&self) -> &str {
        self.server.host()
    }

    /// Where clients find it.
    #[getter]
    fn url(&self) -> String {
        self.server.url()
    }

    /// Stop: connections end, what they have not committed is undone.
    #[pyo3(name = "stop")]
    fn stop_and_wait(&self, py: Python<'_>) {
        self.stop(py);
    }

    /// What the server has counted.
    fn get_status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let status = self.server.status();
        SERVER_STATUS.get(py)?.call1((
            status.active_connections,
            status.total_queries,
            status.uptime.as_secs_f64(),
            status.total_connections,
            status.rejected_connections,
            status.version,
        ))
    }

    fn __enter__(slf: Bound<'_, Server>) -> Bound<'_, Server> {
        slf
    }

    #[pyo3(signature = (*_exception))]
    fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, pyo3::types::PyTuple>) -> bool {
        self.stop(py);
        false
    }

    fn __repr__(&self) -> String {
        format!("<heliosdb_sqlite.Server {}>", self.server.url())
    }
}
