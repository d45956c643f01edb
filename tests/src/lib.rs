//! What the tests of the whole stack share. Each folder beside this one is a test of its own.
