//! `json_each` and `json_tree`: a row for each part of a JSON (<https://sqlite.org/json1.html#jeach>).
//!
//! The ids of rows are what SQLite gives: the places of the parts in its binary form of the whole.

use helios_core::{Result, Value};

use super::node::{Key, Node};
use super::{extract, parse, path};
use crate::func::table::{ReadyRows, TableFunction, TableRows};
use crate::func::utf8::before_nul;

/// The parts directly below a node.
#[derive(Clone, Copy, Debug)]
pub(in crate::func) struct JsonEach;

/// A node and all parts below it.
#[derive(Clone, Copy, Debug)]
pub(in crate::func) struct JsonTree;

impl TableFunction for JsonEach {
    fn columns(&self) -> Vec<(&str, &str)> {
        columns()
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["json", "root"]
    }

    fn usual_argument(&self, parameter: usize) -> Value {
        usual_argument(parameter)
    }

    fn open(&self, arguments: &[Value]) -> Result<Box<dyn TableRows>> {
        rows(arguments, false)
    }
}

impl TableFunction for JsonTree {
    fn columns(&self) -> Vec<(&str, &str)> {
        columns()
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["json", "root"]
    }

    fn usual_argument(&self, parameter: usize) -> Value {
        usual_argument(parameter)
    }

    fn open(&self, arguments: &[Value]) -> Result<Box<dyn TableRows>> {
        rows(arguments, true)
    }
}

/// Without a path it is the whole.
fn usual_argument(parameter: usize) -> Value {
    if parameter == 1 { "$".into() } else { Value::Null }
}

fn columns() -> Vec<(&'static str, &'static str)> {
    ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"].map(|name| (name, "")).to_vec()
}

fn rows(arguments: &[Value], is_tree: bool) -> Result<Box<dyn TableRows>> {
    let text = |place: usize| arguments.get(place).and_then(|argument| argument.as_ref().text_bytes());
    let Some(json) = text(0) else { return Ok(ReadyRows::boxed(Vec::new())) };
    let root = parse::parse(before_nul(&json))?;
    let base = match arguments.get(1) {
        None => b"$"[..].into(),
        Some(_) => match text(1) {
            Some(base) => base,
            None => return Ok(ReadyRows::boxed(Vec::new())),
        },
    };
    let base = before_nul(&base);
    let Some(node) = path::find(&root, base)? else { return Ok(ReadyRows::boxed(Vec::new())) };
    let mut walk = Walk { rows: Vec::new(), is_tree };
    let Places { id, value } = place_of(&root, Places { id: 0, value: 0 }, node).unwrap_or_default();
    if is_tree {
        let above = path_above(&root, base, id)?;
        walk.add(node, key_of(&base[above..]), id, None, base, &base[..above])?;
    } else if !matches!(node, Node::Array(_) | Node::Object(_)) {
        walk.add(node, Value::Null, id, None, base, base)?;
    }
    walk.children(node, id, value, base)?;
    Ok(ReadyRows::boxed(walk.rows))
}

struct Walk {
    rows: Vec<Vec<Value>>,
    is_tree: bool,
}

impl Walk {
    fn add(
        &mut self,
        node: &Node<'_>,
        key: Value,
        id: usize,
        parent: Option<usize>,
        full: &[u8],
        path: &[u8],
    ) -> Result<()> {
        let value = extract::value(node)?.value;
        let atom = if matches!(node, Node::Array(_) | Node::Object(_)) { Value::Null } else { value.clone() };
        let parent =
            parent.filter(|_| self.is_tree).map_or(Value::Null, |parent| Value::Integer(parent as i64));
        let id = Value::Integer(id as i64);
        let text = |bytes: &[u8]| Value::Text(bytes.into());
        self.rows.push(vec![key, value, node.type_name().into(), atom, id, parent, text(full), text(path)]);
        Ok(())
    }

