//! The first rows by a distance: what a search among vectors is.

use super::{Expr, Plan};

/// The rows of a table at the least distances from a vector, in the order of those, equal ones by rowid.
#[derive(Clone, Debug)]
pub struct NearestPlan {
    /// The scan of the table. Of its columns only those that the condition and the distance mention are read for all
    /// rows.
    pub input: Plan,
    /// What rows have to meet.
    pub condition: Option<Expr>,
    /// The column of vectors.
    pub vector: Expr,
    /// The vector that they are compared with; it mentions no columns.
    pub query: Expr,
    /// The metric, if one is said; it mentions no columns.
    pub metric: Option<Expr>,
    /// How many rows; negative for all.
    pub count: Expr,
    /// Whether rows without a distance come before all others, or after them.
    pub nulls_first: bool,
}

impl NearestPlan {
    /// All expressions.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        [&self.vector, &self.query, &self.count].into_iter().chain(&self.condition).chain(&self.metric)
    }

    /// All expressions, to change them.
    pub fn exprs_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        let fixed = [&mut self.vector, &mut self.query, &mut self.count];
        fixed.into_iter().chain(&mut self.condition).chain(&mut self.metric)
    }
}
