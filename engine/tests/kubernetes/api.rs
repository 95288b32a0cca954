//! An API server of Kubernetes on loopback, as far as pods go: it speaks HTTP/1.1 with JSON,
//! answers errors by `Status` objects, and streams logs in chunks.
//!
//! The test plays the cluster: it says when a pod runs, what it prints and how it ends.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Debug, Default)]
struct State {
    pods: BTreeMap<String, Json>,
    logs: BTreeMap<String, String>,
    /// `METHOD path` of every request.
    requests: Vec<String>,
    /// Answers to give before all others, each to a request that begins so.
    failures: Vec<(String, u16)>,
}

/// The server.
pub(crate) struct Cluster {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    changed: watch::Sender<u64>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.task.abort();
    }
}

const PODS: &str = "/api/v1/namespaces/default/pods";

impl Cluster {
    pub(crate) async fn start() -> Cluster {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let changed = watch::channel(0).0;
        let (shared, changes) = (Arc::clone(&state), changed.clone());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared), changes.clone()));
            }
        });
        Cluster { url, state, changed, task }
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state.lock().unwrap());
        self.changed.send_modify(|version| *version += 1);
        result
    }

    /// Waits until the state fits.
    async fn until<T>(&self, mut fits: impl FnMut(&State) -> Option<T>) -> T {
        let mut changes = self.changed.subscribe();
        loop {
            if let Some(found) = fits(&self.state.lock().unwrap()) {
                return found;
            }
            changes.changed().await.unwrap();
        }
    }

    /// The first pod that is created.
    pub(crate) async fn created(&self) -> Json {
        self.until(|state| state.pods.values().next().cloned()).await
    }

    /// Waits until so many requests that begin so were made.
    pub(crate) async fn asked(&self, start: &str, times: usize) {
        let count = |state: &State| state.requests.iter().filter(|r| r.starts_with(start)).count();
        self.until(|state| (count(state) >= times).then_some(())).await;
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.state.lock().unwrap().pods.keys().cloned().collect()
    }

    /// Adds a pod that somebody else created.
    pub(crate) fn add(&self, pod: Json) {
        let name = pod["metadata"]["name"].as_str().unwrap().to_owned();
        self.change(|state| state.pods.insert(name, pod));
    }

    pub(crate) fn remove(&self, name: &str) {
        self.change(|state| state.pods.remove(name));
    }

    /// Gives a pod this status.
    pub(crate) fn status(&self, name: &str, status: Json) {
        self.change(|state| state.pods.get_mut(name).unwrap()["status"] = status);
    }

    /// The container prints.
    pub(crate) fn print(&self, name: &str, text: &str) {
        self.change(|state| state.logs.entry(name.to_owned()).or_default().push_str(text));
    }

    /// Runs a pod to its end.
    pub(crate) fn finish(&self, name: &str, phase: &str, text: &str) {
        self.print(name, text);
        self.status(name, json!({"phase": phase}));
    }

    /// The next request that begins so is answered by this code; 0 drops the connection.
    pub(crate) fn fail(&self, start: &str, code: u16) {
        self.change(|state| state.failures.push((start.to_owned(), code)));
    }
}

struct Request {
    method: String,
    path: String,
    query: String,
    body: Vec<u8>,
}

async fn read(reader: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).await.ok().filter(|count| *count > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).await.ok()?;
        let header = header.trim().to_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Request { method, path: path.to_owned(), query: query.to_owned(), body })
}

fn failure(code: u16, reason: &str, message: &str) -> (u16, Json) {
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                        "message": message, "reason": reason, "code": code});
    (code, status)
}

async fn serve(stream: TcpStream, state: Arc<Mutex<State>>, changes: watch::Sender<u64>) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader).await {
        let asked = format!("{} {}", request.method, request.path);
        let failing = {
            let mut state = state.lock().unwrap();
            state.requests.push(asked.clone());
            let found = state.failures.iter().position(|(start, _)| asked.starts_with(start));
            found.map(|index| state.failures.remove(index).1)
        };
        changes.send_modify(|version| *version += 1);
        let name = request.path.strip_prefix(&format!("{PODS}/")).unwrap_or_default().to_owned();
        let (code, answer) = match failing {
            Some(0) => return,
            Some(code) => failure(code, "InternalError", "as the test wants it"),
            None => match (request.method.as_str(), name.strip_suffix("/log")) {
                ("GET", Some(pod)) => {
                    if log(&mut reader, &state, &changes, pod, &request.query).await.is_err() {
                        return;
                    }
                    continue;
                }
                _ => pods(&mut state.lock().unwrap(), &request, &name),
            },
        };
        changes.send_modify(|version| *version += 1);
        let body = answer.to_string();
        let head = format!(
            "HTTP/1.1 {code} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        if reader.get_mut().write_all((head + &body).as_bytes()).await.is_err() {
            return;
        }
    }
}

fn pods(state: &mut State, request: &Request, name: &str) -> (u16, Json) {
    let missing = || failure(404, "NotFound", &format!("pods \"{name}\" not found"));
    match request.method.as_str() {
        "POST" if request.path == PODS => {
            let mut pod: Json = serde_json::from_slice(&request.body).unwrap();
            let name = pod["metadata"]["name"].as_str().unwrap().to_owned();
            if state.pods.contains_key(&name) {
                let message = format!("pods \"{name}\" already exists");
                return failure(409, "AlreadyExists", &message);
            }
            let image = pod["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
            if image.contains(' ') {
                return failure(422, "Invalid", "spec.containers[0].image: Invalid value");
            }
            pod["status"] = json!({"phase": "Pending"});
            state.pods.insert(name, pod.clone());
            (201, pod)
        }
        "GET" => state.pods.get(name).map_or_else(missing, |pod| (200, pod.clone())),
        "DELETE" => state.pods.remove(name).map_or_else(missing, |pod| (200, pod)),
        _ => failure(405, "MethodNotAllowed", "no such method"),
    }
}

/// Streams what the container prints, in chunks; to its end if `follow` is asked for.
async fn log(
    reader: &mut BufReader<TcpStream>,
    state: &Mutex<State>,
    changes: &watch::Sender<u64>,
    name: &str,
    query: &str,
) -> std::io::Result<()> {
    assert!(query.contains("container=maestro-job"), "{query}");
    let mut changes = changes.subscribe();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
    reader.get_mut().write_all(head.as_bytes()).await?;
    let mut sent = 0;
    loop {
        let (piece, ended) = {
            let state = state.lock().unwrap();
            let log = state.logs.get(name).map_or("", String::as_str);
            let phase = state.pods.get(name).map_or("", |p| p["status"]["phase"].as_str().unwrap());
            (log[sent..].to_owned(), phase != "Running")
        };
        if !piece.is_empty() {
            sent += piece.len();
            let chunk = format!("{:x}\r\n{piece}\r\n", piece.len());
            reader.get_mut().write_all(chunk.as_bytes()).await?;
        }
        if ended || !query.contains("follow=true") {
            return reader.get_mut().write_all(b"0\r\n\r\n").await;
        }
        if piece.is_empty() && changes.changed().await.is_err() {
            return Ok(());
        }
    }
}
