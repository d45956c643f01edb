//! The cipher against its contract, and against vectors of others.

use std::sync::Arc;

use helios_cipher_aes::AES_256_GCM_CIPHER;
use helios_core::cipher::SecretKey;
use helios_testkit::TestResult;
use helios_testkit::clock::SeededEntropy;

helios_testkit::cipher_conformance!(AES_256_GCM_CIPHER);

/// Test case 15 of the paper that proposed GCM (McGrew and Viega, 2005), without additional data.
#[test]
fn what_others_have_sealed_opens() -> TestResult {
    let bytes = |digits: &str| -> TestResult<Vec<u8>> {
        let byte = |at| Ok(u8::from_str_radix(&digits[at..at + 2], 16)?);
        (0..digits.len()).step_by(2).map(byte).collect()
    };
    let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308")?;
    let plain = bytes(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
    )?;
    let sealed = bytes(
        "cafebabefacedbaddecaf888\
         522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
         8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad\
         b094dac5d93471bdec1a502270e3cc6c",
    )?;
    let key = SecretKey::filled(|place| place.copy_from_slice(&key));
    let cipher = (AES_256_GCM_CIPHER.make)(&key, Arc::new(SeededEntropy::new(1)));
    let mut opened = vec![0; plain.len()];
    cipher.open(b"", &sealed, &mut opened)?;
    assert_eq!(opened, plain);
    Ok(())
}
