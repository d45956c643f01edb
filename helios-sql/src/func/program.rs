//! Functions that a program adds to a session.
//!
//! In: closures with a name and a number of arguments. Out: what a call of that name means for statements compiled
//! from then on. They are looked for before the built-in ones, so a program may put its own in their place. Closures
//! run while the session works, in whatever thread that is.

use std::fmt;
use std::sync::Arc;

use helios_core::{Error, Result, Value, ValueRef};

/// The body of a scalar function.
pub type ScalarBody = dyn Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync;

/// Makes the state of an aggregate for one group or window.
pub type AggregateBody = dyn Fn() -> Result<Box<dyn AggregateState>> + Send + Sync;

/// An aggregate under way over one group of rows.
pub trait AggregateState: Send {
    /// Takes a row in.
    fn step(&mut self, arguments: &[ValueRef<'_>]) -> Result<()>;

    /// Takes back the oldest row that was taken in. Only window functions are asked to.
    fn inverse(&mut self, arguments: &[ValueRef<'_>]) -> Result<()>;

    /// The value over the rows that are in. Only window functions are asked for it.
    fn value(&mut self) -> Result<Value>;

    /// The value over all rows; nothing else is called afterwards.
    fn finish(&mut self) -> Result<Value>;
}

/// A scalar function of a program.
pub struct ProgramScalar {
    /// Its name.
    pub name: Box<str>,
    /// The number of its arguments; `None` takes any.
    pub arguments: Option<usize>,
    /// Whether the same arguments always give the same value.
    pub deterministic: bool,
    /// The function.
    pub body: Box<ScalarBody>,
}

/// An aggregate or window function of a program.
pub struct ProgramAggregate {
    /// Its name.
    pub name: Box<str>,
    /// The number of its arguments; `None` takes any.
    pub arguments: Option<usize>,
    /// Whether it can take rows back, so that it may be called with OVER.
    pub is_window: bool,
    /// Begins a group.
    pub body: Box<AggregateBody>,
}

impl fmt::Debug for ProgramScalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for ProgramAggregate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A function of either kind.
#[derive(Clone, Debug)]
pub enum ProgramFunction {
    /// One value for each row.
    Scalar(Arc<ProgramScalar>),
    /// One value for many rows.
    Aggregate(Arc<ProgramAggregate>),
}

impl ProgramFunction {
    pub(crate) fn name(&self) -> &str {
        match self {
            ProgramFunction::Scalar(function) => &function.name,
            ProgramFunction::Aggregate(function) => &function.name,
        }
    }

    pub(crate) fn arguments(&self) -> Option<usize> {
        match self {
            ProgramFunction::Scalar(function) => function.arguments,
            ProgramFunction::Aggregate(function) => function.arguments,
        }
    }
}

/// The functions of one session.
#[derive(Clone, Debug, Default)]
pub struct ProgramFunctions(Vec<ProgramFunction>);

impl ProgramFunctions {
    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &ProgramFunction> {
        self.0.iter()
    }

    /// Adds a function in the place of one of the same name and number of arguments.
    pub fn add(&mut self, function: ProgramFunction) {
        self.remove(function.name(), function.arguments());
        self.0.push(function);
    }

    /// Removes a function, if it is there.
    pub fn remove(&mut self, name: &str, arguments: Option<usize>) {
        self.0.retain(|known| !(known.name().eq_ignore_ascii_case(name) && known.arguments() == arguments));
    }

    /// The function of this name, whatever its case, for so many arguments: one for just that number before one for
    /// any. `None` if the program has none for that number and `is_built_in` says that the name has another meaning.
    pub fn find(
        &self,
        name: &str,
        arguments: usize,
        is_built_in: impl FnOnce() -> bool,
    ) -> Result<Option<&ProgramFunction>> {
        let mut named = self.0.iter().filter(|known| known.name().eq_ignore_ascii_case(name)).peekable();
        if named.peek().is_none() {
            return Ok(None);
        }
        let mut of_any_number = None;
        for function in named {
            match function.arguments() {
                Some(count) if count == arguments => return Ok(Some(function)),
                Some(_) => {}
                None => of_any_number = Some(function),
            }
        }
        if of_any_number.is_none() && !is_built_in() {
            return Err(Error::sql(format!("wrong number of arguments to function {name}()")));
        }
        Ok(of_any_number)
    }
}
