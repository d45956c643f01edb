//! `.schema --indent`: a definition over several lines.
//!
//! In: the text of a CREATE statement. Out: the same statement with single blanks, and, where it is longer than a line, a
//! line for each of its columns and constraints. Views and triggers stay as they were written. It is what `sqlite3` shows.

/// A definition that is shorter stays on its line.
const LONG_BYTES: usize = 79;

/// The definition over several lines.
pub(super) fn indented(sql: &str) -> String {
    let is = |kind: &str| sql.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind));
    if is("CREATE VIEW") || is("CREATE TRIG") {
        return sql.to_owned();
    }
    let sql = tight(sql);
    if sql.len() < LONG_BYTES { sql } else { broken(&sql) }
}

fn is_blank(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\x0b'
}

/// Without blanks after blanks, and beside parentheses. Like `sqlite3`, this does not look whether they are within quotes.
fn tight(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for c in sql.trim_start_matches(is_blank).chars() {
        if is_blank(c) && out.ends_with(|last| is_blank(last) || last == '(') {
            continue;
        }
        if matches!(c, '(' | ')') && out.ends_with(is_blank) {
            out.pop();
        }
        out.push(c);
    }
    out.truncate(out.trim_end_matches(is_blank).len());
    out
}

/// With a line for each part of the outermost parentheses.
fn broken(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 80);
    let (mut depth, mut lines) = (0_i32, 0);
    // What ends the name, text or comment that is open.
    let mut closes = None;
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        let ahead = rest.peek().copied();
        match c {
            _ if closes == Some(c) => closes = None,
            '"' | '\'' | '`' => closes = Some(c),
            '[' => closes = Some(']'),
            '-' if ahead == Some('-') => closes = Some('\n'),
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if lines > 0 && depth == 0 {
                    out.push('\n');
                }
            }
            _ => {}
        }
        let ends = c == '\n' || c == '(' || (c == ',' && !is_last_of_line(rest.clone()));
        if c != '\n' || depth != 1 || closes.is_some() {
            out.push(c);
        }
        if depth == 1 && closes.is_none() && ends {
            out.push_str("\n  ");
            lines += 1;
            while rest.next_if(|&next| is_blank(next)).is_some() {}
        }
    }
    out
}

/// Whether nothing but a comment follows on the line.
fn is_last_of_line(rest: impl Iterator<Item = char>) -> bool {
    let mut rest = rest.skip_while(|&c| is_blank(c) && c != '\n');
    match rest.next() {
        None | Some('\n') => true,
        Some('-') => rest.next() == Some('-'),
        Some(_) => false,
    }
}
