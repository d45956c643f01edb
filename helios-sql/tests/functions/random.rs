//! Random calls.
//!
//! In: a seed. Out: calls whose arguments are the odd values that functions get wrong.

use super::call::Call;
use helios_core::Value;

/// A generator of calls (SplitMix64 of Steele, Lea and Flood).
#[derive(Debug)]
pub(crate) struct Random(u64);

/// Functions with their fewest and most arguments.
const FUNCTIONS: &[(&str, usize, usize)] = &[
    ("abs", 1, 1),
    ("char", 0, 3),
    ("coalesce", 2, 4),
    ("format", 1, 5),
    ("format", 1, 5),
    ("glob", 2, 2),
    ("glob", 2, 2),
    ("hex", 1, 1),
    ("ifnull", 2, 2),
    ("iif", 3, 3),
    ("instr", 2, 2),
    ("length", 1, 1),
    ("like", 2, 2),
    ("like", 2, 2),
    ("like", 3, 3),
    ("lower", 1, 1),
    ("ltrim", 1, 2),
    ("max", 2, 4),
    ("min", 2, 4),
    ("nullif", 2, 2),
    ("quote", 1, 1),
    ("replace", 3, 3),
    ("round", 1, 2),
    ("rtrim", 1, 2),
    ("sign", 1, 1),
    ("soundex", 1, 1),
    ("substr", 2, 3),
    ("substr", 2, 3),
    ("trim", 1, 2),
    ("typeof", 1, 1),
    ("unicode", 1, 1),
    ("upper", 1, 1),
    ("date", 1, 3),
    ("time", 1, 3),
    ("datetime", 1, 3),
    ("julianday", 1, 3),
    ("unixepoch", 1, 3),
    ("strftime", 2, 4),
];

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least + 1) as u64) as i64
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    /// A call.
    pub(crate) fn call(&mut self) -> Call {
        let (name, least, most) = self.pick(FUNCTIONS);
        let count = self.between(least as i64, most as i64) as usize;
        let arguments = match name {
            "like" | "glob" => (0..count).map(|at| self.pattern(at)).collect(),
            "substr" => (0..count).map(|at| if at == 0 { self.value() } else { self.position() }).collect(),
            "round" => (0..count).map(|at| if at == 0 { self.real() } else { self.position() }).collect(),
            // Since 3.42 an empty pattern makes text of a number.
            "replace" => (0..count).map(|_| Value::Text(self.text(b"aab\xC3\xA9"))).collect(),
            "format" => (0..count).map(|at| if at == 0 { self.format() } else { self.small() }).collect(),
            "date" | "time" | "datetime" | "julianday" | "unixepoch" => self.time_and_modifiers(count),
            "strftime" => {
                let mut arguments = self.time_and_modifiers(count - 1);
                arguments
                    .insert(0, Value::text(self.pick(&["%Y-%m-%d %H:%M:%S", "%f %j %w", "%s", "%H|%%"])));
                arguments
            }
            _ => (0..count).map(|_| self.value()).collect(),
        };
        Call::new(name, arguments)
    }

    fn value(&mut self) -> Value {
        match self.below(12) {
            0 => Value::Null,
            1 => {
                Value::Integer(self.pick(&[0, 1, -1, i64::MAX, i64::MIN + 1, 1 << 31, -(1 << 32), 0x10_FFFF]))
            }
            2 => Value::Integer(self.between(-300, 300)),
            3 | 4 => self.real(),
            5 => Value::Blob(self.text(b"aB\0'\xC3\xA9\x80")),
            6 => Value::text(self.pick(&[
                "",
                "12",
                " 1.5 ",
                "1e3",
                "-5x",
                ".5",
                "0x10",
                "9223372036854775808",
            ])),
            _ => Value::Text(self.text(b"aAbB zZ%_*?'\"0.1,x-")),
        }
    }

    /// A value that is no large integer, which newer versions write with more digits as a float.
    fn small(&mut self) -> Value {
        match self.value() {
            Value::Integer(value) => Value::Integer(value % 1_000_000),
            other => other,
        }
    }

    /// Floats that have few digits, so that no version of SQLite rounds their text in another way.
    fn real(&mut self) -> Value {
        let scale = self.pick(&[1.0, 2.0, 4.0, 8.0, 10.0, 100.0, 1000.0]);
        Value::Real(self.between(-100_000, 100_000) as f64 / scale)
    }

    fn text(&mut self, letters: &[u8]) -> std::sync::Arc<[u8]> {
        let length = self.below(9);
        (0..length).map(|_| self.pick(letters)).collect()
    }

    fn position(&mut self) -> Value {
        Value::Integer(self.between(-7, 7))
    }

    fn pattern(&mut self, at: usize) -> Value {
        match at {
            0 => Value::Text(self.text(b"aAb%%__**?[]^-!")),
            1 => Value::Text(self.text(b"aAbB]-%_")),
            _ => Value::text(self.pick(&["!", "%", "_", "a", "", "ab"])),
        }
    }

    fn format(&mut self) -> Value {
        let mut format = String::new();
        for _ in 0..self.between(1, 3) {
            format.push_str(self.pick(&["", "a", " ", "x="]));
            format.push('%');
            // The comma is for integers: newer versions take it for floats too.
            let (letters, flags): (&[&str], &[&str]) = match self.below(3) {
                0 => (&["d", "i", "u", "x", "X", "o"], &["-", "+", " ", "#", "0", ","]),
                _ => (&["f", "e", "g", "s", "q", "Q", "w", "c", "%"], &["-", "+", " ", "#", "0"]),
            };
            for _ in 0..self.below(3) {
                format.push_str(self.pick(flags));
            }
            format.push_str(self.pick(&["", "", "5", "12"]));
            format.push_str(self.pick(&["", "", ".2", ".0", ".5"]));
            format.push_str(self.pick(letters));
        }
        Value::text(&format)
    }

    fn time_and_modifiers(&mut self, count: usize) -> Vec<Value> {
        (0..count).map(|at| if at == 0 { self.time() } else { self.modifier() }).collect()
    }

    fn time(&mut self) -> Value {
        let (year, month, day) = (self.between(0, 9999), self.between(1, 12), self.between(1, 28));
        let (hour, minute, second) = (self.between(0, 23), self.between(0, 59), self.between(0, 59));
        Value::text(&match self.below(7) {
            0 => return Value::Real(self.between(0, 5_373_484 * 8) as f64 / 8.0),
            1 => format!("{hour:02}:{minute:02}"),
            2 => format!("{year:04}-{month:02}-{day:02}"),
            3 => format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.5"),
            4 => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}+01:30"),
            5 => format!("{year}-{month}-{day}"),
            _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}"),
        })
    }

    fn modifier(&mut self) -> Value {
        let count = self.between(-400, 400);
        Value::text(&match self.below(6) {
            0 => format!("weekday {}", self.below(8)),
            1 => format!("start of {}", self.pick(&["day", "month", "year", "week"])),
            2 => format!("{count:+}:30"),
            3 => self.pick(&["julianday", "auto", "unixepoch", "nonsense"]).to_owned(),
            _ => {
                let unit = self.pick(&["seconds", "minute", "hours", "days", "day", "months", "year"]);
                format!("{count:+} {unit}")
            }
        })
    }
}