    /// The rows below a node whose row has the id `id`, and whose binary form begins at `place`.
    fn children(&mut self, node: &Node<'_>, id: usize, place: usize, path: &[u8]) -> Result<()> {
        let mut at = place + header(content_size(node));
        match node {
            Node::Array(elements) => {
                for (number, element) in elements.iter().enumerate() {
                    let full = [path, format!("[{number}]").as_bytes()].concat();
                    self.add(element, Value::Integer(number as i64), at, Some(id), &full, path)?;
                    if self.is_tree {
                        self.children(element, at, at, &full)?;
                    }
                    at += size(element);
                }
            }
            Node::Object(entries) => {
                for entry in entries {
                    let (Key::Escaped(name) | Key::Plain(name)) = entry.key;
                    let full = [path, &step(name)].concat();
                    let key = extract::value(&Node::Text(name))?.value;
                    self.add(&entry.value, key, at, Some(id), &full, path)?;
                    let value_at = at + size(&Node::Text(name));
                    if self.is_tree {
                        self.children(&entry.value, at, value_at, &full)?;
                    }
                    at = value_at + size(&entry.value);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The step of a path to a key.
fn step(name: &[u8]) -> Vec<u8> {
    let is_simple =
        name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(u8::is_ascii_alphanumeric);
    if is_simple { [b".", name].concat() } else { [b".\"", name, b"\""].concat() }
}

/// How much of the path to the first row is the path to what is around it. As in SQLite that is found only for what
/// comes first there, and otherwise is the whole JSON.
fn path_above(root: &Node<'_>, base: &[u8], id: usize) -> Result<usize> {
    for end in (2..base.len()).rev().filter(|&end| matches!(base[end], b'[' | b'.')) {
        if let Ok(Some(around)) = path::find(root, &base[..end])
            && let Some(places) = place_of(root, Places::default(), around)
            && places.value + header(content_size(around)) == id
        {
            return Ok(end);
        }
    }
    Ok(base.len().min(1))
}

/// Steps of a path as the key of the row that they lead to.
fn key_of(steps: &[u8]) -> Value {
    let text = |bytes: &[u8]| Value::Text(bytes.into());
    match steps {
        [] => Value::Null,
        [b'[', digits @ .., b']'] => Value::Integer(text(digits).as_ref().to_integer()),
        [b'.', b'"', name @ .., b'"'] | [_, name @ ..] => text(name),
    }
}

/// Where a part is in the binary form of the whole.
#[derive(Clone, Copy, Debug, Default)]
struct Places {
    /// Where its key begins, or else itself.
    id: usize,
    /// Where it begins itself.
    value: usize,
}

/// Where a part of `whole` is, which is at `places` itself.
fn place_of(whole: &Node<'_>, places: Places, wanted: &Node<'_>) -> Option<Places> {
    if std::ptr::eq(whole, wanted) {
        return Some(places);
    }
    let mut at = places.value + header(content_size(whole));
    match whole {
        Node::Array(elements) => elements.iter().find_map(|element| {
            let found = place_of(element, Places { id: at, value: at }, wanted);
            at += size(element);
            found
        }),
        Node::Object(entries) => entries.iter().find_map(|entry| {
            let (Key::Escaped(name) | Key::Plain(name)) = entry.key;
            let value = at + size(&Node::Text(name));
            let found = place_of(&entry.value, Places { id: at, value }, wanted);
            at = value + size(&entry.value);
            found
        }),
        _ => None,
    }
}

/// How many bytes the binary form of a node has.
fn size(node: &Node<'_>) -> usize {
    let content = content_size(node);
    header(content) + content
}

fn content_size(node: &Node<'_>) -> usize {
    match node {
        Node::Null | Node::True | Node::False | Node::Inserted(_) => 0,
        Node::Integer(text) | Node::Real(text) | Node::Text(text) => text.len(),
        Node::Array(elements) => elements.iter().map(size).sum(),
        Node::Object(entries) => {
            let entry = |entry: &super::node::Entry<'_>| {
                let (Key::Escaped(name) | Key::Plain(name)) = entry.key;
                size(&Node::Text(name)) + size(&entry.value)
            };
            entries.iter().map(entry).sum()
        }
    }
}

/// How many bytes stand before so many bytes of content.
fn header(content: usize) -> usize {
    match content {
        0..=11 => 1,
        12..=0xff => 2,
        0x100..=0xffff => 3,
        _ => 5,
    }
}
