//! `json_each`, `json_tree` and their siblings for JSONB: a row for each part of a JSON
//! (<https://sqlite.org/json1.html#jeach>).
//!
//! The ids of rows are the places of the parts in the JSONB of the whole, the number of a row is its rowid.

use helios_core::{Result, Value, ValueRef};

use super::argument::{self, Form};
use super::binary::{Element, Kind, element, is_binary};
use super::{extract, malformed, path, path_text};
use crate::func::table::{TableFunction, TableRows};
use crate::func::utf8::before_nul;

/// One of the four functions.
#[derive(Clone, Copy, Debug)]
pub(in crate::func) struct JsonRows {
    /// Whether all parts are rows, not only those directly below the root.
    is_tree: bool,
    /// How arrays and objects are given.
    form: Form,
}

impl JsonRows {
    /// The function of this name, in lower case.
    pub(in crate::func) fn named(name: &str) -> Option<JsonRows> {
        let (is_tree, form) = match name {
            "json_each" => (false, Form::Text),
            "json_tree" => (true, Form::Text),
            "jsonb_each" => (false, Form::Binary),
            "jsonb_tree" => (true, Form::Binary),
            _ => return None,
        };
        Some(JsonRows { is_tree, form })
    }
}

/// The positions of columns.
const VALUE: usize = 1;
const COLUMNS: [&str; 8] = ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"];

impl TableFunction for JsonRows {
    fn columns(&self) -> Vec<(&str, &str)> {
        COLUMNS.map(|name| (name, "")).to_vec()
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["json", "root"]
    }

    /// What is no JSONB is text.
    fn shown_argument(&self, _: usize, value: Value) -> Value {
        let (shown, _) = argument::unmarked(value.as_ref());
        match shown {
            ValueRef::Blob(blob) if is_binary(blob) => value,
            shown => shown.text_bytes().map_or(Value::Null, |text| Value::Text(before_nul(&text).into())),
        }
    }

    fn usual_argument(&self, parameter: usize) -> Value {
        if parameter == 1 { Value::text("$") } else { Value::Null }
    }

    fn marks_json(&self, column: usize) -> bool {
        column == VALUE && self.form == Form::Text
    }

    fn open(&self, arguments: &[Value], wanted: &[usize]) -> Result<Box<dyn TableRows>> {
        let walk = self.walk(arguments)?;
        Ok(Box::new(Walk { wanted: wanted.to_vec(), ..walk }))
    }
}

impl JsonRows {
    fn walk(self, arguments: &[Value]) -> Result<Walk> {
        let mut walk = Walk { function: self, ..Walk::default() };
        let Some(json) = arguments.first() else { return Ok(walk) };
        let Some(whole) = argument::json(json.as_ref())? else { return Ok(walk) };
        walk.whole = whole.into_owned();
        walk.path = b"$".to_vec();
        let mut root = path::Found::default();
        if let Some(base) = arguments.get(1) {
            let Some(base) = path_text(base.as_ref()) else { return Ok(walk) };
            let steps = path::steps(&base).map_err(|failure| failure.error(&base))?;
            let found = path::find(&walk.whole, steps).map_err(|_| path::Failure::Path.error(&base))?;
            let Some(found) = found else { return Ok(walk) };
            if !steps.is_empty() {
                walk.around = Some(if found.label.is_some() { Kind::Object } else { Kind::Array });
            }
            walk.path = base;
            root = found;
        }
        walk.root = walk.path.len();
        let part = element(&walk.whole, root.value).ok_or_else(malformed)?;
        walk.head = root.label.unwrap_or(root.value);
        walk.end = part.end;
        if part.is_container() && !self.is_tree {
            walk.head = part.content;
            walk.around = part.kind;
            walk.parents = vec![Parent { head: walk.head, value: part.at, end: part.end, path: 0, key: 0 }];
        }
        Ok(walk)
    }
}

impl Default for JsonRows {
    fn default() -> JsonRows {
        JsonRows { is_tree: false, form: Form::Text }
    }
}

/// A container that is being walked through.
#[derive(Debug)]
struct Parent {
    /// Where its label begins, or else itself: its id.
    head: usize,
    value: usize,
    end: usize,
    /// How long the path was before it.
    path: usize,
    /// The number of the current element.
    key: i64,
}

/// The rows of one call. Without JSON there are none.
#[derive(Debug, Default)]
struct Walk {
    function: JsonRows,
    whole: Vec<u8>,
    /// The columns that somebody reads.
    wanted: Vec<usize>,
    /// Where the label of the current part begins, or else itself.
    head: usize,
    end: usize,
    /// What the current part is in.
    around: Option<Kind>,
    parents: Vec<Parent>,
    /// The path to what the current part is in.
    path: Vec<u8>,
    /// How much of it was given.
    root: usize,
    /// Whether the first row has been given.
    has_begun: bool,
}

