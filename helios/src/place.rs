//! Where a database is: in a file, or in the memory of the process.
//!
//! In: the names that SQLite understands (a path, `:memory:`, an empty text, `file:` URIs as
//! <https://sqlite.org/uri.html> describes them; `branch=` in one names a branch). Out: a [`Place`], and the branch.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use helios_core::{Error, ErrorKind, Result};

use crate::database::MAIN;

/// What may be done with a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Access {
    /// Read, write, and make it if it does not exist.
    #[default]
    Create,
    /// Read and write; it has to exist.
    Write,
    /// Read; it has to exist.
    Read,
}

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In memory, and nobody else's.
    Private,
    /// The same, and only to be read: it has nothing, and never will.
    Nothing,
    /// In memory; shared by all in the process who name it.
    Shared(String),
    /// In a file.
    File(PathBuf, Access),
}

impl Place {
    /// What a name without URI syntax means: `:memory:` and the empty name are private databases.
    pub fn of_name(name: &Path) -> Place {
        if name.as_os_str().is_empty() || name == Path::new(":memory:") {
            return Place::Private;
        }
        Place::File(name.to_owned(), Access::Create)
    }

    /// What a name means that may be a URI. A name that does not begin with `file:` is no URI.
    ///
    /// # Errors
    /// With SQLite's words: an authority other than `localhost`, an unknown mode or VFS.
    pub fn of_uri(uri: &[u8]) -> Result<Place> {
        let Some((path, options)) = halves(uri) else {
            return Ok(Place::of_name(&to_path(uri.to_vec())));
        };
        let path = decode(without_authority(path)?);
        let mut access = Access::Create;
        let mut is_memory = path == b":memory:";
        let mut is_shared = false;
        let mut is_immutable = false;
        for (name, value) in options {
            match (name.as_slice(), value.as_slice()) {
                (b"mode", b"memory") => is_memory = true,
                (b"mode", mode) => access = narrowed(access, mode)?,
                (b"cache", b"shared") => is_shared = true,
                (b"cache", b"private") => is_shared = false,
                (b"cache", other) => return Err(unknown("cache mode", other)),
                (b"immutable", value) => is_immutable = is_true(value),
                // Shared by all who name it with a path from the root.
                (b"vfs", b"memdb") => (is_memory, is_shared) = (true, path.starts_with(b"/")),
                // They differ in how SQLite locks its files.
                (b"vfs", b"unix" | b"unix-dotfile" | b"unix-excl" | b"unix-none") => {}
                (b"vfs", other) => return Err(unknown("vfs", other)),
                _ => {}
            }
        }
        let is_file = !is_memory && !path.is_empty();
        if is_immutable && is_file {
            access = Access::Read;
        }
        Ok(if is_memory && is_shared {
            Place::Shared(String::from_utf8_lossy(&path).into_owned())
        } else if !is_file {
            if access == Access::Read { Place::Nothing } else { Place::Private }
        } else {
            Place::File(to_path(path), access)
        })
    }

    /// The branch that a name means, where `wanted` was asked for besides: a URI may say `branch=`.
    ///
    /// ```
    /// use helios::Place;
    ///
    /// assert_eq!(Place::branch_of_uri(b"file:a.db?branch=side", "main")?, "side");
    /// assert_eq!(Place::branch_of_uri(b"a.db", "other")?, "other");
    /// assert!(Place::branch_of_uri(b"file:a.db?branch=side", "other").is_err());
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// It names another one than `wanted`, which is not `main`; it names two.
    pub fn branch_of_uri(uri: &[u8], wanted: &str) -> Result<String> {
        let mut branch = wanted.to_owned();
        for (name, value) in halves(uri).into_iter().flat_map(|(_, options)| options) {
            if name != b"branch" {
                continue;
            }
            let value = String::from_utf8_lossy(&value).into_owned();
            if branch != MAIN && branch != value {
                return Err(Error::sql(format!("two branches are named: {branch} and {value}")));
            }
            branch = value;
        }
        Ok(branch)
    }
}

/// An option of a URI: its name and its value.
type UriOption = (Vec<u8>, Vec<u8>);

