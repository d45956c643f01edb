//! Every codec: what is written is read back, byte order is value order, and broken bytes are an error.

use std::cmp::Ordering;

use super::key::{self, Order};
use super::{record, varint};
use crate::value::{Collation, Value, ValueRef, compare_values};

fn interesting_values() -> Vec<Value> {
    let mut values = vec![Value::Null];
    let integers =
        [0, 1, -1, 2, 127, 128, -128, -129, 255, 256, 65535, 1 << 23, -(1 << 23), 1 << 31, 1 << 47];
    values.extend(integers.map(Value::Integer));
    values.extend(
        [i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1, (1 << 53) + 1, -(1 << 53) - 1].map(Value::Integer),
    );
    let reals =
        [0.0, 0.5, -0.5, 1.0, 1.5, -1.5, 1e-300, -1e-300, 255.5, 9.2e18, 9.3e18, -9.3e18, 1e300, -1e300];
    values.extend(reals.map(Value::Real));
    values.extend(
        [f64::INFINITY, f64::NEG_INFINITY, 9_007_199_254_740_992.0, f64::MIN_POSITIVE].map(Value::Real),
    );
    values.extend(["", "a", "A", "ab", "a\0", "a\0b", "a ", "\u{ff}", "zz"].map(Value::text));
    let blobs: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"\0\xff", b"\xff", b"a"];
    values.extend(blobs.map(Value::blob));
    values
}

fn encode(value: &Value, collation: &Collation, order: Order) -> Vec<u8> {
    let mut out = Vec::new();
    key::write_value(value.as_ref(), collation, order, &mut out);
    out
}

#[test]
fn key_order_is_value_order_also_before_other_components() {
    let values = interesting_values();
    for collation in [Collation::Binary, Collation::NoCase, Collation::RTrim] {
        for order in [Order::Ascending, Order::Descending] {
            for a in &values {
                for b in &values {
                    let mut wanted = compare_values(a, b, &collation);
                    if order == Order::Descending {
                        wanted = wanted.reverse();
                    }
                    let (mut x, mut y) = (encode(a, &collation, order), encode(b, &collation, order));
                    assert_eq!(x.cmp(&y), wanted, "{a:?} {b:?} {collation:?} {order:?}");
                    // A component behind must not change an order that is decided.
                    key::write_rowid(i64::MAX, &mut x);
                    key::write_rowid(i64::MIN, &mut y);
                    let wanted = wanted.then(Ordering::Greater);
                    assert_eq!(x.cmp(&y), wanted, "{a:?} {b:?} {collation:?} {order:?} with a rowid");
                }
            }
        }
    }
}

#[test]
fn keys_are_read_back() {
    for value in interesting_values() {
        for order in [Order::Ascending, Order::Descending] {
            let mut bytes = encode(&value, &Collation::Binary, order);
            bytes.extend_from_slice(b"\x20rest");
            let mut rest = &bytes[..];
            let read = key::read_value(&mut rest, order).expect("a valid key");
            assert_eq!(rest, b"\x20rest");
            assert_eq!(compare_values(&read, &value, &Collation::Binary), Ordering::Equal, "{value:?}");
        }
    }
}

#[test]
fn rowids_are_ordered_and_read_back() {
    let mut rowids = vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX, 0];
    rowids.extend((0..63).flat_map(|bit| [1i64 << bit, (1 << bit) - 1, -(1 << bit), -(1i64 << bit) - 1]));
    rowids.sort_unstable();
    rowids.dedup();
    let encoded: Vec<Vec<u8>> = rowids
        .iter()
        .map(|&rowid| {
            let mut out = Vec::new();
            key::write_rowid(rowid, &mut out);
            out
        })
        .collect();
    assert!(encoded.is_sorted_by(|a, b| a < b));
    for (rowid, bytes) in rowids.iter().zip(&encoded) {
        assert_eq!(key::read_rowid(&mut &bytes[..]).expect("a valid rowid"), *rowid);
        assert!(key::read_rowid(&mut &bytes[..bytes.len() - 1]).is_err() || bytes.len() == 1);
    }
}

