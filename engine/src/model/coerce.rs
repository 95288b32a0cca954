//! Scalars of another type than a field has, as Jackson reads them by default
//! (`ALLOW_COERCION_OF_SCALARS`, `ACCEPT_FLOAT_AS_INT`): definitions that Maestro takes are taken.

use super::Decimal;
use crate::document::{Node, Value};

/// A text that stands for no value where a number or a boolean belongs.
pub(super) fn is_nothing(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Text(text) => matches!(trim(text), "" | "null"),
        _ => false,
    }
}

/// A text; numbers and booleans as they are written.
pub(super) fn text(node: &Node) -> Option<String> {
    if let Some(written) = &node.written {
        return Some(written.to_string());
    }
    match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// An integer; a decimal loses its fraction, a text is read.
pub(super) fn integer(node: &Node) -> Option<i64> {
    match &node.value {
        Value::Int(number) => Some(*number),
        Value::Number(text) if is_decimal(text) => {
            let number: f64 = text.parse().ok()?;
            // 2^63 is a double, the greatest LONG is none.
            let fits = number.abs() <= i64::MAX as f64;
            #[allow(clippy::cast_possible_truncation, reason = "as Java's cast, which saturates")]
            fits.then_some(number as i64)
        }
        Value::Text(text) => trim(text).parse().ok(),
        _ => None,
    }
}

/// A decimal number, by its digits.
pub(super) fn decimal(node: &Node) -> Option<Decimal> {
    match &node.value {
        Value::Text(text) => Decimal::parse(trim(text)),
        _ => None,
    }
}

/// A boolean; of integers 0 is false, and texts are written in one of three ways.
pub(super) fn boolean(node: &Node) -> Option<bool> {
    match &node.value {
        Value::Bool(value) => Some(*value),
        Value::Int(number) => Some(*number != 0),
        Value::Number(text) if !is_decimal(text) => Some(true),
        Value::Text(text) => match trim(text) {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// Not an integer of more than 64 bits.
fn is_decimal(number: &str) -> bool {
    number.contains(['.', 'e', 'E'])
}

/// As Java trims.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

#[cfg(test)]
mod tests {
    use super::super::{Model, ParamDefinition, Properties};
    use crate::document::{decode, from_json, parse_yaml};

    fn round<T: Model>(text: &str) -> String {
        match from_json::<T>(text) {
            Ok(value) => value.write().to_string(),
            Err(faults) => faults.to_string(),
        }
    }

    #[test]
    fn a_text_is_what_yaml_wrote() {
        for given in ["007", "0x1F", "1_000", "yes", "1.", "-.5", "True", "2024-01-02", "1.50"] {
            let text = format!("value: {given}\ntype: STRING");
            let read = decode::<ParamDefinition>(&parse_yaml(&text).expect("YAML"));
            let wanted = format!(r#"{{"value":"{given}","type":"STRING"}}"#);
            assert_eq!(read.map(|param| param.write().to_string()), Ok(wanted));
        }
    }

    #[test]
    fn literals_are_read_as_jackson_reads_them() {
        for (kind, given, wanted) in [
            ("STRING", "5", r#""5""#),
            ("STRING", "1.50", r#""1.50""#),
            ("STRING", "true", r#""true""#),
            ("STRING", r#""""#, r#""""#),
            ("LONG", r#""12""#, "12"),
            ("LONG", r#"" -12 ""#, "-12"),
            ("LONG", r#""+7""#, "7"),
            ("LONG", "3.9", "3"),
            ("LONG", "-3.9", "-3"),
            ("LONG", "1e3", "1000"),
            ("LONG", r#""9223372036854775807""#, "9223372036854775807"),
            ("DOUBLE", r#""3.50""#, "3.50"),
            ("DOUBLE", r#"" 1e3 ""#, "1E3"),
            ("DOUBLE", "7", "7"),
            ("BOOLEAN", r#""true""#, "true"),
            ("BOOLEAN", r#""FALSE""#, "false"),
            ("BOOLEAN", "0", "false"),
            ("BOOLEAN", "-2", "true"),
            ("STRING_ARRAY", r#"["a",1,2.50,true]"#, r#"["a","1","2.50","true"]"#),
            ("LONG_ARRAY", r#"["1",2,3.7]"#, "[1,2,3]"),
            ("DOUBLE_ARRAY", r#"["1.10",2]"#, "[1.10,2]"),
            ("BOOLEAN_ARRAY", r#"["true",0,true]"#, "[true,false,true]"),
            ("STRING_MAP", r#"{"a":1,"b":false}"#, r#"{"a":"1","b":"false"}"#),
            ("MAP", r#"{"a":{"value":"1","type":"LONG"}}"#, r#"{"a":{"value":1,"type":"LONG"}}"#),
        ] {
            let found =
                round::<ParamDefinition>(&format!(r#"{{"value":{given},"type":"{kind}"}}"#));
            assert_eq!(found, format!(r#"{{"value":{wanted},"type":"{kind}"}}"#), "{kind} {given}");
        }
    }

    #[test]
    fn what_is_no_such_value_is_refused_with_its_path() {
        let long = "value: expected an integer of 64 bits, found ";
        for (kind, given, wanted) in [
            ("LONG", r#""a""#, format!("{long}`a`")),
            ("LONG", r#""1.5""#, format!("{long}`1.5`")),
            ("LONG", r#""""#, format!("{long}an empty string")),
            ("LONG", r#""null""#, format!("{long}`null`")),
            ("LONG", "true", format!("{long}a boolean")),
            ("LONG", "1e30", format!("{long}a number")),
            ("LONG", r#""9223372036854775808""#, format!("{long}`9223372036854775808`")),
            ("LONG", "[1]", format!("{long}a list")),
            ("DOUBLE", r#""x""#, "value: expected a number, found `x`".to_owned()),
            ("DOUBLE", "false", "value: expected a number, found a boolean".to_owned()),
            ("BOOLEAN", r#""yes""#, "value: expected a boolean, found `yes`".to_owned()),
            ("BOOLEAN", r#""tRUE""#, "value: expected a boolean, found `tRUE`".to_owned()),
            ("BOOLEAN", "1.0", "value: expected a boolean, found a number".to_owned()),
            ("STRING", "[]", "value: expected a string, found a list".to_owned()),
            ("STRING", "null", "value: expected a string, found null".to_owned()),
            ("LONG_ARRAY", r#"[1,""]"#, "value[1]: expected an integer".to_owned()),
            ("LONG_ARRAY", "5", "value: expected a list, found".to_owned()),
            ("STRING_MAP", r#"{"a":[]}"#, "value.a: expected a string, found a list".to_owned()),
        ] {
            let found =
                round::<ParamDefinition>(&format!(r#"{{"value":{given},"type":"{kind}"}}"#));
            assert!(found.starts_with(&wanted), "{kind} {given}: {found}");
        }
    }

    #[test]
    fn fields_are_read_the_same_way() {
        for (given, wanted) in [
            (r#"{"step_concurrency":"5"}"#, r#"{"step_concurrency":5}"#),
            (r#"{"step_concurrency":" "}"#, "{}"),
            (r#"{"step_concurrency":2.9}"#, r#"{"step_concurrency":2}"#),
            (r#"{"description":7}"#, r#"{"description":"7"}"#),
            (r#"{"alerting_disabled":"true"}"#, r#"{"alerting_disabled":true}"#),
            (r#"{"alerting_disabled":""}"#, "{}"),
            (
                r#"{"run_strategy":{"rule":"PARALLEL","workflow_concurrency":"3"}}"#,
                r#"{"run_strategy":{"rule":"PARALLEL","workflow_concurrency":3}}"#,
            ),
        ] {
            assert_eq!(round::<Properties>(given), wanted, "{given}");
        }
        // A text is a rule, never a number.
        let found = round::<Properties>(r#"{"run_strategy":"5"}"#);
        assert!(found.contains("expected one of `SEQUENTIAL`"), "{found}");
    }
}
