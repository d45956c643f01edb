//! The first rows by a distance: what a search among vectors is.

use std::sync::Arc;

use super::{Expr, Plan};
use crate::catalog::Index;

/// The index that candidates come from.
#[derive(Clone, Debug)]
pub struct NearestIndex {
    /// The index.
    pub index: Arc<Index>,
    /// Whether the statement says that it is to be used, whatever that costs.
    pub is_forced: bool,
}

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
    /// Where candidates come from; without it all rows are looked at.
    pub index: Option<NearestIndex>,
}

impl NearestPlan {
    /// What rows have to meet besides having a vector, and whether they have to have one; nothing if conditions mention
    /// vectors in any other way.
    pub fn conditions_without_vectors(&self) -> Option<(Vec<Expr>, bool)> {
        let mut conditions = Vec::new();
        if let Some(condition) = self.condition.clone() {
            condition.conjuncts(&mut conditions);
        }
        let count = conditions.len();
        conditions.retain(|part| !matches!(part, Expr::IsNull(operand, true) if **operand == self.vector));
        let Expr::Column(vector) = &self.vector else { return None };
        let mut mentions = false;
        conditions.iter().for_each(|part| part.for_each_column(&mut |id| mentions |= id == *vector));
        let excludes_null = conditions.len() < count;
        (!mentions).then_some((conditions, excludes_null))
    }

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
