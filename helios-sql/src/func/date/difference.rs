//! `timediff(a, b)`: what has to be added to `b` to get `a`, as `+YYYY-MM-DD HH:MM:SS.SSS`.
//!
//! Years and months come first, so that the rest is less than a month; the steps are those of SQLite's date.c.

use super::point::Point;
use helios_core::Value;

/// A day number far from the ends of the calendar, with the first day of a month and midnight.
const BASE_MS: i64 = 1_486_995_408 * 100_000;

/// The difference between two points in time.
pub(super) fn difference(mut a: Point, mut b: Point) -> Value {
    a.compute_fields();
    b.compute_fields();
    let is_later = a.julian_ms >= b.julian_ms;
    let mut years = if is_later { a.year - b.year } else { b.year - a.year };
    let mut months = if is_later { a.month - b.month } else { b.month - a.month };
    if years != 0 {
        b.year = a.year;
        renew(&mut b);
    }
    if months < 0 {
        years -= 1;
        months += 12;
    }
    if months != 0 {
        b.month = a.month;
        renew(&mut b);
    }
    while if is_later { a.julian_ms < b.julian_ms } else { a.julian_ms > b.julian_ms } {
        months -= 1;
        if months < 0 {
            months = 11;
            years -= 1;
        }
        b.month += if is_later { -1 } else { 1 };
        if b.month < 1 {
            b.month = 12;
            b.year -= 1;
        } else if b.month > 12 {
            b.month = 1;
            b.year += 1;
        }
        renew(&mut b);
    }
    let rest = (a.julian_ms - b.julian_ms).abs();
    let mut rest = Point::of_julian(rest + BASE_MS);
    rest.compute_fields();
    let sign = if is_later { '+' } else { '-' };
    Value::text(&format!(
        "{sign}{years:04}-{months:02}-{:02} {:02}:{:02}:{:06.3}",
        rest.day - 1,
        rest.hour,
        rest.minute,
        rest.second
    ))
}

/// Computes the day number anew after a field has changed.
fn renew(point: &mut Point) {
    point.knows_julian = false;
    point.compute_day();
}
