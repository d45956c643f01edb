//! Paths into JSON: `$`, then `.key`, `."key"`, `[3]`, `[#]`, `[#-1]`.
//!
//! In: a tree and a path. Out: the node there, a place for a new one, or nothing; the error `JSON path error near '…'`
//! for a path that is none. As in SQLite, what follows a step that leads nowhere is not looked at.

use super::argument::Argument;
use super::node::{Entry, Key, Node, State};
use super::parse::MAX_DEPTH;
use helios_core::{Error, Result};

/// Where one step of a path leads.
enum Place<'p> {
    Element(usize),
    Entry(usize),
    /// Behind the last element.
    NewElement,
    /// A key that is not there.
    NewEntry(&'p [u8]),
}

/// When a value is put where a path leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Only where nothing is.
    Insert,
    /// Only where something is.
    Replace,
    /// In both cases.
    Set,
}

fn error(near: &[u8]) -> Error {
    let near = String::from_utf8_lossy(near).replace('\'', "''");
    Error::sql(format!("JSON path error near '{near}'"))
}

/// The path after its `$`.
fn steps(path: &[u8]) -> Result<&[u8]> {
    path.strip_prefix(b"$").ok_or_else(|| error(path))
}

/// The node that a path names.
pub(super) fn find<'n, 'a>(root: &'n Node<'a>, path: &[u8]) -> Result<Option<&'n Node<'a>>> {
    let mut path = steps(path)?;
    let mut node = root;
    while !path.is_empty() {
        node = match (step(node, path)?, node) {
            (Some((Place::Element(at), rest)), Node::Array(elements)) => {
                path = rest;
                &elements[at]
            }
            (Some((Place::Entry(at), rest)), Node::Object(entries)) => {
                path = rest;
                &entries[at].value
            }
            _ => return Ok(None),
        };
    }
    Ok(Some(node))
}

