//! Settings of a session: SET, SHOW, `current_setting()`.
//!
//! A setting that the server does not know is an error, as is a value that it could not keep to. Some settings say
//! nothing here (how memory is used, for instance): they keep what they are told.

use std::collections::BTreeMap;
use std::time::Duration;

use helios::sql::is_time_zone;

use crate::command::Isolation;
use crate::failure::Failure;
use crate::options::Options;
use crate::sqlstate;

/// What may be said of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It is read only.
    Fixed,
    /// One of these values.
    OneOf(&'static [&'static str]),
    /// Any text.
    Any,
    /// A time, in milliseconds where no unit is said.
    Time,
    /// True or false.
    Switch,
    /// A whole number.
    Number,
    /// An isolation level.
    Isolation,
    /// Schemas.
    Schemas,
    /// A time zone.
    Zone,
}

/// The settings: name as PostgreSQL writes it, what may be said, usual value.
const KNOWN: [(&str, Kind, &str); 52] = [
    ("application_name", Kind::Any, ""),
    ("backslash_quote", Kind::OneOf(&["safe_encoding"]), "safe_encoding"),
    ("bytea_output", Kind::OneOf(&["hex"]), "hex"),
    ("check_function_bodies", Kind::Switch, "on"),
    ("client_encoding", Kind::OneOf(&["utf8", "utf-8", "unicode"]), "UTF8"),
    ("client_min_messages", Kind::Any, "notice"),
    ("DateStyle", Kind::OneOf(&["iso", "iso, mdy", "iso, dmy", "iso, ymd"]), "ISO, MDY"),
    ("default_table_access_method", Kind::OneOf(&["heap"]), "heap"),
    ("default_tablespace", Kind::OneOf(&[""]), ""),
    ("default_transaction_deferrable", Kind::OneOf(&["off", "false"]), "off"),
    ("default_transaction_isolation", Kind::Isolation, "read committed"),
    ("default_transaction_read_only", Kind::Switch, "off"),
    ("escape_string_warning", Kind::Switch, "on"),
    ("extra_float_digits", Kind::Number, "1"),
    ("geqo", Kind::Switch, "on"),
    ("helios.branch", Kind::Any, "main"),
    ("helios.process_id", Kind::Fixed, "0"),
    ("idle_in_transaction_session_timeout", Kind::Time, "0"),
    ("idle_session_timeout", Kind::OneOf(&["0"]), "0"),
    ("in_hot_standby", Kind::Fixed, "off"),
    ("integer_datetimes", Kind::Fixed, "on"),
    ("IntervalStyle", Kind::OneOf(&["postgres"]), "postgres"),
    ("is_superuser", Kind::Fixed, "on"),
    ("jit", Kind::Switch, "off"),
    ("lc_collate", Kind::Fixed, "C"),
    ("lc_ctype", Kind::Fixed, "C"),
    ("lc_messages", Kind::OneOf(&["c"]), "C"),
    ("lc_monetary", Kind::OneOf(&["c"]), "C"),
    ("lock_timeout", Kind::Time, "0"),
    ("maintenance_work_mem", Kind::Any, "64MB"),
    ("max_identifier_length", Kind::Fixed, "63"),
    ("max_index_keys", Kind::Fixed, "32"),
    ("max_parallel_workers_per_gather", Kind::Number, "2"),
    ("password_encryption", Kind::OneOf(&["scram-sha-256"]), "scram-sha-256"),
    ("quote_all_identifiers", Kind::OneOf(&["off", "false"]), "off"),
    ("row_security", Kind::Switch, "on"),
    ("search_path", Kind::Schemas, "\"$user\", public"),
    ("server_encoding", Kind::Fixed, "UTF8"),
    ("server_version", Kind::Fixed, "15.8 (helios)"),
    ("server_version_num", Kind::Fixed, "150008"),
    ("session_authorization", Kind::Fixed, ""),
    ("standard_conforming_strings", Kind::OneOf(&["on", "true"]), "on"),
    ("statement_timeout", Kind::Time, "0"),
    ("synchronize_seqscans", Kind::Switch, "on"),
    ("synchronous_commit", Kind::OneOf(&["on", "true", "local"]), "on"),
    ("TimeZone", Kind::Zone, "UTC"),
    ("transaction_isolation", Kind::Isolation, "read committed"),
    ("transaction_read_only", Kind::Switch, "off"),
    ("transform_null_equals", Kind::OneOf(&["off", "false"]), "off"),
    ("wal_level", Kind::Fixed, "replica"),
    ("work_mem", Kind::Any, "4MB"),
    ("xmloption", Kind::OneOf(&["content", "document"]), "content"),
];

/// Those whose changes a client is told of.
pub(super) const REPORTED: [&str; 13] = [
    "application_name",
    "client_encoding",
    "DateStyle",
    "default_transaction_read_only",
    "in_hot_standby",
    "integer_datetimes",
    "IntervalStyle",
    "is_superuser",
    "server_encoding",
    "server_version",
    "session_authorization",
    "standard_conforming_strings",
    "TimeZone",
];

