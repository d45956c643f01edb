//! SCRAM-SHA-256 (RFC 5802, RFC 7677): a client shows that it knows its password, and the server that it knows a verifier.
//!
//! Users that do not exist are answered like others, with a salt that is always the same for a name, and fail at the end.

use std::io;
use std::num::NonZeroU32;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::{digest, hmac, pbkdf2};

use super::random_bytes;
use crate::failure::Failure;
use crate::sqlstate;
use crate::wire::{Channel, Message, Reply, read_message};

const MECHANISM: &[u8] = b"SCRAM-SHA-256";
const ITERATIONS: u32 = 4096;

/// What is kept of a password: nobody can log in with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verifier {
    iterations: u32,
    salt: Vec<u8>,
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
}

fn sign(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

fn hash(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

impl Verifier {
    /// The verifier of a password, with a salt of its own.
    pub(super) fn of_password(password: &str) -> helios::Result<Verifier> {
        Ok(Verifier::with_salt(password, random_bytes::<16>()?.to_vec()))
    }

    fn with_salt(password: &str, salt: Vec<u8>) -> Verifier {
        // What SASLprep does not take is used as it is, as PostgreSQL does.
        let prepared = stringprep::saslprep(password).unwrap_or(password.into());
        let mut salted = [0; digest::SHA256_OUTPUT_LEN];
        let iterations = NonZeroU32::new(ITERATIONS).unwrap_or(NonZeroU32::MIN);
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, prepared.as_bytes(), &mut salted);
        Verifier {
            iterations: ITERATIONS,
            salt,
            stored_key: hash(&sign(&salted, b"Client Key")),
            server_key: sign(&salted, b"Server Key"),
        }
    }

    /// As PostgreSQL writes it: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`.
    pub(super) fn to_text(&self) -> String {
        format!(
            "SCRAM-SHA-256${}:{}${}:{}",
            self.iterations,
            STANDARD.encode(&self.salt),
            STANDARD.encode(&self.stored_key),
            STANDARD.encode(&self.server_key)
        )
    }

    /// Reads what [`Verifier::to_text`] has written.
    pub(super) fn of_text(text: &str) -> Option<Verifier> {
        let (head, keys) = text.strip_prefix("SCRAM-SHA-256$")?.split_once('$')?;
        let (iterations, salt) = head.split_once(':')?;
        let (stored_key, server_key) = keys.split_once(':')?;
        let verifier = Verifier {
            iterations: iterations.parse().ok()?,
            salt: STANDARD.decode(salt).ok()?,
            stored_key: STANDARD.decode(stored_key).ok()?,
            server_key: STANDARD.decode(server_key).ok()?,
        };
        (verifier.stored_key.len() == 32 && verifier.server_key.len() == 32).then_some(verifier)
    }

    /// What a user seems to have that there is not.
    fn made_up(user: &str, seed: &[u8]) -> Verifier {
        let salt = sign(seed, user.as_bytes())[..16].to_vec();
        Verifier { iterations: ITERATIONS, salt, stored_key: vec![0; 32], server_key: vec![0; 32] }
    }
}

/// Asks a client for a proof that it knows the password.
pub(super) fn authenticate(
    channel: &mut Channel,
    user: &str,
    known: Option<Verifier>,
    seed: &[u8],
) -> io::Result<Result<(), Failure>> {
    let wrong = || {
        Failure::fatal(
            sqlstate::WRONG_PASSWORD,
            format!("password authentication failed for user \"{user}\""),
        )
    };
    let malformed = || Ok(Err(Failure::protocol("malformed SCRAM message")));
    let exists = known.is_some();
    let verifier = known.unwrap_or_else(|| Verifier::made_up(user, seed));
    let mut reply = Reply::default();
    reply.authentication(10, &[MECHANISM, b"\0\0"].concat());
    channel.send(reply.bytes())?;
    let Some(Message::Password(first)) = read_message(channel, false)? else { return malformed() };
    let Some(first) = first_message(&first) else { return malformed() };
    let nonce = match random_bytes::<18>() {
        Ok(bytes) => format!("{}{}", first.nonce, STANDARD.encode(bytes)),
        Err(error) => return Ok(Err(error.into())),
    };
    let server_first = format!("r={nonce},s={},i={}", STANDARD.encode(&verifier.salt), verifier.iterations);
    reply.clear();
    reply.authentication(11, server_first.as_bytes());
    channel.send(reply.bytes())?;
    let Some(Message::Password(last)) = read_message(channel, false)? else { return malformed() };
    let Ok(last) = std::str::from_utf8(&last) else { return malformed() };
    let Some((without_proof, proof)) = last.rsplit_once(",p=") else { return malformed() };
    let expected = format!("c={},r={nonce}", STANDARD.encode(&first.header));
    let Ok(proof) = STANDARD.decode(proof) else { return malformed() };
    if without_proof != expected || proof.len() != 32 {
        return malformed();
    }
    let signed = format!("{},{server_first},{without_proof}", first.bare);
    let signature = sign(&verifier.stored_key, signed.as_bytes());
    let client_key: Vec<u8> =
        proof.iter().zip(&signature).map(|(proof, signature)| proof ^ signature).collect();
    // Signed with what the client does not know, the two tell nothing by the time that their comparison takes.
    let is_right = sign(seed, &hash(&client_key)) == sign(seed, &verifier.stored_key);
    if !is_right || !exists {
        return Ok(Err(wrong()));
    }
    let server_signature = sign(&verifier.server_key, signed.as_bytes());
    reply.clear();
    reply.authentication(12, format!("v={}", STANDARD.encode(server_signature)).as_bytes());
    channel.send(reply.bytes())?;
    Ok(Ok(()))
}

/// What the first message of a client says.
struct First {
    /// What says whether it would bind the channel.
    header: String,
    /// The rest.
    bare: String,
    nonce: String,
}

fn first_message(body: &[u8]) -> Option<First> {
    let (mechanism, rest) = body.split_at_checked(MECHANISM.len() + 1)?;
    if mechanism.strip_suffix(&[0])? != MECHANISM {
        return None;
    }
    let (length, text) = rest.split_at_checked(4)?;
    let length = i32::from_be_bytes([length[0], length[1], length[2], length[3]]);
    if usize::try_from(length).ok()? != text.len() {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    // The mechanism that binds the channel was not offered.
    let bare = text.strip_prefix("n,,").or_else(|| text.strip_prefix("y,,"))?;
    let nonce = bare.split(',').find_map(|part| part.strip_prefix("r="))?;
    let is_printable = nonce.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if nonce.is_empty() || !is_printable || bare.starts_with("m=") {
        return None;
    }
    let header = text[..3].to_owned();
    Some(First { header, bare: bare.to_owned(), nonce: nonce.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_the_one_of_rfc_7677() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("base 64");
        let verifier = Verifier::with_salt("pencil", salt);
        let first = "n=user,r=rOprNGfwEbeRWgbNEkqO";
        let server_first =
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let last = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let signed = format!("{first},{server_first},{last}");
        let proof = STANDARD.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").expect("base 64");
        let signature = sign(&verifier.stored_key, signed.as_bytes());
        let key: Vec<u8> = proof.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        assert_eq!(hash(&key), verifier.stored_key);
        let server_signature = STANDARD.encode(sign(&verifier.server_key, signed.as_bytes()));
        assert_eq!(server_signature, "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assert_eq!(Verifier::of_text(&verifier.to_text()), Some(verifier));
    }
}
