//! Paths of SQL/JSON over values: `jsonb_path_query` and its like, `@?` and `@@`
//! (<https://www.postgresql.org/docs/15/functions-json.html#FUNCTIONS-SQLJSON-PATH>).
//!
//! In: JSON, a path, values for its variables. Out: what the path finds, in order. A condition is true, false or unknown;
//! unknown is what an error within it makes of it. There is no `datetime()`.

use std::cmp::Ordering;

use helios_core::{Error, ErrorKind, Result, Value, ValueRef};
use regex_lite::RegexBuilder;

use super::super::Scalar;
use super::cast::written;
use super::json::{Json, json};
use super::json_path_parse::{Comparison, Node, Path, Step, parse};

/// The most values that a step may find.
const MOST_FOUND: usize = 1_000_000;

pub(super) const FUNCTIONS: &[Scalar] = &[
    Scalar::pure("jsonb_path_exists", 2, 4, |_, arguments| {
        match found_or_error(arguments)? {
            Some(Ok(found)) => Ok(Value::boolean(!found.is_empty())),
            // An error that is not to be told leaves it unknown.
            Some(Err(_)) | None => Ok(Value::Null),
        }
    }),
    Scalar::pure("jsonb_path_match", 2, 4, |_, arguments| {
        let is_silent = arguments.get(3).is_some_and(|silent| silent.to_integer() != 0);
        match found(arguments)?.as_deref() {
            Some([Json::Truth(truth)]) => Ok(Value::boolean(*truth)),
            Some(found) if found != [Json::Null] && !is_silent => {
                Err(Error::new(ErrorKind::Data, "single boolean result is expected"))
            }
            _ => Ok(Value::Null),
        }
    }),
    Scalar::pure("jsonb_path_query_array", 2, 4, |_, arguments| {
        Ok(found(arguments)?.map_or(Value::Null, |found| Value::text(&Json::Array(found).write())))
    }),
    Scalar::pure("jsonb_path_query_first", 2, 4, |_, arguments| {
        let found = found(arguments)?.unwrap_or_default();
        Ok(found.first().map_or(Value::Null, |first| Value::text(&first.write())))
    }),
];

/// What a path finds, each as `jsonb` is written.
pub(super) fn texts_found(arguments: &[ValueRef<'_>]) -> Result<Vec<String>> {
    Ok(found(arguments)?.unwrap_or_default().iter().map(Json::write).collect())
}

/// What the path finds that is the second argument; `None` where one of the arguments is NULL. Nothing, where an error is
/// not to be told.
fn found(arguments: &[ValueRef<'_>]) -> Result<Option<Vec<Json>>> {
    Ok(found_or_error(arguments)?.map(Result::unwrap_or_default))
}

/// As [`found`]; the inner error is one that is not to be told.
fn found_or_error(arguments: &[ValueRef<'_>]) -> Result<Option<Result<Vec<Json>>>> {
    let (Some(root), Some(text)) = (json(arguments[0])?, written(arguments[1])) else { return Ok(None) };
    let variables = match arguments.get(2) {
        None => Json::Object(Vec::new()),
        Some(given) => match json(*given)? {
            None => return Ok(None),
            Some(object @ Json::Object(_)) => object,
            Some(_) => return Err(Error::new(ErrorKind::Data, "\"vars\" argument is not an object")),
        },
    };
    let is_silent = match arguments.get(3) {
        Some(silent) if silent.is_null() => return Ok(None),
        Some(silent) => silent.to_integer() != 0,
        None => false,
    };
    let Path { is_strict, root: node } = parse(&text)?;
    let run = Run { root: &root, variables: &variables, is_strict };
    let here = Place { current: &root, last: None };
    match run.values(&node, here) {
        Err(error) if is_silent && error.kind() == ErrorKind::Data => Ok(Some(Err(error))),
        found => found.map(|found| Some(Ok(found))),
    }
}

/// What a path is run over.
struct Run<'j> {
    root: &'j Json,
    variables: &'j Json,
    is_strict: bool,
}

/// What `@` and `last` mean.
#[derive(Clone, Copy)]
struct Place<'j> {
    current: &'j Json,
    last: Option<usize>,
}

fn failed<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(ErrorKind::Data, message.into()))
}

