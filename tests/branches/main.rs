//! Branches and the past in SQL: merges, differences, deletion, ranges of time.

mod again;
mod deletion;
mod full_text;
mod merging;
mod past;
mod prepared;
mod renamed;
mod rtree;
mod schema;
mod stage;
mod wrong_answers;
