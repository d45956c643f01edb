//! Making the tables of a store, and recognising those that are there.

use helios_core::storage::remote::Pauses;
use helios_core::{Error, ErrorKind, Result};
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use crate::link::Failure;
use crate::pool::{Pool, Use};
use crate::sql::{FORMAT, Sql};

/// Sees to it that the tables are there and ours.
///
/// # Errors
/// There are none and none may be made; there are some of somebody else, or of a newer version.
pub(crate) fn make_ready(pool: &Pool, sql: &Sql, create: bool) -> Result<()> {
    let mut pauses = Pauses::new(pool.timeout());
    let mut was_refused = false;
    loop {
        match pool.once(Use::Read, |link| link.query(&sql.recognise, &[])) {
            Ok(rows) => match rows.first() {
                Some(row) if !is_older(row)? => return Ok(()),
                Some(_) if create => {
                    match pool.once(Use::Read, |link| link.run_for_long(&transaction(&sql.upgrade))) {
                        Err(Failure::Refused(error, _)) if was_refused => return Err(error),
                        // Somebody else may have done it meanwhile.
                        Err(Failure::Refused(..)) => was_refused = true,
                        Err(failure) => pauses.wait(failure)?,
                        Ok(()) => {}
                    }
                    continue;
                }
                Some(_) => return Err(foreign("the tables are of format 1: open them once to write")),
                None if create => {}
                None => return Err(foreign("a table of that name has no head")),
            },
            Err(Failure::Refused(_, code)) if code == SqlState::UNDEFINED_TABLE => {
                if !create {
                    return Err(Error::new(ErrorKind::CannotOpen, "unable to open database file")
                        .caused_by("the server has no such database of helios"));
                }
            }
            Err(Failure::Refused(_, code)) if code == SqlState::UNDEFINED_COLUMN => {
                return Err(foreign("a table of that name has other columns"));
            }
            Err(Failure::Refused(error, _)) => return Err(error),
            Err(failure) => {
                pauses.wait(failure)?;
                continue;
            }
        }
        let made = pool.once(Use::Read, |link| link.run_for_long(&transaction(&sql.create)));
        match made {
            Ok(()) => {}
            // Somebody else makes them at the same time.
            Err(Failure::Refused(_, code))
                if [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT]
                    .contains(&code) => {}
            Err(Failure::Refused(error, _)) => return Err(error),
            Err(failure) => pauses.wait(failure)?,
        }
    }
}

fn transaction(statements: &[String]) -> String {
    format!("BEGIN; {}; COMMIT", statements.join("; "))
}

/// Whether the tables are of an older format.
fn is_older(row: &Row) -> Result<bool> {
    let format: i32 = row.try_get(0).map_err(|_| foreign("the head has other columns"))?;
    match format {
        1..=FORMAT => Ok(format < FORMAT),
        _ => Err(Error::new(
            ErrorKind::NotADatabase,
            format!("the tables have format {format}, this version of helios reads up to {FORMAT}"),
        )),
    }
}

fn foreign(cause: &str) -> Error {
    Error::new(ErrorKind::NotADatabase, "file is not a database").caused_by(cause.to_owned())
}
