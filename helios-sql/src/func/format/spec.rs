//! The part of a format between `%` and the letter.
//!
//! In: a format and the arguments that `*` takes. Out: flags, width, precision and the letter.

use super::Arguments;

/// How one argument is to be written.
#[derive(Clone, Debug, Default)]
pub(super) struct Spec {
    /// `-`.
    pub(super) left: bool,
    /// `+` or a space: what stands before a number that is not negative.
    pub(super) sign: Option<u8>,
    /// `#`.
    pub(super) alternate: bool,
    /// `!`.
    pub(super) alternate2: bool,
    /// `0`.
    pub(super) zero_pad: bool,
    /// `,`.
    pub(super) thousands: bool,
    /// The least width, in bytes.
    pub(super) width: usize,
    /// What stands after the point.
    pub(super) precision: Option<usize>,
}

impl Spec {
    /// Reads what follows a `%` from `format[*at]` on, and leaves `at` behind the letter, which it gives too; `None` if
    /// the format ends before.
    pub(super) fn read(format: &[u8], at: &mut usize, arguments: &mut Arguments<'_>) -> Option<(Spec, u8)> {
        let mut spec = Spec::default();
        let peek = |at: usize| format.get(at).copied();
        loop {
            let flag = peek(*at)?;
            *at += 1;
            match flag {
                b'-' => spec.left = true,
                b'+' | b' ' => spec.sign = Some(flag),
                b'#' => spec.alternate = true,
                b'!' => spec.alternate2 = true,
                b'0' => spec.zero_pad = true,
                b',' => spec.thousands = true,
                b'1'..=b'9' => {
                    *at -= 1;
                    spec.width = digits(format, at);
                }
                b'*' => spec.take_width(arguments.integer() as i32),
                b'.' => {
                    spec.precision = if peek(*at) == Some(b'*') {
                        *at += 1;
                        precision(arguments.integer() as i32)
                    } else {
                        Some(digits(format, at))
                    };
                }
                b'l' => {
                    if peek(*at) == Some(b'l') {
                        *at += 1;
                    }
                    let letter = peek(*at)?;
                    *at += 1;
                    return Some((spec, letter));
                }
                letter => return Some((spec, letter)),
            }
            // After a width only a precision or `l` may come, after a precision only `l`.
            let numeric = matches!(flag, b'1'..=b'9' | b'*' | b'.');
            let goes_on = peek(*at).is_some_and(|next| next == b'l' || (next == b'.' && flag != b'.'));
            if numeric && !goes_on {
                let letter = peek(*at)?;
                *at += 1;
                return Some((spec, letter));
            }
        }
    }

    fn take_width(&mut self, width: i32) {
        if width < 0 {
            self.left = true;
        }
        self.width = width.checked_abs().unwrap_or(0) as usize;
    }
}

/// A precision from an argument: its sign does not count.
fn precision(value: i32) -> Option<usize> {
    value.checked_abs().map(|value| value as usize)
}

/// A number of 31 bits; SQLite forgets the bits above.
fn digits(format: &[u8], at: &mut usize) -> usize {
    let mut value = 0u32;
    while let Some(digit) = format.get(*at).filter(|byte| byte.is_ascii_digit()) {
        value = value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'));
        *at += 1;
    }
    (value & 0x7FFF_FFFF) as usize
}
