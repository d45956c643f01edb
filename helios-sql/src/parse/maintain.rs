//! ATTACH, DETACH, VACUUM, ANALYZE, REINDEX.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{Attach, Expression, ObjectName, Statement, Vacuum};

impl Parser<'_> {
    /// Takes ATTACH.
    pub(super) fn attach(&mut self) -> Result<Statement> {
        self.take();
        self.accept(Kind::Database);
        let file = self.expression()?;
        self.expect(Kind::As)?;
        let schema = self.expression()?;
        let key = if self.accept(Kind::Key) { Some(bare_word(self.expression()?)) } else { None };
        Ok(Statement::Attach(Box::new(Attach { file, schema: bare_word(schema), key })))
    }

    /// Takes DETACH.
    pub(super) fn detach(&mut self) -> Result<Statement> {
        self.take();
        self.accept(Kind::Database);
        Ok(Statement::Detach(Box::new(bare_word(self.expression()?))))
    }

    /// Takes VACUUM.
    pub(super) fn vacuum(&mut self) -> Result<Statement> {
        self.take();
        let schema = if self.token().kind.is_name() { Some(self.name()?) } else { None };
        let into = if self.accept(Kind::Into) { Some(self.expression()?) } else { None };
        Ok(Statement::Vacuum(Vacuum { schema, into }))
    }

    /// Takes ANALYZE.
    pub(super) fn analyze(&mut self) -> Result<Statement> {
        self.take();
        Ok(Statement::Analyze(self.optional_object()?))
    }

    /// Takes REINDEX.
    pub(super) fn reindex(&mut self) -> Result<Statement> {
        self.take();
        Ok(Statement::Reindex(self.optional_object()?))
    }

    fn optional_object(&mut self) -> Result<Option<ObjectName>> {
        if self.token().kind.is_name() { Ok(Some(self.object_name()?)) } else { Ok(None) }
    }
}

/// A word where a name is expected is that name.
fn bare_word(expression: Expression) -> Expression {
    match expression {
        Expression::Column(name) if name.table.is_none() => Expression::Literal(name.column.as_str().into()),
        other => other,
    }
}
