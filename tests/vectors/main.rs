//! Vectors through SQL: searches against a model in plain numbers, what columns take and refuse, schemas with vectors.

mod columns;
mod definitions;
mod indexes;
mod model;
mod power;
mod search;

use helios_core::Value;
use helios_tests::subject::Subject;

/// The rows of the last of some statements, or what the first that fails says.
fn rows(subject: &mut Subject, sql: &str) -> Result<Vec<Vec<Value>>, String> {
    match subject.run_all(sql).result {
        Ok(found) => Ok(found.rows),
        Err(refusal) => Err(refusal.message),
    }
}
