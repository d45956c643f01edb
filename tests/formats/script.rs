//! Scripts for sessions on several branches: statements, and lines with a dot that change where the next ones are run.
//!
//! `.branch NAME` goes to a branch, `.postgres` has statements read in PostgreSQL's dialect until the next such line.

use helios::Database;
use helios_sql::parse::Dialect;
use helios_sql::session::Session;
use helios_testkit::TestResult;
use helios_tests::engine::{one, run};

/// Runs each statement of a script, and hands its rows on.
fn each(
    database: &Database,
    script: &str,
    mut heard: impl FnMut(&mut Session, &str) -> TestResult,
) -> TestResult {
    let mut session = database.session("main")?;
    let mut statement = String::new();
    for line in script.lines().filter(|line| !line.starts_with("--")) {
        match line.strip_prefix('.').map(|words| words.split_once(' ').unwrap_or((words, ""))) {
            Some(("branch", name)) => session = database.session(name)?,
            Some(("postgres", _)) => session.set_dialect(Dialect::Postgres),
            Some((other, _)) => return Err(format!("no such command: {other}").into()),
            None => {
                statement.push_str(line);
                statement.push('\n');
            }
        }
        // The only statement that has semicolons inside is one line.
        if line.ends_with(';') {
            heard(&mut session, &std::mem::take(&mut statement))?;
        }
    }
    Ok(())
}

/// Runs a script.
pub(crate) fn run_all(database: &Database, script: &str) -> TestResult {
    each(database, script, |session, sql| match run(session, sql) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{sql}{error}").into()),
    })
}

/// The statements of a script, each with its answer.
pub(crate) fn answers(database: &Database, script: &str) -> TestResult<String> {
    let mut main = database.session("main")?;
    let newest = one(&mut main, "SELECT newest FROM moment")?;
    let mut answers = String::new();
    each(database, script, |session, sql| {
        answers.push_str(sql);
        let rows = run(session, &sql.replace("{newest}", &newest))
            .unwrap_or_else(|error| vec![format!("error: {error}")]);
        for row in rows {
            answers.push_str(&format!("  {row}\n"));
        }
        Ok(())
    })?;
    Ok(answers)
}
