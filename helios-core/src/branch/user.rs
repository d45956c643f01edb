//! Users of a server, as a store keeps them.
//!
//! In: what is kept of a user's password, and the user's rights. Out: the text of it, and back.

/// What stands before the verifier of a user who may only read.
const READ_ONLY: &str = "read-only ";

/// A user of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What is kept of the password; empty where there is none, and nobody can log in with one.
    pub verifier: String,
    /// Whether the user may change anything.
    pub may_write: bool,
}

impl User {
    /// Reads what [`User::to_text`] has written.
    pub fn of_text(text: &str) -> User {
        let verifier = text.strip_prefix(READ_ONLY);
        User { verifier: verifier.unwrap_or(text).to_owned(), may_write: verifier.is_none() }
    }

    /// The text that is kept.
    pub fn to_text(&self) -> String {
        let rights = if self.may_write { "" } else { READ_ONLY };
        format!("{rights}{}", self.verifier)
    }
}

#[cfg(test)]
mod tests {
    use super::User;

    #[test]
    fn a_user_is_read_as_it_was_written() {
        for may_write in [false, true] {
            for verifier in ["", "SCRAM-SHA-256$4096:c2FsdA==$a:b"] {
                let user = User { verifier: verifier.to_owned(), may_write };
                assert_eq!(User::of_text(&user.to_text()), user);
            }
        }
    }
}
