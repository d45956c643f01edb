//! Functions that make rows of JSON with the columns that stand behind their alias: `jsonb_to_recordset` and its like.

use helios_core::{Result, Value};

use super::parser::Parser;
use super::postgres::call;
use super::postgres_quantified::{ELEMENT, element};
use super::token::Kind;
use crate::ast::{
    BinaryOperator, Expression, From, ObjectName, ResultColumn, Select, SelectCore, SelectTerm, Span,
    TableSource,
};

impl Parser<'_> {
    /// Whether a function of this name takes the columns of its rows from what stands behind its alias.
    pub(super) fn makes_records(&self, name: &ObjectName) -> bool {
        self.is_postgres()
            && name.schema.is_none()
            && matches!(
                name.name.text.as_str(),
                "json_to_record" | "jsonb_to_record" | "json_to_recordset" | "jsonb_to_recordset"
            )
    }

    /// Takes `AS alias (column type, …)` behind such a call; answers with the query that gives those rows.
    pub(super) fn records(
        &mut self,
        name: &ObjectName,
        mut arguments: Vec<Expression>,
    ) -> Result<TableSource> {
        self.accept(Kind::As);
        let alias = match self.at(Kind::LeftParen) {
            true => name.name.text.clone(),
            false => self.name()?,
        };
        self.expect(Kind::LeftParen)?;
        let columns = self.comma_list(|parser| Ok((parser.name()?, parser.postgres_type()?)))?;
        self.expect(Kind::RightParen)?;
        let columns = columns.iter().map(|(name, of)| column(name, of)).collect();
        let is_set = name.name.text.ends_with("set");
        if !is_set {
            // One object is the only element of an array.
            arguments = vec![call("jsonb_build_array", vec![as_jsonb(arguments)])];
        }
        let elements = TableSource::Function {
            name: ObjectName::bare("jsonb_array_elements"),
            arguments,
            alias: Some("helios_elements".to_owned()),
            columns: vec![ELEMENT.to_owned()],
            is_numbered: false,
        };
        let from = Some(From { first: elements, joins: Vec::new() });
        let core = SelectCore { from, ..SelectCore::of_columns(columns) };
        let select = Select { first: SelectTerm::Select(Box::new(core)), ..Select::of_columns(Vec::new()) };
        Ok(TableSource::Subquery { select: Box::new(select), alias: Some(alias), is_lateral: true })
    }
}

fn as_jsonb(mut arguments: Vec<Expression>) -> Expression {
    let object = arguments.pop().unwrap_or(Expression::Literal(Value::Null));
    Expression::Cast(Box::new(object), "jsonb".to_owned())
}

/// A member of an element as a column of a type.
fn column(name: &str, of: &str) -> ResultColumn {
    let is_json = matches!(of, "json" | "jsonb");
    let operator = if is_json { BinaryOperator::Extract } else { BinaryOperator::ExtractText };
    let member = Expression::Literal(Value::text(name));
    let value = Expression::Binary(operator, Box::new(element()), Box::new(member));
    ResultColumn::Expression {
        expression: Expression::Cast(Box::new(value), of.to_owned()),
        alias: Some(name.to_owned()),
        span: Span::default(),
    }
}
