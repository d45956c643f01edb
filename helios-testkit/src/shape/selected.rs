//! One table asked in many ways, and compounds of queries over several tables.

use super::shuffled;
use crate::seed::Numbers;

const COLUMNS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A table of 30 rows, some values NULL, asked with correlated queries.
pub(super) fn select(numbers: &mut Numbers, queries: usize) -> Vec<String> {
    let mut out = vec!["CREATE TABLE t1(a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER)".to_owned()];
    for row in 0..30 {
        let values = shuffled(numbers, (100 + 5 * row..105 + 5 * row).collect());
        let values: Vec<String> = values
            .iter()
            .map(|value| if numbers.one_in(12) { "NULL".to_owned() } else { value.to_string() })
            .collect();
        out.push(format!("INSERT INTO t1(a,b,c,d,e) VALUES({})", values.join(",")));
    }
    out.extend((0..queries).map(|_| {
        let outputs: Vec<&str> = (0..=numbers.below(6)).map(|_| output(numbers)).collect();
        let conditions: Vec<&str> = (0..numbers.below(4)).map(|_| filter(numbers)).collect();
        let word = *numbers.pick(&["\n   AND ", "\n    OR "]);
        let filter = match conditions.is_empty() {
            true => String::new(),
            false => format!("\n WHERE {}", conditions.join(word)),
        };
        let order = match numbers.one_in(2) {
            true => {
                let keys: Vec<String> = (1..=outputs.len()).map(|place| place.to_string()).collect();
                format!("\n ORDER BY {}", shuffled(numbers, keys).join(","))
            }
            false => String::new(),
        };
        format!("SELECT {}\n  FROM t1{filter}{order}", outputs.join(",\n       "))
    }));
    out
}

fn output(numbers: &mut Numbers) -> &'static str {
    numbers.pick::<&str>(&[
        "a",
        "b-c",
        "c",
        "d-e",
        "e",
        "abs(a)",
        "abs(b-c)",
        "(a+b+c+d+e)/5",
        "a+b*2+c*3",
        "a+b*2+c*3+d*4+e*5",
        "CASE WHEN c>(SELECT avg(c) FROM t1) THEN a*2 ELSE b*10 END",
        "CASE WHEN a<b-3 THEN 111 WHEN a<=b THEN 222 WHEN a<b+3 THEN 333 ELSE 444 END",
        "CASE a+1 WHEN b THEN 111 WHEN c THEN 222 WHEN d THEN 333 WHEN e THEN 444 ELSE 555 END",
        "(SELECT count(*) FROM t1 AS x WHERE x.b<t1.b)",
        "(SELECT count(*) FROM t1 AS x WHERE x.c>t1.c AND x.d<t1.d)",
    ])
}

fn filter(numbers: &mut Numbers) -> &'static str {
    numbers.pick::<&str>(&[
        "a>b",
        "b>c",
        "c>d",
        "d>e",
        "(e>c OR e<d)",
        "(e>a AND e<b)",
        "d NOT BETWEEN 110 AND 150",
        "c BETWEEN b-2 AND d+2",
        "(c<=d-2 OR c>=d+2)",
        "(a>b-2 AND a<b+2)",
        "a IS NULL",
        "coalesce(a,b,c,d,e)<>0",
        "EXISTS(SELECT 1 FROM t1 AS x WHERE x.b<t1.b)",
        "NOT EXISTS(SELECT 1 FROM t1 AS x WHERE x.a=t1.a+1)",
        "b IN (SELECT c FROM t1 AS x WHERE x.d>t1.e)",
        "a NOT IN (100,105,110,NULL)",
    ])
}

/// Nine tables with the same kind of columns, some with indexes; compounds and joins of some.
pub(super) fn compounds(numbers: &mut Numbers, queries: usize) -> Vec<String> {
    let mut out = Vec::new();
    for table in 1..=9 {
        let columns = COLUMNS.iter().map(|column| format!("{column}{table} INTEGER"));
        let columns: Vec<String> = columns.chain([format!("x{table} VARCHAR(30)")]).collect();
        out.push(format!("CREATE TABLE t{table}({})", columns.join(",")));
        for column in COLUMNS.iter().filter(|_| table % 2 == 1) {
            out.push(format!("CREATE INDEX t{table}i{column} ON t{table}({column}{table})"));
        }
        for row in 0..100 {
            let mut value = || numbers.below(1000);
            let values = format!("{},{},{},{},{}", value(), value(), value(), value(), value());
            out.push(format!("INSERT INTO t{table} VALUES({values},'table t{table} row {row}')"));
        }
    }
    out.extend((0..queries).map(|_| if numbers.one_in(3) { join(numbers) } else { compound(numbers) }));
    out
}

fn value_list(numbers: &mut Numbers) -> String {
    let values: Vec<String> = (0..=numbers.below(12)).map(|_| numbers.below(1000).to_string()).collect();
    values.join(",")
}

/// A condition on one table.
fn on_table(numbers: &mut Numbers, table: usize) -> String {
    let column = *numbers.pick(&COLUMNS);
    match numbers.below(4) {
        0 => format!("{column}{table} in ({})", value_list(numbers)),
        1 => format!("{}={column}{table}", numbers.below(1000)),
        2 => {
            let other = *numbers.pick(&COLUMNS);
            format!("({column}{table}={} OR {other}{table}={})", numbers.below(1000), numbers.below(1000))
        }
        _ => {
            let low = numbers.below(1000);
            format!("{column}{table} between {low} and {}", low + 50)
        }
    }
}

fn compound(numbers: &mut Numbers) -> String {
    let mut text = String::new();
    for number in 0..=numbers.below(8) {
        if number > 0 {
            text.push_str(numbers.pick::<&str>(&[
                "\nUNION\n",
                "\nUNION ALL\n",
                "\nEXCEPT\n",
                "\nINTERSECT\n",
            ]));
        }
        let (table, column) = (1 + numbers.below(9), *numbers.pick(&COLUMNS));
        let not = if numbers.one_in(4) { "NOT " } else { "" };
        let condition = on_table(numbers, table);
        text.push_str(&format!("SELECT {column}{table} FROM t{table} WHERE {not}({condition})"));
    }
    text
}

/// A join of three to eight tables in which each table has an equality with one before it or a condition of its own.
fn join(numbers: &mut Numbers) -> String {
    let tables = shuffled(numbers, (1..=9).collect::<Vec<usize>>());
    let count = 2 + numbers.below(7);
    let mut conditions = vec![on_table(numbers, tables[0])];
    for place in 1..count {
        let (one, other) = (*numbers.pick(&COLUMNS), *numbers.pick(&COLUMNS));
        let before = tables[numbers.below(place)];
        conditions.push(format!("{one}{}={other}{before}", tables[place]));
        if numbers.one_in(2) {
            conditions.push(on_table(numbers, tables[place]));
        }
    }
    let conditions = shuffled(numbers, conditions);
    let names: Vec<String> = tables[..count].iter().map(|table| format!("t{table}")).collect();
    let outputs: Vec<String> = tables[..count].iter().map(|table| format!("x{table}")).collect();
    let (outputs, names) = (shuffled(numbers, outputs), shuffled(numbers, names));
    format!("SELECT {} FROM {} WHERE {}", outputs.join(","), names.join(","), conditions.join(" AND "))
}
