//! One program: made while it runs, because what is sensible next depends on what there is.

use helios_core::Value;
use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;
use helios_tests::answer::{Answer, Order};
use helios_tests::lockstep::Lockstep;

use crate::change::fillings;
use crate::definition::{control, create_table, definition};
use crate::expression::Generator;
use crate::reduce::reduced;
use crate::schema::Schema;

/// A statement of a program.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) order: Order,
}

/// Runs a program and says how many statements it had.
pub(crate) fn run(numbers: &mut Numbers) -> TestResult<usize> {
    let mut lockstep = Lockstep::open()?;
    let mut log = Vec::new();
    for number in 1..=numbers.below(2) + 2 {
        let text = create_table(numbers, &format!("t{number}"));
        step(&mut lockstep, &mut log, Statement { text, order: Order::Any })?;
    }
    let mut schema = Schema::read(&mut lockstep);
    for text in fillings(numbers, &schema) {
        step(&mut lockstep, &mut log, Statement { text, order: Order::Any })?;
    }
    schema = Schema::read(&mut lockstep);
    let mut is_open = false;
    for _ in 0..numbers.below(100) + 60 {
        let statement = next(numbers, &schema, is_open);
        let changes = !statement.text.starts_with("SELECT") && !statement.text.starts_with("WITH");
        is_open = step(&mut lockstep, &mut log, statement)?.in_transaction;
        if changes {
            schema = Schema::read(&mut lockstep);
            if schema.tables.is_empty() {
                break;
            }
        }
    }
    finish(&mut lockstep, &mut log, is_open)?;
    Ok(log.len())
}

fn next(numbers: &mut Numbers, schema: &Schema, is_open: bool) -> Statement {
    let kind = numbers.below(100);
    let plain = |text| Statement { text, order: Order::Any };
    match kind {
        0..=4 => return plain(definition(numbers, schema)),
        5..=14 => return plain(control(numbers, is_open)),
        _ => {}
    }
    let mut generator = Generator::new(numbers, schema);
    match kind {
        15..=34 => plain(generator.insert()),
        35..=44 => plain(generator.update()),
        45..=50 => plain(generator.delete()),
        _ => {
            let query = generator.query();
            Statement { text: query.text, order: query.order }
        }
    }
}

/// Runs a statement everywhere; if the answers differ, the program is made short and told.
fn step(lockstep: &mut Lockstep, log: &mut Vec<Statement>, statement: Statement) -> TestResult<Answer> {
    let answers = lockstep.run(&statement.text);
    let report = lockstep.report(&answers, statement.order);
    log.push(statement);
    let Some(report) = report else {
        return Ok(answers.oracle);
    };
    let short = reduced(log, &answers)?;
    let texts: Vec<String> = short.iter().map(|statement| format!("{};", statement.text)).collect();
    Err(format!("the last statement of this program differs:\n{}\n{report}", texts.join("\n")).into())
}

/// In the end all contents are equal, and helios finds nothing wrong with its indexes.
fn finish(lockstep: &mut Lockstep, log: &mut Vec<Statement>, is_open: bool) -> TestResult {
    if is_open {
        step(lockstep, log, Statement { text: "COMMIT".to_owned(), order: Order::Any })?;
    }
    for table in Schema::read(lockstep).tables {
        let text = format!("SELECT {0}, * FROM {1} ORDER BY {0}", table.key, table.name);
        step(lockstep, log, Statement { text, order: Order::Exact })?;
    }
    let text = "SELECT type, name, tbl_name, sql FROM sqlite_schema".to_owned();
    step(lockstep, log, Statement { text, order: Order::Exact })?;
    for answer in lockstep.run_on_subjects("PRAGMA integrity_check") {
        let rows = answer.result.map(|rows| rows.rows).unwrap_or_default();
        if rows != [[Value::text("ok")]] {
            let texts: Vec<String> = log.iter().map(|statement| format!("{};", statement.text)).collect();
            return Err(format!("integrity_check after this program: {rows:?}\n{}", texts.join("\n")).into());
        }
    }
    Ok(())
}
