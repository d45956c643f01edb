//! What a cipher has to do, whichever it is: `cipher_conformance!` makes a test of each claim.

use std::collections::HashSet;
use std::sync::Arc;

use helios_core::ErrorKind;
use helios_core::cipher::{Cipher, CipherMaker, KEY_BYTES, SecretKey};

use crate::TestResult;
use crate::clock::SeededEntropy;
use crate::seed::{Numbers, with_seed};

/// Lengths of what is sealed: none, less and more than a block of any cipher, a page, more than a page.
const LENGTHS: [usize; 9] = [0, 1, 15, 16, 17, 64, 320, 4096, 10_000];

fn random_key(numbers: &mut Numbers) -> SecretKey {
    SecretKey::filled(|bytes| numbers.fill(&mut bytes[..]))
}

fn make(maker: &CipherMaker, key: &SecretKey, numbers: &mut Numbers) -> Arc<dyn Cipher> {
    (maker.make)(key, Arc::new(SeededEntropy::new(numbers.next_u64())))
}

fn seal(cipher: &dyn Cipher, context: &[u8], plain: &[u8]) -> TestResult<Vec<u8>> {
    let mut sealed = vec![0; plain.len() + cipher.overhead()];
    cipher.seal(context, plain, &mut sealed)?;
    Ok(sealed)
}

/// What opening gives; an error of the kind that it has to be is `None`.
fn open(cipher: &dyn Cipher, context: &[u8], sealed: &[u8]) -> TestResult<Option<Vec<u8>>> {
    let mut plain = vec![0; sealed.len() - cipher.overhead()];
    match cipher.open(context, sealed, &mut plain) {
        Ok(()) => Ok(Some(plain)),
        Err(error) if error.kind() == ErrorKind::Corrupt => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What was sealed comes back, in its context and with its key; another instance with the key opens it too.
pub fn what_was_sealed_opens_with_its_key_in_its_context(maker: &CipherMaker) -> TestResult {
    with_seed(|numbers| {
        let key = random_key(numbers);
        let (one, other) = (make(maker, &key, numbers), make(maker, &key, numbers));
        assert_eq!((one.name(), other.overhead()), (maker.name, one.overhead()));
        for length in LENGTHS {
            let (plain, context) = (numbers.bytes(length), numbers.bytes(24));
            let sealed = seal(&*one, &context, &plain)?;
            assert_eq!(open(&*other, &context, &sealed)?.as_deref(), Some(&plain[..]), "{length} bytes");
            let stranger = make(maker, &random_key(numbers), numbers);
            assert_eq!(open(&*stranger, &context, &sealed)?, None, "{length} bytes with another key");
            assert_eq!(open(&*one, &context[1..], &sealed)?, None, "{length} bytes elsewhere");
        }
        Ok(())
    })
}

/// No bit can be changed, neither of nonce, bytes and tag nor of the key or the context.
pub fn a_flipped_bit_is_seen(maker: &CipherMaker) -> TestResult {
    with_seed(|numbers| {
        let key = random_key(numbers);
        let cipher = make(maker, &key, numbers);
        let (plain, mut context) = (numbers.bytes(40), numbers.bytes(24));
        let mut sealed = seal(&*cipher, &context, &plain)?;
        for bit in 0..8 * sealed.len() {
            sealed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&*cipher, &context, &sealed)?, None, "bit {bit}");
            sealed[bit / 8] ^= 1 << (bit % 8);
        }
        for bit in 0..8 * context.len() {
            context[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&*cipher, &context, &sealed)?, None, "bit {bit} of the context");
            context[bit / 8] ^= 1 << (bit % 8);
        }
        for bit in 0..8 * KEY_BYTES {
            let other = SecretKey::filled(|bytes| {
                *bytes = *key.bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
            });
            assert_eq!(
                open(&*make(maker, &other, numbers), &context, &sealed)?,
                None,
                "bit {bit} of the key"
            );
        }
        let short = &sealed[..sealed.len() - 1];
        assert_eq!(open(&*cipher, &context, short)?, None, "a byte less");
        assert_eq!(open(&*cipher, &context, &sealed)?.as_deref(), Some(&plain[..]));
        Ok(())
    })
}

/// The same bytes never seal to the same, by one instance or two, and show nothing of themselves.
pub fn the_same_is_never_sealed_to_the_same(maker: &CipherMaker) -> TestResult {
    with_seed(|numbers| {
        let key = random_key(numbers);
        let plain = b"the marker that nobody may find!".repeat(4);
        let mut seen = HashSet::new();
        for _ in 0..4 {
            let cipher = make(maker, &key, numbers);
            for _ in 0..50 {
                let sealed = seal(&*cipher, b"", &plain)?;
                assert!(!sealed.windows(8).any(|part| part == &plain[..8]), "a part of it can be read");
                assert!(seen.insert(sealed), "sealed to the same twice");
            }
        }
        Ok(())
    })
}

/// Places of a wrong length are refused, and nothing panics.
pub fn places_of_a_wrong_length_are_refused(maker: &CipherMaker) -> TestResult {
    with_seed(|numbers| {
        let key = random_key(numbers);
        let cipher = make(maker, &key, numbers);
        let (plain, mut place) = ([7; 16], [0; 256]);
        for length in (0..place.len()).filter(|length| *length != plain.len() + cipher.overhead()) {
            let (sealed, opened) = (
                cipher.seal(b"", &plain, &mut place[..length]),
                cipher.open(b"", &[0; 256][..length], &mut [0; 16]),
            );
            for result in [sealed, opened] {
                let kind = result.map_err(|error| error.kind());
                assert_eq!(kind, Err(ErrorKind::Internal), "a place of {length} bytes");
            }
        }
        Ok(())
    })
}

/// Makes a `#[test]` of each claim about the cipher `$maker`.
#[macro_export]
macro_rules! cipher_conformance {
    ($maker:expr) => {
        $crate::cipher_conformance!($maker;
            what_was_sealed_opens_with_its_key_in_its_context a_flipped_bit_is_seen
            the_same_is_never_sealed_to_the_same places_of_a_wrong_length_are_refused);
    };
    ($maker:expr; $($case:ident)*) => {
        $(
            #[test]
            fn $case() -> $crate::TestResult {
                $crate::cipher::$case(&$maker)
            }
        )*
    };
}
