//! `helios import`: what other files have goes into a database, all of it or nothing.

mod csv;
mod json;
#[cfg(feature = "parquet")]
mod parquet;
mod table;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use helios::{Config, keeps_files};

use super::FileKind;
use crate::connect::{OpenArguments, Opened};
use crate::failure::{Failure, Outcome};
use crate::fresh::{Fresh, NewDatabase, exists};
use crate::progress::Progress;
use crate::transfer::{Copied, HeliosPeer, SqlitePeer, copy, is_sqlite_file};
use table::Incoming;

/// The arguments of `import`.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArguments {
    /// The file that is read.
    file: PathBuf,
    /// The database, which is made if it is not there. Without one, a file of SQLite becomes one of helios in its place,
    /// and what it was stays beside it as FILE.sqlite-backup.
    database: Option<PathBuf>,
    /// What kind of file it is, where its name and its beginning do not tell.
    #[arg(long, value_enum, value_name = "KIND")]
    kind: Option<FileKind>,
    /// The table that rows of CSV, JSON and Parquet go to; it is made if it is not there. Otherwise it is called like the file.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The byte between columns of CSV.
    #[arg(long, value_name = "BYTE", default_value = ",")]
    separator: String,
    /// The first row of CSV has no names: columns are c1, c2 and so on, or those of the table.
    #[arg(long)]
    no_header: bool,
    /// Fields of CSV with this text are NULL.
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,
    /// The branch that it goes to.
    #[arg(long, value_name = "NAME", default_value = "main")]
    branch: String,
    #[command(flatten)]
    open: OpenArguments,
}

pub(super) fn run(arguments: &ImportArguments) -> Outcome<ExitCode> {
    let file = &arguments.file;
    // Without this, a mistake in the name would be told of the database.
    std::fs::metadata(file).map_err(|error| crate::failure::about(file.display(), &error))?;
    let config = arguments.open.config()?;
    let kind = match arguments.kind {
        Some(kind) => kind,
        None if is_sqlite_file(file) => FileKind::Sqlite,
        None => match FileKind::of_name(file) {
            Some(FileKind::Sqlite) => {
                return Err(Failure::new(format!("{}: file is not a database of SQLite", file.display())));
            }
            Some(kind) => kind,
            None => return Err(FileKind::untold(file)),
        },
    };
    kind.check_built_in()?;
    let database = match &arguments.database {
        Some(database) if database != file => database,
        _ if kind == FileKind::Sqlite => return convert(arguments, config),
        _ => return Err(Failure::new("the database is missing that the rows go to")),
    };
    let copied = if !exists(database, &config)? {
        let fresh = NewDatabase::at(database, &config)?;
        let copied = import_into(arguments, kind, fresh.path(), true, config)?;
        fresh.keep()?;
        copied
    } else {
        import_into(arguments, kind, database, false, config)?
    };
    tell(file, database, copied)
}

fn tell(file: &Path, database: &Path, copied: Copied) -> Outcome<ExitCode> {
    let (file, database) = (file.display(), database.display());
    writeln!(std::io::stdout(), "{database} has {copied} of {file}")?;
    Ok(ExitCode::SUCCESS)
}

fn import_into(
    arguments: &ImportArguments,
    kind: FileKind,
    database: &Path,
    is_new: bool,
    config: Config,
) -> Outcome<Copied> {
    let mut opened = Opened::new(database, false, config, &arguments.branch)?;
    let progress = Progress::new("rows");
    let file = &arguments.file;
    let copied = match kind {
        FileKind::Sqlite => {
            let mut source = SqlitePeer::read(file)?;
            let mut target = HeliosPeer(&mut opened.session);
            copy(&mut source, &mut target, is_new, &mut |table, done, of| progress.is_at(table, done, of))?
        }
        FileKind::Csv => {
            let [separator] = arguments.separator.as_bytes() else {
                return Err(Failure::new("--separator has to be one byte"));
            };
            let form = csv::Form {
                separator: *separator,
                has_header: !arguments.no_header,
                null: arguments.null.as_ref().map(String::as_bytes),
            };
            let mut incoming = csv::Csv::new(file, form)?;
            import_rows(arguments, &mut incoming, &mut opened, &progress)?
        }
        FileKind::Jsonl => {
            let mut incoming = json::JsonLines::new(file)?;
            import_rows(arguments, &mut incoming, &mut opened, &progress)?
        }
        #[cfg(feature = "parquet")]
        FileKind::Parquet => {
            let mut incoming = parquet::Parquet::new(file)?;
            import_rows(arguments, &mut incoming, &mut opened, &progress)?
        }
        #[cfg(not(feature = "parquet"))]
        FileKind::Parquet => return Err(FileKind::missing()),
    };
    drop(progress);
    let Opened { session, database, .. } = opened;
    drop(session);
    database.close()?;
    Ok(copied)
}

fn import_rows(
    arguments: &ImportArguments,
    incoming: &mut dyn Incoming,
    opened: &mut Opened,
    progress: &Progress,
) -> Outcome<Copied> {
    let table = match &arguments.table {
        Some(table) => table.clone(),
        None => {
            let stem = arguments.file.file_stem().unwrap_or_default();
            stem.to_string_lossy().into_owned()
        }
    };
    let rows = table::import(&table, incoming, &mut opened.session, progress)?;
    Ok(Copied { tables: 1, rows })
}

/// Turns a file of SQLite into one of helios, in its place.
fn convert(arguments: &ImportArguments, config: Config) -> Outcome<ExitCode> {
    let file = &arguments.file;
    let mut name = file.as_os_str().to_owned();
    name.push(".sqlite-backup");
    let backup = PathBuf::from(name);
    if backup.symlink_metadata().is_ok() && !is_same(&backup, file) {
        return Err(Failure::new(format!("{} is in the way", backup.display())));
    }
    let mut source = SqlitePeer::read_alone(file)?;
    // With that lock, nobody else is importing: what is left is of one that was killed.
    if backup.symlink_metadata().is_ok() {
        std::fs::remove_file(&backup)?;
    }
    if !keeps_files(&config.storage.backend)? {
        return Err(Failure::new("a file can become one of a driver of files alone"));
    }
    let fresh = Fresh::for_replacing(file, ".helios-new")?;
    let mut opened = Opened::new(fresh.path(), false, config, &arguments.branch)?;
    let progress = Progress::new("rows");
    let mut target = HeliosPeer(&mut opened.session);
    let copied =
        copy(&mut source, &mut target, true, &mut |table, done, of| progress.is_at(table, done, of))?;
    drop(progress);
    let Opened { session, database, .. } = opened;
    drop(session);
    database.close()?;
    std::fs::hard_link(file, &backup)?;
    fresh.replace()?;
    source.close()?;
    writeln!(std::io::stdout(), "SQLite's file is {} now", backup.display())?;
    tell(&backup, file, copied)
}

/// Whether two names are of one file.
fn is_same(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &Path| std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    identity(a).is_some_and(|a| identity(b) == Some(a))
}
