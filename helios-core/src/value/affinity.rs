//! Column affinity (<https://sqlite.org/datatype3.html>, sections 3 and 4).
//!
//! In: a declared type, or a value on its way into a column or a comparison. Out: the affinity, or the value in the
//! class that the affinity prefers. A value never loses information here: what does not convert exactly stays.

use super::{Number, Value, ValueRef, integral_real, parse_number};

/// The class that a column prefers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Affinity {
    /// No preference: also called NONE.
    #[default]
    Blob,
    /// Numbers become text.
    Text,
    /// Text that is a number becomes one.
    Numeric,
    /// As NUMERIC; differs only in CAST.
    Integer,
    /// As NUMERIC, and integers become floats.
    Real,
}

impl Affinity {
    /// The affinity of a declared type, by SQLite's five rules. No type at all has [`Affinity::Blob`].
    pub fn of_declared_type(declared: &str) -> Affinity {
        let name = declared.to_ascii_uppercase();
        let has = |part: &str| name.contains(part);
        if has("INT") {
            Affinity::Integer
        } else if has("CHAR") || has("CLOB") || has("TEXT") {
            Affinity::Text
        } else if name.is_empty() || has("BLOB") {
            Affinity::Blob
        } else if has("REAL") || has("FLOA") || has("DOUB") {
            Affinity::Real
        } else {
            Affinity::Numeric
        }
    }

    /// The affinity of the type in a CAST: as for a column, but that no type at all makes numbers.
    pub fn of_cast(declared: &str) -> Affinity {
        if declared.is_empty() { Affinity::Numeric } else { Affinity::of_declared_type(declared) }
    }

    /// Whether the affinity is NUMERIC, INTEGER or REAL.
    pub fn is_numeric(self) -> bool {
        matches!(self, Affinity::Numeric | Affinity::Integer | Affinity::Real)
    }

    /// The value as it is stored in a column of this affinity, if that is another one.
    pub fn convert(self, value: ValueRef<'_>) -> Option<Value> {
        match (self, value) {
            (_, ValueRef::Null | ValueRef::Blob(_))
            | (Affinity::Blob, _)
            | (Affinity::Text, ValueRef::Text(_))
            | (Affinity::Real, ValueRef::Real(_))
            | (Affinity::Numeric | Affinity::Integer, ValueRef::Integer(_)) => None,
            (Affinity::Text, ValueRef::Integer(_) | ValueRef::Real(_)) => {
                let mut text = Vec::new();
                value.write_text(&mut text);
                Some(Value::Text(text.into()))
            }
            (Affinity::Real, ValueRef::Integer(value)) => Some(Value::Real(value as f64)),
            (Affinity::Numeric | Affinity::Integer, ValueRef::Real(value)) => {
                integral_real(value).map(Value::Integer)
            }
            (_, ValueRef::Text(text)) => self.convert_text(text),
        }
    }

    fn convert_text(self, text: &[u8]) -> Option<Value> {
        let parsed = parse_number(text);
        if !parsed.complete {
            return None;
        }
        Some(match (self, parsed.number) {
            (Affinity::Real, number) => Value::Real(number.to_real()),
            (_, Number::Integer(value)) => Value::Integer(value),
            (_, Number::Real(value)) => integral_real(value).map_or(Value::Real(value), Value::Integer),
        })
    }

    /// [`Affinity::convert`] on an owned value.
    #[must_use]
    pub fn apply(self, value: Value) -> Value {
        self.convert(value.as_ref()).unwrap_or(value)
    }

    /// What `CAST(value AS type)` gives for a type of this affinity.
    pub fn cast(self, value: ValueRef<'_>) -> Value {
        match (self, value) {
            (_, ValueRef::Null) => Value::Null,
            (Affinity::Blob, ValueRef::Blob(bytes)) => Value::Blob(bytes.into()),
            (Affinity::Blob, _) => Value::Blob(value.text_bytes().unwrap_or_default().into()),
            (Affinity::Text, _) => Value::Text(value.text_bytes().unwrap_or_default().into()),
            (Affinity::Integer, _) => Value::Integer(value.to_integer()),
            (Affinity::Real, _) => Value::Real(value.to_real()),
            (Affinity::Numeric, ValueRef::Integer(value)) => Value::Integer(value),
            (Affinity::Numeric, ValueRef::Real(value)) => Value::Real(value),
            (Affinity::Numeric, ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => {
                match parse_number(bytes).number {
                    Number::Integer(value) => Value::Integer(value),
                    // A float beyond 2^51 stays one here, unlike in a column: so it is in SQLite.
                    Number::Real(value) => match integral_real(value) {
                        Some(integer) if (-(1 << 51)..1 << 51).contains(&integer) => Value::Integer(integer),
                        _ => Value::Real(value),
                    },
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_that_matches_decides() {
        for (declared, affinity) in [
            ("INTEGER", Affinity::Integer),
            ("CHARINT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("VARCHAR(10)", Affinity::Text),
            ("", Affinity::Blob),
            ("BLOB", Affinity::Blob),
            ("DOUBLE PRECISION", Affinity::Real),
            ("DECIMAL(10,5)", Affinity::Numeric),
            ("STRING", Affinity::Numeric),
        ] {
            assert_eq!(Affinity::of_declared_type(declared), affinity, "{declared}");
        }
    }

    #[test]
    fn storing_converts_only_what_stays_exact() {
        let store = |affinity: Affinity, value: Value| affinity.apply(value);
        assert_eq!(store(Affinity::Integer, Value::text(" 1e3 ")), Value::Integer(1000));
        assert_eq!(store(Affinity::Integer, Value::Real(5.5)), Value::Real(5.5));
        assert_eq!(store(Affinity::Integer, Value::text("12x")), Value::text("12x"));
        assert_eq!(store(Affinity::Real, Value::Integer(3)), Value::Real(3.0));
        assert_eq!(store(Affinity::Text, Value::Real(3.0)), Value::text("3.0"));
        assert_eq!(store(Affinity::Numeric, Value::blob(b"1")), Value::blob(b"1"));
        assert_eq!(Affinity::Numeric.cast(Value::text("1.0x").as_ref()), Value::Integer(1));
        assert_eq!(Affinity::Integer.cast(Value::text("2.9").as_ref()), Value::Integer(2));
    }
}
