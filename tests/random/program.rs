//! One program: made while it runs, because what is sensible next depends on what there is.

use helios_core::Value;
use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;
use helios_tests::answer::{Answer, Order};
use helios_tests::subject::Driver;

use crate::change::fillings;
use crate::control::{control, setting};
use crate::definition::definition;
use crate::expression::Generator;
use crate::pragma::question;
use crate::reduce::reduced;
use crate::schema::Schema;
use crate::table::create_table;
use crate::watch::Watch;

/// A statement of a program.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) order: Order,
}

impl Statement {
    pub(crate) fn new(text: String, order: Order) -> Statement {
        Statement { text, order }
    }
}

/// Runs a program and says how many statements it had.
pub(crate) fn run(numbers: &mut Numbers) -> TestResult<usize> {
    let mut watch = Watch::open(Driver::all())?;
    let mut log = Vec::new();
    for text in beginning(numbers) {
        step(&mut watch, &mut log, Statement::new(text.to_owned(), Order::Any))?;
    }
    let mut schema = Schema::read(&mut watch.lockstep);
    for number in 1..=numbers.below(2) + 2 {
        let text = create_table(numbers, &schema, &format!("t{number}"));
        step(&mut watch, &mut log, Statement { text, order: Order::Any })?;
        schema = Schema::read(&mut watch.lockstep);
    }
    if schema.is_mismatched {
        return Ok(log.len());
    }
    for text in fillings(numbers, &schema) {
        step(&mut watch, &mut log, Statement { text, order: Order::Any })?;
    }
    schema = Schema::read(&mut watch.lockstep);
    let mut is_open = false;
    for _ in 0..numbers.below(100) + 60 {
        let statement = match watch.is_spoilt {
            true => Statement::new("ROLLBACK".to_owned(), Order::Any),
            false => next(numbers, &schema, is_open),
        };
        let changes = !statement.text.starts_with("SELECT") && !statement.text.starts_with("WITH");
        let Some(answer) = step(&mut watch, &mut log, statement)? else { continue };
        is_open = answer.in_transaction;
        if watch.is_over {
            return Ok(log.len());
        }
        if changes {
            schema = Schema::read(&mut watch.lockstep);
            if schema.tables.is_empty() || schema.is_mismatched {
                break;
            }
        }
    }
    finish(&mut watch, &mut log, is_open)?;
    Ok(log.len())
}

/// What a connection begins with.
fn beginning(numbers: &mut Numbers) -> Vec<&'static str> {
    let mut texts = Vec::new();
    if numbers.one_in(3) {
        texts.push("PRAGMA foreign_keys = ON");
    }
    if numbers.one_in(4) {
        texts.push("PRAGMA recursive_triggers = ON");
    }
    if numbers.one_in(5) {
        texts.extend([
            "ATTACH ':memory:' AS other",
            "CREATE TABLE other.t6 (id INTEGER PRIMARY KEY, i1 INTEGER, t1 TEXT)",
        ]);
    }
    texts
}

fn next(numbers: &mut Numbers, schema: &Schema, is_open: bool) -> Statement {
    let kind = numbers.below(100);
    let plain = |text| Statement { text, order: Order::Any };
    match kind {
        0..=6 => return plain(definition(numbers, schema)),
        7..=14 => return plain(control(numbers, is_open)),
        98 => return plain(setting(numbers).to_owned()),
        99 => return question(numbers, schema),
        _ => {}
    }
    let mut generator = Generator::new(numbers, schema);
    match kind {
        15..=33 => plain(generator.insert()),
        34 => plain(generator.change_view()),
        35..=41 => plain(generator.update()),
        42..=44 => plain(generator.update_from()),
        45..=50 => plain(generator.delete()),
        51..=60 => generator.calculation(),
        62..=65 => generator.windowed(),
        66..=68 => generator.aggregated(),
        69..=71 => generator.with(),
        72..=75 => generator.joined(),
        76 => generator.joined_by_names(),
        77..=79 => generator.with_json(),
        80..=82 => generator.with_dates(),
        _ => {
            let query = generator.query();
            Statement { text: query.text, order: query.order }
        }
    }
}

/// Runs a statement everywhere; if the answers differ, the program is made short and told.
fn step(watch: &mut Watch, log: &mut Vec<Statement>, statement: Statement) -> TestResult<Option<Answer>> {
    let Some((answers, report)) = watch.run(&statement.text, statement.order)? else { return Ok(None) };
    log.push(statement);
    let Some(report) = report else { return Ok(Some(answers.oracle)) };
    let (short, again) = reduced(log, &answers)?;
    let report = again.unwrap_or_else(|| format!("{report}\n    not again"));
    let texts: Vec<String> = short.iter().map(|statement| format!("{};", statement.text)).collect();
    Err(format!("the last statement of this program differs:\n{}\n{report}", texts.join("\n")).into())
}

/// In the end all contents are equal, and helios finds nothing wrong with its indexes.
fn finish(watch: &mut Watch, log: &mut Vec<Statement>, is_open: bool) -> TestResult {
    if is_open {
        let end = if watch.is_spoilt { "ROLLBACK" } else { "COMMIT" };
        step(watch, log, Statement::new(end.to_owned(), Order::Any))?;
    }
    for table in Schema::read(&mut watch.lockstep).tables {
        let text = format!("SELECT {0}, * FROM {1} ORDER BY {0}", table.key, table.name);
        step(watch, log, Statement { text, order: Order::Exact })?;
    }
    let text = "SELECT type, name, tbl_name, sql FROM sqlite_schema".to_owned();
    step(watch, log, Statement { text, order: Order::Exact })?;
    for answer in watch.lockstep.run_on_subjects("PRAGMA integrity_check") {
        let rows = answer.result.map(|rows| rows.rows).unwrap_or_default();
        if rows != [[Value::text("ok")]] {
            let texts: Vec<String> = log.iter().map(|statement| format!("{};", statement.text)).collect();
            return Err(format!("integrity_check after this program: {rows:?}\n{}", texts.join("\n")).into());
        }
    }
    Ok(())
}
