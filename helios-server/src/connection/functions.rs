//! Functions about the session, and what else it has of PostgreSQL's.

use std::sync::Arc;
use std::time::{Duration, Instant};

use helios::sql::{Dialect, Session};
use helios::{Error, Result, Value, ValueRef};
use helios::sql::{ProgramFunction, ProgramScalar};
use parking_lot::Mutex;

use super::settings::Settings;

/// So long a sleep passes before somebody may end it.
const NAP: Duration = Duration::from_millis(10);

fn text(value: ValueRef<'_>) -> Option<String> {
    Some(String::from_utf8_lossy(&value.text_bytes()?).into_owned())
}

/// Has a session speak PostgreSQL's dialect and know the functions about itself.
pub(super) fn prepare(
    session: &mut Session,
    settings: &Arc<Mutex<Settings>>,
    user: &str,
    database: &str,
) -> Result<()> {
    session.set_dialect(Dialect::Postgres);
    let mut add = |name: &str, arguments: usize, body: Box<dyn Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync>| {
        let function = ProgramScalar { name: name.into(), arguments: Some(arguments), deterministic: false, body };
        session.add_function(ProgramFunction::Scalar(Arc::new(function)));
    };
    let user = user.to_owned();
    add("current_user", 0, Box::new(move |_| Ok(Value::text(&user))));
    let database = database.to_owned();
    add("current_database", 0, Box::new(move |_| Ok(Value::text(&database))));
    for count in [1, 2] {
        let known = settings.clone();
        add(
            "current_setting",
            count,
            Box::new(move |arguments| {
                let Some(name) = text(arguments[0]) else { return Ok(Value::Null) };
                let may_miss = arguments.get(1).is_some_and(|flag| flag.truth() == Some(true));
                match known.lock().get(&name) {
                    Some(value) => Ok(Value::text(value)),
                    None if may_miss => Ok(Value::Null),
                    None => Err(Error::sql(format!("unrecognized configuration parameter \"{name}\""))),
                }
            }),
        );
    }
    let known = settings.clone();
    add(
        "set_config",
        3,
        Box::new(move |arguments| {
            let (Some(name), value) = (text(arguments[0]), text(arguments[1])) else { return Ok(Value::Null) };
            let mut settings = known.lock();
            let refused = name == "helios.branch" || settings.set(&name, value.as_deref()).is_err();
            match settings.get(&name) {
                Some(value) if !refused => Ok(Value::text(value)),
                _ => Err(Error::sql(format!("invalid value for parameter \"{name}\""))),
            }
        }),
    );
    let interrupt = session_interrupt(session);
    let mut add = |name: &str, arguments: usize, body: Box<dyn Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync>| {
        let function = ProgramScalar { name: name.into(), arguments: Some(arguments), deterministic: false, body };
        session.add_function(ProgramFunction::Scalar(Arc::new(function)));
    };
    add(
        "pg_sleep",
        1,
        Box::new(move |arguments| {
            let seconds = arguments[0].to_real().clamp(0.0, 1e6);
            let until = Instant::now() + Duration::from_secs_f64(seconds);
            loop {
                interrupt.check()?;
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Ok(Value::text(""));
                }
                std::thread::sleep(left.min(NAP));
            }
        }),
    );
    Ok(())
}

fn session_interrupt(session: &Session) -> helios::Interrupt {
    session.interrupt_handle()
}
