//! Where temporary files are made: the folder that SQLite would take (<https://sqlite.org/tempfiles.html>, section 5).

use std::path::{Path, PathBuf};

/// Variables that name the folder, the first one first.
const VARIABLES: [&str; 2] = ["SQLITE_TMPDIR", "TMPDIR"];
/// Folders to take where no variable names one.
const FOLDERS: [&str; 3] = ["/var/tmp", "/usr/tmp", "/tmp"];

/// The first folder that is there; the current one if none is.
pub(crate) fn temporary_folder() -> PathBuf {
    let named = VARIABLES.iter().filter_map(std::env::var_os).map(PathBuf::from);
    first_folder(named.chain(FOLDERS.map(PathBuf::from)))
}

fn first_folder(mut candidates: impl Iterator<Item = PathBuf>) -> PathBuf {
    candidates.find(|folder| folder.is_dir()).unwrap_or_else(|| Path::new(".").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_that_is_there_is_taken() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let missing = folder.path().join("missing");
        let file = folder.path().join("file");
        std::fs::write(&file, "")?;
        let candidates = [missing.clone(), file, folder.path().to_owned(), PathBuf::from("/")];
        assert_eq!(first_folder(candidates.into_iter()), folder.path());
        assert_eq!(first_folder([missing].into_iter()), Path::new("."));
        Ok(())
    }
}
