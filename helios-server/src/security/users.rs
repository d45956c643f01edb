//! Users, their verifiers and their rights.

use helios::{Database, Error, ErrorKind, Result, User};

use super::scram::Verifier;

/// The verifier of a user, if there is one with a password.
pub(super) fn verifier(database: &Database, name: &str) -> Result<Option<Verifier>> {
    let Some(user) = database.user(name)? else { return Ok(None) };
    if user.verifier.is_empty() {
        return Ok(None);
    }
    let wrong =
        || Error::new(ErrorKind::Corrupt, format!("the verifier of the user \"{name}\" is malformed"));
    Verifier::of_text(&user.verifier).map(Some).ok_or_else(wrong)
}

/// Makes a user, or gives one another password or other rights. What is not said stays; a new user has no password, with
/// which nobody can log in by the name, and may write.
pub(super) fn set(database: &Database, name: &str, change: &UserChange) -> Result<()> {
    if name.is_empty() {
        return Err(Error::new(ErrorKind::Misuse, "a user needs a name"));
    }
    let known = database.user(name)?.unwrap_or(User { verifier: String::new(), may_write: true });
    let verifier = match &change.password {
        None => known.verifier,
        Some(None) => String::new(),
        Some(Some(password)) => Verifier::of_password(password)?.to_text(),
    };
    let user = User { verifier, may_write: change.may_write.unwrap_or(known.may_write) };
    database.set_user(name, Some(&user)).map(drop)
}

/// What CREATE USER and ALTER USER say of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UserChange {
    /// The password, or that there is none.
    pub(crate) password: Option<Option<String>>,
    /// READ WRITE or READ ONLY.
    pub(crate) may_write: Option<bool>,
}