/// What is asked with every message, read when a setting changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PerMessage {
    statement_timeout: Option<Duration>,
    idle_in_transaction_timeout: Option<Duration>,
    reads_only: bool,
    reads_only_by_default: bool,
}

/// The settings of a session.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// By name in small letters.
    values: BTreeMap<String, String>,
    usual: BTreeMap<String, String>,
    read: PerMessage,
    /// Names of those that were changed and that the client was not told of.
    pub(super) changed: Vec<&'static str>,
}

impl Settings {
    pub(super) fn new(options: &Options, user: &str, branch: &str, number: i32) -> Settings {
        let mut usual: BTreeMap<String, String> =
            KNOWN.iter().map(|(name, _, value)| (name.to_ascii_lowercase(), (*value).to_owned())).collect();
        let millis = |time: Duration| time.as_millis().to_string();
        let given = [
            ("session_authorization", user.to_owned()),
            ("helios.branch", branch.to_owned()),
            ("helios.process_id", number.to_string()),
            ("statement_timeout", millis(options.statement_timeout)),
            ("lock_timeout", millis(options.lock_timeout)),
            ("idle_in_transaction_session_timeout", millis(options.idle_in_transaction_timeout)),
        ];
        usual.extend(given.map(|(name, value)| (name.to_owned(), value)));
        let values = usual.clone();
        let mut settings = Settings { values, usual, read: PerMessage::default(), changed: Vec::new() };
        settings.read_again();
        settings
    }

    /// Says that the user may not do everything.
    pub(super) fn tell_no_superuser(&mut self) {
        for values in [&mut self.values, &mut self.usual] {
            values.insert("is_superuser".to_owned(), "off".to_owned());
        }
    }

    /// The value of a setting.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(&name.to_ascii_lowercase()).map(String::as_str)
    }

    /// All of them, with their names as they are written.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| {
            let known = KNOWN.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
            (known.map_or(name.as_str(), |(known, ..)| known), value.as_str())
        })
    }

    /// Sets a setting; `None` puts its usual value back.
    pub(super) fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), Failure> {
        let lower = name.to_ascii_lowercase();
        let Some((written, kind, _)) = KNOWN.iter().find(|(known, ..)| known.eq_ignore_ascii_case(&lower))
        else {
            if !lower.contains('.') || lower.starts_with("helios.") {
                let message = format!("unrecognized configuration parameter \"{name}\"");
                return Err(Failure::new(sqlstate::UNDEFINED_OBJECT, message));
            }
            // What programs keep for themselves.
            match value {
                Some(value) => self.values.insert(lower, value.to_owned()),
                None => self.values.remove(&lower),
            };
            return Ok(());
        };
        let value = match value {
            None => self.usual.get(&lower).cloned().unwrap_or_default(),
            Some(value) => normal(written, *kind, value)?,
        };
        if let Some(reported) = REPORTED.iter().find(|reported| *reported == written) {
            self.changed.push(reported);
        }
        self.values.insert(lower, value);
        self.read_again();
        Ok(())
    }

    /// Puts the usual values of all back, but for those that belong to the transaction or to the connection.
    pub(super) fn reset_all(&mut self) {
        let kept = ["helios.branch", "transaction_isolation", "transaction_read_only"];
        for (name, usual) in &self.usual {
            if !kept.contains(&name.as_str()) {
                self.values.insert(name.clone(), usual.clone());
            }
        }
        self.read_again();
        self.changed.extend(REPORTED);
    }

    /// What `of` has, and what the client has to be told of then.
    pub(super) fn restore(&mut self, of: Settings) {
        for name in REPORTED {
            if self.get(name) != of.get(name) {
                self.changed.push(name);
            }
        }
        self.values = of.values;
        self.read_again();
    }

    /// Reads what every message asks for; after each change.
    fn read_again(&mut self) {
        self.read = PerMessage {
            statement_timeout: self.time("statement_timeout"),
            idle_in_transaction_timeout: self.time("idle_in_transaction_session_timeout"),
            reads_only: self.is_on("transaction_read_only"),
            reads_only_by_default: self.is_on("default_transaction_read_only"),
        };
    }

    fn time(&self, name: &str) -> Option<Duration> {
        let millis: u64 = self.get(name)?.parse().ok()?;
        (millis > 0).then(|| Duration::from_millis(millis))
    }

    pub(super) fn statement_timeout(&self) -> Option<Duration> {
        self.read.statement_timeout
    }

    pub(super) fn idle_in_transaction_timeout(&self) -> Option<Duration> {
        self.read.idle_in_transaction_timeout
    }

    /// Whether the transaction reads alone.
    pub(super) fn reads_only(&self) -> bool {
        self.read.reads_only
    }

    /// Whether transactions to come read alone.
    pub(super) fn reads_only_by_default(&self) -> bool {
        self.read.reads_only_by_default
    }

    /// How long to wait for a lock.
    pub(super) fn lock_timeout(&self) -> Duration {
        self.time("lock_timeout").unwrap_or(Duration::from_secs(86_400))
    }

    /// How long to wait for a lock that has no other limit than the one that the client has set.
    pub(super) fn own_lock_timeout(&self) -> Option<Duration> {
        let name = "lock_timeout";
        (self.values.get(name) != self.usual.get(name)).then(|| self.time(name)).flatten()
    }

    pub(super) fn isolation(&self, name: &str) -> Isolation {
        self.get(name).and_then(Isolation::named).unwrap_or(Isolation::ReadCommitted)
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.get(name) == Some("on")
    }
}

