//! JSON as PostgreSQL's type `jsonb` has it (<https://www.postgresql.org/docs/15/functions-json.html>).
//!
//! In: texts. Out: texts in the form in which PostgreSQL writes `jsonb`: keys by their length and then by their bytes, the
//! last of those that are the same, one space after a colon and a comma.

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::json::is_strict;
use super::super::{CallContext, Scalar};
use super::array;
use super::cast::{invalid, written};
use super::table::quoted;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("::json", 1, 1, |_, arguments| {
        let Some(text) = written(arguments[0]) else { return Ok(Value::Null) };
        match is_strict(text.as_bytes()) {
            true => Ok(Value::text(&text)),
            false => Err(invalid("json", &text)),
        }
    }),
    Scalar::pure("::jsonb", 1, 1, |_, arguments| of_json(arguments[0], Some)),
    Scalar::pure("jsonb_concat", 2, 2, |_, arguments| {
        of_two(arguments, |left, right| Ok(left.joined(right)))
    }),
    Scalar::pure("contains", 2, 2, |_, arguments| contains(arguments[0], arguments[1])),
    Scalar::pure("contained_by", 2, 2, |_, arguments| contains(arguments[1], arguments[0])),
    Scalar::pure("overlaps", 2, 2, overlaps),
    Scalar::pure("jsonb_exists", 2, 2, |_, arguments| {
        let (Some(json), Some(key)) = (json(arguments[0])?, written(arguments[1])) else {
            return Ok(Value::Null);
        };
        Ok(Value::boolean(json.has(&key)))
    }),
    Scalar::pure("jsonb_exists_any", 2, 2, |_, arguments| {
        has_keys(arguments, |json, keys| keys.iter().any(|key| json.has(key)))
    }),
    Scalar::pure("jsonb_exists_all", 2, 2, |_, arguments| {
        has_keys(arguments, |json, keys| keys.iter().all(|key| json.has(key)))
    }),
    Scalar::pure("jsonb_delete_all", 2, 2, |_, arguments| {
        let Some(keys) = path_of(arguments[1])? else { return Ok(Value::Null) };
        of_json(arguments[0], |json| Some(keys.iter().fold(json, |json, key| json.without(key, None))))
    }),
    Scalar::pure("jsonb_delete_path", 2, 2, |_, arguments| {
        let Some(path) = path_of(arguments[1])? else { return Ok(Value::Null) };
        of_json(arguments[0], |mut json| {
            json.delete(&path);
            Some(json)
        })
    }),
    Scalar::pure("jsonb_insert", 3, 4, |_, arguments| {
        let (Some(path), Some(value)) = (path_of(arguments[1])?, json(arguments[2])?) else {
            return Ok(Value::Null);
        };
        let goes_behind = arguments.get(3).is_some_and(|behind| behind.to_integer() != 0);
        let Some(mut into) = json(arguments[0])? else { return Ok(Value::Null) };
        into.insert(&path, &value, goes_behind)?;
        Ok(Value::text(&into.write()))
    }),
    Scalar::pure("jsonb_delete", 2, 2, |_, arguments| {
        let Some(key) = written(arguments[1]) else { return Ok(Value::Null) };
        let place = match arguments[1] {
            ValueRef::Integer(place) => Some(place),
            _ => None,
        };
        of_json(arguments[0], |json| Some(json.without(&key, place)))
    }),
    Scalar::pure("jsonb_path_json", 2, 2, |_, arguments| {
        let found = at_path(arguments)?;
        Ok(found.map_or(Value::Null, |found| Value::text(&found.write())))
    }),
    Scalar::pure("jsonb_path_text", 2, 2, |_, arguments| {
        Ok(match at_path(arguments)? {
            None | Some(Json::Null) => Value::Null,
            Some(Json::Text(text)) => Value::text(&text),
            Some(found) => Value::text(&found.write()),
        })
    }),
    Scalar::pure("jsonb_set", 3, 4, |_, arguments| {
        let creates = arguments.get(3).is_none_or(|creates| creates.to_integer() != 0);
        let (Some(path), Some(value)) = (path_of(arguments[1])?, json(arguments[2])?) else {
            return Ok(Value::Null);
        };
        of_json(arguments[0], |mut json| {
            json.set(&path, &value, creates);
            Some(json)
        })
    }),
    Scalar::pure("jsonb_strip_nulls", 1, 1, |_, arguments| {
        of_json(arguments[0], |json| Some(json.stripped()))
    }),
    Scalar::pure("jsonb_pretty", 1, 1, |_, arguments| {
        Ok(json(arguments[0])?.map_or(Value::Null, |json| {
            let mut out = String::new();
            json.write_pretty(0, &mut out);
            Value::text(&out)
        }))
    }),
    Scalar::pure("jsonb_typeof", 1, 1, |_, arguments| kind(arguments[0])),
    Scalar::pure("json_typeof", 1, 1, |_, arguments| kind(arguments[0])),
    Scalar::pure("jsonb_array_length", 1, 1, |_, arguments| match json(arguments[0])? {
        None => Ok(Value::Null),
        Some(Json::Array(elements)) => Ok(Value::Integer(elements.len() as i64)),
        Some(_) => Err(Error::new(ErrorKind::Data, "cannot get array length of a non-array")),
    }),
    Scalar::pure("to_json", 1, 1, |_, arguments| Ok(as_json(arguments[0]))),
    Scalar::pure("to_jsonb", 1, 1, |_, arguments| Ok(as_json(arguments[0]))),
];

