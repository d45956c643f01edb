//! Functions that give rows: arrays and JSON taken apart, series, pieces of texts.
//!
//! In: values. Out: rows, whose numbers begin with 1. The catalog has some that have nothing to give here.

use std::sync::Arc;

use helios_core::value::Affinity;
use helios_core::{Error, ErrorKind, Result, Value, ValueRef};

use super::super::json::{JsonRows, plain};
use super::super::table::{ReadyRows, TableFunction, TableRows};
use super::array;
use super::cast::written;
use super::interval::Step;
use super::json::as_jsonb;
use super::json_path::texts_found;
use super::regexp::{found_groups, split};

/// The most arrays that go side by side.
const MOST_ARRAYS: usize = 16;

/// The columns of arrays side by side, and their parameters.
const ELEMENTS: [&str; MOST_ARRAYS] = [
    "element1",
    "element2",
    "element3",
    "element4",
    "element5",
    "element6",
    "element7",
    "element8",
    "element9",
    "element10",
    "element11",
    "element12",
    "element13",
    "element14",
    "element15",
    "element16",
];
const ARRAYS: [&str; MOST_ARRAYS] = [
    "array1", "array2", "array3", "array4", "array5", "array6", "array7", "array8", "array9", "array10",
    "array11", "array12", "array13", "array14", "array15", "array16",
];

/// What gives the rows for arguments.
type Body = fn(&[Value]) -> Result<Box<dyn TableRows>>;

/// A function: its name, its columns with their types, its parameters, what it gives.
#[derive(Debug)]
struct Rows {
    name: &'static str,
    columns: &'static [(&'static str, &'static str)],
    parameters: &'static [&'static str],
    /// Whether each parameter has what the column in the same place gives, or an array of it.
    tells_types: bool,
    body: Body,
}

const fn rows(
    name: &'static str,
    columns: &'static [(&'static str, &'static str)],
    parameters: &'static [&'static str],
    body: Body,
) -> Rows {
    Rows { name, columns, parameters, tells_types: false, body }
}

