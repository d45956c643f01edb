//! Dates and times: moments in all formats, all modifiers but those of the local zone, all conversions of `strftime`.
//!
//! Nothing asks what time it is, nor where.

use helios_tests::answer::Order;

use crate::expression::Generator;
use crate::function::Call;
use crate::program::Statement;
use crate::window::columns_of;

/// Functions of dates and what they take: see [`crate::function`].
const CALLS: &[Call] = &[
    ("date", "dm*"),
    ("time", "dm*"),
    ("datetime", "dm*"),
    ("datetime", "dmmm"),
    ("julianday", "dm*"),
    ("unixepoch", "dm*"),
    ("strftime", "xdm*"),
    ("strftime", "xdmm"),
    ("timediff", "dd"),
];

const STRANGE: &[&str] = &[
    "",
    "abc",
    " 2024-01-01",
    "2024-01-01 ",
    "2024-1-1",
    "24:00",
    "12:60",
    "-0001-01-01",
    "2024-01-01  12:00",
    "2024-06-15T12:34",
    "12:00Z",
    "23:59:59.5+01:00",
    "2024-06-15 12:34:56 Z",
    "2024-06-15 12:34:56z",
    "1e3",
    "+5",
    "5373484.5",
    "5373484.4999",
    "-1",
    "1e400",
    "0x10",
    "2024-06-15 12:34:56.789123456",
    "10000-01-01",
    "2024-06-15 12:34:56-14:00",
    "2024-06-15 12:34:56+14:01",
    "2024-06-15 12:34:56.",
    "1721059.5",
];

const MODIFIERS: &[&str] = &[
    "start of day",
    "start of month",
    "start of year",
    "subsec",
    "subsecond",
    "unixepoch",
    "julianday",
    "auto",
    "ceiling",
    "floor",
    "START OF DAY",
    "weekday 7",
    "weekday -1",
    "weekday 2.5",
    "weekday",
    "abc",
    "",
    "+ 1 day",
    "1 fortnight",
    "start of",
    "99999999 days",
    "-10000 years",
    "+1e2 days",
    "1days",
    "days",
    "+1 day ",
    "utc 1",
    "+2024-01-01",
    "-0000-13-01",
    "+0001-00-32",
    "12:30:15.25",
    "+25:00",
    "5 hour minutes",
];

const UNITS: &[&str] =
    &["second", "seconds", "minute", "minutes", "hour", "days", "day", "month", "months", "year", "YEARS"];

const CONVERSIONS: &[&str] = &[
    "%d", "%e", "%f", "%F", "%G", "%g", "%H", "%I", "%j", "%J", "%k", "%l", "%m", "%M", "%p", "%P", "%R",
    "%s", "%S", "%T", "%U", "%u", "%V", "%w", "%W", "%Y", "%%", "%x", "%", "a", " \u{e4} ",
];

impl Generator<'_> {
    /// SELECT of some times, of themselves or of the rows of a table.
    pub(crate) fn with_dates(&mut self) -> Statement {
        self.queries = 0;
        let mut from = String::new();
        if self.one_in(5) {
            let table = self.table();
            self.names = columns_of(&table);
            from = format!(" FROM {} NOT INDEXED ORDER BY {}", table.name, table.key);
        }
        let count = self.numbers.below(4) + 1;
        let texts: Vec<String> = (0..count)
            .map(|number| match self.one_in(6) {
                true => format!(
                    "{} {} {} AS o{number}",
                    self.call_of(CALLS, 1),
                    self.pick(&["=", "<", "IS"]),
                    self.call_of(CALLS, 1)
                ),
                false => format!("{} AS o{number}", self.call_of(CALLS, 2)),
            })
            .collect();
        Statement::new(format!("SELECT {}{from}", texts.join(", ")), Order::Exact)
    }

    /// A time, as an expression.
    pub(crate) fn moment(&mut self, depth: usize) -> String {
        match self.numbers.below(12) {
            0 => (self.numbers.below(6_000_000) as i64 - 100_000).to_string(),
            1 => format!("{}.{}", self.numbers.below(5_400_000), self.pick(&["0", "25", "5", "75"])),
            2 => (self.numbers.below(4_000_000_000) as i64 - 1_000_000_000).to_string(),
            3 => self.quoted(STRANGE),
            4 if depth > 0 => self.call_of(CALLS, depth - 1),
            5 => self.leaf(),
            6 => format!("'{}'", self.time()),
            7 | 8 => format!("'{}'", self.date()),
            _ => {
                let (date, time) = (self.date(), self.time());
                let zone = self.pick(&["", "", "", "", "Z", "+02:30", "-11:00", " +01:00"]);
                format!("'{date}{}{time}{zone}'", self.pick(&[" ", " ", "T"]))
            }
        }
    }

    fn date(&mut self) -> String {
        let year = match self.numbers.below(4) {
            0 => self.numbers.below(10_000),
            1 => *self.numbers.pick(&[0, 1600, 1900, 1970, 2000, 2024, 9999]),
            _ => 1970 + self.numbers.below(80),
        };
        let month = if self.one_in(40) { self.numbers.below(100) } else { self.numbers.below(12) + 1 };
        let day = if self.one_in(3) { 26 + self.numbers.below(7) } else { self.numbers.below(28) + 1 };
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn time(&mut self) -> String {
        let (hour, minute, second) = (self.numbers.below(24), self.numbers.below(60), self.numbers.below(60));
        match self.numbers.below(4) {
            0 => format!("{hour:02}:{minute:02}"),
            1 => format!("{hour:02}:{minute:02}:{second:02}.{:03}", self.numbers.below(1000)),
            2 => format!(
                "{hour:02}:{minute:02}:{second:02}.{}",
                self.pick(&["5", "9995", "9999999", "25", "0004"])
            ),
            _ => format!("{hour:02}:{minute:02}:{second:02}"),
        }
    }

    /// A modifier, as an expression.
    pub(crate) fn modifier(&mut self) -> String {
        let sign = self.pick(&["+", "-", "", "+"]);
        match self.numbers.below(14) {
            0 | 1 => self.quoted(MODIFIERS),
            2 | 3 => self.quoted(&MODIFIERS[..8]),
            4 => format!("'weekday {}'", self.numbers.below(7)),
            5 => format!("'{sign}{}'", self.time()),
            6 => {
                let (year, month, day) =
                    (self.numbers.below(100), self.numbers.below(13), self.numbers.below(32));
                let time = if self.one_in(2) { format!(" {}", self.time()) } else { String::new() };
                format!("'{}{year:04}-{month:02}-{day:02}{time}'", self.pick(&["+", "-"]))
            }
            7 if self.one_in(4) => "NULL".to_owned(),
            7 => self.quoted(&["ceiling", "floor"]),
            8 => {
                let part = self.pick(&["5", "25", "1", "999", "75", "0"]);
                format!("'{sign}{}.{part} {}'", self.numbers.below(50), self.pick(UNITS))
            }
            _ => {
                let most = *self.numbers.pick(&[4, 40, 1000]);
                format!("'{sign}{} {}'", self.numbers.below(most), self.pick(UNITS))
            }
        }
    }

    /// A format of `strftime`.
    pub(crate) fn conversions(&mut self) -> String {
        let parts: Vec<&str> = (0..=self.numbers.below(4)).map(|_| self.pick(CONVERSIONS)).collect();
        format!("'{}'", parts.join(self.pick(&["", "-", " "])))
    }
}
