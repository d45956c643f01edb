//! What nodes of R*Trees hold: `rtreenode`, `rtreedepth` (<https://sqlite.org/rtree.html>).
//!
//! In: the bytes of a node, as they stand in `t_node`. Out: its entries as a text, or the height of the tree that a root tells.
//! Coordinates are shown as floats of 32 bits, whatever the table has, as SQLite does.

use std::fmt::Write as _;

use helios_core::{Error, Result, Value, ValueRef};

use super::{CallContext, Scalar, format};

pub(super) const FUNCTIONS: &[Scalar] =
    &[Scalar::pure("rtreenode", 2, 2, node), Scalar::pure("rtreedepth", 1, 1, depth)];

/// The number that two bytes at a place are.
fn short(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 2)?.first_chunk()?;
    Some(usize::from(u16::from_be_bytes(*bytes)))
}

/// The entries of a node of so many dimensions, each in braces; NULL for what is no node, or has none.
fn node(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let dimensions = arguments[0].to_integer();
    let bytes = arguments[1].text_bytes().unwrap_or_default();
    let shown = usize::try_from(dimensions).ok().filter(|dimensions| (1..=5).contains(dimensions));
    let shown = shown.and_then(|dimensions| entries(&bytes, 8 + 8 * dimensions));
    Ok(shown
        .filter(|text| !text.is_empty())
        .map_or(Value::Null, |text| Value::Text(text.into_bytes().into())))
}

fn entries(bytes: &[u8], length: usize) -> Option<String> {
    let count = short(bytes, 2)?;
    let mut text = String::new();
    for (number, entry) in bytes.get(4..4 + count * length)?.chunks_exact(length).enumerate() {
        let (id, coordinates) = entry.split_first_chunk()?;
        let space = if number > 0 { " " } else { "" };
        write!(text, "{space}{{{}", i64::from_be_bytes(*id)).ok()?;
        for coordinate in coordinates.chunks_exact(4) {
            let value = f32::from_be_bytes(*coordinate.first_chunk()?);
            write!(text, " {}", String::from_utf8_lossy(&format::general(f64::from(value), 6))).ok()?;
        }
        text.push('}');
    }
    Some(text)
}

/// How many levels are below a root.
fn depth(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let height = match arguments[0] {
        ValueRef::Blob(bytes) => short(bytes, 0),
        _ => None,
    };
    let height = height.ok_or_else(|| Error::sql("Invalid argument to rtreedepth()"))?;
    Ok(Value::Integer(height as i64))
}
