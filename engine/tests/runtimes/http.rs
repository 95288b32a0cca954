//! Http: what is sent, what comes back, and who may be asked.

use std::time::Duration;

use sel_engine::runtime::{Http, Outcome, Report};
use serde_json::{Value as Json, json};

use crate::context::{execute, outputs};
use crate::server::{Server, answer};

const LIMIT: usize = 1 << 20;

fn local() -> Http {
    Http::new(vec!["127.0.0.1".to_owned()])
}

async fn call(http: &Http, server: &Server, path: &str, mut more: Json) -> Report {
    more["url"] = format!("http://{}{path}", server.address).into();
    execute(http, json!({"http": more})).await.0
}

#[tokio::test]
async fn a_request_is_made_of_params_and_its_response_becomes_params() {
    let server = Server::start(|_, _| Some(answer("201 Created", "", b"{\"id\": 7}"))).await;
    let request = json!({"method": "post", "body": "{\"a\": 1}",
                         "headers": {"Content-Type": "application/json", "X-Count": 3}});
    let report = call(&local(), &server, "/things?x=1", request).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    assert_eq!(outputs(&report), json!({"status_code": 201, "response_body": "{\"id\": 7}"}));
    let artifact = &report.artifacts["maestro_http"];
    assert_eq!(artifact["status"], "SUCCESS");
    assert_eq!(artifact["request"]["method"], "POST");
    assert_eq!(artifact["request"]["headers"]["X-Count"], "3");
    let (head, body) = server.requests().remove(0);
    assert!(head.starts_with("POST /things?x=1 HTTP/1.1\r\n"), "{head}");
    let head = head.to_lowercase();
    assert!(head.contains("x-count: 3\r\n"), "{head}");
    assert_eq!(head.matches("content-type: application/json\r\n").count(), 1, "{head}");
    assert_eq!(body, "{\"a\": 1}");
}

#[tokio::test]
async fn methods_may_have_a_body_or_none() {
    let server = Server::start(|_, _| Some(answer("200 OK", "", b""))).await;
    for (method, body) in
        [("GET", ""), ("GET", "x"), ("DELETE", "x"), ("PUT", ""), ("PATCH", "x"), ("PURGE", "")]
    {
        let report = call(&local(), &server, "/", json!({"method": method, "body": body})).await;
        assert_eq!(report.outcome, Some(Outcome::Done), "{method} {body}: {report:?}");
        let (head, sent) = server.requests().pop().unwrap();
        assert!(head.starts_with(method), "{head}");
        assert_eq!(sent, body, "{head}");
    }
}

#[tokio::test]
async fn the_status_decides() {
    for (status, outcome) in [
        ("204 No Content", Outcome::Done),
        ("404 Not Found", Outcome::FatalError),
        ("503 Service Unavailable", Outcome::UserError),
    ] {
        let server = Server::start(move |_, _| Some(answer(status, "", b""))).await;
        let report = call(&local(), &server, "/", json!({})).await;
        assert_eq!(report.outcome, Some(outcome), "{status}");
    }
}

#[tokio::test]
async fn state_expr_decides_otherwise() {
    let server = Server::start(|_, _| Some(answer("404 Not Found", "", b"not yet"))).await;
    let url = format!("http://{}/", server.address);
    for (expression, outcome) in [
        ("status_code == 404 ? 'done' : 'FATAL_ERROR'", Some(Outcome::Done)),
        ("response_body == 'not yet' ? 'CONTINUE' : 'DONE'", None),
        ("'PLATFORM_ERROR'", Some(Outcome::PlatformError)),
        ("'STOPPED'", Some(Outcome::Stopped)),
        ("'TIMED_OUT'", Some(Outcome::TimedOut)),
        ("'MAYBE'", Some(Outcome::FatalError)),
        ("no_such_name", Some(Outcome::FatalError)),
        ("1 +", Some(Outcome::FatalError)),
    ] {
        let params = json!({"http": {"url": url}, "state_expr": expression});
        let (report, _) = execute(&local(), params).await;
        assert_eq!(report.outcome, outcome, "{expression}: {report:?}");
        assert_eq!(outputs(&report)["status_code"], 404, "{expression}");
    }
}

