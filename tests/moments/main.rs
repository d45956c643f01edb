//! Branches and past moments through SQL, compared with a model that keeps every state there ever was.

mod model;
mod programs;