/// Puts a value where a path leads, if the mode allows it there.
pub(super) fn put<'a>(root: &mut Node<'a>, path: &'a [u8], value: Argument<'a>, mode: Mode) -> Result<()> {
    let mut path = steps(path)?;
    let mut node = root;
    while !path.is_empty() {
        let Some((place, rest)) = step(node, path)? else {
            return Ok(());
        };
        path = rest;
        node = match (place, node) {
            (Place::Element(at), Node::Array(elements)) => &mut elements[at],
            (Place::Entry(at), Node::Object(entries)) => &mut entries[at].value,
            (place @ (Place::NewElement | Place::NewEntry(_)), node) => {
                if mode != Mode::Replace
                    && let Some(new) = build(rest, value, 0)?
                {
                    add(node, place, new);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
    }
    if mode != Mode::Insert {
        *node = Node::Inserted(value);
    }
    Ok(())
}

/// Takes away the node that a path names; `false` if that is the root.
pub(super) fn remove(root: &mut Node<'_>, path: &[u8]) -> Result<bool> {
    let mut path = steps(path)?;
    let mut node = root;
    if path.is_empty() {
        return Ok(false);
    }
    loop {
        let Some((place, rest)) = step(node, path)? else {
            return Ok(true);
        };
        path = rest;
        node = match (place, node) {
            (Place::Element(at), Node::Array(elements)) => {
                if path.is_empty() {
                    elements.remove(at);
                    return Ok(true);
                }
                &mut elements[at]
            }
            (Place::Entry(at), Node::Object(entries)) => {
                if path.is_empty() {
                    entries[at].state = State::Removed;
                    return Ok(true);
                }
                &mut entries[at].value
            }
            _ => return Ok(true),
        };
    }
}

/// What a path makes of nothing: objects and arrays with the value in them. `None` if it begins an array elsewhere than
/// at its first element.
fn build<'a>(path: &'a [u8], value: Argument<'a>, depth: usize) -> Result<Option<Node<'a>>> {
    if path.is_empty() {
        return Ok(Some(Node::Inserted(value)));
    }
    if depth > MAX_DEPTH {
        return Err(error(path));
    }
    let mut node = if path.starts_with(b".") {
        Node::Object(Vec::new())
    } else if path.starts_with(b"[0]") {
        Node::Array(Vec::new())
    } else {
        return Ok(None);
    };
    let Some((place, rest)) = step(&node, path)? else {
        return Ok(None);
    };
    Ok(build(rest, value, depth + 1)?.map(|new| {
        add(&mut node, place, new);
        node
    }))
}

fn add<'a>(node: &mut Node<'a>, place: Place<'a>, new: Node<'a>) {
    match (node, place) {
        (Node::Array(elements), Place::NewElement) => elements.push(new),
        (Node::Object(entries), Place::NewEntry(key)) => entries.push(Entry::new(Key::Plain(key), new)),
        _ => {}
    }
}

/// Takes the first step of a path, and gives the rest of it.
fn step<'p>(node: &Node<'_>, path: &'p [u8]) -> Result<Option<(Place<'p>, &'p [u8])>> {
    // Nothing is looked for in what was just inserted, not even errors.
    if matches!(node, Node::Inserted(_)) {
        return Ok(None);
    }
    match path.first() {
        Some(b'.') => match node {
            Node::Object(entries) => key_step(entries, &path[1..]).map(Some),
            _ => Ok(None),
        },
        Some(b'[') => index_step(node, path),
        _ => Err(error(path)),
    }
}

fn key_step<'p>(entries: &[Entry<'_>], path: &'p [u8]) -> Result<(Place<'p>, &'p [u8])> {
    let (key, rest) = match path.strip_prefix(b"\"") {
        Some(quoted) => {
            let end = memchr::memchr(b'"', quoted).ok_or_else(|| error(path))?;
            (&quoted[..end], &quoted[end + 1..])
        }
        None => {
            let end = memchr::memchr2(b'.', b'[', path).unwrap_or(path.len());
            if end == 0 {
                return Err(error(path));
            }
            path.split_at(end)
        }
    };
    let place = entries.iter().position(|entry| entry.key.is(key)).map_or(Place::NewEntry(key), Place::Entry);
    Ok((place, rest))
}

fn index_step<'p>(node: &Node<'_>, path: &'p [u8]) -> Result<Option<(Place<'p>, &'p [u8])>> {
    let elements = if let Node::Array(elements) = node { Some(elements) } else { None };
    let mut at = 1;
    let mut index = number(path, &mut at);
    if at < 2 || path.get(at) != Some(&b']') {
        if path.get(1) != Some(&b'#') {
            return Err(error(path));
        }
        let Some(elements) = elements else {
            return Ok(None);
        };
        index = elements.len() as u32;
        at = 2;
        if path.get(2) == Some(&b'-') && path.get(3).is_some_and(u8::is_ascii_digit) {
            at = 3;
            let back = number(path, &mut at);
            if back > index {
                return Ok(None);
            }
            index -= back;
        }
        if path.get(at) != Some(&b']') {
            return Err(error(path));
        }
    }
    let Some(elements) = elements else {
        return Ok(None);
    };
    let index = index as usize;
    let place = match index.cmp(&elements.len()) {
        std::cmp::Ordering::Less => Place::Element(index),
        std::cmp::Ordering::Equal => Place::NewElement,
        std::cmp::Ordering::Greater => return Ok(None),
    };
    Ok(Some((place, &path[at + 1..])))
}

/// A number of 32 bits; SQLite forgets the bits above.
fn number(path: &[u8], at: &mut usize) -> u32 {
    let mut value = 0u32;
    while let Some(digit) = path.get(*at).filter(|byte| byte.is_ascii_digit()) {
        value = value.wrapping_mul(10).wrapping_add(u32::from(digit - b'0'));
        *at += 1;
    }
    value
}
