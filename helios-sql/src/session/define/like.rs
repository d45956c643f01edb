//! CREATE TABLE with LIKE: the columns of other tables are written out, and the table is made as any other.

use helios_core::{Error, Result};

use super::super::Session;
use super::super::postgres::ConstraintKind;
use super::super::statement::Statement;
use super::super::transaction::Failure;
use super::definition::{Definition, constraint_text, copied_column, unnamed_key};
use super::{is_there, quoted, quoted_if_needed};
use crate::ast::{self, CreateTableLike, Included, LikeElement, TableConstraint};
use crate::catalog::{Catalog, IndexOrigin, Table};
use crate::chunk::Chunk;
use crate::parse::{Parsed, comment_in, parse_statement, without_comment, written_comment};

impl Session {
    pub(in crate::session) fn create_table_like(&mut self, like: &CreateTableLike) -> Result<(), Failure> {
        let catalog = self.current_catalog()?;
        let name = &like.name.name;
        if !like.temporary && is_there(&catalog, name, name, like.if_not_exists)? {
            return Ok(());
        }
        let (mut columns, mut constraints, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
        for element in &like.elements {
            match element {
                LikeElement::Column(text) => columns.push(text.clone()),
                LikeElement::Constraints(text) => constraints.push(text.clone()),
                LikeElement::Like(source, included) => {
                    let known = catalog.relation(&source.name).filter(|table| !table.is_internal()).cloned();
                    let known = known.ok_or_else(|| Error::sql(format!("no such table: {}", source.name)))?;
                    if known.view.is_some() || known.module.is_some() {
                        return Err(Error::sql("LIKE of what is no table is not supported").into());
                    }
                    let mut definition = Definition::of(&known.sql)?;
                    // A CHECK has the name there that it has here, even if it was given none.
                    let checks = self.named_constraints(&known)?.into_iter();
                    let checks =
                        checks.filter(|constraint| matches!(constraint.kind, ConstraintKind::Check(_)));
                    definition.name_checks(checks.map(|constraint| constraint.name).collect());
                    for piece in &definition.columns {
                        columns.push(copied_column(piece, *included)?);
                    }
                    for piece in &definition.constraints {
                        constraints.extend(match &piece.tree {
                            tree @ TableConstraint::Check { .. } if included.constraints => {
                                Some(constraint_text(tree, &known.sql))
                            }
                            tree if included.indexes => unnamed_key(tree, &known.sql),
                            _ => None,
                        });
                    }
                    if included.indexes {
                        indexes.extend(copied_indexes(&known, name, &catalog, *included)?);
                    }
                }
            }
        }
        let inside = columns.into_iter().chain(constraints).collect::<Vec<_>>().join(", ");
        let mut made = statement_of(&format!("CREATE TABLE {} ({inside})", quoted_if_needed(name)))?;
        if let ast::Statement::CreateTable(create) = &mut made.1.statement {
            (create.temporary, create.if_not_exists) = (like.temporary, like.if_not_exists);
            create.on_commit = like.on_commit;
            create.name.schema.clone_from(&like.name.schema);
        }
        for (text, parsed) in std::iter::once(made).chain(indexes) {
            let mut statement = Statement::new(&text, parsed);
            statement.is_asked_for = false;
            self.start(&mut statement, &Chunk::new(Vec::new(), 1))?;
        }
        Ok(())
    }
}

fn statement_of(text: &str) -> Result<(String, Parsed)> {
    let parsed = parse_statement(text)?;
    let parsed = parsed.ok_or_else(|| Error::corrupt("a definition is not understood"))?;
    Ok((text.to_owned(), parsed))
}

/// The indexes of a table, besides those of keys, for another table.
fn copied_indexes(
    table: &Table,
    name: &str,
    catalog: &Catalog,
    included: Included,
) -> Result<Vec<(String, Parsed)>> {
    let mut made: Vec<(String, Parsed)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for index in table.indexes.iter().filter(|index| index.origin == IndexOrigin::Statement) {
        let sql = without_comment(&index.sql);
        let Some(ast::Statement::CreateIndex(create)) = parse_statement(&sql)?.map(|parsed| parsed.statement)
        else {
            return Err(Error::corrupt("an index has no definition"));
        };
        let column = |column: &ast::IndexedColumn| match &column.expression {
            ast::Expression::Column(name) => name.column.clone(),
            _ => "expr".to_owned(),
        };
        let columns: Vec<String> = create.columns.iter().map(column).collect();
        let stem = format!("{name}_{}_idx", columns.join("_"));
        let is_free = |name: &String| {
            catalog.index(name).is_none() && catalog.relation(name).is_none() && !names.contains(name)
        };
        let numbered = (1..).map(|number| format!("{stem}{number}"));
        let own = std::iter::once(stem.clone()).chain(numbered).find(is_free).unwrap_or(stem);
        let unique = if create.unique { "UNIQUE " } else { "" };
        let comment = comment_in(&index.sql).filter(|_| included.comments);
        let comment = comment.map_or_else(String::new, |comment| format!(" {}", written_comment(&comment)));
        let rest = sql.get(create.table.place.0.end..).unwrap_or_default();
        let text = format!("CREATE {unique}INDEX {} ON {}{rest}{comment}", quoted(&own), quoted(name));
        made.push(statement_of(&text)?);
        names.push(own);
    }
    Ok(made)
}
