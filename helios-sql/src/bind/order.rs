//! Where a statement asks for the order of values: ORDER BY, comparisons, min and max. Those of encrypted columns have none.

use helios_core::value::Collation;
use helios_core::{Error, Result};

use super::Binder;
use crate::ast::{Nulls, OrderingTerm};
use crate::plan::{Expr, SortKey};

impl Binder<'_> {
    /// Notes that an expression is asked for the order of its values, which that of an encrypted column do not have.
    pub(super) fn note_order(&self, expr: &Expr) {
        if let Expr::Column(id) = expr
            && self.info(*id).is_encrypted
        {
            self.ordered_encrypted.set(Some(*id));
        }
    }

    /// An error if the order of an encrypted column was asked for, or a comparison has no meaning for its types.
    pub(super) fn check_orders(&self) -> Result<()> {
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let Some(id) = self.ordered_encrypted.take() else { return Ok(()) };
        let name = self.info(id).name.clone().unwrap_or_default();
        Err(Error::sql(format!("encrypted columns have no order: {name}")))
    }

    /// A term of ORDER BY over a value.
    pub(super) fn sort_key(&self, term: &OrderingTerm, expr: Expr, collation: Collation) -> Result<SortKey> {
        self.note_order(&expr);
        self.check_orders()?;
        let nulls_first = match term.nulls {
            Some(nulls) => nulls == Nulls::First,
            None => !term.descending,
        };
        Ok(SortKey { expr, collation, descending: term.descending, nulls_first })
    }
}
