//! The words of a command's line.

/// The words of a line. A word may stand between quotes; between double ones, and outside of any, a backslash makes
/// other characters, as in C.
pub(super) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '\'' => until(&rest[1..], |rest| rest.find('\'')),
            '"' => until(&rest[1..], end_of_quoted),
            _ => until_space(rest),
        };
        words.push(if first == '\'' { word.to_owned() } else { unescaped(word) });
        rest = after.trim_start();
    }
    words
}

fn until(rest: &str, end: impl Fn(&str) -> Option<usize>) -> (&str, &str) {
    match end(rest) {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (rest, ""),
    }
}

fn until_space(rest: &str) -> (&str, &str) {
    rest.split_at(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len()))
}

/// The first double quote that no backslash stands before.
fn end_of_quoted(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

/// A text with what its backslashes stand for.
pub(super) fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            None => out.push('\\'),
            Some('a') => out.push('\x07'),
            Some('b') => out.push('\x08'),
            Some('t') => out.push('\t'),
            Some('n') => out.push('\n'),
            Some('v') => out.push('\x0b'),
            Some('f') => out.push('\x0c'),
            Some('r') => out.push('\r'),
            Some(digit @ '0'..='7') => {
                let mut code = digit.to_digit(8).unwrap_or_default();
                for _ in 0..2 {
                    let Some(next) = rest.peek().and_then(|c| c.to_digit(8)) else { break };
                    code = code * 8 + next;
                    rest.next();
                }
                out.push(char::from((code & 0xff) as u8));
            }
            Some(other) => out.push(other),
        }
    }
    out
}

/// What a word says of something that is on or off; none of anything else.
pub(super) fn switch(word: &str) -> Option<bool> {
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(word.bytes().any(|byte| byte != b'0'));
    }
    match word.to_ascii_lowercase().as_str() {
        "on" | "yes" => Some(true),
        "off" | "no" => Some(false),
        _ => None,
    }
}

/// An option without its dashes: `--name` and `-name` are one.
pub(super) fn option(word: &str) -> Option<&str> {
    let name = word.strip_prefix('-')?;
    Some(name.strip_prefix('-').unwrap_or(name)).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_cut_at_spaces_and_quotes() {
        assert_eq!(words("print a  \"b  c\" 'd\\n' e\\tf"), ["print", "a", "b  c", "d\\n", "e\tf"]);
        assert_eq!(words("separator \"\\\"\" \\x1 '"), ["separator", "\"", "x1", ""]);
        assert_eq!(words("x \\101\\0619"), ["x", "A19"]);
        assert!(words("  ").is_empty());
    }
}
