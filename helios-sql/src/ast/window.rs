//! Windows: OVER and the WINDOW clause.

use super::{Expression, OrderingTerm};

/// What stands after OVER.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// The name of a window.
    Name(String),
    /// A window in parentheses.
    Window(Box<WindowDefinition>),
}

/// `[base] [PARTITION BY …] [ORDER BY …] [frame]`.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowDefinition {
    /// The window that this one adds to.
    pub base: Option<String>,
    /// PARTITION BY.
    pub partition: Vec<Expression>,
    /// ORDER BY.
    pub order_by: Vec<OrderingTerm>,
    /// The frame, where written.
    pub frame: Option<WindowFrame>,
}

/// Which rows around a row a window function sees.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowFrame {
    /// What bounds count.
    pub unit: FrameUnit,
    /// The first row.
    pub start: FrameBound,
    /// The last row.
    pub end: FrameBound,
    /// What is left out.
    pub exclude: FrameExclude,
}

/// What the bounds of a frame count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnit {
    /// Rows.
    Rows,
    /// Values of the one term of ORDER BY.
    Range,
    /// Groups of rows that are equal in ORDER BY.
    Groups,
}

/// One end of a frame.
#[derive(Clone, Debug, PartialEq)]
pub enum FrameBound {
    /// UNBOUNDED PRECEDING.
    UnboundedPreceding,
    /// So many PRECEDING.
    Preceding(Expression),
    /// CURRENT ROW.
    CurrentRow,
    /// So many FOLLOWING.
    Following(Expression),
    /// UNBOUNDED FOLLOWING.
    UnboundedFollowing,
}

/// What a frame leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclude {
    /// Nothing, where it is not said.
    Nothing,
    /// Nothing, in so many words: SQLite then makes each sum anew, and floats that have left a frame leave no trace.
    NoOthers,
    /// The row itself.
    CurrentRow,
    /// The row and those equal to it.
    Group,
    /// Those equal to the row, but not the row.
    Ties,
}
