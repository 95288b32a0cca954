//! The reference implementation's answers, and ours: every vector of `tests/conformance/`.

#[path = "common/vectors.rs"]
mod vectors;

/// Runs a file and prints every case that differs: the expression, what was wanted, what came.
fn conforms(file: &str) {
    let cases = vectors::read(file);
    let mut failed = 0;
    for case in &cases {
        let (found, message) = vectors::answer(case);
        if !vectors::same(&case.expect, &found) {
            failed += 1;
            println!("{}: {}", case.id, case.expr);
            println!("    wanted {}", case.expect);
            println!("    found  {found} {message}");
        }
    }
    assert_eq!(failed, 0, "{failed} of {} cases of {file} differ", cases.len());
}

macro_rules! files {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            conforms(concat!(stringify!($name), ".jsonl"));
        }
    )*};
}

files! {
    arrays assignment control_flow datetime deviations format formatter limits literals maps
    operators params programs statics strings util workflow
}
