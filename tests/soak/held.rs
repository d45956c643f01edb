//! A view that a thread holds for long, while others write, prune and vacuum.
//!
//! In: a branch. Out: at each look it shows what it showed when it began.

use helios::{Connection, Database};
use helios_testkit::TestResult;
use helios_testkit::seed::Numbers;

use crate::stage::{Options, check_view, connect};

/// The view.
pub(crate) struct Held {
    pub(crate) branch: String,
    connection: Connection,
    shown: Shown,
}

/// What decides the rest: entries, money by account, documents.
type Shown = (i64, i64, i64);

impl Held {
    /// Begins one.
    pub(crate) fn begin(database: &Database, branch: String) -> helios::Result<Held> {
        let connection = connect(database, &branch)?;
        connection.execute_batch("BEGIN")?;
        let shown = shown(&connection)?;
        Ok(Held { branch, connection, shown })
    }

    /// Checks that it shows the same, and that this agrees with itself.
    pub(crate) fn look(&self, options: &Options, numbers: &mut Numbers) -> TestResult {
        let now = shown(&self.connection)?;
        if now != self.shown {
            return Err(
                format!("a view of {} showed {:?} and now shows {now:?}", self.branch, self.shown).into()
            );
        }
        check_view(&self.connection, options, numbers)
    }
}

fn shown(connection: &Connection) -> helios::Result<Shown> {
    let sql = "SELECT (SELECT count(*) FROM entry), (SELECT sum(balance * id) FROM account),
        (SELECT total(id * length(body)) FROM document)";
    connection.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?, row.get::<f64>(2)? as i64)))
}
