//! Changes of an input at random places: what reads it answers with a value or an error.

use crate::seed::Numbers;

/// Pieces that parsers have to tell apart.
const PIECES: [&[u8]; 24] = [
    b"(",
    b")",
    b"'",
    b"\"",
    b";",
    b",",
    b"--",
    b"/*",
    b"x'",
    b"\0",
    b"\xff",
    b"\xf0\x9f",
    b"9223372036854775808",
    b"1e999",
    b" SELECT ",
    b" WITH RECURSIVE ",
    b" AS OF ",
    b" OVER (",
    b" CASE ",
    b" IN ",
    b"$1",
    b"?32766",
    b"::",
    b"\n",
];

/// An input with up to four changes: a bit, a piece cut out, doubled, put in, or taken from another input, or the end of
/// that one in the place of its own.
pub fn mutate(input: &[u8], other: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut out = input.to_vec();
    for _ in 0..1 + numbers.below(4) {
        let at = numbers.below(out.len() + 1);
        let end = at + numbers.below((out.len() - at).min(40) + 1);
        match numbers.below(7) {
            0 if at < out.len() => out[at] ^= 1 << numbers.below(8),
            1 => drop(out.drain(at..end)),
            2 => {
                let piece = out[at..end].to_vec();
                out.splice(at..at, piece);
            }
            3 => drop(out.splice(at..at, numbers.pick(&PIECES).iter().copied())),
            4 if !other.is_empty() => {
                let from = numbers.below(other.len());
                let to = from + numbers.below((other.len() - from).min(60) + 1);
                out.splice(at..end, other[from..to].iter().copied());
            }
            5 if !other.is_empty() => {
                out.truncate(at);
                out.extend(&other[numbers.below(other.len())..]);
            }
            _ => {
                let length = 1 + numbers.below(6);
                let bytes = numbers.bytes(length);
                out.splice(at..end, bytes);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_of_any_length_are_changed() {
        let mut numbers = Numbers::new(1);
        let inputs: [&[u8]; 3] = [b"", b"a", b"SELECT 1; SELECT 2"];
        for input in inputs {
            for other in inputs {
                let differs = (0..200).filter(|_| mutate(input, other, &mut numbers) != input).count();
                assert!(differs > 50, "{differs} of 200");
            }
        }
    }
}