impl Run<'_> {
    /// The values of a node.
    fn values(&self, node: &Node, here: Place<'_>) -> Result<Vec<Json>> {
        let one = |json: Json| Ok(vec![json]);
        match node {
            Node::Root => one(self.root.clone()),
            Node::Current => one(here.current.clone()),
            Node::Last => match here.last {
                Some(last) => one(Json::Number(last.to_string())),
                None => Err(Error::sql("LAST is allowed only in array subscripts")),
            },
            Node::Variable(name) => match self.variables.step(name) {
                Some(value) => one(value.clone()),
                None => Err(Error::sql(format!("could not find jsonpath variable \"{name}\""))),
            },
            Node::Text(text) => one(Json::Text(text.clone())),
            Node::Number(number) => one(Json::Number(number.clone())),
            Node::Truth(truth) => one(Json::Truth(*truth)),
            Node::Null => one(Json::Null),
            Node::Steps(from, steps) => {
                let mut values = self.values(from, here)?;
                for step in steps {
                    values = self.step(step, values)?;
                }
                Ok(values)
            }
            Node::Negated(inner) => self.signed(inner, '-', here),
            Node::Positive(inner) => self.signed(inner, '+', here),
            Node::Arithmetic(operator, left, right) => self.arithmetic(*operator, left, right, here),
            condition => one(self.condition(condition, here)?.map_or(Json::Null, Json::Truth)),
        }
    }

    /// The values of a node, with the elements of arrays in their place unless the path is strict.
    fn unwrapped(&self, node: &Node, here: Place<'_>) -> Result<Vec<Json>> {
        let values = self.values(node, here)?;
        Ok(if self.is_strict { values } else { elements_of(values) })
    }

    fn signed(&self, inner: &Node, sign: char, here: Place<'_>) -> Result<Vec<Json>> {
        let signed = |value: Json| match value {
            Json::Number(number) if sign == '+' => Ok(Json::Number(number)),
            Json::Number(number) => Ok(Json::Number(match number.strip_prefix('-') {
                Some(positive) => positive.to_owned(),
                None => format!("-{number}"),
            })),
            _ => failed(format!("operand of unary jsonpath operator {sign} is not a numeric value")),
        };
        self.unwrapped(inner, here)?.into_iter().map(signed).collect()
    }

    fn arithmetic(&self, operator: char, left: &Node, right: &Node, here: Place<'_>) -> Result<Vec<Json>> {
        let single = |side: &str, values: &[Json]| match values {
            [Json::Number(number)] => Ok(number.clone()),
            _ => failed(format!(
                "{side} operand of jsonpath operator {operator} is not a single numeric value"
            )),
        };
        let left = single("left", &self.unwrapped(left, here)?)?;
        let right = single("right", &self.unwrapped(right, here)?)?;
        if matches!(operator, '/' | '%') && number_of(&right) == 0.0 {
            return failed("division by zero");
        }
        let whole =
            left.parse::<i64>().ok().zip(right.parse::<i64>().ok()).and_then(
                |(left, right)| match operator {
                    '+' => left.checked_add(right),
                    '-' => left.checked_sub(right),
                    '*' => left.checked_mul(right),
                    '%' => left.checked_rem(right),
                    _ => left.checked_div(right).filter(|quotient| quotient.checked_mul(right) == Some(left)),
                },
            );
        let text = match whole {
            Some(whole) => whole.to_string(),
            None => {
                let (left, right) = (number_of(&left), number_of(&right));
                written_number(match operator {
                    '+' => left + right,
                    '-' => left - right,
                    '*' => left * right,
                    '%' => left % right,
                    _ => left / right,
                })
            }
        };
        Ok(vec![Json::Number(text)])
    }

    fn step(&self, step: &Step, values: Vec<Json>) -> Result<Vec<Json>> {
        let mut found = Vec::new();
        for value in values {
            match step {
                Step::Key(_) | Step::AllKeys | Step::Filter(_) if !self.is_strict => {
                    for element in elements_of(vec![value]) {
                        self.step_from(step, element, &mut found)?;
                    }
                }
                Step::Method(name) if !self.is_strict && !matches!(name.as_str(), "type" | "size") => {
                    for element in elements_of(vec![value]) {
                        self.step_from(step, element, &mut found)?;
                    }
                }
                _ => self.step_from(step, value, &mut found)?,
            }
            if found.len() > MOST_FOUND {
                return failed("jsonpath finds too many values");
            }
        }
        Ok(found)
    }

    fn step_from(&self, step: &Step, value: Json, found: &mut Vec<Json>) -> Result<()> {
        match (step, value) {
            (Step::Key(name), Json::Object(members)) => {
                match members.into_iter().find(|(known, _)| known == name) {
                    Some((_, value)) => found.push(value),
                    None if self.is_strict => {
                        return failed(format!("JSON object does not contain key \"{name}\""));
                    }
                    None => {}
                }
            }
            (Step::Key(_), _) if self.is_strict => {
                return failed("jsonpath member accessor can only be applied to an object");
            }
            (Step::AllKeys, Json::Object(members)) => {
                found.extend(members.into_iter().map(|(_, value)| value));
            }
            (Step::AllKeys, _) if self.is_strict => {
                return failed("jsonpath wildcard member accessor can only be applied to an object");
            }
            (Step::Key(_) | Step::AllKeys, _) => {}
            (Step::Descendants(from, to), value) => descendants(value, 0, (*from, *to), found)?,
            (Step::AllElements, Json::Array(elements)) => found.extend(elements),
            (Step::AllElements, _) if self.is_strict => {
                return failed("jsonpath wildcard array accessor can only be applied to an array");
            }
            (Step::AllElements, value) => found.push(value),
            (Step::Elements(parts), Json::Array(elements)) => self.elements(parts, &elements, found)?,
            (Step::Elements(_), _) if self.is_strict => {
                return failed("jsonpath array accessor can only be applied to an array");
            }
            (Step::Elements(parts), value) => self.elements(parts, &[value], found)?,
            (Step::Filter(condition), value) => {
                let here = Place { current: &value, last: None };
                if self.condition(condition, here)? == Some(true) {
                    found.push(value);
                }
            }
            (Step::Method(name), value) => self.method(name, value, found)?,
        }
        Ok(())
    }

    fn elements(
        &self,
        parts: &[(Node, Option<Node>)],
        elements: &[Json],
        found: &mut Vec<Json>,
    ) -> Result<()> {
        let whole = Json::Array(elements.to_vec());
        let here = Place { current: &whole, last: Some(elements.len().wrapping_sub(1)) };
        let here = Place { last: here.last.filter(|_| !elements.is_empty()).or(Some(0)), ..here };
        let place = |node: &Node| match &self.values(node, here)?[..] {
            [Json::Number(number)] => Ok(number_of(number).trunc() as i64),
            _ => failed("jsonpath array subscript is not a single numeric value"),
        };
        for (from, to) in parts {
            let from = place(from)?;
            let to = to.as_ref().map(place).transpose()?.unwrap_or(from);
            let count = elements.len() as i64;
            if self.is_strict && (from < 0 || from > to || to >= count) {
                return failed("jsonpath array subscript is out of bounds");
            }
            for at in from.max(0)..=to.min(count - 1) {
                found.extend(usize::try_from(at).ok().and_then(|at| elements.get(at)).cloned());
            }
        }
        Ok(())
    }

    fn method(&self, name: &str, value: Json, found: &mut Vec<Json>) -> Result<()> {
        let number = |value: &Json, change: fn(f64) -> f64| match value {
            Json::Number(number) => Ok(Json::Number(written_number(change(number_of(number))))),
            _ => failed(format!("jsonpath item method .{name}() can only be applied to a numeric value")),
        };
        found.push(match name {
            "type" => Json::Text(value.kind().to_owned()),
            "size" => match &value {
                Json::Array(elements) => Json::Number(elements.len().to_string()),
                _ if self.is_strict => {
                    return failed("jsonpath item method .size() can only be applied to an array");
                }
                _ => Json::Number("1".to_owned()),
            },
            "ceiling" => number(&value, f64::ceil)?,
            "floor" => number(&value, f64::floor)?,
            "abs" => number(&value, f64::abs)?,
            "double" => match &value {
                Json::Number(text) | Json::Text(text) => match text.trim().parse::<f64>() {
                    Ok(real) if real.is_finite() => Json::Number(written_number(real)),
                    _ => {
                        return failed(
                            "string argument of jsonpath item method .double() is not a valid representation of a double \
                             precision number",
                        );
                    }
                },
                _ => {
                    return failed(
                        "jsonpath item method .double() can only be applied to a string or numeric value",
                    );
                }
            },
            _ => {
                let Json::Object(members) = value else {
                    return failed("jsonpath item method .keyvalue() can only be applied to an object");
                };
                found.extend(members.into_iter().map(|(key, value)| {
                    Json::Object(vec![
                        ("id".to_owned(), Json::Number("0".to_owned())),
                        ("key".to_owned(), Json::Text(key)),
                        ("value".to_owned(), value),
                    ])
                }));
                return Ok(());
            }
        });
        Ok(())
    }

    /// Whether a condition holds; `None` where that is unknown.
    fn condition(&self, node: &Node, here: Place<'_>) -> Result<Option<bool>> {
        Ok(match node {
            Node::And(left, right) => match (self.condition(left, here)?, self.condition(right, here)?) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Node::Or(left, right) => match (self.condition(left, here)?, self.condition(right, here)?) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Node::Not(inner) => self.condition(inner, here)?.map(|truth| !truth),
            Node::IsUnknown(inner) => Some(self.condition(inner, here)?.is_none()),
            Node::Exists(inner) => known(self.values(inner, here))?.map(|values| !values.is_empty()),
            Node::Compare(comparison, left, right) => {
                self.of_pairs(left, Some(right), here, |left, right| compared(*comparison, left, right))?
            }
            Node::StartsWith(text, prefix) => {
                self.of_pairs(text, Some(prefix), here, |text, prefix| match (text, prefix) {
                    (Json::Text(text), Json::Text(prefix)) => Some(text.starts_with(prefix)),
                    _ => None,
                })?
            }
            Node::Matches(text, pattern, flags) => {
                let written = if flags.contains('q') { regex_lite::escape(pattern) } else { pattern.clone() };
                let regex = RegexBuilder::new(&written)
                    .case_insensitive(flags.contains('i'))
                    .dot_matches_new_line(flags.contains('s'))
                    .multi_line(flags.contains('m'))
                    .ignore_whitespace(flags.contains('x'))
                    .build()
                    .map_err(|error| Error::sql(format!("invalid regular expression: {error}")))?;
                self.of_pairs(text, None, here, |text, _| match text {
                    Json::Text(text) => Some(regex.is_match(text)),
                    _ => None,
                })?
            }
            other => match known(self.values(other, here))?.as_deref() {
                Some([Json::Truth(truth)]) => Some(*truth),
                _ => None,
            },
        })
    }

    /// Whether something holds for any value of the left side and any of the right.
    fn of_pairs(
        &self,
        left: &Node,
        right: Option<&Node>,
        here: Place<'_>,
        holds: impl Fn(&Json, &Json) -> Option<bool>,
    ) -> Result<Option<bool>> {
        let Some(left) = known(self.unwrapped(left, here))? else { return Ok(None) };
        let right = match right {
            Some(right) => known(self.unwrapped(right, here))?,
            None => Some(vec![Json::Null]),
        };
        let Some(right) = right else { return Ok(None) };
        let (mut is_found, mut is_unknown) = (false, false);
        for (left, right) in left.iter().flat_map(|left| right.iter().map(move |right| (left, right))) {
            match holds(left, right) {
                Some(true) if !self.is_strict => return Ok(Some(true)),
                Some(true) => is_found = true,
                None if self.is_strict => return Ok(None),
                None => is_unknown = true,
                Some(false) => {}
            }
        }
        Ok(if is_found { Some(true) } else { Some(false).filter(|_| !is_unknown) })
    }
}

