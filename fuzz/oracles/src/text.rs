//! Laws of texts: programs and JSON.

use arbitrary::Unstructured;
use sel::json::{Plain, Typed};
use sel::{CheckOptions, Limits, Outcome, Program, Severity, Ty, Value, syntax};

/// Any text is parsed or refused, with a place inside of it. What is parsed is printed as a text
/// with the same tree, which prints as it is.
///
/// # Panics
/// When a law is broken.
pub fn parse(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Program::compile(&text) {
        Ok(program) => {
            let _ = program.inputs().len() + program.variables().count();
            print(&text);
        }
        Err(error) => {
            let span = error.span();
            assert!(span.start as usize <= text.len(), "the place is outside of the text");
            assert!(error.message().len() < 2_000, "a long message");
            assert!(!error.message().is_empty());
        }
    }
}

fn print(text: &str) {
    // Printing adds line ends, and parentheses such as those of `-(-x)`.
    let more = Limits { source_length: 10_000_000, nesting: 2_000, ..Limits::default() };
    let tree = syntax::parse(text, &more).expect("it compiled");
    let printed = syntax::format_source(text, &more).expect("it compiled");
    let again = syntax::parse(&printed, &more).expect("what was printed");
    assert_eq!(tree, again, "printed another program:\n{printed}");
    let twice = syntax::format_source(&printed, &more).expect("what was printed");
    assert_eq!(twice, printed, "not stable");
}

/// A random program of the grammar keeps the laws of an evaluation; so does any text that compiles.
///
/// # Panics
/// When a law is broken.
pub fn eval(data: &[u8]) {
    let source = source(data);
    if let Ok(program) = Program::compile_with(&source, &Limits::default()) {
        crate::run_laws(&program);
    }
}

/// What evaluates is never refused by the checker, whether it knows the inputs or not; and the
/// value is of the type that it foretold.
///
/// # Panics
/// When a law is broken.
pub fn check(data: &[u8]) {
    let source = source(data);
    let env = crate::env();
    let mut known = CheckOptions::new();
    for (name, value) in env.inputs() {
        known = known.with_input(name, Ty::of(value.kind()));
    }
    let answers = [sel::check(&source, &known), sel::check(&source, &CheckOptions::new().open())];
    for diagnostic in answers.iter().flat_map(|answer| &answer.diagnostics) {
        assert!(diagnostic.span.end as usize <= source.len(), "the place is outside of the text");
    }
    let Ok(program) = Program::compile(&source) else {
        assert!(answers.iter().all(sel::Checked::has_errors), "checked what is no program");
        return;
    };
    if let (Ok(Outcome::Value(value)), _) = program.run_measured(&env, &crate::tight(), None) {
        for answer in answers {
            let errors = || answer.diagnostics.iter().find(|d| d.severity == Severity::Error);
            assert!(!answer.has_errors(), "{:?} in\n{source}", errors());
            assert!(answer.ty.has(value.kind()), "{} gave {value:?} in\n{source}", answer.ty);
        }
    }
}

/// Text as it is when it begins with `#`, else a random program.
fn source(data: &[u8]) -> String {
    match data.strip_prefix(b"#") {
        Some(text) => String::from_utf8_lossy(text).into_owned(),
        None => crate::program(&mut Unstructured::new(data)),
    }
}

/// What is read from JSON is written so that it is read again as it was.
///
/// # Panics
/// When a law is broken.
pub fn json(data: &[u8]) {
    if let Ok(Plain(value)) = serde_json::from_slice::<Plain<Value>>(data) {
        let text = serde_json::to_string(&Plain(&value)).expect("what was read can be written");
        let Plain(again) = serde_json::from_str::<Plain<Value>>(&text).expect("readable");
        assert_eq!(format!("{value:?}"), format!("{again:?}"), "plain");
        let text = serde_json::to_string(&Typed(&value)).expect("what was read can be written");
        let Typed(again) = serde_json::from_str::<Typed<Value>>(&text).expect("readable");
        assert_eq!(format!("{value:?}"), format!("{again:?}"), "typed");
    }
    if let Ok(Typed(value)) = serde_json::from_slice::<Typed<Value>>(data) {
        let text = serde_json::to_string(&Typed(&value)).expect("what was read can be written");
        let Typed(again) = serde_json::from_str::<Typed<Value>>(&text).expect("readable");
        assert_eq!(format!("{value:?}"), format!("{again:?}"), "typed");
        let _ = serde_json::to_string(&Plain(&value));
    }
}
