//! Comments of objects, as rows of PostgreSQL's catalog. Definitions have them.

use super::objects::{Objects, Row, index_oid, integer, oid, text};
use crate::ast::Statement;
use crate::catalog::Table;
use crate::parse::{comment_in, constraint_comments_in, parse_statement};

/// The table of the catalog that objects of a kind are in.
const CLASS: i64 = 1259;
const CONSTRAINT: i64 = 2606;

impl Objects {
    /// What is said of tables, columns, constraints, indexes and views.
    pub(super) fn descriptions(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for table in &self.relations {
            let said = |place: i64, comment: &str| row(oid(table), CLASS, place, comment);
            for (place, comment) in comments_of(table) {
                rows.push(said(place, &comment));
            }
            let commented = constraint_comments_in(&table.sql);
            if !commented.is_empty() {
                let constraints = self.constraints_of(table);
                for (name, comment) in commented {
                    let found = constraints.iter().find(|constraint| constraint.name == name);
                    rows.extend(found.map(|constraint| row(constraint.oid, CONSTRAINT, 0, &comment)));
                }
            }
        }
        for (_, index) in self.all_indexes() {
            if let Some(comment) = comment_in(&index.sql) {
                rows.push(row(index_oid(index), CLASS, 0, &comment));
            }
        }
        rows
    }
}

/// The comments of a table and of its columns, with the numbers of these; the table has the number 0.
fn comments_of(table: &Table) -> Vec<(i64, String)> {
    let sql = &*table.sql;
    if comment_in(sql).is_none() {
        return Vec::new();
    }
    let parsed = parse_statement(sql).ok().flatten().map(|parsed| parsed.statement);
    let Some(Statement::CreateTable(create)) = parsed else {
        return comment_in(sql).map(|comment| (0, comment)).into_iter().collect();
    };
    let piece = |start: usize, end: usize| comment_in(sql.get(start..end).unwrap_or_default());
    let mut found: Vec<(i64, String)> = Vec::new();
    found.extend(piece(create.columns_end, sql.len()).map(|comment| (0, comment)));
    for (position, column) in create.columns.iter().enumerate() {
        let end = create.columns.get(position + 1).map_or(create.columns_end, |next| next.span.start);
        found.extend(piece(column.span.start, end).map(|comment| (position as i64 + 1, comment)));
    }
    found
}

fn row(of: i64, class: i64, place: i64, comment: &str) -> Row {
    vec![
        ("objoid", integer(of)),
        ("classoid", integer(class)),
        ("objsubid", integer(place)),
        ("description", text(comment)),
    ]
}
