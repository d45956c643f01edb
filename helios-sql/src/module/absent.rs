//! A virtual table at a moment at which it was not there yet: it has its columns and its functions, and no rows.

use std::any::Any;
use std::sync::Arc;

use helios_core::Result;
use helios_core::transaction::Reader;

use super::{IndexChoice, IndexRequest, RowSink, VirtualColumn, VirtualCursor, VirtualScan, VirtualTable};

/// The table, as it is now.
#[derive(Debug)]
pub struct Absent(pub Arc<dyn VirtualTable>);

impl VirtualTable for Absent {
    fn columns(&self) -> &[VirtualColumn] {
        self.0.columns()
    }

    fn has_function(&self, name: &str) -> bool {
        self.0.has_function(name)
    }

    fn best_index(&self, request: &IndexRequest) -> Result<IndexChoice> {
        self.0.best_index(request)
    }

    fn open(&self, _: &VirtualScan<'_>) -> Result<Box<dyn VirtualCursor>> {
        Ok(Box::new(NoRows))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Debug)]
struct NoRows;

impl VirtualCursor for NoRows {
    fn fill(&mut self, _: &Reader, _: &mut dyn RowSink) -> Result<()> {
        Ok(())
    }
}
