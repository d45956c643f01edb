//! Sequences: those that are defined, and those of keys that are the rowid, as rows of PostgreSQL's catalog.

use std::sync::Arc;

use helios_core::transaction::Progression;
use helios_core::versioned::Space;

use super::objects::{
    OWNER, Objects, PUBLIC, Row, has_rowid_key, integer, oid, quoted, sequence_oid, text, truth,
};
use crate::catalog::Table;
use crate::module::{SEQUENCE, SEQUENCE_COLUMNS, SequenceDefinition};
use crate::parse::{Identity, IdentityKind};
use crate::types::{SqlType, length_of, oid_of};

/// The number of `pg_class` in itself.
const PG_CLASS: i64 = 1259;

/// A sequence.
#[derive(Clone, Debug)]
pub(in crate::session) struct KnownSequence {
    pub(in crate::session) name: String,
    /// Its number in the catalog.
    pub(in crate::session) oid: i64,
    /// What its numbers are kept for.
    pub(in crate::session) space: Space,
    pub(in crate::session) definition: SequenceDefinition,
    /// Whether it has no definition of its own: it counts the rowids of a table.
    pub(in crate::session) is_of_key: bool,
    /// Whether the column that it goes with cannot be without it.
    is_identity: bool,
}

/// Whether a table is what a sequence is kept as.
pub(in crate::session) fn is_sequence(table: &Table) -> bool {
    table.module.as_ref().is_some_and(|module| module.module == SEQUENCE)
}

/// The sequences that tables tell of.
pub(in crate::session) fn sequences_of<'t>(
    tables: impl Iterator<Item = &'t Arc<Table>>,
) -> Vec<KnownSequence> {
    let (mut known, mut implied) = (Vec::new(), Vec::new());
    for table in tables {
        known.extend(defined(table));
        implied.extend(of_key(table));
    }
    // A name that was given is that of what was defined.
    let given = known.len();
    for sequence in implied {
        if known[..given].iter().all(|other: &KnownSequence| other.name != sequence.name) {
            known.push(sequence);
        }
    }
    known
}

fn defined(table: &Table) -> Option<KnownSequence> {
    let module = table.module.as_ref().filter(|_| is_sequence(table))?;
    Some(KnownSequence {
        name: table.name.clone(),
        oid: oid(table),
        space: table.space,
        definition: SequenceDefinition::of_arguments(&module.arguments).ok()?,
        is_of_key: false,
        is_identity: false,
    })
}

fn of_key(table: &Table) -> Option<KnownSequence> {
    if table.view.is_some() || table.module.is_some() || !has_rowid_key(table) {
        return None;
    }
    let column = table.columns.get(table.rowid_column?).filter(|column| column.default.is_none())?;
    let identity = Identity::of(&table.sql);
    let progression =
        Progression { start: identity.map_or(1, |identity| identity.start), ..Progression::ROWIDS };
    let owner = Some((table.name.clone(), column.name.to_string()));
    let (type_name, greatest) = match column.told_type.as_deref() {
        Some("int2") => ("smallint", i64::from(i16::MAX)),
        Some("int4") => ("integer", i64::from(i32::MAX)),
        _ => ("bigint", i64::MAX),
    };
    Some(KnownSequence {
        name: format!("{}_{}_seq", table.name, column.name),
        oid: sequence_oid(table),
        space: table.space,
        definition: SequenceDefinition {
            progression: Progression { greatest, ..progression },
            owner,
            type_name,
            ..SequenceDefinition::default()
        },
        is_of_key: true,
        is_identity: identity.is_none_or(|identity| identity.kind != IdentityKind::Serial),
    })
}

impl KnownSequence {
    /// The numbers of the columns that a table of the catalog has of every relation.
    fn class(&self) -> Row {
        vec![
            ("oid", integer(self.oid)),
            ("relname", text(&self.name)),
            ("relnamespace", integer(PUBLIC)),
            ("relowner", integer(OWNER)),
            ("relpersistence", text("p")),
            ("relkind", text("S")),
            ("relnatts", integer(3)),
            ("relispopulated", truth(true)),
            ("relreplident", text("n")),
        ]
    }

    fn row(&self) -> Row {
        let Progression { start, increment, least, greatest, cycles } = self.definition.progression;
        let of = SqlType::declared(self.definition.type_name);
        vec![
            ("seqrelid", integer(self.oid)),
            ("seqtypid", integer(i64::from(oid_of(of)))),
            ("seqstart", integer(start)),
            ("seqincrement", integer(increment)),
            ("seqmax", integer(greatest)),
            ("seqmin", integer(least)),
            ("seqcache", integer(self.definition.cache)),
            ("seqcycle", truth(cycles)),
        ]
    }

    fn attributes(&self) -> Vec<Row> {
        let column = |(position, (name, declared)): (usize, (&str, &str))| {
            let of = SqlType::declared(declared);
            vec![
                ("attrelid", integer(self.oid)),
                ("attname", text(name)),
                ("atttypid", integer(i64::from(oid_of(of)))),
                ("attlen", integer(i64::from(length_of(of)))),
                ("attnum", integer(position as i64 + 1)),
                ("atttypmod", integer(-1)),
                ("attnotnull", truth(true)),
                ("attidentity", text("")),
                ("attgenerated", text("")),
                ("attislocal", truth(true)),
            ]
        };
        SEQUENCE_COLUMNS.into_iter().enumerate().map(column).collect()
    }
}

impl Objects {
    fn known_sequences(&self) -> Vec<KnownSequence> {
        sequences_of(self.all_relations.iter())
    }

    pub(super) fn sequence_classes(&self) -> Vec<Row> {
        self.known_sequences().iter().map(KnownSequence::class).collect()
    }

    pub(super) fn sequence_attributes(&self) -> Vec<Row> {
        self.known_sequences().iter().flat_map(KnownSequence::attributes).collect()
    }

    pub(super) fn sequences(&self) -> Vec<Row> {
        self.known_sequences().iter().map(KnownSequence::row).collect()
    }

    /// What depends on what: sequences on the columns that they go with.
    pub(super) fn dependencies(&self) -> Vec<Row> {
        let row = |sequence: &KnownSequence| {
            let (table, column) = sequence.definition.owner.as_ref()?;
            let table = self.relations.iter().find(|known| known.name.eq_ignore_ascii_case(table))?;
            let position = table.column(column)?;
            Some(vec![
                ("classid", integer(PG_CLASS)),
                ("objid", integer(sequence.oid)),
                ("refclassid", integer(PG_CLASS)),
                ("refobjid", integer(oid(table))),
                ("refobjsubid", integer(position as i64 + 1)),
                ("deptype", text(if sequence.is_identity { "i" } else { "a" })),
            ])
        };
        self.known_sequences().iter().filter_map(row).collect()
    }
}

/// What a key that is the rowid is shown to have as its default: the next number of its sequence, if it is a SERIAL one.
pub(super) fn default_of_key(table: &Table) -> Option<String> {
    let identity = Identity::of(&table.sql).filter(|identity| identity.kind == IdentityKind::Serial)?;
    let sequence = of_key(table).filter(|_| identity.kind == IdentityKind::Serial)?;
    Some(shown_nextval(&sequence.name))
}

/// A call of `nextval` as PostgreSQL shows it.
pub(super) fn shown_nextval(sequence: &str) -> String {
    format!("nextval('{}'::regclass)", quoted(sequence).replace('\'', "''"))
}
