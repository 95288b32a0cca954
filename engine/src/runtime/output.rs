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
    if !object.is_empty() && !object.contains_key("params") && !object.contains_key("artifacts") {
        return Err("the output has neither `params` nor `artifacts`".to_owned());
    }
    let mut take = |key: &str| match object.remove(key) {
        Some(Json::Object(map)) => Ok(map),
        None | Some(Json::Null) => Ok(Map::new()),
        Some(_) => Err(format!("`{key}` of the output is not an object")),
    };
    let (params, artifacts) = (take("params")?, take("artifacts")?);
    if let Some((key, _)) = artifacts.iter().find(|(_, artifact)| !artifact.is_object()) {
        return Err(format!("the artifact `{key}` is not an object"));
    }
    let params = params.into_iter().map(|(name, json)| (name, plain(json))).collect();
    Ok(Output { params, artifacts })
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

/// Finds output between markers in what is printed.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    inside: bool,
    /// What is not searched yet, and inside of markers all since the start.
    text: String,
    /// Up to here there is no marker in `text`.
    searched: usize,
    output: Output,
    error: Option<String>,
}

/// The most bytes between two markers.
const MOST: usize = 1 << 20;

impl Scanner {
    /// Takes the next piece: lines with their ends, or parts of long ones.
    pub(super) fn take(&mut self, piece: &str) {
        self.text.push_str(piece);
        loop {
            let [(name, start), (_, end)] = MARKERS;
            let marker = if self.inside { end } else { start };
            let found = self.text.get(self.searched..).and_then(|rest| rest.find(marker));
            let Some(found) = found else { break };
            let place = self.searched.saturating_add(found);
            let rest = self.text.split_off(place);
            let marked = std::mem::replace(
                &mut self.text,
                rest.get(marker.len()..).unwrap_or_default().to_owned(),
            );
            self.searched = 0;
            // What `env` and `set -x` print is no output.
            let before = marked.strip_suffix(['\'', '"']).unwrap_or(&marked);
            if !self.inside && before.strip_suffix('=').is_some_and(|text| text.ends_with(name)) {
                continue;
            }
            if self.inside {
                self.found(&marked);
            }
            self.inside = !self.inside;
        }
        self.keep();
    }

    /// Forgets what cannot be part of anything.
    fn keep(&mut self) {
        // A marker may be in two pieces, so its length is searched again, with `NAME='` before it.
        let length = |(name, marker): &(&str, &str)| name.len().saturating_add(marker.len());
        let longest = MARKERS.iter().map(length).max().unwrap_or_default().saturating_add(2);
        let mut from = self.text.len().saturating_sub(longest);
        while !self.text.is_char_boundary(from) {
            from = from.saturating_sub(1);
        }
        if self.inside && self.text.len() <= MOST {
            self.searched = from;
            return;
        }
        if self.inside && self.error.is_none() {
            self.error = Some(format!("the marked output is larger than {} MiB", MOST >> 20));
        }
        self.text.replace_range(..from, "");
        self.searched = 0;
    }

    fn found(&mut self, text: &str) {
        match parse_output(text) {
            Ok(output) => self.output.merge(output),
            Err(error) => self.error = self.error.take().or(Some(error)),
        }
    }

    /// All outputs found, later ones winning.
    pub(super) fn finish(self) -> Result<Output, String> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.output),
        }
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
        assert!(parse_output(r#"{"a": 1}"#).unwrap_err().contains("neither `params`"));
        assert!(parse_output(r#"{"params": [1]}"#).unwrap_err().contains("not an object"));
    }

    #[test]
    fn an_artifact_is_an_object() {
        let output = parse_output(r#"{"artifacts": {"a": {"value": 1}}}"#).unwrap();
        assert_eq!(Json::Object(output.artifacts), json!({"a": {"value": 1}}));
        assert!(parse_output(r#"{"artifacts": {"a": 1}}"#).unwrap_err().contains("`a`"));
    }

    fn scan(pieces: &[&str]) -> Result<Json, String> {
        let mut scanner = Scanner::default();
        pieces.iter().for_each(|piece| scanner.take(piece));
        scanner.finish().map(|output| Json::Object(output.params))
    }

    #[test]
    fn marked_output_is_found_in_what_is_printed() {
        let (start, end) = (MARKERS[0].1, MARKERS[1].1);
        let json = r#"{"params": {"a": "ä"}}"#;
        let all = format!("hello\n{start}\n{json}\n{end}\nbye\n");
        assert_eq!(scan(&[&all]).unwrap(), json!({"a": "ä"}));
        // Cut anywhere.
        for (cut, _) in all.char_indices() {
            let (before, after) = all.split_at(cut);
            assert_eq!(scan(&[before, after]).unwrap(), json!({"a": "ä"}), "cut at {cut}");
        }
        let twice = format!("{start}b=1{end} x {start}b=2\na=3{end}");
        assert_eq!(scan(&[&twice]).unwrap(), json!({"b": "2", "a": "3"}));
        assert_eq!(scan(&[start, json]).unwrap(), json!({}), "never ended");
        let names = MARKERS.map(|(name, marker)| format!("{name}={marker}\n")).concat();
        let set = format!("export {}='{start}'\n", MARKERS[0].0);
        let all = format!("{names}{set}{start}b=1{end}{names}");
        for cut in 0..all.len() {
            let (before, after) = all.split_at(cut);
            assert_eq!(scan(&[before, after]).unwrap(), json!({"b": "1"}), "cut at {cut}");
        }
        assert!(scan(&[start, "{", end]).is_err());
    }

    #[test]
    fn marked_output_is_bounded() {
        let line = format!("{:x<1023}\n", "");
        let mut pieces = vec![MARKERS[0].1];
        pieces.extend(std::iter::repeat_n(line.as_str(), 1025));
        pieces.push(MARKERS[1].1);
        assert!(scan(&pieces).unwrap_err().contains("larger than 1 MiB"));
    }
}
