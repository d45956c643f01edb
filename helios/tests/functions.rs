//! Functions that a program adds.

use helios::sql::AggregateState;
use helios::{Connection, Error, Result, Value, ValueRef, params};

fn one<T: helios::FromSql>(connection: &Connection, sql: &str) -> Result<T> {
    connection.query_row(sql, (), |row| row.get(0))
}

fn number(value: i64) -> impl Fn(&[ValueRef<'_>]) -> Result<Value> {
    move |_| Ok(Value::Integer(value))
}

struct Product(i64);

impl AggregateState for Product {
    fn step(&mut self, arguments: &[ValueRef<'_>]) -> Result<()> {
        self.0 *= arguments[0].to_integer();
        if self.0 < 0 { Err(Error::sql("a negative product")) } else { Ok(()) }
    }

    fn inverse(&mut self, _: &[ValueRef<'_>]) -> Result<()> {
        Err(Error::sql("cannot divide"))
    }

    fn value(&mut self) -> Result<Value> {
        Ok(Value::Integer(self.0))
    }

    fn finish(&mut self) -> Result<Value> {
        self.value()
    }
}

#[test]
fn a_function_is_chosen_by_the_number_of_its_arguments() {
    let connection = Connection::open_in_memory().unwrap();
    connection.create_scalar_function("f", None, true, number(-1)).unwrap();
    connection.create_scalar_function("f", Some(1), true, number(1)).unwrap();
    assert_eq!(one::<i64>(&connection, "SELECT f(0)").unwrap(), 1);
    assert_eq!(one::<i64>(&connection, "SELECT F()").unwrap(), -1);
    connection.remove_function("f", None).unwrap();
    let error = one::<i64>(&connection, "SELECT f(1, 2)").unwrap_err();
    assert_eq!(error.message(), "wrong number of arguments to function f()");
    connection.remove_function("f", Some(1)).unwrap();
    assert_eq!(one::<i64>(&connection, "SELECT f(1)").unwrap_err().message(), "no such function: f");
}

#[test]
fn a_function_hides_the_built_in_one_of_its_name_until_it_is_removed() {
    let connection = Connection::open_in_memory().unwrap();
    let mut statement = connection.prepare("SELECT abs(-5)").unwrap();
    let mut abs = || statement.query_row((), |row| row.get::<i64>(0)).unwrap();
    assert_eq!(abs(), 5);
    connection.create_scalar_function("abs", Some(1), true, number(7)).unwrap();
    assert_eq!(abs(), 7);
    connection.remove_function("ABS", Some(1)).unwrap();
    assert_eq!(abs(), 5);
    // Another number of arguments hides nothing.
    connection.create_scalar_function("abs", Some(2), true, number(8)).unwrap();
    assert_eq!(abs(), 5);
}

#[test]
fn a_function_that_fails_undoes_its_statement() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)").unwrap();
    let fails_on_three = |arguments: &[ValueRef<'_>]| match arguments[0].to_integer() {
        3 => Err(Error::sql("three")),
        value => Ok(Value::Integer(value * 10)),
    };
    connection.create_scalar_function("f", Some(1), false, fails_on_three).unwrap();
    assert_eq!(connection.execute("UPDATE t SET a = f(a)", ()).unwrap_err().message(), "three");
    assert_eq!(one::<i64>(&connection, "SELECT sum(a) FROM t").unwrap(), 6);
    assert_eq!(connection.execute("UPDATE t SET a = f(a) WHERE a < 3", ()).unwrap(), 2);
    assert_eq!(one::<i64>(&connection, "SELECT sum(a) FROM t").unwrap(), 33);
}

#[test]
fn an_aggregate_has_a_state_for_each_group() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch("CREATE TABLE t (g, a)").unwrap();
    for (group, value) in [(1, 2), (2, 3), (1, 5), (2, 7), (1, 5)] {
        connection.execute("INSERT INTO t VALUES (?, ?)", params![group, value]).unwrap();
    }
    connection.create_aggregate_function("product", Some(1), || Ok(Box::new(Product(1)))).unwrap();
    let read = |sql| connection.query(sql, (), |row| row.get::<i64>(0)).unwrap();
    assert_eq!(read("SELECT product(a) FROM t GROUP BY g"), [50, 21]);
    assert_eq!(read("SELECT product(DISTINCT a) FROM t GROUP BY g ORDER BY 1"), [10, 21]);
    assert_eq!(read("SELECT product(a) FILTER (WHERE a > 2) + product(a) FROM t"), [525 + 1050]);
    assert!(one::<Option<i64>>(&connection, "SELECT product(a) FROM t WHERE 0").unwrap().is_none());
    let error = one::<i64>(&connection, "SELECT product(-a) FROM t").unwrap_err();
    assert_eq!(error.message(), "a negative product");
}

#[test]
fn the_operators_on_patterns_call_the_functions_of_the_program() {
    let connection = Connection::open_in_memory().unwrap();
    assert_eq!(
        one::<i64>(&connection, "SELECT 'a' REGEXP 'b'").unwrap_err().message(),
        "no such function: REGEXP"
    );
    let contains = |arguments: &[ValueRef<'_>]| {
        let (pattern, text) = (arguments[0].text_bytes(), arguments[1].text_bytes());
        let (Some(pattern), Some(text)) = (pattern, text) else { return Ok(Value::Null) };
        Ok(Value::boolean(text.windows(pattern.len()).any(|window| window == &pattern[..])))
    };
    for name in ["regexp", "like"] {
        connection.create_scalar_function(name, Some(2), true, contains).unwrap();
    }
    let read = |sql: &str| one::<Option<i64>>(&connection, sql).unwrap();
    assert_eq!(read("SELECT 'abc' REGEXP 'bc'"), Some(1));
    assert_eq!(read("SELECT 'abc' NOT REGEXP 'bc'"), Some(0));
    assert_eq!(read("SELECT NULL NOT REGEXP 'bc'"), None);
    assert_eq!(read("SELECT 'a%b' LIKE '%'"), Some(1));
    assert_eq!(read("SELECT 'ab' LIKE '%'"), Some(0));
    assert_eq!(read("SELECT 'ab' LIKE '%' ESCAPE '!'"), Some(1));
}

#[test]
fn only_deterministic_functions_decide_what_is_in_an_index() {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute("CREATE TABLE t (a)", ()).unwrap();
    connection.create_scalar_function("same", Some(1), true, number(1)).unwrap();
    connection.create_scalar_function("other", Some(1), false, number(1)).unwrap();
    connection.execute("CREATE INDEX i ON t (a) WHERE same(a)", ()).unwrap();
    let error = connection.execute("CREATE INDEX j ON t (a) WHERE other(a)", ()).unwrap_err();
    let words = "non-deterministic functions prohibited in partial index WHERE clauses";
    assert_eq!(error.message(), words);
}
