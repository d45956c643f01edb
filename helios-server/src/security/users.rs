//! Users and their verifiers.

use helios::{Database, Error, ErrorKind, Result};

use super::scram::Verifier;

/// The verifier of a user, if there is one with a password.
pub(super) fn verifier(database: &Database, name: &str) -> Result<Option<Verifier>> {
    let Some(text) = database.user(name)? else { return Ok(None) };
    if text.is_empty() {
        return Ok(None);
    }
    let wrong =
        || Error::new(ErrorKind::Corrupt, format!("the verifier of the user \"{name}\" is malformed"));
    Verifier::of_text(&text).map(Some).ok_or_else(wrong)
}

/// Whether there is a user of this name.
pub(super) fn exists(database: &Database, name: &str) -> Result<bool> {
    database.user(name).map(|user| user.is_some())
}

/// Makes a user, or gives one another password; without one nobody can log in by the name.
pub(super) fn set(database: &Database, name: &str, password: Option<&str>) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(ErrorKind::Misuse, "a user needs a name"));
    }
    let verifier = match password {
        Some(password) => Verifier::of_password(password)?.to_text(),
        None => String::new(),
    };
    database.set_user(name, Some(&verifier)).map(drop)
}

/// Removes a user; answers whether there was one.
pub(super) fn remove(database: &Database, name: &str) -> Result<bool> {
    database.set_user(name, None)
}
