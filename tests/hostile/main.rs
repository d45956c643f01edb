//! Input that means harm: each piece is answered with a clear error of the right class or with the right result, and the
//! program goes on.

mod answers;
mod chains;
mod child;
mod damage;
mod files;
mod full;
mod large;
mod limits;
mod memory;
mod nesting;
mod numbers;
mod sizes;
