//! Making a store, and recognising one that is there.

use bytes::Bytes;
use helios_core::{Error, ErrorKind, Result};

use crate::message::TxnRequest;
use crate::operation::{is_missing, put, ranges, read};
use crate::pool::Use;
use crate::state::number;
use crate::store::Shared;

/// The version of the arrangement that this code makes, and the newest that it understands.
const FORMAT: u32 = 1;

/// Sees to it that the store is there.
///
/// # Errors
/// There is none and none may be made; there is one of a newer version.
pub(crate) fn make_ready(shared: &Shared, create: bool) -> Result<()> {
    let names = &shared.names;
    let ask = read(names.format.clone(), 0);
    let success = match create {
        false => Vec::new(),
        true => vec![
            put(names.format.clone(), Bytes::from(FORMAT.to_string()), 0),
            put(names.floor.clone(), number(0), 0),
            put(names.head.clone(), Bytes::new(), 0),
        ],
    };
    let compare = vec![is_missing(names.format.clone())];
    let failure = vec![ask];
    let told = shared.transact(Use::Upkeep, &TxnRequest { compare, success, failure })?;
    if told.succeeded {
        return match create {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::CannotOpen, "unable to open database file")
                .caused_by("the cluster has no such database of helios")),
        };
    }
    let found = ranges(told.responses).pop().unwrap_or_default();
    let format =
        found.kvs.first().and_then(|found| std::str::from_utf8(&found.value).ok()?.parse::<u32>().ok());
    match format {
        Some(1..=FORMAT) => Ok(()),
        Some(format) => Err(Error::new(
            ErrorKind::NotADatabase,
            format!("the store has format {format}, this version of helios reads up to {FORMAT}"),
        )),
        None => Err(Error::new(ErrorKind::NotADatabase, "file is not a database")
            .caused_by("the cluster has something else under that name")),
    }
}