/// A value as SHOW gives it, if it may be said.
fn normal(name: &str, kind: Kind, value: &str) -> Result<String, Failure> {
    let wrong = || {
        Err(Failure::new(
            sqlstate::INVALID_PARAMETER_VALUE,
            format!("invalid value for parameter \"{name}\": \"{value}\""),
        ))
    };
    let bare = value.trim().trim_matches('\'');
    match kind {
        Kind::Any => Ok(value.to_owned()),
        Kind::Fixed => Err(Failure::new("55P02", format!("parameter \"{name}\" cannot be changed"))),
        Kind::OneOf(allowed) => {
            let lower = bare.to_ascii_lowercase();
            if !allowed.contains(&lower.as_str()) {
                return wrong();
            }
            Ok(match name {
                "client_encoding" => "UTF8".to_owned(),
                "DateStyle" if lower == "iso" => "ISO, MDY".to_owned(),
                "DateStyle" => lower.to_ascii_uppercase(),
                _ => lower,
            })
        }
        Kind::Time => match milliseconds(bare) {
            Some(millis) => Ok(millis.to_string()),
            None => wrong(),
        },
        Kind::Switch => match bare.to_ascii_lowercase().as_str() {
            "on" | "true" | "yes" | "1" | "t" => Ok("on".to_owned()),
            "off" | "false" | "no" | "0" | "f" => Ok("off".to_owned()),
            _ => wrong(),
        },
        Kind::Zone if ["local", "default"].iter().any(|word| bare.eq_ignore_ascii_case(word)) => {
            Ok("UTC".to_owned())
        }
        Kind::Zone if is_time_zone(bare) => Ok(bare.to_owned()),
        Kind::Zone => wrong(),
        Kind::Number => match bare.parse::<i64>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => wrong(),
        },
        Kind::Isolation => match Isolation::named(bare) {
            Some(level) => Ok(level.name().to_owned()),
            None => wrong(),
        },
        Kind::Schemas => {
            let known = ["public", "$user", "pg_catalog", "information_schema", ""];
            let mut schemas = value.split(',').map(|schema| schema.trim().trim_matches(['"', '\'']));
            match schemas.find(|schema| !known.contains(schema)) {
                None => Ok(value.to_owned()),
                Some(schema) => Err(Failure::new("3F000", format!("schema \"{schema}\" does not exist"))),
            }
        }
    }
}

/// A time with or without a unit.
fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = text.get(..digits)?.parse().ok()?;
    let unit = match text.get(digits..)?.trim() {
        "" | "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(unit).filter(|millis| *millis <= i32::MAX as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read ahead is what the texts say, whichever way they came about.
    #[test]
    fn what_is_read_ahead_follows_every_change() -> Result<(), Failure> {
        let check = |settings: &Settings| {
            let mut again = settings.clone();
            again.read_again();
            assert_eq!(settings.read, again.read);
            settings.read
        };
        let mut settings = Settings::new(&Options::default(), "ada", "main", 1);
        let first = check(&settings);
        let before = settings.clone();
        let changes = [
            ("statement_timeout", "2s"),
            ("idle_in_transaction_session_timeout", "3s"),
            ("transaction_read_only", "on"),
            ("default_transaction_read_only", "yes"),
        ];
        for (name, value) in changes {
            settings.set(name, Some(value))?;
            check(&settings);
        }
        let changed = check(&settings);
        assert_eq!(changed.statement_timeout, Some(Duration::from_secs(2)));
        assert_eq!(changed.idle_in_transaction_timeout, Some(Duration::from_secs(3)));
        assert!(changed.reads_only && changed.reads_only_by_default);
        settings.reset_all();
        // The transaction keeps what it is.
        assert_eq!(check(&settings), PerMessage { reads_only: true, ..first });
        settings.set("statement_timeout", Some("5s"))?;
        settings.set("statement_timeout", None)?;
        assert_eq!(check(&settings).statement_timeout, first.statement_timeout);
        settings.restore(before);
        assert_eq!(check(&settings), first);
        Ok(())
    }
}
