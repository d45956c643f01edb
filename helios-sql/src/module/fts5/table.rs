//! A table: its columns, and what a scan of it can make use of.

use std::any::Any;
use std::sync::Arc;

use helios_core::{Error, Result, Value};
use helios_fts::Config;
use helios_fts::tokenizer::Pattern;

use super::super::{
    Constraint, Definition, FollowedRow, IndexChoice, IndexRequest, Operator, RowChange, Shelf, StoredRows,
    Tables, Usage, VirtualColumn, VirtualCursor, VirtualScan, VirtualTable,
};
use super::auxiliary;
use super::content::Texts;
use super::scan;
use super::shadow::Shadow;

/// A table.
#[derive(Clone, Debug)]
pub(in super::super) struct Fts5Table {
    pub(in super::super) name: String,
    pub(in super::super) config: Arc<Config>,
    pub(in super::super) texts: Texts,
    /// Whether documents have a language, which stands behind their columns.
    has_languages: bool,
    shadow: Option<Shadow>,
    columns: Vec<VirtualColumn>,
}

/// How rows are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sequence {
    Rowid,
    RowidDown,
    Rank,
    RankDown,
}

impl Sequence {
    pub(super) fn of(choice: &IndexChoice) -> Sequence {
        match choice.number {
            1 => Sequence::RowidDown,
            2 => Sequence::Rank,
            3 => Sequence::RankDown,
            _ => Sequence::Rowid,
        }
    }
}

impl Fts5Table {
    pub(super) fn new(definition: &Definition, config: Config, tables: &dyn Tables) -> Fts5Table {
        let shadow = Shadow::find(&definition.table, tables);
        let texts = Texts::find(&config, shadow.as_ref(), tables);
        let mut columns: Vec<VirtualColumn> =
            config.columns.iter().map(|column| VirtualColumn::new(&column.name)).collect();
        columns.extend([VirtualColumn::hidden(&definition.table), VirtualColumn::hidden("rank")]);
        Fts5Table {
            name: definition.table.clone(),
            config: Arc::new(config),
            texts,
            has_languages: false,
            shadow,
            columns,
        }
    }

    /// What another module keeps its texts and its index with.
    pub(in super::super) fn of_parts(
        name: &str,
        config: Config,
        texts: Texts,
        shadow: Option<Shadow>,
        has_languages: bool,
    ) -> Fts5Table {
        let config = Arc::new(config);
        Fts5Table { name: name.to_owned(), config, texts, has_languages, shadow, columns: Vec::new() }
    }

    /// How the texts of a document are cut, by its language.
    pub(in super::super) fn config_of(&self, values: &[Value]) -> Arc<Config> {
        let language = values.get(self.config.columns.len()).filter(|_| self.has_languages);
        match language.map_or(0, |language| language.as_ref().to_integer()) {
            0 => self.config.clone(),
            language => Arc::new(self.config.in_language(language)),
        }
    }

    /// The shadow tables.
    ///
    /// # Errors
    /// SQLite's, where they are missing.
    pub(in super::super) fn shadow(&self) -> Result<&Shadow> {
        self.shadow.as_ref().ok_or_else(|| Error::sql(format!("vtable constructor failed: {}", self.name)))
    }

    /// The position of the column that stands for the table.
    pub(super) fn own_column(&self) -> usize {
        self.config.columns.len()
    }

    /// The position of `rank`.
    pub(super) fn rank_column(&self) -> usize {
        self.config.columns.len() + 1
    }

    /// Whether a condition asks for a search.
    pub(super) fn is_search(&self, constraint: &Constraint) -> bool {
        match (constraint.column, constraint.operator) {
            (Some(column), Operator::Match) => column != self.rank_column(),
            (Some(column), Operator::Equal) => column == self.own_column(),
            (Some(column), operator) => column < self.own_column() && self.answers(operator),
            (None, _) => false,
        }
    }

