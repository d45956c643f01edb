//! A table of FTS3 or FTS4: its columns, and what a scan of it can make use of.

use std::any::Any;
use std::sync::Arc;

use helios_core::transaction::Reader;
use helios_core::{Error, Result, Value};
use helios_fts::Content;
use helios_fts::fts4::Options;

use super::super::fts5::{Fts5Table, Shadow, Texts};
use super::super::{
    Constraint, Definition, FollowedRow, IndexChoice, IndexRequest, Operator, RowChange, Shelf, StoredRows,
    Tables, Usage, VirtualColumn, VirtualCursor, VirtualScan, VirtualTable,
};
use super::{functions, scan};

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Fts4Table {
    /// What keeps its texts and its index.
    pub(super) engine: Fts5Table,
    pub(super) is_fts4: bool,
    pub(super) has_languages: bool,
    /// Whether rows come the greatest docid first.
    pub(super) descends: bool,
    columns: Vec<VirtualColumn>,
}

impl Fts4Table {
    pub(super) fn new(
        definition: &Definition,
        options: &Options,
        columns: &[String],
        tables: &dyn Tables,
    ) -> Result<Fts4Table> {
        let config = options.config(columns)?;
        let has_languages = options.language.is_some();
        let shadow = Shadow::find_old(None, &definition.table, tables);
        let texts = texts_of(options, columns, shadow.as_ref(), tables);
        let mut shown: Vec<VirtualColumn> = columns.iter().map(|name| VirtualColumn::new(name)).collect();
        shown.extend([
            VirtualColumn::hidden(&definition.table),
            VirtualColumn::hidden("docid"),
            VirtualColumn::hidden(options.language.as_deref().unwrap_or("__langid")),
        ]);
        Ok(Fts4Table {
            engine: Fts5Table::of_parts(&definition.table, config, texts, shadow, has_languages),
            is_fts4: options.is_fts4,
            has_languages,
            descends: options.descends,
            columns: shown,
        })
    }

    /// How many columns have texts. The next is the one that stands for the table.
    pub(super) fn width(&self) -> usize {
        self.engine.config.columns.len()
    }

    /// The position of `docid`.
    pub(super) fn docid_column(&self) -> usize {
        self.width() + 1
    }

    /// The position of the language.
    pub(super) fn language_column(&self) -> usize {
        self.width() + 2
    }

    fn is_rowid(&self, column: Option<usize>) -> bool {
        column.is_none_or(|column| column == self.docid_column())
    }

    /// Whether a condition asks for a search.
    pub(super) fn is_search(&self, constraint: &Constraint) -> bool {
        constraint.operator == Operator::Match
            && constraint.column.is_some_and(|column| column <= self.width())
    }

    /// Whether a condition names the language.
    pub(super) fn is_language(&self, constraint: &Constraint) -> bool {
        constraint.operator == Operator::Equal && constraint.column == Some(self.language_column())
    }

    /// Whether a condition is on the docid, under any of its names.
    pub(super) fn is_bound(&self, constraint: &Constraint) -> bool {
        let bounds = [
            Operator::Equal,
            Operator::Less,
            Operator::LessOrEqual,
            Operator::Greater,
            Operator::GreaterOrEqual,
        ];
        self.is_rowid(constraint.column) && bounds.contains(&constraint.operator)
    }

    /// The texts of a row, and its language behind them where the table has languages.
    ///
    /// # Errors
    /// SQLite's, where the row is not in the table's own texts, or texts are nowhere.
    pub(super) fn texts(&self, reader: &Reader, rowid: i64) -> Result<Vec<Value>> {
        match (self.engine.texts.read(reader, rowid)?, &self.engine.texts) {
            (Some(texts), _) => Ok(texts),
            (None, Texts::In { other: Some(_), .. } | Texts::Queried(_)) => {
                Ok(vec![Value::Null; self.width() + 1])
            }
            (None, Texts::In { .. }) => Err(super::super::fts5::damaged()),
            (None, _) => Err(super::failed()),
        }
    }
}

/// Where the texts are: for each column, and for the language, its place there.
fn texts_of(options: &Options, columns: &[String], shadow: Option<&Shadow>, tables: &dyn Tables) -> Texts {
    match &options.content {
        Content::Nowhere => Texts::Nowhere,
        Content::Own => match shadow.and_then(|shadow| shadow.content.clone()) {
            Some(rows) => {
                let count = columns.len() + usize::from(options.language.is_some());
                Texts::In { rows, places: (1..=count).map(Some).collect(), other: None }
            }
            None => Texts::Unreachable("SQL logic error".to_owned()),
        },
        Content::Table(name) => {
            let wanted: Vec<String> = columns.iter().chain(&options.language).cloned().collect();
            let queried = || match Texts::queried(tables, name, "rowid", &wanted) {
                Texts::Unreachable(_) => Texts::Unreachable("SQL logic error".to_owned()),
                texts => texts,
            };
            let Some(rows) = tables.stored(None, name).filter(|rows| rows.has_rowid()) else {
                return queried();
            };
            let names = rows.columns();
            let place = |wanted: &String| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
            let places: Vec<Option<usize>> = wanted.iter().map(place).collect();
            let is_there = |place: &Option<usize>| place.is_some_and(|place| !rows.is_computed(place));
            if !places.iter().all(is_there) {
                return queried();
            }
            Texts::In { rows, places, other: Some(name.clone()) }
        }
    }
}

impl VirtualTable for Fts4Table {
    fn columns(&self) -> &[VirtualColumn] {
        &self.columns
    }

    fn has_function(&self, name: &str) -> bool {
        functions::is_function(name)
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        let mut choice = IndexChoice::default();
        let (mut searches, mut has_rowid, mut bounds) = (0, false, 0);
        for constraint in &request.constraints {
            choice.usages.push(if self.is_search(constraint) {
                searches += 1;
                Usage::Exact
            } else if self.is_language(constraint) {
                Usage::Inexact
            } else if self.is_bound(constraint) {
                has_rowid |= constraint.operator == Operator::Equal;
                bounds += 1;
                if constraint.operator == Operator::Equal { Usage::Exact } else { Usage::Inexact }
            } else {
                Usage::Unsupported
            });
        }
        if searches > 1 {
            return Err(Error::sql("unable to use function MATCH in the requested context"));
        }
        choice.number = i64::from(self.descends);
        if let [(column, descends)] = request.order[..]
            && self.is_rowid(column)
        {
            choice.is_ordered = true;
            choice.number = i64::from(descends);
        }
        choice.rows = match (has_rowid, searches, bounds) {
            (true, ..) => 1.0,
            (_, 0, 0) => 500_000.0,
            (_, 0, _) => 100_000.0,
            _ => 1000.0,
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

    fn shadows(&self) -> Vec<&'static str> {
        vec!["content", "segments", "segdir", "docsize", "stat"]
    }

    fn derived_shadows(&self) -> Vec<&'static str> {
        match self.engine.config.is_contentless() {
            true => Vec::new(),
            false => vec!["segments", "segdir", "docsize"],
        }
    }

    fn followed(&self) -> Option<Arc<dyn StoredRows>> {
        self.engine.followed()
    }

    fn follow(&self, changes: Vec<FollowedRow>, shelf: &mut Shelf<'_>) -> Result<()> {
        self.engine.follow(changes, shelf)
    }

    fn renew(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        self.engine.renew(shelf)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn destroy(&self, shelf: &mut Shelf<'_>) -> Result<()> {
        self.engine.destroy(shelf)
    }
}
