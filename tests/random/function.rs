//! Calls of functions: a table says what each takes, so that most calls make sense.
//!
//! Only functions that give the same for the same, in every version that is compared, and that the oracle's build has:
//! those of mathematics it has not.

use crate::expression::Generator;

/// A function and its arguments, one letter each; those after `?` may be left out, and what stands before `*` may come
/// again. The letters are those of [`Generator::argument`].
pub(crate) type Call = (&'static str, &'static str);

const CALLS: &[Call] = &[
    ("abs", "n"),
    ("char", "n*"),
    ("coalesce", "aa*"),
    ("concat", "a*"),
    ("concat_ws", "la*"),
    ("format", "fa*"),
    ("glob", "gt"),
    ("hex", "a"),
    ("ifnull", "aa"),
    ("iif", "ca?a"),
    ("instr", "tt"),
    ("instr", "bb"),
    ("length", "a"),
    ("like", "gt"),
    ("likely", "a"),
    ("lower", "t"),
    ("ltrim", "t?t"),
    ("max", "aa*"),
    ("min", "aa*"),
    ("nullif", "aa"),
    ("octet_length", "a"),
    ("printf", "fa*"),
    ("printf", "hw"),
    ("quote", "q"),
    ("replace", "tlt"),
    ("round", "n?i"),
    ("rtrim", "t?t"),
    ("substr", "ti?i"),
    ("substr", "bi?i"),
    ("substring", "ti?i"),
    ("trim", "t?t"),
    ("typeof", "a"),
    ("unhex", "t?t"),
    ("unicode", "t"),
    ("unlikely", "c"),
    ("upper", "t"),
    ("zeroblob", "i"),
];

const FORMATS: &[&str] = &[
    "%d", "%5d", "%-5d|", "%05d", "%+d", "% d", "%,d", "%x", "%X", "%#x", "%o", "%u", "%c", "%5c", "%s",
    "%10s", "%-10s|", "%.2s", "%e", "%.3E", "%g", "%G", "%#g", "%!g", "%q", "%Q", "%w", "%z", "%%", "%",
    "%i %i", "%s-%s", "%!s", "%lld", "%-8.2e|", "%1$s", "%p", "%.1q", "%5Q", "%!5s", "%r",
];

/// Formats that show all digits of a number: of more than 15, versions of SQLite show others.
const ALL_DIGITS: &[&str] = &["%f", "%.0f", "%10.3f", "%+.1f", "%08.2f", "%!.5f", "%,d|%f"];

impl Generator<'_> {
    /// A call of some function.
    pub(crate) fn call(&mut self, depth: usize) -> String {
        self.call_of(CALLS, depth)
    }

    /// A call of one of these functions.
    pub(crate) fn call_of(&mut self, calls: &[Call], depth: usize) -> String {
        let (name, wanted) = *self.numbers.pick(calls);
        let mut arguments = Vec::new();
        let mut last = 'a';
        for letter in wanted.chars() {
            match letter {
                '?' if self.one_in(2) => break,
                '?' => {}
                '*' => {
                    for _ in 0..self.numbers.below(3) {
                        arguments.push(self.argument(last, depth));
                    }
                }
                _ => {
                    arguments.push(self.argument(letter, depth));
                    last = letter;
                }
            }
        }
        format!("{name}({})", arguments.join(", "))
    }

    fn argument(&mut self, letter: char, depth: usize) -> String {
        match letter {
            'j' => return self.json(depth),
            'k' => return self.bad_bytes(),
            'p' => return self.json_path(depth),
            'o' => return self.json_name(),
            'v' => return self.numbers.below(10).to_string(),
            's' => return self.quoted(&["", " ", "\t", "--"]),
            'd' => return self.moment(depth),
            'm' => return self.modifier(),
            'h' => return self.quoted(ALL_DIGITS),
            'w' => return format!("({}) % 100000 / 8.0", self.value(depth)),
            // Of a calculated float, versions of SQLite write other digits.
            'q' => return self.value(0),
            'x' => return self.conversions(),
            _ => {}
        }
        if depth == 0 || (!matches!(letter, 'i' | 'l') && self.one_in(12)) {
            return self.value(depth);
        }
        let depth = depth - 1;
        match letter {
            'n' => self.number_like(depth),
            't' => self.text_like(depth),
            'c' => self.truth(depth),
            'b' => self.bytes_like(depth),
            'f' => self.quoted(FORMATS),
            'g' => self.pattern(),
            'l' => format!("'{}'", self.pick(&["a", "b", "1", "ab", " ", ".", "\u{e4}"])),
            'i' => (self.numbers.below(12) as i64 - 4).to_string(),
            _ => self.value(depth),
        }
    }

    /// One of some texts, as a literal.
    pub(crate) fn quoted(&mut self, texts: &[&'static str]) -> String {
        format!("'{}'", self.pick(texts).replace('\'', "''"))
    }
}
