//! Output params of processes: from a file named by an environment variable, or between markers
//! in what they print.

use serde_json::{Map, Value as Json};

/// Names the file that a process may write its output to.
pub(super) const FILE: &str = "MAESTRO_OUTPUT";
/// The variables whose values mark output in what a process prints.
pub(super) const MARKERS: [(&str, &str); 2] = [
    ("MAESTRO_OUTPUT_START", "MAESTRO_OUTPUT_START_TOKEN"),
    ("MAESTRO_OUTPUT_END", "MAESTRO_OUTPUT_END_TOKEN"),
];

/// What a process gave out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    /// Params by name.
    pub params: Map<String, Json>,
    /// Artifacts by key.
    pub artifacts: Map<String, Json>,
}

impl Output {
    /// Adds another, which wins.
    pub fn merge(&mut self, other: Output) {
        self.params.extend(other.params);
        self.artifacts.extend(other.artifacts);
    }
}

/// Reads output: `{"params": {…}, "artifacts": {…}}` where a param is a plain value or an object
/// with `value` (or `evaluated_result`), or lines of `name=value`.
///
/// # Errors
/// When it is neither.
pub fn parse_output(text: &str) -> Result<Output, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Output::default());
    }
    if !text.starts_with('{') {
        return lines(text);
    }
    let json: Json =
        serde_json::from_str(text).map_err(|error| format!("the output is not JSON: {error}"))?;
    let Json::Object(mut object) = json else { return Ok(Output::default()) };
    let take = |json: Option<Json>| match json {
        Some(Json::Object(map)) => map,
        _ => Map::new(),
    };
    let artifacts = take(object.remove("artifacts"));
    let params = take(object.remove("params")).into_iter().map(|(name, json)| (name, plain(json)));
    Ok(Output { params: params.collect(), artifacts })
}

fn plain(json: Json) -> Json {
    let Json::Object(object) = &json else { return json };
    let is_param = object.contains_key("type");
    let value = object.get("evaluated_result").or_else(|| object.get("value"));
    value.filter(|_| is_param).cloned().unwrap_or(json)
}

fn lines(text: &str) -> Result<Output, String> {
    let mut output = Output::default();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) =
            line.split_once('=').ok_or("the output is neither JSON nor `name=value` lines")?;
        output.params.insert(name.trim().to_owned(), value.into());
    }
    Ok(output)
}

/// Finds output between markers in a stream of lines.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    inside: bool,
    text: String,
    found: Vec<String>,
}

/// The most bytes of marked output that are kept.
const MOST: usize = 1 << 20;

impl Scanner {
    /// Takes a line; true when it belongs to marked output.
    pub(super) fn line(&mut self, line: &str) -> bool {
        let [(_, start), (_, end)] = MARKERS;
        let mut rest = line;
        let mut marked = self.inside;
        loop {
            if !self.inside {
                let Some((_, after)) = rest.split_once(start) else { return marked };
                self.inside = true;
                marked = true;
                rest = after;
            }
            let Some((before, after)) = rest.split_once(end) else {
                self.add(rest);
                return marked;
            };
            self.add(before);
            self.inside = false;
            self.found.push(std::mem::take(&mut self.text));
            rest = after;
        }
    }

    fn add(&mut self, text: &str) {
        if self.text.len().saturating_add(text.len()) < MOST {
            self.text.push_str(text);
            self.text.push('\n');
        }
    }

    /// All outputs found, later ones winning.
    pub(super) fn finish(self) -> Result<Output, String> {
        let mut output = Output::default();
        for text in self.found {
            output.merge(parse_output(&text)?);
        }
        Ok(output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn output_is_json_or_lines() {
        let output =
            parse_output(r#"{"params": {"a": 1, "b": {"value": "x", "type": "STRING"}}}"#).unwrap();
        assert_eq!(Json::Object(output.params), json!({"a": 1, "b": "x"}));
        let output = parse_output("a=1\nb = x=y\n").unwrap();
        assert_eq!(Json::Object(output.params), json!({"a": "1", "b": " x=y"}));
        assert!(parse_output("nonsense").is_err());
        assert!(parse_output("{").is_err());
    }

    #[test]
    fn marked_output_is_found_among_lines() {
        let mut scanner = Scanner::default();
        assert!(!scanner.line("hello"));
        assert!(scanner.line("MAESTRO_OUTPUT_START_TOKEN"));
        assert!(scanner.line(r#"{"params": {"a": 1}}"#));
        assert!(scanner.line("MAESTRO_OUTPUT_END_TOKEN"));
        assert!(!scanner.line("bye"));
        assert_eq!(Json::Object(scanner.finish().unwrap().params), json!({"a": 1}));
    }
}
