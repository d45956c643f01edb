//! Function calls.

use helios_core::{Error, Result, Value};

use super::expression::Node;
use super::parser::Parser;
use super::token::{Kind, Token};
use crate::ast::{Arguments, Expression, FunctionCall};

impl Parser<'_> {
    /// Takes the arguments of the function that `name` names, and FILTER after them.
    #[inline(never)]
    pub(super) fn call(&mut self, name: Token) -> Result<Node> {
        self.take();
        let (call, height) = self.measured(|parser| {
            let mut arguments = parser.arguments()?;
            parser.within_group(&mut arguments)?;
            if let Arguments::List { values, .. } = &arguments {
                // Functions with such names take vectors, and no more than two.
                let name = parser.text(name).as_bytes();
                if name.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"vector_")) {
                    values.iter().take(2).for_each(|value| parser.note_vector(value));
                }
            }
            let filter = if parser.accept(Kind::Filter) { Some(parser.filter()?) } else { None };
            let over = parser.over()?;
            Ok(FunctionCall { name: parser.name_of(name), arguments, filter, over })
        })?;
        Node::above(height, Expression::Function(Box::new(call)))
    }

    fn arguments(&mut self) -> Result<Arguments> {
        if self.accept(Kind::Star) {
            self.expect(Kind::RightParen)?;
            return Ok(Arguments::Star);
        }
        let distinct = self.distinct();
        let values = match self.at_named_argument() {
            true => self.named_arguments()?,
            false => self.expression_list()?,
        };
        let order_by = if values.is_empty() { Vec::new() } else { self.order_by()? };
        self.expect(Kind::RightParen)?;
        Ok(Arguments::List { distinct, values, order_by })
    }

    /// Takes `WITHIN GROUP (ORDER BY …)`, if it is there: the order that the values are collected in.
    fn within_group(&mut self, arguments: &mut Arguments) -> Result<()> {
        if !self.is_postgres()
            || !self.is_word(self.token(), "WITHIN")
            || self.after(self.token()).kind != Kind::Group
        {
            return Ok(());
        }
        self.take();
        self.take();
        self.expect(Kind::LeftParen)?;
        if let Arguments::List { order_by, .. } = arguments {
            *order_by = self.order_by()?;
        }
        self.expect(Kind::RightParen)?;
        Ok(())
    }

    /// Whether an argument with its name stands here: `days => 10`.
    fn at_named_argument(&self) -> bool {
        let arrow = self.after(self.token());
        self.is_postgres()
            && self.token().kind == Kind::Identifier
            && (self.text(arrow) == "=" && self.text(self.after(arrow)) == ">"
                || self.text(arrow) == ":" && self.text(self.after(arrow)) == "=")
    }

    /// Arguments with their names, of the one function that is called like that: `make_interval`.
    fn named_arguments(&mut self) -> Result<Vec<Expression>> {
        const NAMES: [&str; 7] = ["years", "months", "weeks", "days", "hours", "mins", "secs"];
        let mut values = vec![Expression::Literal(Value::Integer(0)); NAMES.len()];
        let arguments = self.comma_list(|parser| {
            if !parser.at_named_argument() {
                return parser.unexpected();
            }
            let name = parser.name()?;
            parser.take();
            parser.take();
            Ok((name, parser.expression()?))
        })?;
        for (name, value) in arguments {
            match NAMES.iter().position(|known| *known == name) {
                Some(place) => values[place] = value,
                None => return Err(Error::sql(format!("argument {name} by its name is not supported"))),
            }
        }
        Ok(values)
    }

    fn filter(&mut self) -> Result<Expression> {
        self.expect(Kind::LeftParen)?;
        self.expect(Kind::Where)?;
        let filter = self.expression()?;
        self.expect(Kind::RightParen)?;
        Ok(filter)
    }
}
