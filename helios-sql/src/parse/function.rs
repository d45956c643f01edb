//! Function calls.

use helios_core::Result;

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
            let arguments = parser.arguments()?;
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
        let values = self.expression_list()?;
        let order_by = if values.is_empty() { Vec::new() } else { self.order_by()? };
        self.expect(Kind::RightParen)?;
        Ok(Arguments::List { distinct, values, order_by })
    }

    fn filter(&mut self) -> Result<Expression> {
        self.expect(Kind::LeftParen)?;
        self.expect(Kind::Where)?;
        let filter = self.expression()?;
        self.expect(Kind::RightParen)?;
        Ok(filter)
    }
}
