//! The functions of advisory locks: `pg_advisory_lock` and its like.

use std::sync::Arc;

use helios::sql::Session;
use helios::{Error, Result, Value, ValueRef};
use parking_lot::Mutex;

use super::functions::add;
use super::settings::Settings;
use crate::advisory::{AdvisoryLocks, Key, Wish};

/// Has a session know them.
pub(super) fn prepare(
    session: &mut Session,
    settings: &Arc<Mutex<Settings>>,
    locks: &Arc<AdvisoryLocks>,
    client: i32,
) {
    for arguments in [1, 2] {
        for is_shared in [false, true] {
            let ending = if is_shared { "_shared" } else { "" };
            for (is_of_transaction, kind) in [(false, ""), (true, "xact_")] {
                let wish = move |key| Wish { client, key, is_shared, is_of_transaction };
                let interrupt = session.interrupt_handle();
                let (known, settings) = (locks.clone(), settings.clone());
                let name = format!("pg_advisory_{kind}lock{ending}");
                add(session, &name, arguments, move |numbers| {
                    let Some(key) = key_of(numbers)? else { return Ok(Value::Null) };
                    let patience = settings.lock().own_lock_timeout();
                    known.lock(wish(key), patience, &interrupt).map(|()| Value::text(""))
                });
                let known = locks.clone();
                let name = format!("pg_try_advisory_{kind}lock{ending}");
                add(session, &name, arguments, move |numbers| {
                    let key = key_of(numbers)?;
                    Ok(key.map_or(Value::Null, |key| Value::boolean(known.try_lock(wish(key)))))
                });
            }
            let known = locks.clone();
            add(session, &format!("pg_advisory_unlock{ending}"), arguments, move |numbers| {
                let key = key_of(numbers)?;
                Ok(key.map_or(Value::Null, |key| Value::boolean(known.unlock(client, key, is_shared))))
            });
        }
    }
    let known = locks.clone();
    add(session, "pg_advisory_unlock_all", 0, move |_| {
        known.unlock_all(client);
        Ok(Value::text(""))
    });
}

/// What numbers lock; `None` if one of them is NULL.
fn key_of(numbers: &[ValueRef<'_>]) -> Result<Option<Key>> {
    if numbers.iter().any(|number| number.is_null()) {
        return Ok(None);
    }
    let half = |number: ValueRef<'_>| {
        i32::try_from(number.to_integer()).map_err(|_| Error::sql("integer out of range"))
    };
    Ok(Some(match numbers {
        [first, second] => Key::Two(half(*first)?, half(*second)?),
        [one] => Key::One(one.to_integer()),
        _ => return Ok(None),
    }))
}
