//! Bytes: how numbers, keys and rows are written. The layouts here are the file format; `docs/format.md` shows them
//! with examples.
//!
//! - [`varint`]: unsigned numbers whose byte order is their order.
//! - [`key`]: values as bytes whose order is SQL's order.
//! - [`record`]: the columns of a row.
//!
//! In: values. Out: bytes, and values again. Reading checks every length: bytes that break the format are an error
//! of kind [`Corrupt`](crate::ErrorKind::Corrupt), never a panic.

pub mod key;
pub mod record;
pub mod varint;

#[cfg(test)]
mod tests;
