//! A cluster of etcd of a test's own: its data in a temporary folder, on free ports of the loopback interface.
//!
//! In: the program of an installed etcd. Out: addresses, and the means to stop, kill and start members. Where none is installed,
//! that is said, and the test is left out.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::TestResult;

/// A running cluster, which ends with its owner.
#[derive(Debug)]
pub struct EtcdCluster {
    program: PathBuf,
    folder: PathBuf,
    members: Vec<Member>,
    /// Certificate, key and the certificate of who has signed, where connections are sealed.
    sealed: Option<[PathBuf; 3]>,
}

#[derive(Debug)]
struct Member {
    client: u16,
    peer: u16,
    running: Option<Child>,
}

/// Runs a command as long as its standard input is open, then ends it and removes the cluster's folder.
const SUPERVISOR: &str = r#""$@" & echo $! >"$0/pid$member"; cat >/dev/null
    kill -KILL "$(cat "$0/pid$member")" 2>/dev/null; wait
    [ -e "$0/keep$member" ] || rm -rf "$0""#;

impl EtcdCluster {
    /// Makes a cluster of so many members and starts it; `None` where etcd is not installed, which is said on standard error.
    pub fn start(members: usize) -> TestResult<Option<EtcdCluster>> {
        EtcdCluster::make(members, None, false)
    }

    /// The same, where commits wait for the disk: for measuring.
    pub fn start_durable(members: usize) -> TestResult<Option<EtcdCluster>> {
        EtcdCluster::make(members, None, true)
    }

    /// The same, where connections of clients are sealed: with a certificate, its key, and the certificate of those who may
    /// have signed those of clients.
    pub fn start_sealed(certificate: &Path, key: &Path, clients: &Path) -> TestResult<Option<EtcdCluster>> {
        EtcdCluster::make(1, Some([certificate, key, clients].map(Path::to_owned)), false)
    }

    fn make(count: usize, sealed: Option<[PathBuf; 3]>, is_durable: bool) -> TestResult<Option<EtcdCluster>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(&path).map(|folder| folder.join("etcd"));
        let Some(program) = programs.find(|program| program.is_file()) else {
            // Past what a test harness keeps to itself.
            writeln!(std::io::stderr(), "SKIPPED: etcd is not installed")?;
            return Ok(None);
        };
        // All at once, so that no port is given twice.
        let listeners = (0..2 * count).map(|_| TcpListener::bind(("127.0.0.1", 0)));
        let listeners = listeners.collect::<Result<Vec<_>, _>>()?;
        let ports: Vec<u16> =
            listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<TestResult<_>>()?;
        drop(listeners);
        // In memory where that can be had: what is tested is not what a power cut leaves, and every commit waits for a sync.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() && !is_durable { memory.to_owned() } else { std::env::temp_dir() };
        let folder = base.join(format!("helios-etcd-{}-{}", std::process::id(), ports[0]));
        std::fs::create_dir_all(&folder)?;
        let members = ports.chunks(2).map(|ports| Member { client: ports[0], peer: ports[1], running: None });
        let mut cluster = EtcdCluster { program, folder, members: members.collect(), sealed };
        for member in 0..count {
            cluster.launch(member)?;
        }
        for member in 0..count {
            cluster.wait_for(member)?;
        }
        Ok(Some(cluster))
    }

    /// Where its members are.
    pub fn endpoints(&self) -> Vec<String> {
        (0..self.members.len()).map(|member| self.endpoint(member)).collect()
    }

    fn endpoint(&self, member: usize) -> String {
        let scheme = if self.sealed.is_some() { "https" } else { "http" };
        let host = if self.sealed.is_some() { "localhost" } else { "127.0.0.1" };
        format!("{scheme}://{host}:{}", self.members[member].client)
    }

    /// The port of a member on the loopback interface.
    pub fn port(&self, member: usize) -> u16 {
        self.members[member].client
    }

    fn launch(&mut self, member: usize) -> TestResult {
        let peer = |number: usize| format!("m{number}=http://127.0.0.1:{}", self.members[number].peer);
        let peers: Vec<String> = (0..self.members.len()).map(peer).collect();
        let (client, own) =
            (self.endpoint(member), format!("http://127.0.0.1:{}", self.members[member].peer));
        let log = self.folder.join(format!("log{member}"));
        let log = std::fs::OpenOptions::new().append(true).create(true).open(log)?;
        let listen = client.replace("localhost", "127.0.0.1");
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISOR]).arg(&self.folder).arg(&self.program);
        shell.env("member", member.to_string());
        shell.arg("--data-dir").arg(self.folder.join(format!("m{member}")));
        shell.args(["--name", &format!("m{member}")]);
        shell.args(["--listen-client-urls", &listen, "--advertise-client-urls", &client]);
        shell.args(["--listen-peer-urls", &own, "--initial-advertise-peer-urls", &own]);
        shell.args(["--initial-cluster", &peers.join(","), "--initial-cluster-state", "new"]);
        shell.args(["--logger", "zap", "--log-level", "error", "--log-outputs", "stderr"]);
        if let Some([certificate, key, clients]) = &self.sealed {
            shell.arg("--cert-file").arg(certificate).arg("--key-file").arg(key);
            shell.arg("--client-cert-auth").arg("--trusted-ca-file").arg(clients);
        }
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        self.members[member].running = Some(shell.spawn()?);
        Ok(())
    }

    /// Waits until a member takes connections and, where they are not sealed, has a leader.
    fn wait_for(&self, member: usize) -> TestResult {
        for _ in 0..600 {
            let is_there = match self.sealed {
                None => self.etcdctl(member, &["endpoint", "health"]).is_ok(),
                Some(_) => std::net::TcpStream::connect(("127.0.0.1", self.port(member))).is_ok(),
            };
            if is_there {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.join(format!("log{member}"))).unwrap_or_default();
        Err(format!("etcd does not start: {log}").into())
    }

    /// Runs a command of etcd's own client on a member, and returns what that prints.
    pub fn etcdctl(&self, member: usize, arguments: &[&str]) -> TestResult<String> {
        let output = Command::new(self.program.with_file_name("etcdctl"))
            .env("ETCDCTL_API", "3")
            .args(["--endpoints", &self.endpoint(member)])
            .args(arguments)
            .stdin(Stdio::null())
            .output()?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    }

    /// The member that leads, if there is one.
    pub fn leader(&self) -> Option<usize> {
        (0..self.members.len()).find(|&member| {
            // Its own number and the leader's are the same.
            let status =
                self.etcdctl(member, &["endpoint", "status", "--write-out", "json"]).unwrap_or_default();
            let number = |name: &str| {
                let (_, rest) = status.split_once(&format!("\"{name}\":"))?;
                Some(rest.split([',', '}']).next()?.to_owned())
            };
            number("leader").is_some_and(|leader| number("member_id") == Some(leader))
        })
    }

    /// Kills a member, as if its machine had gone down.
    pub fn kill(&mut self, member: usize) -> TestResult {
        let Some(mut running) = self.members[member].running.take() else { return Ok(()) };
        let keep = self.folder.join(format!("keep{member}"));
        std::fs::write(&keep, "")?;
        drop(running.stdin.take());
        running.wait()?;
        Ok(std::fs::remove_file(keep)?)
    }

    /// Starts a member after it was killed; it has what it had stored.
    pub fn start_again(&mut self, member: usize) -> TestResult {
        self.launch(member)?;
        self.wait_for(member)
    }
}

impl Drop for EtcdCluster {
    fn drop(&mut self) {
        for member in 0..self.members.len() {
            let _ = self.kill(member);
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
