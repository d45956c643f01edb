//! `helios-server FILE --config helios.toml`: serves a database until it is told to stop (SIGTERM, SIGINT).

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use helios::config::check_file;
use helios::{Config, Database, Error, ErrorKind, Result};
use helios_server::{Options, Server};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Serves a database of helios to PostgreSQL's clients.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The file of the database; it is made if it is not there.
    #[arg(required_unless_present = "check_config")]
    database: Option<PathBuf>,
    /// A file of settings.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The address to listen at, in the place of server.host.
    #[arg(long)]
    host: Option<String>,
    /// The port to listen at, in the place of server.port; 0 for any that is free.
    #[arg(long)]
    port: Option<u16>,
    /// Tells what is wrong with a file of settings, and serves nothing.
    #[arg(long, exclusive = true, value_name = "FILE")]
    check_config: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Standard error is what systemd and containers collect.
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).init();
    let done = match &arguments.check_config {
        Some(path) => check(path),
        None => run(&arguments).map(|()| true),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&mut std::io::stderr(), &format!("helios-server: {}", error.message()));
            ExitCode::FAILURE
        }
    }
}

/// A line for whoever started the server. Nobody may be there to read it.
fn say(out: &mut dyn Write, line: &str) {
    let _nobody = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Tells what is wrong with a file of settings; whether nothing is.
fn check(path: &Path) -> Result<bool> {
    let mut problems: Vec<String> = check_file(path)?.iter().map(ToString::to_string).collect();
    if problems.is_empty() {
        let config = Config::loader().file(path).load()?;
        problems.extend(Options::of_config(&config.server).err().map(|error| error.message().to_owned()));
    }
    for problem in &problems {
        say(&mut std::io::stderr(), &format!("{}: {problem}", path.display()));
    }
    Ok(problems.is_empty())
}

/// Tells systemd, or who else has named a socket, how the server is (`sd_notify`). Nobody may be there to hear it.
fn notify(state: &str) {
    let Some(address) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let Ok(socket) = UnixDatagram::unbound() else { return };
    let _nobody = match address.as_bytes().strip_prefix(b"@") {
        None => socket.send_to(state.as_bytes(), &address).map(|_| ()),
        Some(name) => notify_abstract(&socket, state, OsStr::from_bytes(name)),
    };
}

/// Tells it to a socket that has no file, which Linux alone has.
#[cfg(target_os = "linux")]
fn notify_abstract(socket: &UnixDatagram, state: &str, name: &OsStr) -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name.as_bytes())?;
    socket.send_to_addr(state.as_bytes(), &address).map(|_| ())
}

#[cfg(not(target_os = "linux"))]
fn notify_abstract(_: &UnixDatagram, _: &str, _: &OsStr) -> std::io::Result<()> {
    Ok(())
}

fn run(arguments: &Arguments) -> Result<()> {
    let mut loader = Config::loader().environment();
    if let Some(path) = &arguments.config {
        loader = loader.file(path);
    }
    if let Some(host) = &arguments.host {
        loader = loader.argument("server.host", host.as_str());
    }
    if let Some(port) = arguments.port {
        loader = loader.argument("server.port", i64::from(port));
    }
    let config = loader.load()?;
    let file = arguments.database.as_deref().unwrap_or(Path::new(""));
    let database = Database::open_with(file, &config)?;
    let name = file.file_stem().map_or_else(|| "helios".into(), |stem| stem.to_string_lossy());
    // Before anything is served, so that no signal is missed.
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Error::new(ErrorKind::Io, format!("signals: {error}")))?;
    let server = Server::start(database, &name, Options::of_config(&config.server)?)?;
    say(&mut std::io::stdout(), &format!("helios-server listens: {}", server.url()));
    if let Some(address) = server.http_address() {
        say(&mut std::io::stdout(), &format!("metrics and health: http://{address}"));
    }
    notify("READY=1");
    signals.forever().next();
    notify("STOPPING=1");
    server.stop();
    say(&mut std::io::stdout(), "helios-server has stopped");
    Ok(())
}
