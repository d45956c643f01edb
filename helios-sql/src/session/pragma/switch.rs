//! The switches that a program sets on a session from outside SQL, by SQLite's numbers
//! (<https://sqlite.org/c3ref/c_dbconfig_defensive.html>).
//!
//! Those that SQLite's files or plans have a use for are remembered and change nothing; the others do here what they do
//! there. Two are fixed: extensions cannot be loaded, and a database is not emptied by VACUUM.

use helios_core::Value;

use crate::session::Session;
use crate::session::settings::Settings;

/// What a switch is.
#[derive(Clone, Copy)]
enum Switch {
    /// One of the session's settings.
    Setting(fn(&mut Settings) -> &mut bool),
    /// A flag, which may be a pragma's, with its usual value.
    Remembered(&'static str, bool),
    Fixed(bool),
}

/// The switches by number.
const SWITCHES: &[(i32, Switch)] = &[
    (1002, Switch::Setting(|settings| &mut settings.foreign_keys)),
    (1003, Switch::Setting(|settings| &mut settings.enables_triggers)),
    // The tokenizers of full-text search may be replaced; extensions may be loaded, where there are any.
    (1004, Switch::Remembered("fts3_tokenizer", true)),
    (1005, Switch::Fixed(true)),
    // Neither checkpoints nor plans depend on a switch, and triggers are not explained.
    (1006, Switch::Remembered("no_checkpoint_on_close", false)),
    (1007, Switch::Remembered("stable_plans", false)),
    (1008, Switch::Remembered("trigger_plans", false)),
    // The database is not about to be emptied.
    (1009, Switch::Fixed(false)),
    // Tables of the schema can never be written.
    (1010, Switch::Remembered("defensive", false)),
    (1011, Switch::Remembered("writable_schema", false)),
    (1012, Switch::Remembered("legacy_alter_table", false)),
    (1013, Switch::Setting(|settings| &mut settings.quotes_texts)),
    (1014, Switch::Setting(|settings| &mut settings.quotes_texts_in_definitions)),
    (1015, Switch::Setting(|settings| &mut settings.reads_views)),
    (1016, Switch::Remembered("legacy_file_format", false)),
    (1017, Switch::Remembered("trusted_schema", true)),
];

fn find(number: i32) -> Option<Switch> {
    SWITCHES.iter().find(|(known, _)| *known == number).map(|(_, switch)| *switch)
}

impl Session {
    /// Whether a switch of SQLite's number is on; `None` if there is none.
    pub fn switch(&self, number: i32) -> Option<bool> {
        Some(match find(number)? {
            Switch::Setting(setting) => *setting(&mut { self.settings }),
            Switch::Remembered(name, usual) => match self.remembered.get(name) {
                Some(value) => *value == Value::boolean(true),
                None => usual,
            },
            Switch::Fixed(on) => on,
        })
    }

    /// Sets a switch, also within a transaction, if it can be changed. Gives what it is then; `None` if there is none of
    /// this number.
    pub fn set_switch(&mut self, number: i32, on: bool) -> Option<bool> {
        match find(number)? {
            Switch::Setting(setting) => {
                *setting(&mut self.settings) = on;
                self.settings_changes += 1;
            }
            Switch::Remembered(name, _) => self.set_flag(name, on),
            Switch::Fixed(_) => {}
        }
        self.switch(number)
    }
}

#[cfg(test)]
mod tests {
    use super::SWITCHES;

    #[test]
    fn every_number_that_sqlite_3_40_has_is_there_once() {
        let numbers: Vec<i32> = SWITCHES.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, (1002..=1017).collect::<Vec<_>>());
    }
}