/// What an error of the values makes unknown; other errors stay.
fn known(values: Result<Vec<Json>>) -> Result<Option<Vec<Json>>> {
    match values {
        Ok(values) => Ok(Some(values)),
        Err(error) if error.kind() == ErrorKind::Data => Ok(None),
        Err(error) => Err(error),
    }
}

/// Values with the elements of arrays in the place of these.
fn elements_of(values: Vec<Json>) -> Vec<Json> {
    let elements = |value| match value {
        Json::Array(elements) => elements,
        other => vec![other],
    };
    values.into_iter().flat_map(elements).collect()
}

/// Puts a value and what is in it there, as far as it is as deep as is wanted.
fn descendants(
    value: Json,
    depth: usize,
    wanted: (usize, Option<usize>),
    found: &mut Vec<Json>,
) -> Result<()> {
    let (from, to) = wanted;
    if to.is_some_and(|to| depth > to && from != usize::MAX) {
        return Ok(());
    }
    let inner: Vec<Json> = match &value {
        Json::Array(elements) => elements.clone(),
        Json::Object(members) => members.iter().map(|(_, value)| value.clone()).collect(),
        _ => Vec::new(),
    };
    // From `last` on means what has nothing in it.
    let is_wanted = if from == usize::MAX { inner.is_empty() } else { depth >= from };
    if is_wanted {
        found.push(value);
    }
    if found.len() > MOST_FOUND {
        return failed("jsonpath finds too many values");
    }
    inner.into_iter().try_for_each(|part| descendants(part, depth + 1, wanted, found))
}

fn compared(comparison: Comparison, left: &Json, right: &Json) -> Option<bool> {
    let order = match (left, right) {
        (Json::Null, Json::Null) => Ordering::Equal,
        (Json::Truth(left), Json::Truth(right)) => left.cmp(right),
        (Json::Text(left), Json::Text(right)) => left.cmp(right),
        (Json::Number(left), Json::Number(right)) => match (left.parse::<i64>(), right.parse::<i64>()) {
            (Ok(left), Ok(right)) => left.cmp(&right),
            _ => number_of(left).partial_cmp(&number_of(right))?,
        },
        // Nothing is like null, and null is like nothing.
        (Json::Null, _) | (_, Json::Null) => return Some(comparison == Comparison::NotEqual),
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}

fn number_of(text: &str) -> f64 {
    text.parse().unwrap_or(0.0)
}

/// A number without an exponent and without zeros at its end.
fn written_number(number: f64) -> String {
    format!("{number}")
}
