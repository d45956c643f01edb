//! Where the clients' database is, and how that breaks.

use std::time::Duration;

use helios_testkit::TestResult;
use helios_testkit::etcd::EtcdCluster;
use helios_testkit::postgres::PostgresServer;
use helios_testkit::proxy::Proxy;
use helios_testkit::seed::seed;

/// What clients reach by a network that may be broken, too.
pub(crate) trait Site {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Settings of a program: one that goes through the proxies, or beside them.
    fn settings(&self, is_by_proxy: bool, timeout: Duration) -> String;

    /// What stands between it and clients.
    fn proxies(&self) -> &[Proxy];

    /// How many parts of it can break.
    fn faults(&self) -> usize;

    /// Breaks a part of it and repairs it. `get_on` waits for clients, where they can get on meanwhile.
    fn break_part(&mut self, part: usize, get_on: &mut dyn FnMut() -> TestResult) -> TestResult;
}

/// A PostgreSQL server.
pub(crate) struct OnPostgres {
    server: PostgresServer,
    proxies: [Proxy; 1],
}

impl OnPostgres {
    /// `None` where PostgreSQL is not installed.
    pub(crate) fn start() -> TestResult<Option<OnPostgres>> {
        let Some(server) = PostgresServer::start()? else { return Ok(None) };
        let proxies = [Proxy::start(server.port(), seed())?];
        Ok(Some(OnPostgres { server, proxies }))
    }
}

impl Site for OnPostgres {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn settings(&self, is_by_proxy: bool, timeout: Duration) -> String {
        let (url, port) = (self.server.url(), self.server.port().to_string());
        let url = if is_by_proxy { url.replace(&port, &self.proxies[0].port().to_string()) } else { url };
        let timeout = timeout.as_millis();
        format!(
            "[storage]\nbackend = \"postgres\"\n[storage.postgres]\nurl = \"{url}\"\ntimeout_ms = {timeout}"
        )
    }

    fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    fn faults(&self) -> usize {
        3
    }

    fn break_part(&mut self, part: usize, _: &mut dyn FnMut() -> TestResult) -> TestResult {
        match part {
            0 => self.server.kill()?,
            1 => self.server.stop()?,
            _ => return self.server.cut_connections(),
        }
        self.server.start_again()
    }
}

/// A cluster of etcd of three members.
pub(crate) struct OnEtcd {
    cluster: EtcdCluster,
    proxies: Vec<Proxy>,
}

const MEMBERS: usize = 3;

impl OnEtcd {
    /// `None` where etcd is not installed.
    pub(crate) fn start() -> TestResult<Option<OnEtcd>> {
        let Some(cluster) = EtcdCluster::start(MEMBERS)? else { return Ok(None) };
        let start = |member| Proxy::start(cluster.port(member), seed());
        let proxies = (0..MEMBERS).map(start).collect::<TestResult<_>>()?;
        Ok(Some(OnEtcd { cluster, proxies }))
    }
}

impl Site for OnEtcd {
    fn name(&self) -> &'static str {
        "etcd"
    }

    fn settings(&self, is_by_proxy: bool, timeout: Duration) -> String {
        let far = self.proxies.iter().map(|proxy| format!("http://127.0.0.1:{}", proxy.port())).collect();
        let endpoints: Vec<String> = if is_by_proxy { far } else { self.cluster.endpoints() };
        let timeout = timeout.as_millis();
        format!(
            "[storage]\nbackend = \"etcd\"\n[storage.etcd]\nendpoints = {endpoints:?}\ntimeout_ms = {timeout}"
        )
    }

    fn proxies(&self) -> &[Proxy] {
        &self.proxies
    }

    fn faults(&self) -> usize {
        1 + MEMBERS
    }

    /// The leader, or one of the members: the others go on.
    fn break_part(&mut self, part: usize, get_on: &mut dyn FnMut() -> TestResult) -> TestResult {
        let member = part.checked_sub(1).or_else(|| self.cluster.leader()).unwrap_or(0);
        self.cluster.kill(member)?;
        get_on()?;
        self.cluster.start_again(member)
    }
}