const FUNCTIONS: &[Rows] = &[
    Rows {
        name: "unnest",
        columns: &[("unnest", "")],
        parameters: &["array"],
        tells_types: true,
        body: |arguments| side_by_side(arguments, 1),
    },
    Rows {
        name: "generate_series",
        columns: &[("generate_series", "")],
        parameters: &["start", "stop", "step"],
        tells_types: true,
        body: series,
    },
    rows("generate_subscripts", &[("generate_subscripts", "int4")], &["array", "dimension"], subscripts),
    rows("_pg_expandarray", &[("_pg_expandarray", "")], &["array"], numbered_elements),
    rows("regexp_split_to_table", &[("regexp_split_to_table", "text")], &["text", "pattern"], |arguments| {
        Ok(texts(&split(&arguments_of(arguments))?))
    }),
    rows("regexp_matches", &[("regexp_matches", "text[]")], &["text", "pattern", "flags"], |arguments| {
        Ok(single(found_groups(&arguments_of(arguments))?))
    }),
    rows("string_to_table", &[("string_to_table", "text")], &["text", "separator"], |arguments| {
        let parts = match (text_at(arguments, 0), text_at(arguments, 1)) {
            (Some(text), _) if text.is_empty() => Vec::new(),
            (Some(text), Some(separator)) => text.split(&separator).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        Ok(texts(&parts))
    }),
    rows("json_array_elements", &[("value", "json")], &["json"], |arguments| parts(arguments, Part::Json)),
    rows("jsonb_array_elements", &[("value", "jsonb")], &["json"], |arguments| parts(arguments, Part::Jsonb)),
    rows("json_array_elements_text", &[("value", "text")], &["json"], |arguments| {
        parts(arguments, Part::Text)
    }),
    rows("jsonb_array_elements_text", &[("value", "text")], &["json"], |arguments| {
        parts(arguments, Part::Text)
    }),
    rows("json_object_keys", &[("json_object_keys", "text")], &["json"], |arguments| {
        parts(arguments, Part::Key)
    }),
    rows("jsonb_object_keys", &[("jsonb_object_keys", "text")], &["json"], |arguments| {
        parts(arguments, Part::Key)
    }),
    rows("json_each", &[("key", "text"), ("value", "json")], &["json"], |arguments| {
        parts(arguments, Part::KeyAndJson)
    }),
    rows("jsonb_each", &[("key", "text"), ("value", "jsonb")], &["json"], |arguments| {
        parts(arguments, Part::KeyAndJsonb)
    }),
    rows("json_each_text", &[("key", "text"), ("value", "text")], &["json"], |arguments| {
        parts(arguments, Part::KeyAndText)
    }),
    rows("jsonb_each_text", &[("key", "text"), ("value", "text")], &["json"], |arguments| {
        parts(arguments, Part::KeyAndText)
    }),
    rows(
        "jsonb_path_query",
        &[("jsonb_path_query", "jsonb")],
        &["target", "path", "vars", "silent"],
        |arguments| Ok(texts(&texts_found(&arguments_of(arguments))?)),
    ),
    rows("pg_partition_ancestors", &[("relid", "oid")], &["relation"], nothing),
    rows(
        "pg_partition_tree",
        &[("relid", "oid"), ("parentrelid", "oid"), ("isleaf", "bool"), ("level", "int4")],
        &["relation"],
        nothing,
    ),
    rows("pg_options_to_table", &[("option_name", "text"), ("option_value", "text")], &["options"], nothing),
    rows("pg_get_keywords", &[("word", "text"), ("catcode", "char"), ("catdesc", "text")], &[], nothing),
    rows(
        "pg_get_publication_tables",
        &[("relid", "oid"), ("attrs", "int2vector"), ("qual", "text")],
        &["publication"],
        nothing,
    ),
    rows(
        "aclexplode",
        &[("grantor", "oid"), ("grantee", "oid"), ("privilege_type", "text"), ("is_grantable", "bool")],
        &["rights"],
        nothing,
    ),
];

/// Arrays side by side.
#[derive(Debug)]
struct SideBySide;

/// The function of this name.
pub fn table_function(name: &str) -> Option<Arc<dyn TableFunction>> {
    if name == "helios_unnest" {
        return Some(Arc::new(SideBySide));
    }
    let found = FUNCTIONS.iter().find(|function| function.name.eq_ignore_ascii_case(name))?;
    Some(Arc::new(found))
}

/// Whether the function of this name gives rows where a value is expected, too.
pub fn gives_rows(name: &str) -> bool {
    FUNCTIONS.iter().any(|function| function.name.eq_ignore_ascii_case(name))
}

impl TableFunction for &'static Rows {
    fn columns(&self) -> Vec<(&str, &str)> {
        self.columns.to_vec()
    }

    fn parameters(&self) -> &'static [&'static str] {
        self.parameters
    }

    fn elements_of(&self, parameter: usize) -> Option<usize> {
        (self.tells_types && parameter == 0).then_some(0)
    }

    fn first_number(&self) -> i64 {
        1
    }

    fn open(&self, arguments: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        (self.body)(arguments)
    }
}

impl TableFunction for SideBySide {
    fn columns(&self) -> Vec<(&str, &str)> {
        ELEMENTS.map(|name| (name, "")).to_vec()
    }

    fn parameters(&self) -> &'static [&'static str] {
        &ARRAYS
    }

    fn elements_of(&self, parameter: usize) -> Option<usize> {
        Some(parameter)
    }

    fn first_number(&self) -> i64 {
        1
    }

    fn open(&self, arguments: &[Value], _: &[usize]) -> Result<Box<dyn TableRows>> {
        side_by_side(arguments, MOST_ARRAYS)
    }
}

fn nothing(_: &[Value]) -> Result<Box<dyn TableRows>> {
    Ok(ReadyRows::boxed(Vec::new()))
}

fn single(values: Vec<Value>) -> Box<dyn TableRows> {
    ReadyRows::boxed(values.into_iter().map(|value| vec![value]).collect())
}

fn texts(parts: &[String]) -> Box<dyn TableRows> {
    single(parts.iter().map(|part| Value::text(part)).collect())
}

fn arguments_of(arguments: &[Value]) -> Vec<ValueRef<'_>> {
    arguments.iter().map(Value::as_ref).collect()
}

fn text_at(arguments: &[Value], place: usize) -> Option<String> {
    arguments.get(place).and_then(|value| written(value.as_ref()))
}

/// The elements of an array. Numbers are numbers.
fn elements(array: &Value) -> Result<Vec<Value>> {
    let Some(text) = written(array.as_ref()) else { return Ok(Vec::new()) };
    let elements = array::parse(&text)
        .ok_or_else(|| Error::new(ErrorKind::Data, format!("malformed array literal: \"{text}\"")))?;
    let value = |element: Option<String>| match element {
        Some(text) => Affinity::Numeric.apply(Value::text(&text)),
        None => Value::Null,
    };
    Ok(elements.into_iter().map(value).collect())
}

