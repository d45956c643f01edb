//! Cells of tables: the lines of a text, each no longer than a width.

/// The first line of a text as a cell shows it, and what is left of the text for further lines. A tab becomes spaces up
/// to the next multiple of eight; other control characters end a line, as a line break does.
pub(super) fn first_line(text: &[u8], width: usize, wraps_words: bool) -> (Vec<u8>, Option<&[u8]>) {
    let width = if width == 0 { usize::MAX } else { width };
    let at = |position: usize| text.get(position).copied().unwrap_or(0);
    let (full, shown) = scan(text, width);
    let (end, next) = match shown >= width && wraps_words {
        true => break_words(text, full),
        false => (full, full),
    };
    let rest = if shown >= width && at(next) >= b' ' {
        text.get(next..)
    } else if at(next) == b'\r' && at(next + 1) == b'\n' {
        text.get(next + 2..)
    } else {
        text.get(next + 1..)
    };
    let line = expand_tabs(text, end, width);
    (line, rest.filter(|rest| !rest.is_empty()))
}

/// How many bytes of a text fit into a line, and how wide they are.
fn scan(text: &[u8], width: usize) -> (usize, usize) {
    let (mut at, mut shown) = (0, 0);
    while shown < width {
        match text.get(at) {
            Some(b'\t') => {
                shown = next_stop(shown, width);
                at += 1;
            }
            Some(&byte) if byte >= b' ' => {
                shown += 1;
                at = after_character(text, at);
            }
            _ => break,
        }
    }
    (at, shown)
}

fn next_stop(shown: usize, width: usize) -> usize {
    ((shown / 8 + 1) * 8).min(width)
}

fn after_character(text: &[u8], at: usize) -> usize {
    let continues = text[at + 1..].iter().take_while(|&&byte| byte & 0xc0 == 0x80).count();
    at + 1 + continues
}

/// Where a line that ends at `full` ends better, and where the next begins: behind a space, or else where words and
/// other characters meet; in the second half of the line, or not at all.
fn break_words(text: &[u8], full: usize) -> (usize, usize) {
    let at = |position: usize| text.get(position).copied().unwrap_or(0);
    let is_space = |byte: u8| byte.is_ascii_whitespace() || byte == 0x0b;
    let second_half = || (full / 2 + 1..=full).rev();
    let behind_space = second_half().find(|&end| is_space(at(end - 1)));
    let between = || {
        second_half().find(|&end| {
            let (before, after) = (at(end - 1), at(end));
            before.is_ascii_alphanumeric() != after.is_ascii_alphanumeric() && after & 0xc0 != 0x80
        })
    };
    match behind_space.or_else(between) {
        None => (full, full),
        Some(end) => {
            let spaces = text[end..].iter().take_while(|&&byte| byte == b' ').count();
            (end, end + spaces)
        }
    }
}

/// The characters of a text that begin before `end`.
fn expand_tabs(text: &[u8], end: usize, width: usize) -> Vec<u8> {
    let mut line = Vec::with_capacity(end);
    let (mut at, mut shown) = (0, 0);
    while let Some(&byte) = text.get(at).filter(|_| at < end) {
        if byte == b'\t' {
            let stop = next_stop(shown, width).max(shown + 1);
            line.resize(line.len() + stop - shown, b' ');
            shown = stop;
            at += 1;
        } else {
            let end = after_character(text, at);
            line.extend_from_slice(&text[at..end]);
            shown += 1;
            at = end;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::first_line;

    fn lines(text: &str, width: usize, wraps_words: bool) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = Some(text.as_bytes());
        while let Some(text) = rest {
            let (line, next) = first_line(text, width, wraps_words);
            lines.push(String::from_utf8(line).unwrap());
            rest = next;
        }
        lines
    }

    #[test]
    fn a_text_is_broken_at_its_width_between_words_and_at_its_lines() {
        assert_eq!(lines("abcdef", 4, false), ["abcd", "ef"]);
        assert_eq!(lines("ab\ncd\r\nef\n", 0, false), ["ab", "cd", "ef"]);
        assert_eq!(lines("the quick fox", 6, true), ["the ", "quick ", "fox"]);
        assert_eq!(lines("äöü", 2, false), ["äö", "ü"]);
        assert_eq!(lines("a\tb", 0, false), ["a       b"]);
        assert_eq!(lines("", 0, false), [""]);
    }
}
