//! `[server]`.

use serde::Deserialize;

/// `[server]`: settings of the server for PostgreSQL's clients. Opening a database starts none.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ServerConfig {
    /// The address or the name to listen at.
    pub host: String,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// How many clients may be connected at once.
    pub max_connections: u32,
    /// Seconds that a client may take to connect.
    pub connection_timeout: u32,
    /// How clients show who they are.
    pub auth_method: AuthMethod,
    /// `[server.tls]`: the files of TLS.
    pub tls: TlsConfig,
    /// Networks that clients may be of, such as `192.168.1.0/24`; none for all.
    pub allowed_ips: Vec<String>,
    /// Seconds that a client may do nothing within a transaction; 0 for ever.
    pub idle_in_transaction_timeout: u32,
    /// Seconds that a statement may run where the client says nothing of it; 0 for ever.
    pub statement_timeout: u32,
    /// Where metrics and health are told, such as `127.0.0.1:8080`; empty for nowhere.
    pub http: String,
}

impl Default for ServerConfig {
    fn default() -> ServerConfig {
        ServerConfig {
            host: "127.0.0.1".to_owned(),
            port: 5432,
            max_connections: 100,
            connection_timeout: 30,
            auth_method: AuthMethod::Trust,
            tls: TlsConfig::default(),
            allowed_ips: Vec::new(),
            idle_in_transaction_timeout: 60,
            statement_timeout: 0,
            http: String::new(),
        }
    }
}

/// How clients show who they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMethod {
    /// Not at all: only this machine's may connect.
    #[default]
    Trust,
    /// With a password.
    Password,
    /// With a certificate.
    Certificate,
}

/// `[server.tls]`: files with what TLS needs, in PEM. There is no TLS without a certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TlsConfig {
    /// The server's certificate.
    pub cert: String,
    /// Its private key.
    pub key: String,
    /// The certificate that signs those of clients.
    pub ca: String,
}
