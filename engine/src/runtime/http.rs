//! Http: one request, its response as output params, the outcome by an expression.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use super::{Outcome, Report, StepContext, StepRuntime, environment};

/// The most bytes of a response's body.
const MOST: u64 = 1 << 20;
const TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_STATE: &str = "if (status_code >= 200 && status_code < 300) { return 'DONE'; } \
     if (status_code >= 400 && status_code < 500) { return 'FATAL_ERROR'; } return 'USER_ERROR';";

/// Calls `http.url`; only hosts on the allow list can be called.
#[derive(Debug, Clone)]
pub struct Http {
    allow: Vec<String>,
    agent: ureq::Agent,
}

struct Request {
    url: String,
    method: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

impl Http {
    /// Allows these hosts; `*` allows all, `*.example.org` those below a name.
    ///
    /// A redirect is not followed: it would lead past the list. `state_expr` sees its status.
    #[must_use]
    pub fn new(allow: Vec<String>) -> Http {
        Http::with_timeout(allow, TIMEOUT)
    }

    /// The same with so much time to connect, to send, to wait for the answer and to read it.
    #[must_use]
    pub fn with_timeout(allow: Vec<String>, timeout: Duration) -> Http {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .timeout_resolve(Some(timeout))
            .timeout_connect(Some(timeout))
            .timeout_send_request(Some(timeout))
            .timeout_send_body(Some(timeout))
            .timeout_recv_response(Some(timeout))
            .timeout_recv_body(Some(timeout))
            .max_redirects(0)
            .build();
        Http { allow: allow.iter().map(|rule| rule.to_lowercase()).collect(), agent: config.into() }
    }

    /// Whether a host, in lower case, is on the list.
    fn allows(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        self.allow.iter().any(|rule| match rule.strip_prefix("*.") {
            Some(base) => host.strip_suffix(base).is_some_and(|rest| rest.ends_with('.')),
            None => rule == "*" || rule == host || rule == bare,
        })
    }

    fn request(&self, context: &StepContext) -> Result<Request, String> {
        let http = context.params.get("http").and_then(Json::as_object);
        let http = http.ok_or("an Http step needs the param `http`")?;
        let text = |name: &str| http.get(name).and_then(Json::as_str);
        let url = text("url").ok_or("the param `http` has no `url`")?.to_owned();
        let uri: ureq::http::Uri = url.parse().map_err(|_| format!("`{url}` is not a URL"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(format!("`{url}` is neither http nor https"));
        }
        let host = uri.host().unwrap_or_default().to_lowercase();
        if !self.allows(&host) {
            return Err(format!("the host `{host}` is not on the allow list of Http steps"));
        }
        let headers = http.get("headers").and_then(Json::as_object).into_iter().flatten();
        let headers =
            headers.map(|(name, value)| (name.clone(), environment::text(value))).collect();
        let method = text("method").unwrap_or("GET").to_uppercase();
        let body = http.get("body").filter(|body| !body.is_null()).map(environment::text);
        Ok(Request { url, method, headers, body: body.filter(|body| !body.is_empty()) })
    }
}

fn call(agent: &ureq::Agent, request: &Request) -> Result<(u16, String), (Outcome, String)> {
    let mut builder =
        ureq::http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let fatal = |error: &dyn std::fmt::Display| (Outcome::FatalError, error.to_string());
    let response = match &request.body {
        Some(body) => agent.run(builder.body(body.clone()).map_err(|e| fatal(&e))?),
        None => agent.run(builder.body(()).map_err(|e| fatal(&e))?),
    };
    let mut response = response.map_err(|error| (class(&error), error.to_string()))?;
    let status = response.status().as_u16();
    let body = response.body_mut().with_config().limit(MOST).lossy_utf8(true).read_to_string();
    match body {
        Ok(body) => Ok((status, body)),
        Err(ureq::Error::BodyExceedsLimit(_)) => {
            Err((Outcome::FatalError, "the response is larger than 1 MB".to_owned()))
        }
        Err(error) => Err((Outcome::PlatformError, error.to_string())),
    }
}

/// What fails on the way may go well another time; what cannot be sent never will.
fn class(error: &ureq::Error) -> Outcome {
    use ureq::Error as E;
    match error {
        E::Http(_) | E::BadUri(_) | E::InvalidProxyUrl | E::BodyExceedsLimit(_) => {
            Outcome::FatalError
        }
        _ => Outcome::PlatformError,
    }
}

fn outcome(state: &str) -> Result<Option<Outcome>, String> {
    Ok(Some(match state.to_uppercase().as_str() {
        "CONTINUE" => return Ok(None),
        "DONE" => Outcome::Done,
        "USER_ERROR" => Outcome::UserError,
        "PLATFORM_ERROR" => Outcome::PlatformError,
        "FATAL_ERROR" => Outcome::FatalError,
        "STOPPED" => Outcome::Stopped,
        "TIMED_OUT" => Outcome::TimedOut,
        _ => return Err(format!("`state_expr` gave `{state}`, which is no state")),
    }))
}

#[async_trait]
impl StepRuntime for Http {
    fn default_params(&self) -> Map<String, Json> {
        let defaults = json!({
            "http": {"type": "MAP", "value": {
                "method": {"value": "GET", "type": "STRING"},
                "headers": {"type": "STRING_MAP", "value": {
                    "Content-Type": "application/json", "Accept": "application/json"}},
            }},
            "status_code": {"value": 0, "type": "LONG"},
            "response_body": {"value": "", "type": "STRING"},
            "state_expr": {"value": DEFAULT_STATE, "type": "STRING"},
        });
        match defaults {
            Json::Object(map) => map,
            _ => Map::new(),
        }
    }

