//! A versioned store that is plainly right: it keeps every state there ever was, as ordered maps.
//!
//! In: commits. Out: the same [`Branching`](helios_core::branch::Branching) that a real store shows. Every commit
//! copies all that its branch shows, so a view of any branch at any moment is one of the maps: no levels, no history,
//! no rules about who may still ask. For tests over hundreds of keys.

mod store;
mod view;

pub use store::{ModelState, ModelStore};
pub use view::{Contents, ModelView};