    /// Whether patterns of an operator are found with the index.
    fn answers(&self, operator: Operator) -> bool {
        match self.config.tokenizer.pattern() {
            Some(Pattern::Like) => operator == Operator::Like,
            Some(Pattern::Glob) => operator == Operator::Glob,
            None => false,
        }
    }

    /// Whether a condition says how to rank.
    pub(super) fn is_rank(&self, constraint: &Constraint) -> bool {
        constraint.column == Some(self.rank_column())
            && matches!(constraint.operator, Operator::Match | Operator::Equal)
    }
}

impl VirtualTable for Fts5Table {
    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn has_function(&self, name: &str) -> bool {
        auxiliary::is_function(name)
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let mut choice = IndexChoice::default();
        let (mut searches, mut has_rank, mut has_rowid, mut bounds) = (0, false, false, 0);
        for constraint in &request.constraints {
            choice.usages.push(match constraint.operator {
                _ if self.is_search(constraint) => {
                    searches += 1;
                    let is_pattern = matches!(constraint.operator, Operator::Like | Operator::Glob);
                    if is_pattern { Usage::Inexact } else { Usage::Exact }
                }
                _ if self.is_rank(constraint) && !has_rank => {
                    has_rank = true;
                    Usage::Exact
                }
                Operator::Equal if constraint.column.is_none() && !has_rowid => {
                    has_rowid = true;
                    Usage::Inexact
                }
                Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual
                    if constraint.column.is_none() =>
                {
                    bounds += 1;
                    Usage::Inexact
                }
                _ => Usage::Unsupported,
            });
        }
        match request.order[..] {
            [(Some(column), descends)] if column == self.rank_column() && searches > 0 => {
                choice.is_ordered = true;
                choice.number = if descends { 3 } else { 2 };
            }
            [(None, descends)] => {
                choice.is_ordered = true;
                choice.number = i64::from(descends);
            }
            _ => {}
        }
        choice.rows = match (has_rowid, searches, bounds) {
            (true, ..) => 1.0,
            (_, 0, 0) => 750_000.0,
            (_, 0, _) => 200_000.0,
            (_, searches, _) => 1250.0 / f64::from(searches),
        };
        Ok(choice)
    }

    fn reads_waiting(&self, constraints: &[Constraint]) -> bool {
        constraints.iter().any(|constraint| self.is_search(constraint))
    }

    fn open(&self, scan: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        scan::open(self, scan)
    }

    fn change(&self, change: RowChange<'_>, shelf: &mut Shelf<'_>) -> Result<Option<i64>> {
        self.change_row(change, shelf)
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn obeys_clauses(&self) -> bool {
        false
    }

    fn shadows(&self) -> Vec<&'static str> {
        vec!["data", "idx", "content", "docsize", "config"]
    }

    fn derived_shadows(&self) -> Vec<&'static str> {
        if self.config.is_contentless() { Vec::new() } else { vec!["data", "idx", "docsize"] }
    }

    fn followed(&self) -> Option<Arc<dyn StoredRows>> {
        match &self.texts {
            Texts::In { rows, .. } if !self.config.is_contentless() => Some(rows.clone()),
            _ => None,
        }
    }

    fn follow(&self, changes: Vec<FollowedRow>, shelf: &mut Shelf<'_>) -> Result<()> {
        for FollowedRow { rowid, old, new } in changes {
            let texts = |values: Option<Vec<Value>>| values.map(|values| self.texts.chosen(values, rowid));
            let (old, new) = (texts(old), texts(new));
            if old == new {
                continue;
            }
            if let Some(texts) = old {
                self.forget(rowid, &texts, shelf)?;
            }
            if let Some(texts) = new {
                self.index(rowid, &texts, shelf)?;
            }
        }
        shelf.flush(self.shadow()?.space())
    }

    fn renew(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        self.rebuild(shelf)?;
        shelf.flush(self.shadow()?.space())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn destroy(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        if let Some(shadow) = &self.shadow {
            shelf.forget(shadow.space());
        }
        Ok(())
    }
}
