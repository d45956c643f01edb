//! Windows: OVER and the WINDOW clause.

use helios_core::Result;

use super::parser::Parser;
use super::token::Kind;
use crate::ast::{FrameBound, FrameExclude, FrameUnit, Over, WindowDefinition, WindowFrame};

impl Parser<'_> {
    /// Takes OVER and what follows it, if it is there.
    pub(super) fn over(&mut self) -> Result<Option<Box<Over>>> {
        if !self.accept(Kind::Over) {
            return Ok(None);
        }
        let over = if self.at(Kind::LeftParen) {
            Over::Window(Box::new(self.window_definition()?))
        } else {
            Over::Name(self.name()?)
        };
        Ok(Some(Box::new(over)))
    }

    /// Takes the WINDOW clause if it is there.
    pub(super) fn window_clause(&mut self) -> Result<Vec<(String, WindowDefinition)>> {
        if !self.accept(Kind::Window) {
            return Ok(Vec::new());
        }
        self.comma_list(|parser| {
            let name = parser.name()?;
            parser.expect(Kind::As)?;
            Ok((name, parser.window_definition()?))
        })
    }

    fn window_definition(&mut self) -> Result<WindowDefinition> {
        self.expect(Kind::LeftParen)?;
        let base =
            if self.at_window_word() || !self.token().kind.is_name() { None } else { Some(self.name()?) };
        let mut partition = Vec::new();
        if self.accept(Kind::Partition) {
            self.expect(Kind::By)?;
            partition = self.comma_list(Parser::expression)?;
        }
        let order_by = self.order_by()?;
        let frame = self.frame()?;
        self.expect(Kind::RightParen)?;
        Ok(WindowDefinition { base, partition, order_by, frame })
    }

    fn at_window_word(&self) -> bool {
        matches!(self.token().kind, Kind::Partition | Kind::Order | Kind::Range | Kind::Rows | Kind::Groups)
    }

    fn frame(&mut self) -> Result<Option<WindowFrame>> {
        let unit = match self.token().kind {
            Kind::Rows => FrameUnit::Rows,
            Kind::Range => FrameUnit::Range,
            Kind::Groups => FrameUnit::Groups,
            _ => return Ok(None),
        };
        self.take();
        let (start, end) = if self.accept(Kind::Between) {
            let start = self.frame_bound(true)?;
            self.expect(Kind::And)?;
            (start, self.frame_bound(false)?)
        } else {
            (self.frame_bound(true)?, FrameBound::CurrentRow)
        };
        let ends_before_start = match end {
            FrameBound::Preceding(_) => matches!(start, FrameBound::CurrentRow | FrameBound::Following(_)),
            FrameBound::CurrentRow => matches!(start, FrameBound::Following(_)),
            _ => false,
        };
        if ends_before_start {
            self.complain("unsupported frame specification");
        }
        let exclude = self.frame_exclude()?;
        Ok(Some(WindowFrame { unit, start, end, exclude }))
    }

    fn frame_bound(&mut self, is_start: bool) -> Result<FrameBound> {
        let next = self.after(self.token()).kind;
        if self.at(Kind::Unbounded) && matches!(next, Kind::Preceding | Kind::Following) {
            self.take();
            if is_start != (next == Kind::Preceding) {
                return self.unexpected();
            }
            self.take();
            return Ok(if is_start {
                FrameBound::UnboundedPreceding
            } else {
                FrameBound::UnboundedFollowing
            });
        }
        if self.at(Kind::Current) && next == Kind::Row {
            self.take();
            self.take();
            return Ok(FrameBound::CurrentRow);
        }
        let offset = self.expression()?;
        let bound = match self.token().kind {
            Kind::Preceding => FrameBound::Preceding(offset),
            Kind::Following => FrameBound::Following(offset),
            _ => return self.unexpected(),
        };
        self.take();
        Ok(bound)
    }

    fn frame_exclude(&mut self) -> Result<FrameExclude> {
        if !self.accept(Kind::Exclude) {
            return Ok(FrameExclude::Nothing);
        }
        let (exclude, second) = match self.token().kind {
            Kind::No => (FrameExclude::NoOthers, Some(Kind::Others)),
            Kind::Current => (FrameExclude::CurrentRow, Some(Kind::Row)),
            Kind::Group => (FrameExclude::Group, None),
            Kind::Ties => (FrameExclude::Ties, None),
            _ => return self.unexpected(),
        };
        self.take();
        if let Some(second) = second {
            self.expect(second)?;
        }
        Ok(exclude)
    }
}
