//! `json_pretty`: JSON with each element on a line of its own.

use helios_core::Result;

use super::node::{Key, Node, State, write_quoted, write_string};

/// Appends a node with its elements indented by `indent` for each level.
pub(super) fn write(node: &Node<'_>, indent: &[u8], level: usize, out: &mut Vec<u8>) -> Result<()> {
    let begin = |out: &mut Vec<u8>, number: usize| {
        if number > 0 {
            out.push(b',');
        }
        line(indent, level + 1, out);
    };
    match node {
        Node::Array(elements) if !elements.is_empty() => {
            out.push(b'[');
            for (number, element) in elements.iter().enumerate() {
                begin(out, number);
                write(element, indent, level + 1, out)?;
            }
            line(indent, level, out);
            out.push(b']');
        }
        Node::Object(entries) if !entries.is_empty() => {
            out.push(b'{');
            let kept = entries.iter().filter(|entry| entry.state != State::Removed);
            for (number, entry) in kept.enumerate() {
                begin(out, number);
                match entry.key {
                    Key::Escaped(key) => write_quoted(key, out),
                    Key::Plain(key) => write_string(key, out),
                }
                out.extend_from_slice(b": ");
                write(&entry.value, indent, level + 1, out)?;
            }
            line(indent, level, out);
            out.push(b'}');
        }
        other => other.write(out)?,
    }
    Ok(())
}

/// Begins a line.
fn line(indent: &[u8], level: usize, out: &mut Vec<u8>) {
    out.push(b'\n');
    (0..level).for_each(|_| out.extend_from_slice(indent));
}
