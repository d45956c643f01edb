//! What EXPLAIN QUERY PLAN and EXPLAIN give, as a tree and as a table.

use std::io::{self, Write};

use helios::ValueRef;

use super::columns::characters;
use super::text::text_of;

/// The nodes of a plan, which come as rows of number, parent, nothing, text.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    number: i64,
    parent: i64,
    text: Vec<u8>,
}

impl Plan {
    pub(super) fn row(&mut self, row: &[ValueRef<'_>]) {
        let number = |at: usize| row.get(at).map_or(0, |value| value.to_integer());
        let text = row.get(3).and_then(|value| text_of(*value)).unwrap_or_default().into_owned();
        self.nodes.push(Node { number: number(0), parent: number(1), text });
    }

    pub(super) fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.nodes.is_empty() {
            return Ok(());
        }
        out.write_all(b"QUERY PLAN\n")?;
        self.level(0, "", out)
    }

    fn level(&self, parent: i64, prefix: &str, out: &mut dyn Write) -> io::Result<()> {
        let children: Vec<&Node> = self.nodes.iter().filter(|node| node.parent == parent).collect();
        for (at, node) in children.iter().enumerate() {
            let is_last = at + 1 == children.len();
            out.write_all(prefix.as_bytes())?;
            out.write_all(if is_last { b"`--" } else { b"|--" })?;
            out.write_all(&node.text)?;
            out.write_all(b"\n")?;
            // A node whose number is none below it would never end.
            if node.number > parent {
                let inner = format!("{prefix}{}", if is_last { "   " } else { "|  " });
                self.level(node.number, &inner, out)?;
            }
        }
        Ok(())
    }
}

/// The widths of the columns of EXPLAIN.
const WIDTHS: [usize; 8] = [4, 13, 4, 4, 4, 13, 2, 13];

/// The table of EXPLAIN, row by row.
#[derive(Debug)]
pub(crate) struct Steps {
    names: Vec<Vec<u8>>,
    has_header: bool,
}

impl Steps {
    pub(super) fn new(names: Vec<Vec<u8>>) -> Steps {
        Steps { names, has_header: false }
    }

    pub(super) fn row(&mut self, row: &[ValueRef<'_>], out: &mut dyn Write) -> io::Result<()> {
        let texts: Vec<Vec<u8>> =
            row.iter().map(|value| text_of(*value).unwrap_or_default().into_owned()).collect();
        if !self.has_header {
            self.has_header = true;
            cells(&self.names, &WIDTHS, out)?;
            let dashes: Vec<Vec<u8>> = WIDTHS.iter().map(|&width| vec![b'-'; width]).collect();
            cells(&dashes, &WIDTHS, out)?;
        }
        let last = texts.len().min(WIDTHS.len()).saturating_sub(1);
        let widths: Vec<usize> = WIDTHS
            .iter()
            .zip(&texts)
            .enumerate()
            .map(|(at, (&width, text))| if at == last { 0 } else { width }.max(characters(text)))
            .collect();
        cells(&texts, &widths, out)
    }
}

fn cells(texts: &[Vec<u8>], widths: &[usize], out: &mut dyn Write) -> io::Result<()> {
    for (at, (text, &width)) in texts.iter().zip(widths).enumerate() {
        if at > 0 {
            out.write_all(b"  ")?;
        }
        out.write_all(text)?;
        out.write_all(" ".repeat(width.saturating_sub(characters(text))).as_bytes())?;
    }
    out.write_all(b"\n")
}
