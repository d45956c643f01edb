//! `helios copy`: a database goes to another driver, or under another key.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use helios::{Access, Database};

use super::backup::copy_verified;
use crate::connect::{OpenArguments, open_existing};
use crate::failure::Outcome;
use crate::fresh::NewDatabase;

/// The arguments of `copy`.
#[derive(Debug, clap::Args)]
pub(crate) struct CopyArguments {
    /// The database.
    from: PathBuf,
    /// The copy, which must not be there.
    to: PathBuf,
    /// A file of settings for the database.
    #[arg(long, value_name = "FILE")]
    from_config: Option<PathBuf>,
    /// The driver of the database.
    #[arg(long, value_name = "NAME")]
    from_backend: Option<String>,
    /// The environment variable that holds the key of the database.
    #[arg(long, value_name = "VARIABLE")]
    from_key_env: Option<String>,
    /// A file of settings for the copy.
    #[arg(long, value_name = "FILE")]
    to_config: Option<PathBuf>,
    /// The driver of the copy.
    #[arg(long, value_name = "NAME")]
    to_backend: Option<String>,
    /// The environment variable that holds the key of the copy.
    #[arg(long, value_name = "VARIABLE")]
    to_key_env: Option<String>,
}

pub(super) fn run(arguments: &CopyArguments) -> Outcome<ExitCode> {
    let how = |config: &Option<PathBuf>, backend: &Option<String>, key_env: &Option<String>| OpenArguments {
        config: config.clone(),
        backend: backend.clone(),
        encryption_key: None,
        key_env: key_env.clone(),
    };
    let from = how(&arguments.from_config, &arguments.from_backend, &arguments.from_key_env).config()?;
    let to = how(&arguments.to_config, &arguments.to_backend, &arguments.to_key_env).config()?;
    let source = open_existing(&arguments.from, Access::Read, &from)?;
    let fresh = NewDatabase::at(&arguments.to, &to)?;
    let target = Database::open_with(fresh.path(), &to)?;
    copy_verified(&source, &target)?;
    target.close()?;
    source.close()?;
    fresh.keep()?;
    let tally = format!("{} is a copy of {}", arguments.to.display(), arguments.from.display());
    writeln!(std::io::stdout(), "{tally}")?;
    Ok(ExitCode::SUCCESS)
}