impl TableRows for Walk {
    fn next(&mut self) -> Result<Option<Vec<Value>>> {
        if self.has_begun && self.head < self.end {
            self.advance()?;
        }
        if self.head >= self.end {
            return Ok(None);
        }
        let part = self.part()?;
        let mut row = vec![Value::Null; COLUMNS.len()];
        for &column in self.wanted.iter().filter(|&&column| column < COLUMNS.len()) {
            row[column] = self.column(column, part)?;
        }
        self.has_begun = true;
        Ok(Some(row))
    }
}

impl Walk {
    /// The current part, without its label.
    fn part(&self) -> Result<Element> {
        let at = match self.around {
            Some(Kind::Object) => {
                let label = element(&self.whole, self.head).ok_or_else(malformed)?;
                if label.end < self.whole.len() { label.end } else { self.head }
            }
            _ => self.head,
        };
        element(&self.whole, at).ok_or_else(malformed)
    }

    /// Goes on to the next part.
    fn advance(&mut self) -> Result<()> {
        let part = self.part()?;
        if self.function.is_tree && part.is_container() {
            self.enter(part)?;
        } else {
            self.head = part.end;
        }
        if self.function.is_tree {
            while let Some(parent) = self.parents.pop_if(|parent| self.head >= parent.end) {
                self.path.truncate(parent.path);
            }
            self.around = self.parents.last().and_then(|parent| Kind::of(self.whole[parent.value]));
        }
        if self.around == Some(Kind::Array)
            && let Some(parent) = self.parents.last_mut()
        {
            parent.key += 1;
        }
        Ok(())
    }

    /// Goes into the current part.
    fn enter(&mut self, part: Element) -> Result<()> {
        let (head, path) = (self.head, self.path.len());
        if self.around.is_some() && !self.parents.is_empty() {
            let step = self.step()?;
            self.path.extend_from_slice(&step);
        }
        self.parents.push(Parent { head, value: part.at, end: part.end, path, key: -1 });
        self.head = part.content;
        Ok(())
    }

    fn column(&self, column: usize, part: Element) -> Result<Value> {
        let text = |bytes: &[u8]| Value::Text(bytes.into());
        Ok(match column {
            0 => self.key()?,
            VALUE => extract::value(&self.whole, part, self.function.form)?.marked(),
            2 => Value::text(part.kind.map_or("", Kind::name)),
            3 if part.is_container() => Value::Null,
            3 => extract::value(&self.whole, part, Form::Text)?.value,
            4 => Value::Integer(self.head as i64),
            5 => match self.parents.last().filter(|_| self.function.is_tree) {
                Some(parent) => Value::Integer(parent.head as i64),
                None => Value::Null,
            },
            6 if self.parents.is_empty() => text(&self.path),
            6 => Value::Text([&self.path[..], &self.step()?].concat().into()),
            _ => text(&self.path[..self.length_above()]),
        })
    }

    fn key(&self) -> Result<Value> {
        let Some(parent) = self.parents.last() else {
            return Ok(self.key_of_root());
        };
        if self.around == Some(Kind::Array) {
            return Ok(Value::Integer(parent.key));
        }
        let label = element(&self.whole, self.head).ok_or_else(malformed)?;
        Ok(extract::value(&self.whole, label, Form::Text)?.value)
    }

    /// The last step of the path that was given, as a key.
    fn key_of_root(&self) -> Value {
        match &self.path[self.length_above()..self.root] {
            _ if self.root == 1 => Value::Null,
            [] => Value::Null,
            [b'[', index @ ..] => Value::Integer(ValueRef::Text(index).to_integer()),
            [_, b'"', name @ .., _] | [_, name @ ..] => Value::Text(name.into()),
        }
    }

    /// The step of a path from what is around the current part to it.
    fn step(&self) -> Result<Vec<u8>> {
        if self.around == Some(Kind::Array) {
            let key = self.parents.last().map_or(0, |parent| parent.key);
            return Ok(format!("[{key}]").into_bytes());
        }
        let label = element(&self.whole, self.head).ok_or_else(malformed)?;
        let name = before_nul(label.bytes(&self.whole));
        let is_simple =
            name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(u8::is_ascii_alphanumeric);
        Ok(if is_simple { [b".", name].concat() } else { [b".\"", name, b"\""].concat() })
    }

    /// How much of the path is the path to what the current part is in. As in SQLite, for the first row of a tree that is
    /// found only for what comes first there, and otherwise is the whole JSON.
    fn length_above(&self) -> usize {
        if self.has_begun || !self.function.is_tree || self.path.len() < 2 {
            return self.path.len();
        }
        let is_above = |&end: &usize| {
            matches!(self.path[end], b'[' | b'.')
                && path::find(&self.whole, &self.path[1..end])
                    .ok()
                    .flatten()
                    .and_then(|around| element(&self.whole, around.value))
                    .is_some_and(|around| around.content == self.head)
        };
        (2..self.path.len()).rev().find(is_above).unwrap_or(1)
    }
}
