//! What the parser promises, by subject.
