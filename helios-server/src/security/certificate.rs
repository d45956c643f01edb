//! The common name in a certificate.
//!
//! In: the bytes of a certificate (X.509 in DER) whose signature was checked. Out: the common name of its subject, if it
//! has one.

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const OBJECT: u8 = 0x06;
/// The object `commonName` (2.5.4.3).
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];

/// The common name of the subject.
pub(super) fn common_name(certificate: &[u8]) -> Option<String> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    // Version (where it is there), serial number, algorithm, issuer, validity: the subject comes after them.
    let (tag, _, rest) = element(fields)?;
    fields = if tag == VERSION { rest } else { fields };
    for _ in 0..4 {
        (_, _, fields) = element(fields)?;
    }
    let (SEQUENCE, mut subject, _) = element(fields)? else { return None };
    let mut found = None;
    while !subject.is_empty() {
        let (SET, set, rest) = element(subject)? else { return None };
        subject = rest;
        let (SEQUENCE, attribute, _) = element(set)? else { return None };
        let (OBJECT, name, value) = element(attribute)? else { return None };
        if name == COMMON_NAME {
            let (_, text, _) = element(value)?;
            found = Some(String::from_utf8(text.to_vec()).ok()?);
        }
    }
    found
}

/// An element: its tag, what is in it, and what comes after it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = match first {
        0..=0x7f => usize::from(first),
        0x81..=0x84 => {
            let (digits, after) = rest.split_at_checked(usize::from(first & 0x7f))?;
            rest = after;
            digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit))
        }
        _ => return None,
    };
    let (inside, after) = rest.split_at_checked(length)?;
    Some((tag, inside, after))
}