fn side_by_side(arguments: &[Value], width: usize) -> Result<Box<dyn TableRows>> {
    let arrays = arguments.iter().map(elements).collect::<Result<Vec<_>>>()?;
    let height = arrays.iter().map(Vec::len).max().unwrap_or(0);
    let row = |number: usize| {
        let value = |place: usize| arrays.get(place).and_then(|array| array.get(number)).cloned();
        (0..width).map(|place| value(place).unwrap_or(Value::Null)).collect()
    };
    Ok(ReadyRows::boxed((0..height).map(row).collect()))
}

/// The lists of the catalog count from 0, arrays from 1.
fn first_subscript(array: &Value) -> i64 {
    i64::from(written(array.as_ref()).is_some_and(|text| text.trim_start().starts_with('{')))
}

fn subscripts(arguments: &[Value]) -> Result<Box<dyn TableRows>> {
    let [array, dimension, ..] = arguments else { return nothing(arguments) };
    if dimension.as_ref().to_integer() != 1 {
        return nothing(arguments);
    }
    let (first, count) = (first_subscript(array), elements(array)?.len() as i64);
    Ok(single((first..first + count).map(Value::Integer).collect()))
}

/// Each element with its number from 1 on, as rows in parentheses.
fn numbered_elements(arguments: &[Value]) -> Result<Box<dyn TableRows>> {
    let Some(array) = arguments.first() else { return nothing(arguments) };
    let row = |(number, element): (usize, Value)| {
        Value::text(&format!("({},{})", written(element.as_ref()).unwrap_or_default(), number + 1))
    };
    Ok(single(elements(array)?.into_iter().enumerate().map(row).collect()))
}

/// From a number or a moment to another, in steps.
#[derive(Debug)]
struct Series {
    next: Option<Value>,
    stop: Value,
    step: Step,
}

fn series(arguments: &[Value]) -> Result<Box<dyn TableRows>> {
    let [start, stop, rest @ ..] = arguments else { return nothing(arguments) };
    if arguments.iter().any(|argument| argument.as_ref().is_null()) {
        return nothing(arguments);
    }
    let step = Step::of(start, rest.first())?;
    Ok(Box::new(Series { next: Some(step.first(start)?), stop: step.first(stop)?, step }))
}

impl TableRows for Series {
    fn next(&mut self) -> Result<Option<Vec<Value>>> {
        let Some(value) = self.next.take() else { return Ok(None) };
        if self.step.is_beyond(&value, &self.stop) {
            return Ok(None);
        }
        self.next = self.step.after(&value)?;
        Ok(Some(vec![value]))
    }
}

/// What is given of each part of a JSON.
#[derive(Clone, Copy)]
enum Part {
    Json,
    Jsonb,
    Text,
    Key,
    KeyAndJson,
    KeyAndJsonb,
    KeyAndText,
}

fn parts(arguments: &[Value], part: Part) -> Result<Box<dyn TableRows>> {
    let Some(each) = JsonRows::named("json_each") else { return nothing(arguments) };
    let mut found = each.open(arguments, &[0, 1, 2, 3])?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let [key, value, kind, ..] = &row[..] else { continue };
        let kind = written(kind.as_ref()).unwrap_or_default();
        let key = Value::text(&written(key.as_ref()).unwrap_or_default());
        let as_text = match kind.as_str() {
            "null" => Value::Null,
            "true" | "false" => Value::text(&kind),
            _ => written(plain(value.as_ref())).map_or(Value::Null, |text| Value::text(&text)),
        };
        let as_json = match kind.as_str() {
            "null" => Value::text("null"),
            "text" => Value::text(&quoted(&written(value.as_ref()).unwrap_or_default())),
            _ => as_text.clone(),
        };
        rows.push(match part {
            Part::Json => vec![as_json],
            Part::Jsonb => vec![as_jsonb(as_json.as_ref())?],
            Part::Text => vec![as_text],
            Part::Key => vec![key],
            Part::KeyAndJson => vec![key, as_json],
            Part::KeyAndJsonb => vec![key, as_jsonb(as_json.as_ref())?],
            Part::KeyAndText => vec![key, as_text],
        });
    }
    Ok(ReadyRows::boxed(rows))
}

/// A text as JSON writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