#[test]
fn varints_are_ordered_and_read_back() {
    let mut numbers: Vec<u64> = (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]).collect();
    numbers.extend([240, 241, 2287, 2288, 67823, 67824, u64::MAX]);
    numbers.sort_unstable();
    numbers.dedup();
    let mut previous = Vec::new();
    for number in numbers {
        let mut out = Vec::new();
        varint::write(number, &mut out);
        assert_eq!(out.len() == 1, number <= varint::LARGEST_OF_ONE_BYTE);
        assert!(previous < out, "{number}");
        assert_eq!(varint::read(&mut &out[..]).expect("a valid number"), number);
        assert!(varint::read(&mut &out[..out.len() - 1]).is_err());
        assert!(varint::skip(1, &mut &out[..out.len() - 1]).is_err());
        let followed = [&out[..], &[7; 9]].concat();
        let (mut read, mut skipped) = (&followed[..], &followed[..]);
        assert_eq!(varint::read(&mut read).expect("a valid number"), number);
        varint::skip(1, &mut skipped).expect("a valid number");
        assert_eq!((read, skipped), (&[7; 9][..], &[7; 9][..]));
        previous = out;
    }
}

#[test]
fn records_are_read_back_and_never_trusted() {
    let values = interesting_values();
    let mut bytes = Vec::new();
    record::write(3, values.iter().map(Value::as_ref), &mut bytes);
    let mut opened = record::Record::open(&bytes).expect("a valid row");
    assert_eq!(opened.layout(), 3);
    for value in &values {
        assert_eq!(opened.next_value().expect("a valid column").map(ValueRef::to_value), Some(value.clone()));
    }
    assert!(opened.next_value().expect("the end").is_none());
    let wanted = [1, 4, values.len() - 1, values.len()];
    let mut seen = Vec::new();
    let record = record::Record::open(&bytes).expect("a valid row");
    let found =
        record.visit(&wanted, |place, value| seen.push((place, value.to_value()))).expect("valid columns");
    assert_eq!(found, 3);
    assert_eq!(
        seen,
        wanted[..3].iter().enumerate().map(|(i, &at)| (i, values[at].clone())).collect::<Vec<_>>()
    );
    for end in 0..bytes.len() {
        let read_all = |bytes| {
            let mut row = record::Record::open(bytes)?;
            while row.next_value()?.is_some() {}
            Ok::<_, crate::Error>(())
        };
        assert!(read_all(&bytes[..end]).is_err(), "{end}");
    }
}

#[test]
fn broken_keys_are_errors() {
    for bytes in [
        &b""[..],
        b"\x40a",
        b"\x40a\0",
        b"\x40a\0\x02",
        b"\x21",
        b"\x21\x01",
        b"\xff",
        b"\x00",
        b"\x29\x01",
        b"\x16",
    ] {
        assert!(key::read_value(&mut &bytes[..], Order::Ascending).is_err(), "{bytes:?}");
    }
}

#[test]
fn no_key_is_the_beginning_of_another() {
    let values = interesting_values();
    for order in [Order::Ascending, Order::Descending] {
        let mut keys: Vec<Vec<u8>> =
            values.iter().map(|value| encode(value, &Collation::Binary, order)).collect();
        keys.sort_unstable();
        keys.dedup();
        for (a, b) in keys.iter().zip(&keys[1..]) {
            assert!(!b.starts_with(a), "{a:?} {b:?}");
            assert!(key::after_prefix(a).is_some_and(|next| *a < next && next <= *b), "{a:?} {b:?}");
        }
    }
}

#[test]
fn what_is_equal_ends_where_longer_texts_begin() {
    for (short, long) in [("", "\0"), ("a", "a\0"), ("a", "a\0\u{1}"), ("a\0", "a\0\0")] {
        for order in [Order::Ascending, Order::Descending] {
            let short = encode(&Value::text(short), &Collation::Binary, order);
            let long = encode(&Value::text(long), &Collation::Binary, order);
            let end = key::after_components(&short);
            let mut more = short.clone();
            key::write_value(ValueRef::Null, &Collation::Binary, Order::Descending, &mut more);
            assert!(short < end && more < end);
            assert!(long < short || long >= end, "{short:?} {long:?}");
        }
    }
}

#[test]
fn the_end_of_a_prefix() {
    assert_eq!(key::after_prefix(b"ab"), Some(b"ac".to_vec()));
    assert_eq!(key::after_prefix(b"a\xff"), Some(b"b".to_vec()));
    assert_eq!(key::after_prefix(b"\xff"), None);
}
