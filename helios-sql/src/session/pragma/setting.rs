//! Pragmas that read and set one value.

use std::time::Duration;

use helios_core::encoding::{key, record};
use helios_core::versioned::Space;
use helios_core::{Error, Result, Value, ValueRef};

use super::Rows;
use crate::session::Session;

/// What a setting is.
#[derive(Clone, Copy)]
enum Setting {
    /// On or off.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A number that is told when it is set.
    Echo(i64),
    /// A word out of a list, which is told when it is set; the first is the usual one.
    Word(&'static [&'static str]),
    /// A number for one of these words.
    Level(i64, &'static [&'static str]),
    /// A number that is stored with the branch, under this key in [`Space::SETTINGS`].
    Stored(i64),
    /// A value that cannot be changed.
    Fixed(&'static str),
}

/// The key of [`Space::SETTINGS`] under which 1 says that the journal is called `wal`.
const WRITES_AHEAD: i64 = 3;

/// The settings by name. Those that say nothing to helios are told as they were set.
const SETTINGS: &[(&str, Setting)] = &[
    ("analysis_limit", Setting::Echo(0)),
    ("application_id", Setting::Stored(2)),
    ("auto_vacuum", Setting::Level(0, &["none", "full", "incremental"])),
    ("automatic_index", Setting::Flag(true)),
    ("busy_timeout", Setting::Echo(5000)),
    ("cache_size", Setting::Number(-2000)),
    ("cache_spill", Setting::Number(483)),
    ("cell_size_check", Setting::Flag(false)),
    ("checkpoint_fullfsync", Setting::Flag(false)),
    ("count_changes", Setting::Flag(false)),
    ("count_statements", Setting::Flag(false)),
    ("default_cache_size", Setting::Number(-2000)),
    ("defer_foreign_keys", Setting::Flag(false)),
    ("empty_result_callbacks", Setting::Flag(false)),
    ("encoding", Setting::Fixed("UTF-8")),
    ("foreign_keys", Setting::Flag(false)),
    ("full_column_names", Setting::Flag(false)),
    ("fullfsync", Setting::Flag(false)),
    ("hard_heap_limit", Setting::Echo(0)),
    ("ignore_check_constraints", Setting::Flag(false)),
    ("journal_mode", Setting::Word(JOURNALS)),
    ("journal_size_limit", Setting::Echo(-1)),
    ("legacy_alter_table", Setting::Flag(false)),
    ("locking_mode", Setting::Word(&["normal", "exclusive"])),
    ("max_page_count", Setting::Echo(4_294_967_294)),
    ("mmap_size", Setting::Echo(0)),
    ("page_size", Setting::Number(4096)),
    ("query_only", Setting::Flag(false)),
    ("read_uncommitted", Setting::Flag(false)),
    ("recursive_triggers", Setting::Flag(false)),
    ("reverse_unordered_selects", Setting::Flag(false)),
    ("schema_version", Setting::Number(0)),
    ("secure_delete", Setting::Echo(0)),
    ("short_column_names", Setting::Flag(true)),
    ("slow_query_ms", Setting::Echo(-1)),
    ("soft_heap_limit", Setting::Echo(0)),
    ("synchronous", Setting::Level(2, &["off", "normal", "full", "extra"])),
    ("temp_store", Setting::Level(0, &["default", "file", "memory"])),
    ("threads", Setting::Echo(0)),
    ("trusted_schema", Setting::Flag(true)),
    ("user_version", Setting::Stored(1)),
    ("vector_ef_search", Setting::Echo(0)),
    ("wal_autocheckpoint", Setting::Echo(1000)),
    ("writable_schema", Setting::Flag(false)),
];

const JOURNALS: &[&str] = &["delete", "truncate", "persist", "memory", "wal", "off"];

pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().map(|(name, _)| *name)
}

/// Whether a pragma sets something of the whole connection, whichever schema it names.
pub(in crate::session) fn is_of_connection(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "case_sensitive_like" || matches!(find(&name), Some((_, Setting::Flag(_))))
}

fn find(name: &str) -> Option<(&'static str, Setting)> {
    SETTINGS.iter().find(|(known, _)| *known == name).copied()
}

/// The columns that a setting gives when it is read or set; `None` if there is no such setting.
pub(super) fn columns(name: &str, is_set: bool) -> Option<Vec<&'static str>> {
    let (name, setting) = find(name)?;
    let tells = !is_set || matches!(setting, Setting::Echo(_) | Setting::Word(_));
    // SQLite calls these otherwise.
    let column = match name {
        "busy_timeout" => "timeout",
        "default_cache_size" => "cache_size",
        name => name,
    };
    Some(if tells { vec![column] } else { Vec::new() })
}

