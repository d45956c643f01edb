//! A PostgreSQL server of a test's own: its data in a temporary folder, on a free port of the loopback interface.
//!
//! In: the programs of an installed PostgreSQL. Out: an address, and the means to stop, kill and start the server, or to cut
//! its connections. Where none is installed, that is said, and the test is left out. PostgreSQL does not run as root; a test
//! that does has the server run as the user `postgres`.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::TestResult;

/// A running server, which ends with its owner.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    running: Option<Child>,
    /// Whether commits wait for the disk.
    is_durable: bool,
    /// Whether it offers TLS.
    is_sealed: bool,
}

/// The user that the server is run as by root, with its number.
const USER: &str = "postgres";

/// Runs a command as long as its standard input is open, then ends the server and removes its folder.
const SUPERVISOR: &str = r#""$@" & cat >/dev/null
    kill -INT "$(head -n 1 "$0/data/postmaster.pid")" 2>/dev/null; wait
    [ -e "$0/keep" ] || rm -rf "$0""#;

impl PostgresServer {
    /// Makes a server and starts it; `None` where PostgreSQL is not installed, which is said on standard error.
    pub fn start() -> TestResult<Option<PostgresServer>> {
        PostgresServer::make(false)
    }

    /// The same, where commits wait for the disk: for measuring.
    pub fn start_durable() -> TestResult<Option<PostgresServer>> {
        PostgresServer::make(true)
    }

