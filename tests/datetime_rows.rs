//! Rows of `tests/data/datetime_rows.tsv`: an expression and the string form of its value, or
//! `ERR`, as Joda-Time 2.10 computes it (default zone UTC, clock at 1700000000000, locale US).

use sel::{Env, Outcome, Program};

#[test]
fn joda_agrees() {
    let file =
        std::env::var("DATETIME_ROWS").unwrap_or_else(|_| "tests/data/datetime_rows.tsv".into());
    let rows = std::fs::read_to_string(file).unwrap();
    let env = Env::new().with_now(1_700_000_000_000);
    let mut failed = 0;
    for row in rows.lines() {
        let (source, expected) = row.split_once('\t').unwrap();
        let outcome =
            Program::compile(source).and_then(|p| p.run(&env, &sel::Limits::default(), None));
        let found = match &outcome {
            Ok(Outcome::Value(sel::Value::String(text))) => text.clone(),
            Ok(Outcome::Value(sel::Value::Long(value))) => value.to_string(),
            Ok(other) => format!("{other:?}"),
            Err(_) => "ERR".to_owned(),
        };
        if found != expected {
            failed += 1;
            println!("{source}\n    wanted {expected}\n    found  {found}");
            if let Err(error) = outcome {
                println!("    {error}");
            }
        }
    }
    assert_eq!(failed, 0);
}
