//! Values as the format writes them.

use helios_core::{Value, ValueRef};

/// A value of a column of type `T`, `I` or `R`.
pub(crate) fn written(value: &Value, column_type: char) -> String {
    let value = value.as_ref();
    if value.is_null() {
        return "NULL".to_owned();
    }
    match column_type {
        // What a C program gets as an int: the low 32 bits.
        'I' => (value.to_integer() as i32).to_string(),
        'R' => real(value.to_real()),
        _ => text(value),
    }
}

fn text(value: ValueRef<'_>) -> String {
    let bytes = value.text_bytes().unwrap_or_default();
    if bytes.is_empty() {
        return "(empty)".to_owned();
    }
    let printable = |&byte: &u8| if (b' '..=b'~').contains(&byte) { byte as char } else { '@' };
    bytes.iter().map(printable).collect()
}

/// `%.3f`, where digits after the sixteenth are zeros.
fn real(value: f64) -> String {
    let scientific = format!("{value:.15e}");
    let exponent: i32 = scientific.split_once('e').and_then(|(_, digits)| digits.parse().ok()).unwrap_or(0);
    if exponent < 13 {
        return format!("{value:.3}");
    }
    let digits: String =
        scientific.split('e').take(1).flat_map(str::chars).filter(char::is_ascii_digit).collect();
    let sign = if value < 0.0 { "-" } else { "" };
    let whole = exponent as usize + 1;
    let padded = format!("{digits:0<width$}", width = whole + 3);
    format!("{sign}{}.{}", &padded[..whole], &padded[whole..whole + 3])
}
