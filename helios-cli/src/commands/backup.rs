//! `helios backup`: a copy of everything, made while others go on.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use helios::{Access, Database};

use crate::connect::{OpenArguments, open_existing};
use crate::failure::{Failure, Outcome};
use crate::fresh::NewDatabase;
use crate::progress::Progress;

/// The arguments of `backup`.
#[derive(Debug, clap::Args)]
pub(crate) struct BackupArguments {
    /// The database.
    database: PathBuf,
    /// The file of the copy, which must not be there. It has the driver and the key of the database.
    file: PathBuf,
    #[command(flatten)]
    open: OpenArguments,
}

/// How long a copy waits for other writers of its target.
pub(super) const WAIT: Duration = Duration::from_secs(60);

/// How often a copy is made again because something was written meanwhile.
const TRIES: usize = 5;

pub(super) fn run(arguments: &BackupArguments) -> Outcome<ExitCode> {
    let config = arguments.open.config()?;
    let source = open_existing(&arguments.database, Access::Read, &config)?;
    let fresh = NewDatabase::at(&arguments.file, &config)?;
    let target = Database::open_with(fresh.path(), &config)?;
    copy_verified(&source, &target)?;
    target.close()?;
    source.close()?;
    fresh.keep()?;
    let (file, database) = (arguments.file.display(), arguments.database.display());
    writeln!(std::io::stdout(), "{file} is a copy of {database}")?;
    Ok(ExitCode::SUCCESS)
}

/// Copies everything and compares what has arrived. A source that is written to meanwhile is copied once more.
pub(super) fn copy_verified(source: &Database, target: &Database) -> Outcome {
    let progress = Progress::spinner("everything is copied and compared");
    let contents = source.contents()?;
    for _ in 0..TRIES {
        let before = contents.newest_commit()?;
        target.copy_from(source, WAIT)?;
        let (sent, arrived) = (contents.tally()?, target.contents()?.tally()?);
        if sent == arrived {
            return Ok(());
        }
        if contents.newest_commit()? == before {
            return Err(Failure::new("what was copied is not what was read"));
        }
    }
    drop(progress);
    Err(Failure::new("the database is written to all the time: the copy could not be compared with it"))
}
