//! Records: they open with their key and no other, and no bit of them can be changed.

use std::sync::Arc;

use helios_cipher_aes::AES_256_GCM_CIPHER;
use helios_cipher_keys::{Cost, KeyRecord, Keyring, is_record};
use helios_core::ErrorKind;
use helios_core::cipher::UserKey;
use helios_testkit::TestResult;
use helios_testkit::clock::SeededEntropy;

fn keyring() -> Keyring {
    Keyring {
        ciphers: &[AES_256_GCM_CIPHER],
        cipher: AES_256_GCM_CIPHER,
        cost: Cost { memory_kb: 8, passes: 1 },
        entropy: Arc::new(SeededEntropy::new(7)),
    }
}

/// Whether two sets of keys are the same: what one seals, the other opens.
fn are_same(one: &helios_cipher_keys::StoreKeys, other: &helios_cipher_keys::StoreKeys) -> TestResult<bool> {
    let (seals, opens) = (one.page_cipher(), other.page_cipher());
    let mut sealed = vec![0; 4 + seals.overhead()];
    seals.seal(b"here", b"text", &mut sealed)?;
    let mut plain = [0; 4];
    let is_open = opens.open(b"here", &sealed, &mut plain).is_ok();
    Ok(is_open && &plain == b"text" && one.file() == other.file())
}

#[test]
fn a_record_opens_with_its_key_and_no_other() -> TestResult {
    let keys = [
        UserKey::of_text("a passphrase")?,
        UserKey::of_text("another passphrase")?,
        UserKey::of_text(&format!("x'{}'", "ab".repeat(32)))?,
        UserKey::of_bytes(&[3; 32])?,
    ];
    for key in &keys {
        let (record, made) = keyring().make(key)?;
        let read = KeyRecord::of_bytes(&record.to_bytes())?.ok_or("the record is read")?;
        assert_eq!(read, record);
        assert!(are_same(&made, &keyring().open(key, &read)?)?);
        for other in keys.iter().filter(|other| *other != key) {
            let refused = keyring().open(other, &read).map(|_| ()).map_err(|error| error.kind());
            assert_eq!(refused, Err(ErrorKind::NotADatabase));
        }
    }
    Ok(())
}

#[test]
fn another_lock_is_on_the_same_keys() -> TestResult {
    let keyring = keyring();
    let (old, new) = (UserKey::of_text("old")?, UserKey::of_text("new")?);
    let (record, keys) = keyring.make(&old)?;
    let again = keyring.lock(&new, &keys, record.number + 1)?;
    assert!(are_same(&keys, &keyring.open(&new, &again)?)?);
    assert!(keyring.open(&old, &again).is_err());
    let (_, others) = keyring.make(&new)?;
    assert!(!are_same(&keys, &others)?, "new keys");
    Ok(())
}

#[test]
fn a_flipped_bit_of_a_record_is_seen() -> TestResult {
    let (record, _) = keyring().make(&UserKey::of_text("words")?)?;
    let mut bytes = record.to_bytes();
    assert!(is_record(&bytes));
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(KeyRecord::of_bytes(&bytes)?, None, "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    Ok(())
}

#[test]
fn a_cost_that_nobody_can_pay_is_no_cost() {
    for (cost, is_valid) in [
        (Cost::default(), true),
        (Cost { memory_kb: 8, passes: 1 }, true),
        (Cost { memory_kb: 7, passes: 1 }, false),
        (Cost { memory_kb: 8, passes: 0 }, false),
        (Cost { memory_kb: u32::MAX, passes: 1 }, false),
    ] {
        assert_eq!(cost.is_valid(), is_valid, "{cost:?}");
    }
}
