//! What PostgreSQL's clients are told of a constraint that does not hold: its name and what it is about.

use helios_core::{Broken, BrokenRule};

use super::constraints::Constraint;
use super::objects::{Objects, index_oid, names_of};
use crate::catalog::Table;
use crate::session::Session;

/// A constraint that does not hold, as PostgreSQL tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokenConstraint {
    /// The table that has it.
    pub table: String,
    /// Its name; a column that takes no NULL has none.
    pub name: Option<String>,
    /// The columns that its values are of.
    pub columns: Vec<String>,
    /// The values, as texts.
    pub values: Vec<String>,
    /// The other table of a foreign key, and whether a row has gone from it that was referred to.
    pub referred: Option<(String, bool)>,
}

impl Session {
    /// What there is to tell of a constraint that does not hold; `None` where its table is not known any more.
    pub fn broken_constraint(&mut self, broken: &Broken) -> Option<BrokenConstraint> {
        let view = self.current_view().ok()?;
        let objects = Objects::of(&view);
        let find = |name: &str| objects.relations.iter().find(|table| table.name.eq_ignore_ascii_case(name));
        let table = find(&broken.table)?;
        let constraints = objects.constraints_of(table);
        let told = BrokenConstraint {
            table: table.name.clone(),
            values: broken.values.clone(),
            ..BrokenConstraint::default()
        };
        let named = |constraint: &Constraint| BrokenConstraint {
            name: Some(constraint.name.clone()),
            columns: names_of(table, &constraint.columns),
            ..told.clone()
        };
        match &broken.rule {
            BrokenRule::NotNull(column) => Some(BrokenConstraint { columns: vec![column.clone()], ..told }),
            BrokenRule::Check(label) => {
                let number = table.checks.iter().position(|check| check.label == *label)?;
                constraints.iter().filter(|constraint| constraint.kind == "c").nth(number).map(named)
            }
            BrokenRule::Named(name) => Some(BrokenConstraint { name: Some(name.clone()), ..told }),
            BrokenRule::Key => constraints.iter().find(|constraint| constraint.kind == "p").map(named),
            BrokenRule::Index(name) => {
                let index = table.all_indexes().find(|index| index.name == *name)?;
                let kept_by = |constraint: &&Constraint| constraint.index == Some(index_oid(index));
                constraints.iter().find(kept_by).map(named).or_else(|| {
                    let columns = index.columns.iter().filter_map(|column| table.name_at(column.column));
                    let columns = columns.map(str::to_owned).collect();
                    Some(BrokenConstraint { name: Some(name.clone()), columns, ..told.clone() })
                })
            }
            BrokenRule::Reference { number, has_gone } => {
                let reference = table.references.get(*number)?;
                let is_before = |number: &usize| find(&table.references[*number].table).is_some();
                let place = (0..*number).filter(is_before).count();
                let constraint = constraints.iter().filter(|constraint| constraint.kind == "f").nth(place)?;
                let mut told = named(constraint);
                if *has_gone {
                    told.columns = referred_columns(find(&reference.table)?, &reference.targets);
                }
                Some(BrokenConstraint { referred: Some((reference.table.clone(), *has_gone)), ..told })
            }
        }
    }
}

/// The columns of a table that a foreign key refers to: those it names, or the key.
fn referred_columns(table: &Table, targets: &[String]) -> Vec<String> {
    match targets.is_empty() {
        true => table.primary_key.iter().map(|at| table.columns[*at].name.to_string()).collect(),
        false => targets.to_vec(),
    }
}
