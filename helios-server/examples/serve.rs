//! Serves a database until standard input ends: `serve FILE PORT`.

use std::io::Read;

use helios::{Database, Error, ErrorKind};
use helios_server::{Options, Server};

fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let usage = || Error::new(ErrorKind::Misuse, "usage: serve FILE PORT");
    let file = arguments.next().ok_or_else(usage)?;
    let port = arguments.next().and_then(|port| port.parse().ok()).ok_or_else(usage)?;
    let database = Database::open(&file)?;
    let server = Server::start(database, "app", Options { port, ..Options::default() })?;
    let mut rest = Vec::new();
    let _ended = std::io::stdin().read_to_end(&mut rest);
    server.stop();
    Ok(())
}
