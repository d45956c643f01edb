//! Functions and modules of the program in SQL.

use std::sync::Arc;

use helios_core::{Error, Result, Value, ValueRef};
use helios_sql::func::{AggregateState, MAX_ARGUMENTS, ProgramAggregate, ProgramFunction, ProgramScalar};
use helios_sql::module::Module;

use super::Connection;

impl Connection {
    /// Adds a scalar function to this connection, in the place of one of the same name and number of arguments.
    /// `arguments` is that number; `None` takes any. A deterministic function always gives the same value for the same
    /// arguments.
    ///
    /// ```
    /// use helios::{Connection, Value};
    ///
    /// let connection = Connection::open_in_memory()?;
    /// connection.create_scalar_function("half", Some(1), true, |arguments| {
    ///     Ok(Value::real(arguments[0].to_real() / 2.0))
    /// })?;
    /// let half: f64 = connection.query_row("SELECT half(3)", (), |row| row.get(0))?;
    /// assert_eq!(half, 1.5);
    /// # Ok::<(), helios::Error>(())
    /// ```
    ///
    /// # Errors
    /// A number of arguments that no function can have.
    pub fn create_scalar_function(
        &self,
        name: &str,
        arguments: Option<usize>,
        deterministic: bool,
        body: impl Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync + 'static,
    ) -> Result<()> {
        check(arguments)?;
        let function = ProgramScalar { name: name.into(), arguments, deterministic, body: Box::new(body) };
        self.session()?.add_function(ProgramFunction::Scalar(Arc::new(function)));
        Ok(())
    }

    /// Adds an aggregate function; `begin` makes the state of a group. A group without rows is NULL.
    ///
    /// # Errors
    /// A number of arguments that no function can have.
    pub fn create_aggregate_function(
        &self,
        name: &str,
        arguments: Option<usize>,
        begin: impl Fn() -> Result<Box<dyn AggregateState>> + Send + Sync + 'static,
    ) -> Result<()> {
        check(arguments)?;
        let function =
            ProgramAggregate { name: name.into(), arguments, is_window: false, body: Box::new(begin) };
        self.session()?.add_function(ProgramFunction::Aggregate(Arc::new(function)));
        Ok(())
    }

    /// Adds a module of virtual tables to this connection, in place of one of the same name.
    ///
    /// # Errors
    /// The connection is in use.
    pub fn create_module(&self, name: &str, module: impl Module + 'static) -> Result<()> {
        self.session()?.add_module(name, Arc::new(module));
        Ok(())
    }

    /// Takes away a function that was added. Without it, the name means what it meant before.
    ///
    /// # Errors
    /// The connection is in use.
    pub fn remove_function(&self, name: &str, arguments: Option<usize>) -> Result<()> {
        self.session()?.remove_function(name, arguments);
        Ok(())
    }
}

fn check(arguments: Option<usize>) -> Result<()> {
    match arguments {
        Some(count) if count > MAX_ARGUMENTS => {
            Err(Error::sql(format!("a function takes at most {MAX_ARGUMENTS} arguments")))
        }
        _ => Ok(()),
    }
}
