//! Floats of 64 significant bits, as SQLite 3.40 computes with them when it writes a number (`long double` of x86).
//!
//! In: floats that are not negative and not infinite. Out: the same arithmetic, each step rounded to nearest, ties to
//! even, so that every digit comes out as in SQLite. There is no limit to the exponent, so nothing over- or underflows.

use std::cmp::Ordering;

/// `mantissa * 2^exponent`; the mantissa has its highest bit set, or is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extended {
    mantissa: u64,
    exponent: i32,
}

impl Extended {
    const ZERO: Extended = Extended { mantissa: 0, exponent: 0 };

    /// The float of the same value. It must be finite and not negative.
    pub(super) fn new(value: f64) -> Extended {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        match (bits >> 52 & 0x7FF) as i32 {
            0 => Extended::rounded(u128::from(fraction), -1074, false),
            biased => Extended::rounded(u128::from(fraction | 1 << 52), biased - 1075, false),
        }
    }

    /// The nearest value to `mantissa * 2^exponent`; `sticky` says that a little more was cut off.
    fn rounded(mantissa: u128, exponent: i32, sticky: bool) -> Extended {
        if mantissa == 0 {
            return Extended::ZERO;
        }
        let excess = 64 - mantissa.leading_zeros() as i32;
        if excess <= 0 {
            return Extended { mantissa: (mantissa as u64) << -excess, exponent: exponent + excess };
        }
        let kept = (mantissa >> excess) as u64;
        let cut = mantissa & ((1 << excess) - 1);
        let half = 1 << (excess - 1);
        let up = cut > half || (cut == half && (sticky || kept & 1 == 1));
        match kept.checked_add(u64::from(up)) {
            Some(mantissa) => Extended { mantissa, exponent: exponent + excess },
            None => Extended { mantissa: 1 << 63, exponent: exponent + excess + 1 },
        }
    }

    /// The nearest float of 53 bits.
    pub(super) fn to_f64(self) -> f64 {
        if self.mantissa == 0 {
            return 0.0;
        }
        // The weight of the lowest bit that the result can have: its 53rd bit, or the smallest there is.
        let lowest = (self.exponent + 11).max(-1074);
        let cut_bits = lowest - self.exponent;
        if cut_bits > 64 {
            return 0.0;
        }
        let mantissa = u128::from(self.mantissa);
        let (kept, cut, half) = (mantissa >> cut_bits, mantissa & ((1 << cut_bits) - 1), 1 << (cut_bits - 1));
        let kept = kept + u128::from(cut > half || (cut == half && kept & 1 == 1));
        // Both factors are exact, and so is the product: it has 53 bits and no smaller unit than a float has.
        let scale = |power: i32| f64::from_bits(((power + 1023) as u64) << 52);
        if lowest < -1022 {
            kept as f64 * scale(-1022) * scale(lowest + 1022)
        } else {
            kept as f64 * scale(lowest)
        }
    }

    pub(super) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    pub(super) fn plus(self, other: Extended) -> Extended {
        let (large, small) = if self.compare(other).is_lt() { (other, self) } else { (self, other) };
        if small.is_zero() {
            return large;
        }
        let distance = large.exponent - small.exponent;
        // 63 spare bits hold all that can matter; what lies below them only breaks a tie.
        let wide = u128::from(large.mantissa) << 63;
        let shifted = u128::from(small.mantissa) << 63;
        let (aligned, lost) = match distance {
            0..127 => (shifted >> distance, shifted & ((1u128 << distance) - 1) != 0),
            _ => (0, true),
        };
        Extended::rounded(wide + aligned, large.exponent - 63, lost)
    }

    pub(super) fn times(self, other: Extended) -> Extended {
        let product = u128::from(self.mantissa) * u128::from(other.mantissa);
        Extended::rounded(product, self.exponent + other.exponent, false)
    }

    /// The quotient. The divisor must not be 0.
    pub(super) fn divided_by(self, other: Extended) -> Extended {
        let (divisor, dividend) = (u128::from(other.mantissa), u128::from(self.mantissa) << 63);
        let (quotient, rest) = (dividend / divisor, dividend % divisor);
        // Three more bits, so that what is cut off lies below half of the last place.
        let rest = rest << 3;
        let (more, rest) = (rest / divisor, rest % divisor);
        Extended::rounded(quotient << 3 | more, self.exponent - other.exponent - 66, rest != 0)
    }

    pub(super) fn compare(self, other: Extended) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => (self.exponent, self.mantissa).cmp(&(other.exponent, other.mantissa)),
        }
    }

    pub(super) fn at_least(self, other: Extended) -> bool {
        self.compare(other).is_ge()
    }

    /// Takes the whole part off a value below 16, and gives it and the rest times 10.
    pub(super) fn split_digit(self) -> (u8, Extended) {
        let shift = -self.exponent;
        if self.is_zero() || shift > 63 {
            return (0, self.times(Extended::new(10.0)));
        }
        let whole = self.mantissa >> shift;
        let rest = u128::from(self.mantissa & ((1 << shift) - 1));
        (whole as u8, Extended::rounded(rest, self.exponent, false).times(Extended::new(10.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_survive_the_way_there_and_back() {
        for value in [0.0, 1.0, 0.1, 1e308, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1.5e-320, 123_456.789] {
            assert_eq!(Extended::new(value).to_f64().to_bits(), value.to_bits(), "{value}");
        }
    }

    #[test]
    fn arithmetic_is_exact_where_the_result_fits() {
        let number = Extended::new;
        assert_eq!(number(1.5).plus(number(0.25)), number(1.75));
        assert_eq!(number(1.5).times(number(3.0)), number(4.5));
        assert_eq!(number(1.0).divided_by(number(8.0)), number(0.125));
        assert_eq!(number(1.0).plus(number(1e-30)), number(1.0));
        let third = number(1.0).divided_by(number(3.0));
        assert_eq!(third.mantissa, 0xAAAA_AAAA_AAAA_AAAB);
        assert_eq!(number(7.25).split_digit(), (7, number(2.5)));
        assert_eq!(number(0.5).split_digit(), (0, number(5.0)));
        assert!(number(1e10).at_least(number(1e10)));
    }
}