/// A JSON. Numbers are what they were written as.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Truth(bool),
    Number(String),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// What PostgreSQL calls values of its kind.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Truth(_) => "boolean",
            Json::Number(_) => "number",
            Json::Text(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        }
    }

    /// Reads a text that is known to be JSON.
    fn parse(text: &str) -> Option<Json> {
        let mut reader = Reader { text, at: 0 };
        reader.value()
    }

    /// An object with its keys in their order, each once.
    fn sorted(self) -> Json {
        let Json::Object(members) = self else { return self };
        let mut kept: Vec<(String, Json)> = Vec::with_capacity(members.len());
        for (name, value) in members {
            match kept.binary_search_by(|(known, _)| (known.len(), known).cmp(&(name.len(), &name))) {
                Ok(place) => kept[place].1 = value,
                Err(place) => kept.insert(place, (name, value)),
            }
        }
        Json::Object(kept)
    }

    pub(super) fn write(&self) -> String {
        match self {
            Json::Null => "null".to_owned(),
            Json::Truth(truth) => truth.to_string(),
            Json::Number(number) => number.clone(),
            Json::Text(text) => quoted(text),
            Json::Array(elements) => {
                format!("[{}]", elements.iter().map(Json::write).collect::<Vec<_>>().join(", "))
            }
            Json::Object(members) => {
                let member = |(name, value): &(String, Json)| format!("{}: {}", quoted(name), value.write());
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn write_pretty(&self, depth: usize, out: &mut String) {
        let (open, close, count) = match self {
            Json::Array(elements) => ('[', ']', elements.len()),
            Json::Object(members) => ('{', '}', members.len()),
            plain => return out.push_str(&plain.write()),
        };
        out.push(open);
        for place in 0..count {
            out.push_str(if place == 0 { "\n" } else { ",\n" });
            out.push_str(&"    ".repeat(depth + 1));
            match self {
                Json::Array(elements) => elements[place].write_pretty(depth + 1, out),
                Json::Object(members) => {
                    out.push_str(&format!("{}: ", quoted(&members[place].0)));
                    members[place].1.write_pretty(depth + 1, out);
                }
                _ => {}
            }
        }
        out.push('\n');
        out.push_str(&"    ".repeat(depth));
        out.push(close);
    }

    /// `left || right`.
    fn joined(self, right: Json) -> Json {
        match (self, right) {
            (Json::Object(mut left), Json::Object(right)) => {
                left.extend(right);
                Json::Object(left).sorted()
            }
            (left, right) => {
                let elements = |json| match json {
                    Json::Array(elements) => elements,
                    other => vec![other],
                };
                Json::Array(elements(left).into_iter().chain(elements(right)).collect())
            }
        }
    }

    /// Whether it has everything in it that `part` has.
    fn contains(&self, part: &Json) -> bool {
        match (self, part) {
            (Json::Object(whole), Json::Object(part)) => part.iter().all(|(name, value)| {
                whole.iter().any(|(known, whole)| known == name && whole.contains(value))
            }),
            (Json::Array(whole), Json::Array(part)) => {
                part.iter().all(|element| whole.iter().any(|known| known.contains(element)))
            }
            (Json::Array(whole), plain) => whole.contains(plain),
            (Json::Number(left), Json::Number(right)) => {
                left == right || left.parse::<f64>().ok().is_some_and(|left| right.parse() == Ok(left))
            }
            (left, right) => left == right,
        }
    }

    fn without(self, key: &str, place: Option<i64>) -> Json {
        match self {
            Json::Object(members) => {
                Json::Object(members.into_iter().filter(|(name, _)| name != key).collect())
            }
            Json::Array(mut elements) => {
                match place.map(|place| if place < 0 { place + elements.len() as i64 } else { place }) {
                    Some(place) => {
                        if let Some(place) = usize::try_from(place).ok().filter(|at| *at < elements.len()) {
                            elements.remove(place);
                        }
                    }
                    None => elements.retain(|element| *element != Json::Text(key.to_owned())),
                }
                Json::Array(elements)
            }
            other => other,
        }
    }

    /// Whether a key or an element is called so.
    fn has(&self, key: &str) -> bool {
        let is_called = |json: &Json| matches!(json, Json::Text(text) if text == key);
        match self {
            Json::Object(members) => members.iter().any(|(name, _)| name == key),
            Json::Array(elements) => elements.iter().any(is_called),
            other => is_called(other),
        }
    }

    /// The part that a step leads to.
    fn part_mut(&mut self, step: &str) -> Option<&mut Json> {
        match self {
            Json::Object(members) => {
                members.iter_mut().find(|(name, _)| name == step).map(|(_, value)| value)
            }
            Json::Array(elements) => {
                let place = place_of(step, elements.len())?;
                elements.get_mut(place)
            }
            _ => None,
        }
    }

    fn delete(&mut self, path: &[String]) {
        match path {
            [] => {}
            [last] => {
                let place = last.parse().ok().filter(|_| matches!(self, Json::Array(_)));
                // Only a number names an element of an array here.
                if place.is_some() || matches!(self, Json::Object(_)) {
                    *self = std::mem::replace(self, Json::Null).without(last, place);
                }
            }
            [step, rest @ ..] => self.part_mut(step).into_iter().for_each(|part| part.delete(rest)),
        }
    }

    /// Puts a value before or behind an element, or under a key that is not there.
    fn insert(&mut self, path: &[String], value: &Json, goes_behind: bool) -> Result<()> {
        let [step, rest @ ..] = path else { return Ok(()) };
        if !rest.is_empty() {
            return self.part_mut(step).map_or(Ok(()), |part| part.insert(rest, value, goes_behind));
        }
        match self {
            Json::Object(members) if members.iter().any(|(name, _)| name == step) => {
                Err(Error::new(ErrorKind::Data, "cannot replace existing key"))
            }
            Json::Object(_) => {
                self.set(path, value, true);
                Ok(())
            }
            Json::Array(elements) => {
                let place: i64 = step.parse().map_err(|_| {
                    Error::new(
                        ErrorKind::Data,
                        format!("path element at position 1 is not an integer: \"{step}\""),
                    )
                })?;
                let count = elements.len() as i64;
                let from_start = if place < 0 { place + count } else { place };
                let at = match from_start {
                    before if before < 0 => 0,
                    past if past >= count => count,
                    inside => inside + i64::from(goes_behind),
                };
                elements.insert(usize::try_from(at).unwrap_or(0), value.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn stripped(self) -> Json {
        match self {
            Json::Object(members) => {
                let kept = members.into_iter().filter(|(_, value)| *value != Json::Null);
                Json::Object(kept.map(|(name, value)| (name, value.stripped())).collect())
            }
            Json::Array(elements) => Json::Array(elements.into_iter().map(Json::stripped).collect()),
            other => other,
        }
    }

    /// The part that a step leads to.
    pub(super) fn step(&self, step: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(name, _)| name == step).map(|(_, value)| value),
            Json::Array(elements) => elements.get(place_of(step, elements.len())?),
            _ => None,
        }
    }

    fn set(&mut self, path: &[String], value: &Json, creates: bool) {
        let [step, rest @ ..] = path else { return };
        let part = match self {
            Json::Object(members) => match members.iter().position(|(name, _)| name == step) {
                Some(place) => Some(&mut members[place].1),
                None if creates && rest.is_empty() => {
                    members.push((step.clone(), value.clone()));
                    *self = std::mem::replace(self, Json::Null).sorted();
                    return;
                }
                None => None,
            },
            Json::Array(elements) => match place_of(step, elements.len()) {
                Some(place) if place < elements.len() => Some(&mut elements[place]),
                _ if creates && rest.is_empty() => return elements.push(value.clone()),
                _ => None,
            },
            _ => None,
        };
        match part {
            Some(part) if rest.is_empty() => *part = value.clone(),
            Some(part) => part.set(rest, value, creates),
            None => {}
        }
    }
}

/// The place of an element that a step names, from the end if it is negative.
fn place_of(step: &str, count: usize) -> Option<usize> {
    let place: i64 = step.parse().ok()?;
    usize::try_from(if place < 0 { place + count as i64 } else { place }).ok()
}

/// Reads what [`is_strict`] has let pass, which bounds how deep it is.
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn next_byte(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.text.as_bytes().get(self.at).copied()
    }

    fn value(&mut self) -> Option<Json> {
        match self.next_byte()? {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => self.string().map(Json::Text),
            _ => {
                let rest = self.text.get(self.at..)?;
                let end = rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                self.at += end;
                Some(match &rest[..end] {
                    "null" => Json::Null,
                    "true" => Json::Truth(true),
                    "false" => Json::Truth(false),
                    number => Json::Number(number.to_owned()),
                })
            }
        }
    }

    fn array(&mut self) -> Option<Json> {
        self.at += 1;
        let mut elements = Vec::new();
        while self.next_byte()? != b']' {
            if self.next_byte()? == b',' {
                self.at += 1;
            }
            elements.push(self.value()?);
        }
        self.at += 1;
        Some(Json::Array(elements))
    }

    fn object(&mut self) -> Option<Json> {
        self.at += 1;
        let mut members = Vec::new();
        while self.next_byte()? != b'}' {
            if self.next_byte()? == b',' {
                self.at += 1;
                self.next_byte()?;
            }
            let name = self.string()?;
            if self.next_byte()? == b':' {
                self.at += 1;
            }
            members.push((name, self.value()?));
        }
        self.at += 1;
        Some(Json::Object(members).sorted())
    }

    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let character = self.text.get(self.at..)?.chars().next()?;
            self.at += character.len_utf8();
            match character {
                '"' => return Some(out),
                '\\' => {
                    let escaped = self.text.get(self.at..)?.chars().next()?;
                    self.at += escaped.len_utf8();
                    match escaped {
                        'n' => out.push('\n'),
                        't' => out.push('\t'),
                        'r' => out.push('\r'),
                        'b' => out.push('\u{8}'),
                        'f' => out.push('\u{c}'),
                        'u' => out.push(self.unicode()?),
                        other => out.push(other),
                    }
                }
                other => out.push(other),
            }
        }
    }

    /// What stands behind `\u`, two of them for characters beyond the first 65,536.
    fn unicode(&mut self) -> Option<char> {
        let code = |at: usize| u32::from_str_radix(self.text.get(at..at + 4)?, 16).ok();
        let first = code(self.at)?;
        let is_pair =
            (0xd800..0xdc00).contains(&first) && self.text.get(self.at + 4..self.at + 6) == Some("\\u");
        let (code, length) = match is_pair {
            true => (0x1_0000 + ((first - 0xd800) << 10) + code(self.at + 6)?.checked_sub(0xdc00)?, 10),
            false => (first, 4),
        };
        self.at += length;
        Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}

pub(super) fn json(value: ValueRef<'_>) -> Result<Option<Json>> {
    let Some(text) = written(value) else { return Ok(None) };
    let json = if is_strict(text.as_bytes()) { Json::parse(&text) } else { None };
    json.map(Some).ok_or_else(|| invalid("json", &text))
}

/// What a text in quotes says; `None` if it is none.
pub(super) fn text_of(quoted: &str) -> Option<String> {
    match is_strict(quoted.as_bytes()) {
        true => Reader { text: quoted, at: 0 }.string(),
        false => None,
    }
}

/// JSON as `jsonb` writes it.
pub(super) fn as_jsonb(value: ValueRef<'_>) -> Result<Value> {
    of_json(value, Some)
}

fn of_json(value: ValueRef<'_>, change: impl FnOnce(Json) -> Option<Json>) -> Result<Value> {
    Ok(json(value)?.and_then(change).map_or(Value::Null, |json| Value::text(&json.write())))
}

fn of_two(arguments: &[ValueRef<'_>], combine: impl Fn(Json, Json) -> Result<Json>) -> Result<Value> {
    let (Some(left), Some(right)) = (json(arguments[0])?, json(arguments[1])?) else {
        return Ok(Value::Null);
    };
    Ok(Value::text(&combine(left, right)?.write()))
}

/// The elements of an array in braces; `None` if it is no array.
fn elements_of(text: &str) -> Option<Vec<Option<String>>> {
    let is_array =
        text.starts_with('{') && text.ends_with('}') && !is_strict(text.as_bytes()) || text == "{}";
    if is_array { array::parse(text) } else { None }
}

/// `whole @> part`, of JSON and of arrays.
fn contains(whole: ValueRef<'_>, part: ValueRef<'_>) -> Result<Value> {
    let (Some(whole_text), Some(part_text)) = (written(whole), written(part)) else { return Ok(Value::Null) };
    if let (Some(whole), Some(part)) = (elements_of(&whole_text), elements_of(&part_text))
        && !(whole.is_empty() && part.is_empty())
    {
        return Ok(Value::boolean(part.iter().all(|element| element.is_some() && whole.contains(element))));
    }
    let (Some(whole), Some(part)) = (json(whole)?, json(part)?) else { return Ok(Value::Null) };
    Ok(Value::boolean(whole.contains(&part)))
}

fn overlaps(_: &CallContext<'_>, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let (Some(left), Some(right)) = (written(arguments[0]), written(arguments[1])) else {
        return Ok(Value::Null);
    };
    let (Some(left), Some(right)) = (array::parse(&left), array::parse(&right)) else {
        return Err(Error::new(ErrorKind::Data, "malformed array literal"));
    };
    Ok(Value::boolean(left.iter().any(|element| element.is_some() && right.contains(element))))
}

fn path_of(value: ValueRef<'_>) -> Result<Option<Vec<String>>> {
    let Some(text) = written(value) else { return Ok(None) };
    let steps = array::parse(&text)
        .ok_or_else(|| Error::new(ErrorKind::Data, format!("malformed array literal: \"{text}\"")))?;
    Ok(Some(steps.into_iter().map(Option::unwrap_or_default).collect()))
}

/// What a JSON and some keys are asked.
fn has_keys(arguments: &[ValueRef<'_>], holds: impl Fn(&Json, &[String]) -> bool) -> Result<Value> {
    let (Some(json), Some(keys)) = (json(arguments[0])?, path_of(arguments[1])?) else {
        return Ok(Value::Null);
    };
    Ok(Value::boolean(holds(&json, &keys)))
}

fn at_path(arguments: &[ValueRef<'_>]) -> Result<Option<Json>> {
    let (Some(json), Some(path)) = (json(arguments[0])?, path_of(arguments[1])?) else { return Ok(None) };
    Ok(path.iter().try_fold(&json, |found, step| found.step(step)).cloned())
}

fn kind(value: ValueRef<'_>) -> Result<Value> {
    Ok(json(value)?.map_or(Value::Null, |json| Value::text(json.kind())))
}

/// A value as a part of JSON: JSON is what it is, any other text is a text.
fn value_of(value: ValueRef<'_>) -> Json {
    let Some(text) = written(value) else { return Json::Null };
    match value {
        ValueRef::Text(_) => match text.starts_with(['{', '[']) && is_strict(text.as_bytes()) {
            true => Json::parse(&text).unwrap_or(Json::Null),
            false => Json::Text(text),
        },
        ValueRef::Blob(_) => Json::Text(text),
        _ => Json::Number(text),
    }
}

fn as_json(value: ValueRef<'_>) -> Value {
    if value.is_null() { Value::Null } else { Value::text(&value_of(value).write()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_has_postgresqls_form() {
        let written = |text: &str| Json::parse(text).map(|json| json.write());
        assert_eq!(
            written(r#"{"bb":1,"a":[1, 2,{"x":null}],"bb":2}"#).as_deref(),
            Some(r#"{"a": [1, 2, {"x": null}], "bb": 2}"#)
        );
        assert_eq!(written(r#" "\u00e4\ud83d\ude00\n" "#).as_deref(), Some(r#""ä😀\n""#));
        assert_eq!(written("[]").as_deref(), Some("[]"));
        assert_eq!(written("{}").as_deref(), Some("{}"));
        let whole = Json::parse(r#"{"a": [1, {"b": 2}], "c": 3}"#).unwrap_or(Json::Null);
        for (part, wanted) in
            [(r#"{"a": [{"b": 2}]}"#, true), (r#"{"a": [2]}"#, false), ("{}", true), ("[]", false)]
        {
            let part = Json::parse(part).unwrap_or(Json::Null);
            assert_eq!(whole.contains(&part), wanted, "{part:?}");
        }
    }
}
