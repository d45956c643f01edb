//! `sequence`: what a sequence of PostgreSQL's dialect is kept as, `CREATE VIRTUAL TABLE s USING sequence(…)`.
//!
//! In: the arguments of the definition, and changes of them in PostgreSQL's words. Out: how the numbers go on, and to which
//! column the sequence belongs. The number that was given last is no part of the table: the store keeps it for the
//! table's space, outside of branches and transactions ([`helios_core::transaction::Progression`]).

use std::sync::{Arc, LazyLock};

use helios_core::transaction::Progression;
use helios_core::{Error, ErrorKind, Result};

use super::{
    Definition, IndexChoice, IndexRequest, Module, Tables, VirtualColumn, VirtualCursor, VirtualScan,
    VirtualTable, no_index,
};
use crate::ast::SequenceOptions;

/// The name of the module.
pub const SEQUENCE: &str = "sequence";

/// The columns of a sequence, with their types.
pub const SEQUENCE_COLUMNS: [(&str, &str); 3] =
    [("last_value", "BIGINT"), ("log_cnt", "BIGINT"), ("is_called", "BOOLEAN")];

static COLUMNS: LazyLock<Vec<VirtualColumn>> = LazyLock::new(|| {
    let column = |(name, declared_type): (&str, &str)| VirtualColumn {
        declared_type: declared_type.to_owned(),
        ..VirtualColumn::new(name)
    };
    SEQUENCE_COLUMNS.map(column).to_vec()
});

/// A sequence, as it is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceDefinition {
    /// `smallint`, `integer` or `bigint`.
    pub type_name: &'static str,
    /// How its numbers go on.
    pub progression: Progression,
    /// CACHE, which is only told.
    pub cache: i64,
    /// The table and the column that it goes with.
    pub owner: Option<(String, String)>,
}

const TYPES: [(&str, &str, i64, i64); 3] = [
    ("smallint", "int2", i16::MIN as i64, i16::MAX as i64),
    ("integer", "int4", i32::MIN as i64, i32::MAX as i64),
    ("bigint", "int8", i64::MIN, i64::MAX),
];

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Data, message)
}

impl Default for SequenceDefinition {
    fn default() -> SequenceDefinition {
        let progression = Progression { start: 1, increment: 1, least: 1, greatest: i64::MAX, cycles: false };
        SequenceDefinition { type_name: "bigint", progression, cache: 1, owner: None }
    }
}

impl SequenceDefinition {
    /// What the arguments of a definition say.
    ///
    /// # Errors
    /// An argument is unknown, or says nothing that could be.
    pub fn of_arguments(arguments: &[String]) -> Result<SequenceDefinition> {
        let mut found = SequenceDefinition::default();
        let (mut table, mut column) = (None, None);
        for argument in arguments {
            let wrong = || Error::sql(format!("malformed argument of a sequence: {argument}"));
            let (name, value) = argument.split_once('=').ok_or_else(wrong)?;
            let (name, value) = (name.trim(), value.trim());
            let number = || value.parse::<i64>().map_err(|_| wrong());
            let text = || {
                let inner = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                inner.map(|inner| inner.replace("''", "'")).ok_or_else(wrong)
            };
            match name {
                "type" => {
                    let known = TYPES.iter().find(|(name, ..)| *name == value);
                    found.type_name = known.ok_or_else(wrong)?.0;
                }
                "start" => found.progression.start = number()?,
                "increment" => found.progression.increment = number()?,
                "minvalue" => found.progression.least = number()?,
                "maxvalue" => found.progression.greatest = number()?,
                "cache" => found.cache = number()?,
                "cycle" => found.progression.cycles = number()? != 0,
                "table" => table = Some(text()?),
                "column" => column = Some(text()?),
                _ => return Err(wrong()),
            }
        }
        found.owner = table.zip(column);
        found.check("START", found.progression.start)?;
        Ok(found)
    }

    /// The arguments of a definition that says this.
    pub fn arguments(&self) -> String {
        let Progression { start, increment, least, greatest, cycles } = self.progression;
        let mut written = format!(
            "type={}, start={start}, increment={increment}, minvalue={least}, maxvalue={greatest}, cache={}, cycle={}",
            self.type_name,
            self.cache,
            u8::from(cycles)
        );
        if let Some((table, column)) = &self.owner {
            let quoted = |name: &str| name.replace('\'', "''");
            written = format!("{written}, table='{}', column='{}'", quoted(table), quoted(column));
        }
        written
    }

    /// A new sequence.
    ///
    /// # Errors
    /// In PostgreSQL's words, where options contradict each other.
    pub fn created(options: &SequenceOptions) -> Result<SequenceDefinition> {
        let mut all = options.clone();
        all.least.get_or_insert(None);
        all.greatest.get_or_insert(None);
        let mut made = SequenceDefinition::default().changed(&all)?;
        if options.start.is_none() {
            let Progression { increment, least, greatest, .. } = made.progression;
            made.progression.start = if increment > 0 { least } else { greatest };
        }
        made.check("START", made.progression.start)?;
        Ok(made)
    }

