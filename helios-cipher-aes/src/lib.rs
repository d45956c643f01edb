//! AES-256-GCM, by the crate `ring`, which uses the processor's instructions where there are some.
//!
//! In: a key, nonces. Out: `nonce (12) ‖ ciphertext ‖ tag (16)`.

use std::fmt;
use std::mem::MaybeUninit;
use std::sync::Arc;

use helios_core::cipher::{Cipher, CipherMaker, Nonces, SecretKey, check_lengths, not_authentic};
use helios_core::clock::Entropy;
use helios_core::{Error, ErrorKind, Result};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use zeroize::Zeroize;

/// The cipher by its name.
pub const AES_256_GCM_CIPHER: CipherMaker = CipherMaker { name: NAME, is_fast: has_instructions, make };

const NAME: &str = "aes-256-gcm";
const TAG_LEN: usize = 16;
const OVERHEAD: usize = NONCE_LEN + TAG_LEN;

fn make(key: &SecretKey, entropy: Arc<dyn Entropy>) -> Arc<dyn Cipher> {
    let Ok(key) = UnboundKey::new(&AES_256_GCM, key.bytes()) else {
        unreachable!("a secret key has the length of the algorithm's keys")
    };
    Arc::new(Aes { key: WipedKey::new(LessSafeKey::new(key)), nonces: Nonces::new(entropy) })
}

/// Whether the processor has instructions for AES and for the multiplication of GCM.
fn has_instructions() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("aes") && std::arch::is_x86_feature_detected!("pclmulqdq");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("aes");
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    false
}

struct Aes {
    key: WipedKey,
    nonces: Nonces,
}

impl fmt::Debug for Aes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NAME)
    }
}

impl Cipher for Aes {
    fn name(&self) -> &'static str {
        NAME
    }

    fn overhead(&self) -> usize {
        OVERHEAD
    }

    fn seal(&self, context: &[u8], plain: &[u8], sealed: &mut [u8]) -> Result<()> {
        check_lengths(plain.len(), sealed.len(), OVERHEAD)?;
        let (head, rest) = sealed.split_at_mut(NONCE_LEN);
        let (body, end) = rest.split_at_mut(plain.len());
        let mut nonce = [0; NONCE_LEN];
        self.nonces.fill(&mut nonce);
        head.copy_from_slice(&nonce);
        body.copy_from_slice(plain);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.get().seal_in_place_separate_tag(nonce, Aad::from(context), body);
        let tag = tag.map_err(|_| Error::new(ErrorKind::TooBig, "too many bytes to seal at once"))?;
        end.copy_from_slice(tag.as_ref());
        Ok(())
    }

    fn open(&self, context: &[u8], sealed: &[u8], plain: &mut [u8]) -> Result<()> {
        check_lengths(plain.len(), sealed.len(), OVERHEAD)?;
        let (head, rest) = sealed.split_at(NONCE_LEN);
        let (body, end) = rest.split_at(plain.len());
        let nonce = Nonce::try_assume_unique_for_key(head).map_err(|_| not_authentic())?;
        let tag = Tag::try_from(end).map_err(|_| not_authentic())?;
        plain.copy_from_slice(body);
        let opened = self.key.get().open_in_place_separate_tag(nonce, Aad::from(context), tag, plain, 0..);
        opened.map(|_| ()).map_err(|_| not_authentic())
    }
}

/// A key of `ring`, which does not wipe its keys itself. It stays where it is made.
struct WipedKey(Box<MaybeUninit<LessSafeKey>>);

impl WipedKey {
    fn new(key: LessSafeKey) -> WipedKey {
        WipedKey(Box::new(MaybeUninit::new(key)))
    }

    #[expect(unsafe_code, reason = "the key is in a place that can be wiped as bytes")]
    fn get(&self) -> &LessSafeKey {
        // SAFETY: `new` has initialised it, and only the drop overwrites it.
        unsafe { self.0.assume_init_ref() }
    }
}

impl Drop for WipedKey {
    #[expect(unsafe_code, reason = "round keys are wiped as bytes")]
    fn drop(&mut self) {
        const { assert!(!std::mem::needs_drop::<LessSafeKey>(), "the key is numbers only") };
        let place = self.0.as_mut_ptr().cast::<MaybeUninit<u8>>();
        // SAFETY: the place is this many bytes long and exclusively borrowed, and these need no initialisation. Nothing
        // reads the key afterwards, whose drop would do nothing.
        unsafe { std::slice::from_raw_parts_mut(place, size_of::<LessSafeKey>()) }.zeroize();
    }
}