#[tokio::test]
async fn only_hosts_on_the_list_are_asked() {
    let server = Server::start(|_, _| Some(answer("200 OK", "", b""))).await;
    let port = server.address.rsplit(':').next().unwrap();
    let attempts = [
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1@localhost:{port}/"),
        format!("http://127.0.0.1.example.org:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("ftp://127.0.0.1:{port}/"),
        "file:///etc/passwd".to_owned(),
        "//127.0.0.1/".to_owned(),
        "nonsense url".to_owned(),
    ];
    for url in &attempts {
        let (report, _) = execute(&local(), json!({"http": {"url": url}})).await;
        assert_eq!(report.outcome, Some(Outcome::FatalError), "{url}: {report:?}");
    }
    for params in [json!({}), json!({"http": {}}), json!({"http": {"url": 5}})] {
        let (report, _) = execute(&local(), params).await;
        assert_eq!(report.outcome, Some(Outcome::FatalError));
    }
    let nobody = Http::new(Vec::new());
    let report = call(&nobody, &server, "/", json!({})).await;
    assert_eq!(report.outcome, Some(Outcome::FatalError), "by default nobody is");
    assert_eq!(server.requests().len(), 0);
    let any = Http::new(vec!["*".to_owned()]);
    let (report, _) = execute(&any, json!({"http": {"url": attempts[0]}})).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_, _| Some(answer("200 OK", "", b"secret"))).await;
    let port = elsewhere.address.rsplit(':').next().unwrap().to_owned();
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("Location: http://localhost:{port}/\r\n");
        let server = Server::start(move |_, _| Some(answer(status, &location, b"there"))).await;
        let report = call(&local(), &server, "/", json!({})).await;
        assert_eq!(report.outcome, Some(Outcome::UserError), "{status}");
        assert_eq!(outputs(&report)["response_body"], "there");
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_large_response_is_an_error_and_not_cut() {
    let exact = Server::start(|_, _| Some(answer("200 OK", "", &vec![b'x'; LIMIT]))).await;
    let report = call(&local(), &exact, "/", json!({})).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{:?}", report.message);
    assert_eq!(report.outputs["response_body"].as_str().unwrap().len(), LIMIT);
    let more = Server::start(|_, _| Some(answer("200 OK", "", &vec![b'x'; LIMIT + 1]))).await;
    let report = call(&local(), &more, "/", json!({})).await;
    assert_eq!(report.outcome, Some(Outcome::FatalError));
    assert_eq!(report.message.as_deref(), Some("the response is larger than 1 MB"));
    assert_eq!(report.artifacts["maestro_http"]["status"], "FAILED");
    // Without a length, too.
    let endless = Server::start(|_, _| {
        Some([b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; LIMIT + 1]].concat())
    })
    .await;
    let report = call(&local(), &endless, "/", json!({})).await;
    assert_eq!(report.outcome, Some(Outcome::FatalError));
}

#[tokio::test]
async fn a_failure_on_the_way_is_the_platforms() {
    let closed = Server::start(|_, _| Some(Vec::new())).await;
    let report = call(&local(), &closed, "/", json!({})).await;
    assert_eq!(report.outcome, Some(Outcome::PlatformError), "{report:?}");
    let cut =
        Server::start(|_, _| Some(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort".to_vec()))
            .await;
    let report = call(&local(), &cut, "/", json!({})).await;
    assert_eq!(report.outcome, Some(Outcome::PlatformError), "{report:?}");
    let address = closed.address.clone();
    drop(closed);
    let (report, _) =
        execute(&local(), json!({"http": {"url": format!("http://{address}/")}})).await;
    assert_eq!(report.outcome, Some(Outcome::PlatformError), "{report:?}");
    let silent = Server::start(|_, _| None).await;
    let http = Http::with_timeout(vec!["127.0.0.1".to_owned()], Duration::from_millis(50));
    let report = call(&http, &silent, "/", json!({})).await;
    assert_eq!(report.outcome, Some(Outcome::PlatformError));
    assert!(report.message.unwrap().contains("timeout"));
}

#[tokio::test]
async fn what_cannot_be_sent_is_fatal() {
    let server = Server::start(|_, _| Some(answer("200 OK", "", b""))).await;
    for request in [
        json!({"headers": {"bad name": "x"}}),
        json!({"headers": {"a": "x\r\nInjected: y"}}),
        json!({"method": "NOT A METHOD"}),
    ] {
        let report = call(&local(), &server, "/", request.clone()).await;
        assert_eq!(report.outcome, Some(Outcome::FatalError), "{request}: {report:?}");
    }
    assert_eq!(server.requests().len(), 0);
}
