//! Runs one statement many times over a loaded table, for a profiler to look at.
//!
//! `repeat FILE TIMES STATEMENT [BEFORE]`: makes FILE with the table `t` of the benches if it is not there (`HELIOS_ROWS`
//! rows), runs BEFORE once (`BEGIN`, for one), then STATEMENT that many times, and says how long one run took at best
//! and on average. `?` in it stands for a key that changes. Settings come from the environment (`HELIOS_CACHE__COLUMN_MB`).

use std::time::Instant;

use helios_benches::{INSERT, TABLE, people};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> helios::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(times), Some(sql)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err(helios::Error::new(helios::ErrorKind::Misuse, "repeat FILE TIMES STATEMENT"));
    };
    let times: u32 = times.parse().unwrap_or(1);
    let is_new = !std::path::Path::new(&file).exists();
    let config = helios::Config::loader().environment().load()?;
    let connection = helios::Database::open_with(&file, &config)?.connect()?;
    let rows = std::env::var("HELIOS_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(1_000_000);
    if is_new {
        connection.execute_batch(TABLE)?;
        connection.execute_batch("BEGIN")?;
        let mut insert = connection.prepare(INSERT)?;
        for person in people(rows) {
            insert.execute(helios::params![
                person.id,
                person.name.as_str(),
                person.score,
                person.city.as_str()
            ])?;
        }
        drop(insert);
        connection.execute_batch("COMMIT")?;
    }
    if let Some(before) = arguments.next() {
        connection.execute_batch(&before)?;
    }
    let mut statement = connection.prepare(&sql)?;
    let takes_key = statement.parameter_count() > 0;
    let (mut key, mut best, begin) = (0, f64::INFINITY, Instant::now());
    for _ in 0..times {
        key = (key + 7919) % rows as i64;
        let start = Instant::now();
        let mut values = 0_usize;
        let mut found = if takes_key { statement.query([key + 1])? } else { statement.query(())? };
        while let Some(row) = found.next()? {
            for column in 0..row.columns().len() {
                values += usize::from(!row.get_ref(column)?.is_null());
            }
        }
        drop(found);
        std::hint::black_box(values);
        best = best.min(start.elapsed().as_secs_f64());
    }
    #[expect(clippy::print_stdout, reason = "the figure is what it is run for")]
    {
        let average = begin.elapsed().as_secs_f64() / f64::from(times);
        println!("best {:.3} ms, average {:.3} ms", best * 1e3, average * 1e3);
    }
    Ok(())
}
