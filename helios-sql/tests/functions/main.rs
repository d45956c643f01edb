//! Scalar functions against SQLite.
//!
//! The oracle of most calls is the SQLite that rusqlite brings. It is newer than 3.40, whose behaviour helios has where
//! the two differ; what changed since then is left out there and stands in [`recorded`], with the answers of SQLite
//! 3.40.1. Functions that came since then are here too, and behave as there.

mod call;
mod oracle;
mod random;
mod recorded;
mod table;
mod table_json;

use call::Call;
use helios_core::{Error, Result, Value};

/// How many random calls are compared.
const RANDOM_CALLS: usize = 6000;

/// The seed of the random calls.
const SEED: u64 = 0x0005_e11a_2026;

#[test]
fn every_call_of_the_table_gives_what_sqlite_gives() -> Result<()> {
    let oracle = oracle::Oracle::open()?;
    let mut calls = table::crossed();
    for text in table::CALLS.iter().chain(table_json::CALLS) {
        calls.push(Call::parse(text)?);
    }
    assert!(calls.len() > 500);
    let wrong: Vec<String> = calls.iter().filter_map(|call| oracle.difference(call)).collect();
    assert!(wrong.is_empty(), "{} of {} calls differ:\n{}", wrong.len(), calls.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn random_calls_give_what_sqlite_gives() -> Result<()> {
    let oracle = oracle::Oracle::open()?;
    let mut random = random::Random::new(SEED);
    let calls = std::iter::repeat_with(|| random.call()).take(RANDOM_CALLS);
    let wrong: Vec<String> = calls.filter_map(|call| oracle.difference(&call)).collect();
    assert!(wrong.is_empty(), "seed {SEED}: {} calls differ:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

/// Whether values are the same, floats but for what the mathematics of different systems may differ in.
fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Real(a), Value::Real(b)) => a == b || (a - b).abs() <= 4.0 * f64::EPSILON * b.abs(),
        _ => a == b,
    }
}

#[test]
fn what_changed_since_is_as_in_sqlite_3_40() -> Result<()> {
    for (text, expected) in recorded::CALLS.iter().chain(table_json::RECORDED) {
        match (Call::parse(text)?.run(), expected.strip_prefix("error: ")) {
            (Err(error), words) => assert_eq!(Some(error.message()), words, "{text}"),
            (Ok(got), None) => {
                let expected = Call::parse(&format!("value({expected})"))?.arguments;
                assert!(close(&got, &expected[0]), "{text} is {got:?}, not {:?}", expected[0]);
            }
            (Ok(got), Some(words)) => panic!("{text} is {got:?}, not {words}"),
        }
    }
    Ok(())
}

#[test]
fn a_name_has_any_case_and_a_count_must_fit() -> Result<()> {
    use helios_sql::func::scalar;
    assert!(scalar("SubStr", 2)?.is_some());
    assert!(scalar("no_such", 1)?.is_none());
    assert!(scalar("max", 1)?.is_none());
    assert!(scalar("count", 1)?.is_none());
    let message =
        |name: &str, count: usize| scalar(name, count).err().map(|error| error.message().to_owned());
    assert_eq!(message("Substr", 1).as_deref(), Some("wrong number of arguments to function Substr()"));
    assert_eq!(message("coalesce", 1).as_deref(), Some("wrong number of arguments to function coalesce()"));
    assert_eq!(message("char", 128).as_deref(), Some("too many arguments on function char"));
    Ok(())
}

#[test]
fn volatile_functions_use_what_the_context_shows() -> Result<()> {
    for (text, expected) in [
        ("changes()", Value::Integer(1)),
        ("total_changes()", Value::Integer(2)),
        ("last_insert_rowid()", Value::Integer(3)),
        ("datetime('now')", Value::text("2023-11-14 22:13:20")),
        ("strftime('%f','NOW')", Value::text("20.123")),
        ("date()", Value::text("2023-11-14")),
        ("randomblob(3)", Value::blob(&[0x5A, 0x5A, 0x5A])),
        ("randomblob(-3)", Value::blob(&[0x5A])),
        ("random()", Value::Integer(0x5A5A_5A5A_5A5A_5A5A)),
    ] {
        assert_eq!(Call::parse(text)?.run()?, expected, "{text}");
    }
    Ok(())
}

#[test]
fn json_nests_only_if_the_outer_function_is_told() -> Result<()> {
    use helios_sql::func::json_argument;
    let context = call::context();
    let inner = |outer: &str, name: &str, arguments: &[Value]| -> Result<Option<Value>> {
        let arguments: Vec<_> = arguments.iter().map(Value::as_ref).collect();
        let function = json_argument(outer, name, arguments.len());
        function.map(|function| (function.call)(&context, &arguments)).transpose()
    };
    let nested = |argument: Option<Value>| {
        argument.map_or(Ok(Value::Null), |argument| Call::new("json_array", vec![argument]).run())
    };
    let text = Value::text("[ 1, \"x\" ]");
    let plain = Call::new("json", vec![text.clone()]).run()?;
    assert_eq!(nested(Some(plain))?, Value::text(r#"["[1,\"x\"]"]"#));
    let json = inner("JSON_Array", "JSON", std::slice::from_ref(&text))?;
    assert_eq!(nested(json)?, Value::text(r#"[[1,"x"]]"#));
    // An extracted text is a text, whatever it looks like; an extracted array is JSON.
    let extracted = inner("json_array", "json_extract", &[text.clone(), Value::text("$[1]")])?;
    assert_eq!(nested(extracted)?, Value::text(r#"["x"]"#));
    let extracted = inner("json_array", "json_extract", &[text.clone(), Value::text("$")])?;
    assert_eq!(nested(extracted)?, Value::text(r#"[[1,"x"]]"#));
    assert!(json_argument("length", "json", 1).is_none());
    assert!(json_argument("json_array", "json_type", 1).is_none());
    Ok(())
}

#[test]
fn what_would_be_too_big_is_refused_before_it_is_made() -> Result<()> {
    for text in [
        "zeroblob(1000000001)",
        "zeroblob(9223372036854775807)",
        "randomblob(1000000001)",
        "printf('%2000000000d',1)",
        "printf('%.*s%2000000000s',5,'a','b')",
        "printf('%,.2000000000d',1)",
        "printf('%.2000000000c','a')",
    ] {
        let error: Option<Error> = Call::parse(text)?.run().err();
        assert_eq!(error.as_ref().map(Error::message), Some("string or blob too big"), "{text}");
    }
    let long = "a".repeat(100_000);
    let replace = Call::new("replace", vec![Value::text(&long), Value::text("a"), Value::text(&long)]);
    assert_eq!(replace.run().err().as_ref().map(Error::message), Some("string or blob too big"));
    Ok(())
}