    /// The sequence with what options change.
    ///
    /// # Errors
    /// In PostgreSQL's words, where options contradict each other.
    pub fn changed(&self, options: &SequenceOptions) -> Result<SequenceDefinition> {
        let mut new = self.clone();
        let (mut least, mut greatest) = (options.least, options.greatest);
        if let Some(wanted) = &options.declared_type {
            let Some((name, ..)) = TYPES.iter().find(|(_, known, ..)| known == wanted) else {
                return Err(invalid("sequence type must be smallint, integer, or bigint".to_owned()));
            };
            // Ends that are those of the old type become those of the new one.
            let (old_least, old_greatest) = self.ends_of_type();
            least = least.or((self.progression.least == old_least).then_some(None));
            greatest = greatest.or((self.progression.greatest == old_greatest).then_some(None));
            new.type_name = name;
        }
        let progression = &mut new.progression;
        progression.increment = options.increment.unwrap_or(progression.increment);
        if progression.increment == 0 {
            return Err(invalid("INCREMENT must not be zero".to_owned()));
        }
        progression.cycles = options.cycles.unwrap_or(progression.cycles);
        let is_rising = progression.increment > 0;
        let (first, last) = new.ends_of_type();
        if let Some(greatest) = greatest {
            new.progression.greatest = greatest.unwrap_or(if is_rising { last } else { -1 });
        }
        if let Some(least) = least {
            new.progression.least = least.unwrap_or(if is_rising { 1 } else { first });
        }
        for (word, value) in [("MAXVALUE", new.progression.greatest), ("MINVALUE", new.progression.least)] {
            if value < first || value > last {
                let of = new.type_name;
                return Err(invalid(format!("{word} ({value}) is out of range for sequence data type {of}")));
            }
        }
        let Progression { least, greatest, .. } = new.progression;
        if least >= greatest {
            return Err(invalid(format!("MINVALUE ({least}) must be less than MAXVALUE ({greatest})")));
        }
        if let Some(start) = options.start {
            new.progression.start = start;
            new.check("START", start)?;
        }
        if let Some(cache) = options.cache {
            if cache <= 0 {
                return Err(invalid(format!("CACHE ({cache}) must be greater than zero")));
            }
            new.cache = cache;
        }
        if let Some(owner) = &options.owner {
            new.owner.clone_from(owner);
        }
        Ok(new)
    }

    /// Whether a number lies within the ends.
    ///
    /// # Errors
    /// In PostgreSQL's words, with the word of the option that has the number.
    pub fn check(&self, word: &str, value: i64) -> Result<()> {
        let Progression { least, greatest, .. } = self.progression;
        if value < least {
            return Err(invalid(format!("{word} value ({value}) cannot be less than MINVALUE ({least})")));
        }
        if value > greatest {
            let message = format!("{word} value ({value}) cannot be greater than MAXVALUE ({greatest})");
            return Err(invalid(message));
        }
        Ok(())
    }

    fn ends_of_type(&self) -> (i64, i64) {
        let known = TYPES.iter().find(|(name, ..)| *name == self.type_name);
        known.map_or((i64::MIN, i64::MAX), |&(.., least, greatest)| (least, greatest))
    }
}

/// The module.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sequences;

/// The table of a sequence. What it shows is known to sessions alone.
#[derive(Clone, Copy, Debug)]
struct SequenceTable;

impl Module for Sequences {
    fn connect(&self, definition: &Definition, _: &dyn Tables) -> Result<Arc<dyn VirtualTable>> {
        SequenceDefinition::of_arguments(&definition.arguments)?;
        Ok(Arc::new(SequenceTable))
    }
}

impl VirtualTable for SequenceTable {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn columns(&self) -> &[VirtualColumn] {
        &COLUMNS
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        Ok(no_index(request))
    }

    fn open(&self, _: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        Err(Error::new(ErrorKind::Internal, "a sequence that no session has looked at"))
    }
}

#[cfg(test)]
mod tests {
    use super::SequenceDefinition;
    use crate::ast::SequenceOptions;

    #[test]
    fn a_definition_is_read_as_it_was_written() {
        let options = SequenceOptions {
            declared_type: Some("int2".to_owned()),
            increment: Some(-3),
            cycles: Some(true),
            owner: Some(Some(("o'ne".to_owned(), "b".to_owned()))),
            ..SequenceOptions::default()
        };
        let made = SequenceDefinition::created(&options).expect("it can be");
        assert_eq!((made.progression.start, made.progression.least), (-1, -32768));
        let arguments: Vec<String> =
            made.arguments().split(", ").map(|argument| argument.trim().to_owned()).collect();
        assert_eq!(SequenceDefinition::of_arguments(&arguments).expect("it is read"), made);
    }

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        let refused = |options: SequenceOptions| {
            SequenceDefinition::created(&options).expect_err("it is refused").message().to_owned()
        };
        let none = SequenceOptions::default;
        assert_eq!(refused(SequenceOptions { increment: Some(0), ..none() }), "INCREMENT must not be zero");
        assert_eq!(
            refused(SequenceOptions { start: Some(0), ..none() }),
            "START value (0) cannot be less than MINVALUE (1)"
        );
        assert_eq!(
            refused(SequenceOptions { least: Some(Some(9)), greatest: Some(Some(9)), ..none() }),
            "MINVALUE (9) must be less than MAXVALUE (9)"
        );
    }
}
