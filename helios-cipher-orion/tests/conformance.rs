//! The cipher against its contract, and against vectors of others.

use std::sync::Arc;

use helios_cipher_orion::XCHACHA20_POLY1305_CIPHER;
use helios_core::cipher::SecretKey;
use helios_testkit::TestResult;
use helios_testkit::clock::SeededEntropy;

helios_testkit::cipher_conformance!(XCHACHA20_POLY1305_CIPHER);

/// The example of draft-irtf-cfrg-xchacha-03, appendix A.3.1.
#[test]
fn what_others_have_sealed_opens() -> TestResult {
    let bytes = |digits: &str| -> TestResult<Vec<u8>> {
        let byte = |at| Ok(u8::from_str_radix(&digits[at..at + 2], 16)?);
        (0..digits.len()).step_by(2).map(byte).collect()
    };
    let plain =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                  sunscreen would be it.";
    let sealed = bytes(
        "404142434445464748494a4b4c4d4e4f5051525354555657\
         bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
         731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
         2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
         21f9664c97637da9768812f615c68b13b52e\
         c0875924c1c7987947deafd8780acf49",
    )?;
    let context = bytes("50515253c0c1c2c3c4c5c6c7")?;
    let key = SecretKey::filled(|place| place.iter_mut().zip(0x80..).for_each(|(byte, value)| *byte = value));
    let cipher = (XCHACHA20_POLY1305_CIPHER.make)(&key, Arc::new(SeededEntropy::new(1)));
    let mut opened = vec![0; plain.len()];
    cipher.open(&context, &sealed, &mut opened)?;
    assert_eq!(opened, plain);
    Ok(())
}