    fn make(is_durable: bool) -> TestResult<Option<PostgresServer>> {
        let Some(programs) = programs() else {
            // Past what a test harness keeps to itself.
            writeln!(
                std::io::stderr(),
                "SKIPPED: PostgreSQL is not installed (no initdb, postgres and psql)"
            )?;
            return Ok(None);
        };
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let folder = std::env::temp_dir().join(format!("helios-postgres-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut server =
            PostgresServer { programs, folder, port, running: None, is_durable, is_sealed: false };
        server.give_away(&server.folder)?;
        let data = server.data();
        let made = server
            .command("initdb")
            .args([
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--username=helios",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data)
            .stdout(Stdio::null())
            .output()?;
        if !made.status.success() {
            return Err(format!("initdb: {}", String::from_utf8_lossy(&made.stderr)).into());
        }
        server.start_again()?;
        Ok(Some(server))
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Where one of its databases is.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://helios@127.0.0.1:{}/{database}", self.port)
    }

    /// Its port on the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts it after it was stopped or killed, and waits until it answers.
    pub fn start_again(&mut self) -> TestResult {
        let (port, data, sockets) = (self.port.to_string(), self.data(), self.folder.clone());
        let log = std::fs::OpenOptions::new().append(true).create(true).open(self.folder.join("log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(data).args(["-p", &port, "-h", "127.0.0.1", "-k"]).arg(sockets);
        // What is tested is not what a power cut leaves; a killed process loses nothing without a sync.
        if self.is_sealed {
            command.args(["-c", "ssl=on"]);
        }
        let sync = if self.is_durable { "fsync=on" } else { "fsync=off" };
        for setting in [sync, "max_connections=200", "shared_buffers=32MB"] {
            command.args(["-c", setting]);
        }
        // A shell ends it when this process has ended, however that ends.
        let arguments: Vec<_> = std::iter::once(command.get_program()).chain(command.get_args()).collect();
        let mut shell = Command::new("sh");
        shell.args(["-c", SUPERVISOR]).arg(&self.folder).args(arguments);
        self.running = Some(shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log).spawn()?);
        for _ in 0..600 {
            if self.psql("SELECT 1").is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err("PostgreSQL does not start".into())
    }

    /// Runs a statement with its own client, and returns what that prints.
    pub fn psql(&self, sql: &str) -> TestResult<String> {
        let port = self.port.to_string();
        let output = Command::new(self.programs.join("psql"))
            .args([
                "-X",
                "-A",
                "-t",
                "-q",
                "-h",
                "127.0.0.1",
                "-p",
                &port,
                "-U",
                "helios",
                "-d",
                "postgres",
                "-c",
                sql,
            ])
            .stdin(Stdio::null())
            .output()?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
        }
    }

    /// From the next start on it offers TLS, with a certificate and its key, as PEM.
    pub fn seal(&mut self, certificate: &[u8], key: &[u8]) -> TestResult {
        for (name, content) in [("server.crt", certificate), ("server.key", key)] {
            let path = self.data().join(name);
            std::fs::write(&path, content)?;
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
            self.give_away(&path)?;
        }
        self.is_sealed = true;
        Ok(())
    }

    /// Makes a user who has to say a password.
    pub fn make_user(&self, name: &str, password: &str) -> TestResult {
        let path = self.data().join("pg_hba.conf");
        let rules = std::fs::read_to_string(&path)?;
        std::fs::write(&path, format!("host all {name} 127.0.0.1/32 scram-sha-256\n{rules}"))?;
        self.psql(&format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'"))?;
        self.psql("GRANT ALL ON SCHEMA public TO PUBLIC")?;
        self.psql("SELECT pg_reload_conf()").map(drop)
    }

    /// Cuts all connections of clients that are not its own.
    pub fn cut_connections(&self) -> TestResult {
        self.psql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )
        .map(drop)
    }

    /// Kills it with all its processes, as if the machine had gone down.
    pub fn kill(&mut self) -> TestResult {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        let pid = pid.lines().next().ok_or("no process")?.trim().to_owned();
        // Once it has stopped it starts no more processes, each of which would keep it from starting again. Who has started it
        // may stop with it.
        let parent = parent_of(&pid).ok_or("the server has no parent")?;
        Command::new("kill").args(["-STOP", &pid]).status()?;
        wait_until(|| !is_running(&pid))?;
        let all: Vec<String> = std::iter::once(pid.clone()).chain(children_of(&pid)).collect();
        for pid in &all {
            // Some may be gone already.
            Command::new("kill").args(["-KILL", pid]).stderr(Stdio::null()).status()?;
        }
        Command::new("kill").args(["-CONT", &parent]).stderr(Stdio::null()).status()?;
        wait_until(|| !all[1..].iter().any(|pid| is_running(pid)))?;
        self.end()
    }

    /// Stops it in order.
    pub fn stop(&mut self) -> TestResult {
        self.end()
    }

    /// Lets go of it and waits for its end. What it has stored stays.
    fn end(&mut self) -> TestResult {
        let Some(mut running) = self.running.take() else { return Ok(()) };
        std::fs::write(self.folder.join("keep"), "")?;
        drop(running.stdin.take());
        running.wait()?;
        Ok(std::fs::remove_file(self.folder.join("keep"))?)
    }

    /// A program of PostgreSQL, as a user that it runs as.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("runuser");
        command.args(["-u", USER, "--"]).arg(program);
        command
    }

    /// Lets the server read a file or a folder.
    fn give_away(&self, path: &Path) -> TestResult {
        if !is_root() {
            return Ok(());
        }
        let status = Command::new("chown").arg(USER).arg(path).status()?;
        if status.success() { Ok(()) } else { Err(format!("there is no user {USER}").into()) }
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        let _ = self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    let status = std::fs::metadata("/proc/self");
    status.is_ok_and(|status| std::os::unix::fs::MetadataExt::uid(&status) == 0)
}

/// Whether a process goes on: it has not ended, and was not stopped.
fn is_running(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with(['T', 'Z', 'X']))
}

/// The process that has started a process.
fn parent_of(pid: &str) -> Option<String> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    status.rsplit_once(") ")?.1.split(' ').nth(1).map(str::to_owned)
}

fn wait_until(is_so: impl Fn() -> bool) -> TestResult {
    for _ in 0..2000 {
        if is_so() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err("processes of PostgreSQL do not end".into())
}

/// The processes that a process has started.
fn children_of(pid: &str) -> Vec<String> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let children = std::fs::read_to_string(path).unwrap_or_default();
    children.split_whitespace().map(str::to_owned).collect()
}

/// The folder of PostgreSQL's programs.
fn programs() -> Option<PathBuf> {
    let has_both =
        |folder: &Path| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders.into_iter().find(|folder| has_both(folder))
}
