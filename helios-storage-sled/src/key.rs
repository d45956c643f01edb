//! Keys as they stand in sled's tree: the same order, without the byte 255.
//!
//! Going backward, sled 0.34 looks for the page before the one that begins with a key under that key less one, followed by
//! four bytes 255. Keys with such bytes may lie between the two, and then it never finds the page. So 254 is written as
//! 254 0, and 255 as 254 1.

use helios_core::{Error, Result};
use sled::IVec;

/// The first byte that is written in two.
const ESCAPE: u8 = 254;

/// A key as it is stored.
pub(crate) fn stored(key: &[u8]) -> IVec {
    if key.iter().all(|&byte| byte < ESCAPE) {
        return IVec::from(key);
    }
    let mut out = Vec::with_capacity(key.len() + 8);
    for &byte in key {
        if byte < ESCAPE {
            out.push(byte);
        } else {
            out.extend([ESCAPE, byte - ESCAPE]);
        }
    }
    IVec::from(out)
}

/// The key that is stored so.
pub(crate) fn original(stored: IVec) -> Result<IVec> {
    if stored.iter().all(|&byte| byte < ESCAPE) {
        return Ok(stored);
    }
    let mut out = Vec::with_capacity(stored.len());
    let mut bytes = stored.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            ..ESCAPE => out.push(byte),
            ESCAPE => match bytes.next() {
                Some(&rest @ (0 | 1)) => out.push(ESCAPE + rest),
                _ => return Err(Error::corrupt("a key")),
            },
            _ => return Err(Error::corrupt("a key")),
        }
    }
    Ok(IVec::from(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_keys_have_the_order_of_keys_and_no_byte_255() -> Result<()> {
        let bytes = [0, 1, 253, 254, 255];
        let mut keys: Vec<Vec<u8>> = vec![vec![]];
        for length in 1..=4 {
            let shorter: Vec<_> = keys.iter().filter(|key| key.len() == length - 1).cloned().collect();
            keys.extend(shorter.iter().flat_map(|key| bytes.map(|byte| [&key[..], &[byte]].concat())));
        }
        keys.sort();
        let stored_keys: Vec<IVec> = keys.iter().map(|key| stored(key)).collect();
        assert!(stored_keys.is_sorted_by(|a, b| a < b));
        assert!(stored_keys.iter().all(|key| !key.contains(&255)));
        for (key, stored) in keys.iter().zip(stored_keys) {
            assert_eq!(**key, *original(stored)?);
        }
        assert!(original(IVec::from(&[254, 7])).is_err() && original(IVec::from(&[254])).is_err());
        Ok(())
    }
}
