//! The operations of a batch: of one transaction where they fit into one.
//!
//! A transaction of etcd refuses to write a key that it deletes. So a range is cleared in pieces, between the keys that the same
//! batch writes.

use bytes::Bytes;
use helios_core::storage::{Batch, BatchEntry, KeyRange};

use crate::message::RequestOp;
use crate::name::Names;
use crate::operation::{MOST_OPERATIONS, delete, put};
use crate::options::MOST_REQUEST_BYTES;

/// How a batch is written.
pub(crate) enum Plan<'a> {
    /// As the operations of one transaction.
    Small(Vec<RequestOp>),
    /// In parts. These are the ranges that are cleared first, none of which meets another.
    Large(Vec<KeyRange<'a>>),
}

/// What an operation takes beside its key and its value, in bytes.
pub(crate) const AROUND: usize = 32;

/// How a batch is to be written.
pub(crate) fn plan<'a>(names: &Names, batch: &Batch<'a>) -> Plan<'a> {
    let cleared = merged(&batch.cleared);
    let mut bytes = 0;
    for entry in batch.entries.iter() {
        bytes += names.entry(entry.key).len()
            + AROUND
            + entry.value.map_or(0, |[head, body]| head.len() + body.len());
        if bytes > MOST_REQUEST_BYTES {
            return Plan::Large(cleared);
        }
    }
    if batch.copied.is_some() || batch.entries.len_at_most() + cleared.len() > MOST_OPERATIONS {
        return Plan::Large(cleared);
    }
    let mut operations = Vec::new();
    for range in &cleared {
        let mut from = names.entry(range.start);
        for entry in batch.entries.iter().filter(|entry| entry.value.is_some() && range.contains(entry.key)) {
            let key = names.entry(entry.key);
            if from < key {
                bytes += from.len() + key.len() + AROUND;
                operations.push(delete(from, key.clone()));
            }
            from = Bytes::from([&key[..], &[0]].concat());
        }
        let end = names.entries_to(range.end);
        if from < end {
            bytes += from.len() + end.len() + AROUND;
            operations.push(delete(from, end));
        }
    }
    let is_cleared = |entry: &BatchEntry<'_>| {
        entry.value.is_none() && cleared.iter().any(|range| range.contains(entry.key))
    };
    operations
        .extend(batch.entries.iter().filter(|entry| !is_cleared(entry)).map(|entry| write(names, &entry)));
    if operations.len() > MOST_OPERATIONS || bytes > MOST_REQUEST_BYTES {
        return Plan::Large(cleared);
    }
    Plan::Small(operations)
}

/// The operation of an entry.
pub(crate) fn write(names: &Names, entry: &BatchEntry<'_>) -> RequestOp {
    let key = names.entry(entry.key);
    match entry.value {
        Some([head, body]) => put(key, Bytes::from([head, body].concat()), 0),
        None => delete(key, Bytes::new()),
    }
}

/// The same ranges in their order, where none meets another.
fn merged<'a>(ranges: &[KeyRange<'a>]) -> Vec<KeyRange<'a>> {
    let mut sorted: Vec<KeyRange<'a>> = ranges.iter().filter(|range| !range.is_empty()).copied().collect();
    sorted.sort_by_key(|range| range.start);
    let mut merged: Vec<KeyRange<'a>> = Vec::with_capacity(sorted.len());
    for range in sorted {
        match merged.last_mut() {
            Some(last) if last.end.is_none_or(|end| range.start <= end) => {
                last.end = last.end.zip(range.end).map(|(a, b)| a.max(b));
            }
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_meet_are_one() {
        let range = |start: &'static str, end: Option<&'static str>| {
            KeyRange::new(start.as_bytes(), end.map(str::as_bytes))
        };
        let given = [
            range("d", Some("f")),
            range("a", Some("b")),
            range("e", Some("e")),
            range("b", Some("c")),
            range("x", None),
            range("y", Some("z")),
        ];
        assert_eq!(merged(&given), [range("a", Some("c")), range("d", Some("f")), range("x", None)]);
    }
}