impl Session {
    /// Reads or sets a setting; `None` if there is none of this name.
    pub(super) fn setting(&mut self, name: &str, argument: Option<&str>) -> Result<Option<Rows>> {
        let Some((name, setting)) = find(name) else { return Ok(None) };
        let Some(argument) = argument else {
            return Ok(Some(Rows(vec![vec![self.read_setting(name, setting)?]])));
        };
        let number = number_of(argument);
        match setting {
            Setting::Echo(_) if name == "slow_query_ms" => {
                self.set_slow_after(u64::try_from(number).ok().map(Duration::from_millis));
            }
            Setting::Stored(key) => self.store(key, number)?,
            Setting::Flag(_) => self.set_flag(name, is_true(argument)),
            Setting::Echo(_) if name == "busy_timeout" => {
                self.timeout = Duration::from_millis(u64::try_from(number).unwrap_or(0));
            }
            Setting::Number(_) if name == "default_cache_size" => {
                let pages = Value::Integer(number.saturating_abs());
                self.remember("cache_size", pages.clone());
                self.remember(name, pages);
            }
            Setting::Echo(_) if name == "secure_delete" => {
                let is_fast = argument.eq_ignore_ascii_case("fast");
                self.remember(name, Value::Integer(if is_fast { 2 } else { i64::from(is_true(argument)) }));
            }
            Setting::Level(..) if name == "synchronous" && self.transaction.is_some() => {
                return Err(Error::sql("Safety level may not be changed inside a transaction"));
            }
            Setting::Number(_) | Setting::Echo(_) => self.remember(name, Value::Integer(number)),
            Setting::Word(_) if name == "journal_mode" => self.set_journal(argument)?,
            Setting::Word(words) => {
                if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(argument)) {
                    self.remember(name, (*word).into());
                }
            }
            Setting::Level(usual, words) => {
                let by_word = words.iter().position(|word| word.eq_ignore_ascii_case(argument));
                let by_number = usize::try_from(number).ok().filter(|number| *number < words.len());
                let is_number = argument.bytes().all(|byte| byte.is_ascii_digit());
                let level = by_word.or(by_number.filter(|_| is_number)).map_or(usual, |level| level as i64);
                self.remember(name, Value::Integer(level));
            }
            Setting::Fixed(_) => {}
        }
        if matches!(setting, Setting::Echo(_) | Setting::Word(_)) {
            return Ok(Some(Rows(vec![vec![self.read_setting(name, setting)?]])));
        }
        Ok(Some(Rows::NONE))
    }

    fn read_setting(&mut self, name: &'static str, setting: Setting) -> Result<Value> {
        let settings = &self.settings;
        let flag = match name {
            "foreign_keys" => Some(settings.foreign_keys),
            "defer_foreign_keys" => Some(settings.defer_foreign_keys),
            "recursive_triggers" => Some(settings.recursive_triggers),
            "ignore_check_constraints" => Some(settings.ignores_checks),
            "query_only" => Some(settings.query_only),
            "count_statements" => Some(self.counts_statements()),
            _ => None,
        };
        if let Some(flag) = flag {
            return Ok(Value::boolean(flag));
        }
        match name {
            "busy_timeout" => return Ok(Value::Integer(self.timeout.as_millis() as i64)),
            "slow_query_ms" => {
                return Ok(Value::Integer(self.slow_after().map_or(-1, |least| least.as_millis() as i64)));
            }
            "schema_version" => {
                let (_, stamp) = self.current_reader()?;
                return Ok(Value::Integer((stamp.moment.0 & 0x7fff_ffff) as i64));
            }
            "journal_mode" => return self.journal(),
            _ => {}
        }
        if let Some(value) = self.remembered.get(name) {
            return Ok(value.clone());
        }
        Ok(match setting {
            Setting::Flag(usual) => Value::boolean(usual),
            Setting::Number(usual) | Setting::Echo(usual) | Setting::Level(usual, _) => Value::Integer(usual),
            Setting::Word(words) => words[0].into(),
            Setting::Stored(key) => self.stored(key)?,
            Setting::Fixed(value) => value.into(),
        })
    }

    /// The journal that SQLite would have: `wal` is a property of the file, all others are of the connection.
    fn journal(&mut self) -> Result<Value> {
        if !self.database.storage().capabilities().persistent {
            let word = self.remembered.get("journal_mode");
            return Ok(word.cloned().unwrap_or_else(|| "memory".into()));
        }
        if self.stored(WRITES_AHEAD)? == Value::Integer(1) {
            return Ok("wal".into());
        }
        let word = self.remembered.get("journal_mode");
        Ok(word.cloned().unwrap_or_else(|| "delete".into()))
    }

    fn set_journal(&mut self, argument: &str) -> Result<()> {
        let Some(word) = JOURNALS.iter().find(|word| word.eq_ignore_ascii_case(argument)) else {
            return Ok(());
        };
        if !self.database.storage().capabilities().persistent {
            if matches!(*word, "memory" | "off") {
                self.remember("journal_mode", (*word).into());
            }
            return Ok(());
        }
        let is_ahead = *word == "wal";
        let was_ahead = self.stored(WRITES_AHEAD)? == Value::Integer(1);
        if is_ahead != was_ahead {
            if self.transaction.is_some() {
                let way = if is_ahead { "into" } else { "out of" };
                return Err(Error::sql(format!("cannot change {way} wal mode from within a transaction")));
            }
            self.store(WRITES_AHEAD, i64::from(is_ahead))?;
        }
        if !is_ahead {
            self.remember("journal_mode", (*word).into());
        }
        Ok(())
    }

    pub(super) fn set_flag(&mut self, name: &'static str, on: bool) {
        let in_transaction = self.transaction.is_some();
        match name {
            // As in SQLite, this one waits for the end of the transaction, and is then forgotten.
            "foreign_keys" if in_transaction => {}
            "foreign_keys" => self.settings.foreign_keys = on,
            "defer_foreign_keys" => self.settings.defer_foreign_keys = on,
            "recursive_triggers" => self.settings.recursive_triggers = on,
            "ignore_check_constraints" => self.settings.ignores_checks = on,
            "query_only" => self.settings.query_only = on,
            "count_statements" => self.count_statements(on),
            _ => self.remember(name, Value::boolean(on)),
        }
        self.settings_changes += 1;
    }

    /// `PRAGMA case_sensitive_like`: from then on LIKE is the built-in one, even if the program has added its own.
    pub(super) fn set_like(&mut self, by_case: Option<&str>) {
        let Some(by_case) = by_case else { return };
        self.settings.like_by_case = Some(is_true(by_case));
        self.settings_changes += 1;
        self.remove_function("like", Some(2));
        self.remove_function("like", Some(3));
    }

    fn remember(&mut self, name: &'static str, value: Value) {
        self.remembered.insert(name, value);
    }

    fn stored(&mut self, number: i64) -> Result<Value> {
        let (reader, _) = self.current_reader()?;
        let mut row_key = Vec::new();
        key::write_rowid(number, &mut row_key);
        let mut value = Ok(Value::Integer(0));
        reader.get(Space::SETTINGS, &row_key, &mut |version| {
            value = record::Record::open(version.payload)
                .and_then(|mut record| record.next_value())
                .map(|value| value.unwrap_or(ValueRef::Integer(0)).to_value());
        })?;
        value
    }

    fn store(&mut self, number: i64, value: i64) -> Result<()> {
        // What does not fit is no number for SQLite.
        let value = i64::from(i32::try_from(value).unwrap_or(0));
        let mut row_key = Vec::new();
        key::write_rowid(number, &mut row_key);
        self.writing(|session| {
            if let Some(transaction) = &session.transaction {
                let values = [ValueRef::Integer(value)];
                transaction.writes().put(Space::SETTINGS, &row_key, |payload| {
                    record::write(0, values.into_iter(), payload);
                });
            }
            Ok(())
        })
    }
}

/// A number, decimal or hexadecimal.
fn number_of(argument: &str) -> i64 {
    let hexadecimal = argument.strip_prefix("0x").or_else(|| argument.strip_prefix("0X"));
    match hexadecimal.map(|digits| i64::from_str_radix(digits, 16)) {
        Some(Ok(number)) => number,
        _ => ValueRef::Text(argument.as_bytes()).to_integer(),
    }
}

/// What SQLite takes for on.
fn is_true(argument: &str) -> bool {
    let words = ["on", "yes", "true", "extra", "full"];
    words.iter().any(|word| word.eq_ignore_ascii_case(argument))
        || ValueRef::Text(argument.as_bytes()).to_integer() != 0
}
