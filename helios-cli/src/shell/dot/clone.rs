//! `.clone`: what the branch shows now goes into a new database.

use std::io::Write;
use std::path::Path;

use super::Command;
use crate::connect::Opened;
use crate::failure::Outcome;
use crate::fresh::{NewDatabase, exists};
use crate::shell::{After, Shell};
use crate::transfer::{HeliosPeer, Peer, copy};

pub(super) const COMMANDS: &[Command] = &[Command {
    name: "clone",
    least: 2,
    arguments: "NEWDB",
    summary: "Copy what this branch shows now to a new database",
    details: &["What was committed is copied; .backup copies all branches and all history"],
    action: clone,
}];

fn clone(shell: &mut Shell, words: &[String]) -> Outcome<After> {
    let [_, name] = words else { return shell.usage(".clone FILENAME") };
    let (name, config) = (Path::new(name), shell.opened.config.clone());
    if exists(name, &config)? {
        return shell.refuse(&format!("File \"{}\" already exists.", name.display()));
    }
    let fresh = NewDatabase::at(name, &config)?;
    let mut target = Opened::new(fresh.path(), false, config, "main")?;
    // A session of its own: that of the shell may be within a transaction.
    let mut source = shell.opened.database.session(shell.opened.session.branch())?;
    let mut source = HeliosPeer(&mut source);
    // One moment for all tables.
    source.run("BEGIN")?;
    let copied = copy(&mut source, &mut HeliosPeer(&mut target.session), true, &mut |_, _, _| ())?;
    let Opened { session, database, .. } = target;
    drop(session);
    database.close()?;
    fresh.keep()?;
    writeln!(shell.output, "{} has {copied}", name.display())?;
    Ok(After::GoOn)
}
