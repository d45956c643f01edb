//! Branches and past moments through SQL, compared with a model that keeps every state there ever was.

mod ancestry;
mod change;
mod child;
mod looking;
mod merging;
mod model;
mod programs;
mod runs;
mod site;
