//! `sum`, `total` and `avg`: exact for integers, compensated for floats.
//!
//! The algorithm is Kahan's and Babuška's as improved by Neumaier, step by step as SQLite runs it, so that sums agree to
//! the last bit. Rows are added in their order, whatever the chunks.

use helios_core::value::Number;
use helios_core::{Error, Result, Value, ValueRef, value};

/// From here on an integer is added in two parts, because a float would round it.
const LARGE: i64 = 1 << 52;
const SMALL_PART: i64 = 16_384;

/// A sum under way.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::exec) struct Sum {
    count: i64,
    integer: i64,
    real: f64,
    error: f64,
    /// Floats have taken over.
    is_real: bool,
    /// They have because the integers overflowed, and no float was added since.
    overflowed: bool,
}

impl Sum {
    pub(super) fn add(&mut self, value: ValueRef<'_>) {
        match value {
            ValueRef::Null => {}
            ValueRef::Integer(value) => self.add_integer(value),
            ValueRef::Real(value) => self.add_real(value),
            ValueRef::Text(text) => {
                let parsed = value::parse_number(text);
                match parsed.number {
                    Number::Integer(value) if parsed.complete => self.add_integer(value),
                    number => self.add_real(number.to_real()),
                }
            }
            ValueRef::Blob(_) => self.add_real(value.to_real()),
        }
    }

    #[inline]
    pub(super) fn add_integer(&mut self, value: i64) {
        self.count += 1;
        if self.is_real {
            return self.step_integer(value);
        }
        match self.integer.checked_add(value) {
            Some(sum) => self.integer = sum,
            None => {
                self.overflowed = true;
                self.begin_real();
                self.step_integer(value);
            }
        }
    }

    #[inline]
    pub(super) fn add_real(&mut self, value: f64) {
        self.count += 1;
        if !self.is_real {
            self.begin_real();
        }
        self.overflowed = false;
        self.step(value);
    }

    /// Takes a value away that was added before.
    pub(super) fn remove(&mut self, value: ValueRef<'_>) {
        let number = match value {
            ValueRef::Null => return,
            ValueRef::Integer(value) => Number::Integer(value),
            ValueRef::Text(text) => match value::parse_number(text) {
                parsed if parsed.complete => parsed.number,
                parsed => Number::Real(parsed.number.to_real()),
            },
            ValueRef::Real(_) | ValueRef::Blob(_) => Number::Real(value.to_real()),
        };
        self.count -= 1;
        match number {
            Number::Integer(value) if !self.is_real => match self.integer.checked_sub(value) {
                Some(sum) => self.integer = sum,
                None => {
                    self.overflowed = true;
                    self.is_real = true;
                }
            },
            Number::Integer(i64::MIN) => {
                self.step_integer(i64::MAX);
                self.step_integer(1);
            }
            Number::Integer(value) => self.step_integer(-value),
            Number::Real(value) => self.step(-value),
        }
    }

    fn begin_real(&mut self) {
        self.is_real = true;
        (self.real, self.error) = match self.integer {
            value if (-LARGE..=LARGE).contains(&value) && value.abs() != LARGE => (value as f64, 0.0),
            value => ((value - value % SMALL_PART) as f64, (value % SMALL_PART) as f64),
        };
    }

    #[inline]
    fn step(&mut self, value: f64) {
        let sum = self.real + value;
        self.error +=
            if self.real.abs() > value.abs() { (self.real - sum) + value } else { (value - sum) + self.real };
        self.real = sum;
    }

    fn step_integer(&mut self, value: i64) {
        if value > -LARGE && value < LARGE {
            return self.step(value as f64);
        }
        let small = value % SMALL_PART;
        self.step((value - small) as f64);
        self.step(small as f64);
    }

    fn real(&self) -> f64 {
        match (self.is_real, self.error.is_nan()) {
            (false, _) => self.integer as f64,
            (true, true) => self.real,
            (true, false) => self.real + self.error,
        }
    }

    pub(super) fn sum(&self) -> Result<Value> {
        match self {
            Sum { count: 0, .. } => Ok(Value::Null),
            Sum { overflowed: true, .. } => Err(Error::sql("integer overflow")),
            Sum { is_real: false, integer, .. } => Ok(Value::Integer(*integer)),
            _ => Ok(Value::real(self.real())),
        }
    }

    pub(super) fn total(&self) -> Value {
        Value::real(self.real())
    }

    pub(super) fn average(&self) -> Value {
        if self.count == 0 { Value::Null } else { Value::real(self.real() / self.count as f64) }
    }
}
