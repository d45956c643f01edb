//! Files that are whole or not there: they are written beside where they belong, and get their name when all is done.

use std::fs;
use std::path::{Path, PathBuf};

use helios::{Access, Config, ErrorKind, Place, keeps_files};

use crate::connect::open;
use crate::failure::{Failure, Outcome, about};

/// A database that is made.
#[derive(Debug)]
pub(crate) enum NewDatabase {
    /// A file or folder on its way.
    File(Fresh),
    /// One of a server, which has its name from the beginning.
    Server(PathBuf),
}

impl NewDatabase {
    /// What becomes the database of a name, where none may be.
    pub(crate) fn at(name: &Path, config: &Config) -> Outcome<NewDatabase> {
        if keeps_files(&config.storage.backend)? {
            return Fresh::beside(name, ".helios-new").map(NewDatabase::File);
        }
        match exists(name, config)? {
            true => Err(Failure::new(format!("{} is in the way", name.display()))),
            false => Ok(NewDatabase::Server(name.to_owned())),
        }
    }

    /// What it is opened by.
    pub(crate) fn path(&self) -> &Path {
        match self {
            NewDatabase::File(fresh) => fresh.path(),
            NewDatabase::Server(name) => name,
        }
    }

    /// It is complete.
    pub(crate) fn keep(self) -> Outcome {
        match self {
            NewDatabase::File(fresh) => fresh.keep(),
            NewDatabase::Server(_) => Ok(()),
        }
    }
}

/// Whether there is a database, or something else, of a name.
pub(crate) fn exists(name: &Path, config: &Config) -> Outcome<bool> {
    if keeps_files(&config.storage.backend)? {
        return Ok(name.symlink_metadata().is_ok());
    }
    match open(&Place::File(name.to_owned(), Access::Write), config) {
        Ok(database) => database.close().map(|()| true).map_err(Into::into),
        Err(error) if error.kind() == ErrorKind::CannotOpen => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// A file or folder on its way. Unless it is kept, nothing stays of it.
#[derive(Debug)]
pub(crate) struct Fresh {
    path: PathBuf,
    target: PathBuf,
    is_kept: bool,
}

impl Fresh {
    /// What becomes `target`, where nothing may be. What an earlier one has left that was killed is done away with.
    pub(crate) fn beside(target: &Path, suffix: &str) -> Outcome<Fresh> {
        if target.symlink_metadata().is_ok() {
            return Err(Failure::new(format!("{} is in the way", target.display())));
        }
        Fresh::for_replacing(target, suffix)
    }

    /// What takes the place of `target`, once it is told to.
    pub(crate) fn for_replacing(target: &Path, suffix: &str) -> Outcome<Fresh> {
        let mut name = target.as_os_str().to_owned();
        name.push(suffix);
        let fresh = Fresh { path: name.into(), target: target.to_owned(), is_kept: false };
        fresh.remove().map_err(|error| about(fresh.path.display(), &error))?;
        Ok(fresh)
    }

    /// Where it is written.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// It is complete: it gets its name, where still nothing may be.
    pub(crate) fn keep(self) -> Outcome {
        let failed = |error| about(self.target.display(), &error);
        if self.path.is_file() {
            // Unlike a change of the name, a link does not take the place of what somebody has made meanwhile.
            fs::hard_link(&self.path, &self.target).map_err(failed)?;
            // The work is done, whatever becomes of the other name.
            let _other_name = fs::remove_file(&self.path);
            return self.sync();
        }
        self.replace()
    }

    /// It is complete: it takes the place of what is there.
    pub(crate) fn replace(mut self) -> Outcome {
        fs::rename(&self.path, &self.target).map_err(|error| about(self.target.display(), &error))?;
        self.is_kept = true;
        self.sync()
    }

    /// The name is there after a power cut, too.
    fn sync(&self) -> Outcome {
        let folder = match self.target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| about(folder.display(), &error))
    }

    fn remove(&self) -> std::io::Result<()> {
        let is_missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
        for end in ["", "-share", "-journal", "-wal", "-shm"] {
            let mut name = self.path.as_os_str().to_owned();
            name.push(end);
            let path = Path::new(&name);
            let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            match removed {
                Err(error) if !is_missing(&error) => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.is_kept {
            // Nobody is left to be told of an error; the next one tries again.
            let _left = self.remove();
        }
    }
}