    async fn execute(&self, context: &StepContext) -> Report {
        let request = match self.request(context) {
            Ok(request) => request,
            Err(message) => return Report::failed(Outcome::FatalError, message),
        };
        let shown = json!({
            "url": request.url, "method": request.method, "body": request.body,
            "headers": request.headers.iter().cloned().map(|(k, v)| (k, Json::String(v)))
                .collect::<Map<_, _>>(),
        });
        let agent = self.agent.clone();
        let result = tokio::task::spawn_blocking(move || call(&agent, &request)).await;
        let (status, body) = match result {
            Ok(Ok(response)) => response,
            Ok(Err((outcome, message))) => {
                let mut report = Report::failed(outcome, message);
                let artifact = json!({"type": "HTTP", "request": shown, "status": "FAILED"});
                report.artifacts.insert("maestro_http".to_owned(), artifact);
                return report;
            }
            Err(error) => return Report::failed(Outcome::PlatformError, error.to_string()),
        };
        let mut outputs = Map::new();
        outputs.insert("status_code".to_owned(), status.into());
        outputs.insert("response_body".to_owned(), body.clone().into());
        let expression = context.text("state_expr").unwrap_or(DEFAULT_STATE);
        let state = (context.evaluate)(expression, &outputs)
            .and_then(|state| outcome(state.as_str().unwrap_or_default()));
        let mut report = match state {
            Ok(outcome) => Report { outcome, delay: 3000, ..Report::default() },
            Err(message) => Report::failed(Outcome::FatalError, message),
        };
        let artifact = json!({"type": "HTTP", "request": shown, "status": "SUCCESS",
                              "status_code": status, "body": body});
        report.artifacts.insert("maestro_http".to_owned(), artifact);
        report.outputs = outputs;
        report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_knows_domains_and_addresses() {
        let rules = ["*.Example.org", "[::1]", "Api.test", "fe80::1"];
        let http = Http::new(rules.map(str::to_owned).to_vec());
        for (host, allowed) in [
            ("a.example.org", true),
            ("a.b.example.org", true),
            ("example.org", false),
            ("aexample.org", false),
            ("api.test", true),
            ("x.api.test", false),
            ("[::1]", true),
            ("[fe80::1]", true),
            ("", false),
        ] {
            assert_eq!(http.allows(host), allowed, "{host}");
        }
        assert!(!Http::new(Vec::new()).allows("a"));
        assert!(Http::new(vec!["*".to_owned()]).allows("a"));
    }
}
