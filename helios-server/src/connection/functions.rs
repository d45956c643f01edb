//! Functions about the session.

use std::sync::Arc;
use std::time::{Duration, Instant};

use helios::sql::{Dialect, ProgramFunction, ProgramScalar, Session};
use helios::{Error, Result, Value, ValueRef};
use parking_lot::Mutex;

use super::settings::Settings;

/// So long a sleep passes before somebody may end it.
const NAP: Duration = Duration::from_millis(10);

fn text(value: ValueRef<'_>) -> Option<String> {
    Some(String::from_utf8_lossy(&value.text_bytes()?).into_owned())
}

/// Adds a function that may give something else each time.
pub(super) fn add(
    session: &mut Session,
    name: &str,
    arguments: usize,
    body: impl Fn(&[ValueRef<'_>]) -> Result<Value> + Send + Sync + 'static,
) {
    let (arguments, body) = (Some(arguments), Box::new(body));
    let function = ProgramScalar { name: name.into(), arguments, deterministic: false, body };
    session.add_function(ProgramFunction::Scalar(Arc::new(function)));
}

/// Has a session speak PostgreSQL's dialect and know the functions about itself.
pub(super) fn prepare(session: &mut Session, settings: &Arc<Mutex<Settings>>, user: &str, database: &str) {
    session.set_dialect(Dialect::Postgres);
    let user = user.to_owned();
    add(session, "current_user", 0, move |_| Ok(Value::text(&user)));
    let database = database.to_owned();
    add(session, "current_database", 0, move |_| Ok(Value::text(&database)));
    for count in [1, 2] {
        let known = settings.clone();
        add(session, "current_setting", count, move |arguments| current_setting(&known.lock(), arguments));
    }
    let known = settings.clone();
    add(session, "set_config", 3, move |arguments| set_config(&mut known.lock(), arguments));
    let interrupt = session.interrupt_handle();
    add(session, "pg_sleep", 1, move |arguments| {
        let until = Instant::now() + Duration::from_secs_f64(arguments[0].to_real().clamp(0.0, 1e6));
        loop {
            interrupt.check()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Value::text(""));
            }
            std::thread::sleep(left.min(NAP));
        }
    });
}

/// Has moments without a zone mean the one that the setting `TimeZone` names.
pub(super) fn keep_zone(session: &mut Session, settings: &Arc<Mutex<Settings>>) {
    let known = settings.clone();
    session.set_time_zone(move || known.lock().get("TimeZone").unwrap_or("UTC").to_owned());
}

fn current_setting(settings: &Settings, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(name) = text(arguments[0]) else { return Ok(Value::Null) };
    let may_miss = arguments.get(1).is_some_and(|flag| flag.truth() == Some(true));
    match settings.get(&name) {
        Some(value) => Ok(Value::text(value)),
        None if may_miss => Ok(Value::Null),
        None => Err(Error::sql(format!("unrecognized configuration parameter \"{name}\""))),
    }
}

fn set_config(settings: &mut Settings, arguments: &[ValueRef<'_>]) -> Result<Value> {
    let Some(name) = text(arguments[0]) else { return Ok(Value::Null) };
    // A query has begun, and whether it may write is settled.
    let is_settled =
        name.eq_ignore_ascii_case("transaction_read_only") && settings.is_on("transaction_read_only");
    let is_refused = is_settled
        || name.starts_with("helios.")
        || settings.set(&name, text(arguments[1]).as_deref()).is_err();
    match settings.get(&name) {
        Some(value) if !is_refused => Ok(Value::text(value)),
        _ => Err(Error::sql(format!("invalid value for parameter \"{name}\""))),
    }
}
