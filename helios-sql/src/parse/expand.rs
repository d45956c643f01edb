//! A statement's text with the values of its parameters written in.

use helios_core::ValueRef;
use helios_core::value::write_real;

use super::Dialect;
use super::lexer::token_at;
use super::parameter::Parameters;
use super::token::Kind;

/// `source` with each parameter replaced by the literal of its value; `value` gives that by number, from 0 on. `None`
/// if the text would be longer than `most` bytes.
pub fn expand<'v>(source: &str, most: usize, value: impl Fn(usize) -> ValueRef<'v>) -> Option<String> {
    let mut parameters = Parameters::default();
    let mut out = Vec::new();
    let (mut at, mut copied) = (0, 0);
    loop {
        let token = token_at(source.as_bytes(), at, Dialect::Sqlite);
        if token.kind == Kind::End || token.end <= at {
            break;
        }
        at = token.end;
        if token.kind != Kind::Variable {
            continue;
        }
        let number = parameters.number(source.get(token.start..token.end)?).ok()?;
        out.extend_from_slice(&source.as_bytes()[copied..token.start]);
        copied = token.end;
        write_literal(value(number as usize - 1), &mut out);
        if out.len() > most {
            return None;
        }
    }
    out.extend_from_slice(&source.as_bytes()[copied..]);
    (out.len() <= most).then(|| String::from_utf8_lossy(&out).into_owned())
}

fn write_literal(value: ValueRef<'_>, out: &mut Vec<u8>) {
    match value {
        ValueRef::Null => out.extend_from_slice(b"NULL"),
        ValueRef::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
        ValueRef::Real(value) => write_real(value, out),
        ValueRef::Text(text) => {
            out.push(b'\'');
            for &byte in text {
                out.extend_from_slice(if byte == b'\'' { b"''" } else { std::slice::from_ref(&byte) });
            }
            out.push(b'\'');
        }
        ValueRef::Blob(bytes) => {
            out.extend_from_slice(b"x'");
            bytes.iter().for_each(|byte| out.extend_from_slice(format!("{byte:02x}").as_bytes()));
            out.push(b'\'');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_become_literals_by_their_numbers() {
        let values = [
            ValueRef::Null,
            ValueRef::Integer(-7),
            ValueRef::Real(1.5),
            ValueRef::Text(b"it's"),
            ValueRef::Blob(&[1, 0xab]),
        ];
        let expanded = |source| expand(source, 100, |number| values[number]);
        assert_eq!(expanded("select ?, ?, ?5, ?4").as_deref(), Some("select NULL, -7, x'01ab', 'it''s'"));
        assert_eq!(
            expanded("select :a, '?', :b, :a -- ?").as_deref(),
            Some("select NULL, '?', -7, NULL -- ?")
        );
        assert_eq!(expanded("select ?3 /* ? */").as_deref(), Some("select 1.5 /* ? */"));
        assert_eq!(expand("select ?", 8, |_| ValueRef::Integer(12)), None);
        assert_eq!(expand("select ?", 9, |_| ValueRef::Integer(1)).as_deref(), Some("select 1"));
    }
}
