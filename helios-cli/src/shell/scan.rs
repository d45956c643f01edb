//! Where lines of input stand in a statement: whether it has begun, and whether it may have ended.

/// What was seen of a statement that comes line by line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    inside: Option<Inside>,
    /// Whether anything but white space, comments and semicolons was there.
    has_text: bool,
    /// Whether the last of it was a semicolon.
    ends_with_semicolon: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    Comment,
    /// A text or a name that goes up to this byte.
    Quoted(u8),
}

impl Scan {
    /// Whether the next line begins in no text, name or comment.
    pub(crate) fn is_plain(self) -> bool {
        self.inside.is_none()
    }

    /// Whether nothing was there but white space, comments and semicolons, each of them whole.
    pub(crate) fn is_empty(self) -> bool {
        self.inside.is_none() && !self.has_text
    }

    /// Whether a semicolon is the last of it, so that a statement may be complete.
    pub(crate) fn may_be_complete(self) -> bool {
        self.inside.is_none() && self.ends_with_semicolon
    }

    /// Goes on with a line.
    pub(crate) fn line(&mut self, line: &[u8]) {
        let mut at = 0;
        while let Some(&byte) = line.get(at) {
            let next = line.get(at + 1).copied();
            at += 1;
            match self.inside {
                Some(Inside::Comment) => {
                    if byte == b'*' && next == Some(b'/') {
                        self.inside = None;
                        at += 1;
                    }
                }
                Some(Inside::Quoted(end)) => {
                    if byte == end && end != b']' && next == Some(end) {
                        at += 1;
                    } else if byte == end {
                        self.inside = None;
                    }
                }
                None => match byte {
                    b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {}
                    b'-' if next == Some(b'-') => return,
                    b';' => self.ends_with_semicolon = true,
                    b'/' if next == Some(b'*') => {
                        self.inside = Some(Inside::Comment);
                        at += 1;
                    }
                    _ => {
                        (self.has_text, self.ends_with_semicolon) = (true, false);
                        match byte {
                            b'[' => self.inside = Some(Inside::Quoted(b']')),
                            b'`' | b'"' | b'\'' => self.inside = Some(Inside::Quoted(byte)),
                            _ => {}
                        }
                    }
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Scan;

    fn scan(text: &str) -> Scan {
        let mut scan = Scan::default();
        text.lines().for_each(|line| scan.line(line.as_bytes()));
        scan
    }

    #[test]
    fn a_semicolon_counts_where_it_is_no_part_of_a_text_or_comment() {
        for text in
            ["SELECT 1;", "SELECT ';'; -- x", "SELECT [a;b]\n;", "SELECT 1 /* ; */ ;", "SELECT 'it''s';"]
        {
            assert!(scan(text).may_be_complete(), "{text}");
        }
        for text in ["SELECT 1", "SELECT ';", "SELECT 1 -- ;", "SELECT 1 /* ;", "SELECT 1; x"] {
            assert!(!scan(text).may_be_complete(), "{text}");
        }
    }

    #[test]
    fn comments_and_semicolons_are_no_statement() {
        for text in ["", " ;", "-- x", "/* a\nb */ ;"] {
            assert!(scan(text).is_empty(), "{text}");
        }
        for text in ["x", "/* a", "''"] {
            assert!(!scan(text).is_empty(), "{text}");
        }
    }
}