/// The path of a URI as it is written, and its options; `None` for a name that is no URI.
fn halves(uri: &[u8]) -> Option<(&[u8], impl Iterator<Item = UriOption>)> {
    let rest = uri.strip_prefix(b"file:")?;
    let rest = rest.split(|&byte| byte == b'#').next().unwrap_or_default();
    let mut halves = rest.splitn(2, |&byte| byte == b'?');
    let path = halves.next().unwrap_or_default();
    let options = halves.next().unwrap_or_default().split(|&byte| byte == b'&').map(|option| {
        let mut parts = option.splitn(2, |&byte| byte == b'=');
        (decode(parts.next().unwrap_or_default()), decode(parts.next().unwrap_or_default()))
    });
    Some((path, options))
}

/// What SQLite takes for a yes: a number other than zero, or a word.
fn is_true(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    text.parse::<i32>().is_ok_and(|number| number != 0)
        || ["yes", "on", "true"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// What a further `mode=` leaves of what may be done: never more.
fn narrowed(access: Access, mode: &[u8]) -> Result<Access> {
    let wanted = match mode {
        b"ro" => Access::Read,
        b"rw" => Access::Write,
        b"rwc" => Access::Create,
        other => return Err(unknown("access mode", other)),
    };
    let rank = |access| match access {
        Access::Create => 2,
        Access::Write => 1,
        Access::Read => 0,
    };
    if rank(wanted) > rank(access) {
        let message = format!("access mode not allowed: {}", String::from_utf8_lossy(mode));
        return Err(Error::sql(message));
    }
    Ok(wanted)
}

fn unknown(what: &str, value: &[u8]) -> Error {
    Error::sql(format!("no such {what}: {}", String::from_utf8_lossy(value)))
}

fn to_path(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}

fn without_authority(path: &[u8]) -> Result<&[u8]> {
    let Some(rest) = path.strip_prefix(b"//") else { return Ok(path) };
    let end = rest.iter().position(|&byte| byte == b'/').unwrap_or(rest.len());
    let authority = &rest[..end];
    if authority.is_empty() || authority == b"localhost" {
        return Ok(&rest[end..]);
    }
    let message = format!("invalid uri authority: {}", String::from_utf8_lossy(authority));
    Err(Error::new(ErrorKind::Sql, message))
}

/// Resolves `%41`. What is no such escape stays as it is, as in SQLite; `%00` ends the text.
fn decode(text: &[u8]) -> Vec<u8> {
    let hexadecimal = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let escape = if text[at] == b'%' { hexadecimal(at + 1).zip(hexadecimal(at + 2)) } else { None };
        match escape {
            Some((0, 0)) => return out,
            Some((high, low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            None => {
                out.push(text[at]);
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, access: Access) -> Place {
        Place::File(path.into(), access)
    }

    #[test]
    fn names_and_uris_mean_what_sqlite_says() {
        for (uri, place) in [
            ("", Place::Private),
            (":memory:", Place::Private),
            ("file:", Place::Private),
            ("file::memory:", Place::Private),
            ("file:a?mode=memory", Place::Private),
            ("file:a?mode=memory&cache=shared", Place::Shared("a".into())),
            ("a%20b", file("a%20b", Access::Create)),
            ("file:a%20b#c", file("a b", Access::Create)),
            ("file:///tmp/a?mode=ro", file("/tmp/a", Access::Read)),
            ("file://localhost/tmp/a?mode=rw&x=y", file("/tmp/a", Access::Write)),
            ("file:100%", file("100%", Access::Create)),
            ("file:a?immutable=1", file("a", Access::Read)),
            ("file:a?immutable=0", file("a", Access::Create)),
            ("file:a?vfs=unix-excl", file("a", Access::Create)),
            ("file:a?mode=rwc&mode=rw&mode=ro", file("a", Access::Read)),
            ("file:/a?vfs=memdb", Place::Shared("/a".into())),
            ("file:a?vfs=memdb", Place::Private),
            ("file::memory:?mode=ro", Place::Nothing),
            ("file:?mode=ro", Place::Nothing),
            ("file::memory:?immutable=1", Place::Private),
        ] {
            assert_eq!(Place::of_uri(uri.as_bytes()).unwrap(), place, "{uri}");
        }
        for (uri, message) in [
            ("file://host/a", "invalid uri authority: host"),
            ("file:a?mode=x", "no such access mode: x"),
            ("file:a?mode=ro&mode=rw", "access mode not allowed: rw"),
            ("file:a?cache=x", "no such cache mode: x"),
            ("file:a?vfs=x", "no such vfs: x"),
        ] {
            assert_eq!(Place::of_uri(uri.as_bytes()).unwrap_err().message(), message);
        }
    }
}
