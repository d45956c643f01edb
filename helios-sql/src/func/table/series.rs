//! `generate_series(start, stop, step)` (<https://sqlite.org/series.html>).

use helios_core::{Error, Result, Value};

use super::{TableFunction, TableRows};

/// The function.
#[derive(Clone, Copy, Debug)]
pub(super) struct GenerateSeries;

/// Where a series ends if nobody says.
const STOP: i64 = 4_294_967_295;

#[derive(Debug)]
struct Series {
    next: Option<i64>,
    stop: i64,
    step: i64,
}

impl TableFunction for GenerateSeries {
    fn columns(&self) -> Vec<(&str, &str)> {
        vec![("value", "")]
    }

    fn most_arguments(&self) -> usize {
        3
    }

    fn open(&self, arguments: &[Value]) -> Result<Box<dyn TableRows>> {
        let number = |place: usize, default: i64| {
            arguments.get(place).map_or(default, |argument| argument.as_ref().to_integer())
        };
        if arguments.is_empty() {
            return Err(Error::sql("first argument to \"generate_series()\" missing or unusable"));
        }
        let step = match number(2, 1) {
            0 => 1,
            step => step,
        };
        let has_null = arguments.iter().any(Value::is_null);
        let next = if has_null { None } else { Some(number(0, 0)) };
        Ok(Box::new(Series { next, stop: number(1, STOP), step }))
    }
}

impl TableRows for Series {
    fn next(&mut self) -> Result<Option<Vec<Value>>> {
        let within = |value: &i64| if self.step > 0 { *value <= self.stop } else { *value >= self.stop };
        let Some(value) = self.next.filter(within) else {
            return Ok(None);
        };
        self.next = value.checked_add(self.step);
        Ok(Some(vec![Value::Integer(value)]))
    }
}
