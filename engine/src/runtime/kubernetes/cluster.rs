//! Talking to the API server: create or find the pod, follow it to its end, delete it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{AsyncBufReadExt, AsyncReadExt};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, LogParams, PostParams};
use kube::{Api, Client, Config};

use super::super::StepContext;
use super::super::capture::Capture;
use super::pod::{CONTAINER, Job, OWNER};
use super::status::{self, End};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(30);
/// The shortest and the longest time between two looks at a pod.
const LOOK: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));
/// How often that which must go well is tried.
const TRIES: u32 = 6;
/// How long the log of a pod that has ended is waited for before it is read anew.
const DRAIN: Duration = Duration::from_secs(2);
/// The longest line of a log; the rest of a longer one becomes the next line.
const LINE: u64 = 64 * 1024;

/// Why a pod's end is not known.
#[derive(Debug)]
pub(super) enum Lost {
    /// It is not there any more.
    Gone,
    /// Its log, which holds its output, cannot be read.
    Log(String),
}

/// What a request came to.
enum Wrong {
    /// The server's code and what it said.
    Answer(u16, String),
    /// There was no answer.
    Silence(String),
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Wrong::Answer(code, said) => write!(f, "the cluster answers {code}: {said}"),
            Wrong::Silence(why) => write!(f, "the cluster does not answer: {why}"),
        }
    }
}

async fn ask<T>(request: impl Future<Output = kube::Result<T>>) -> Result<T, Wrong> {
    match tokio::time::timeout(ANSWER, request).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(kube::Error::Api(status))) => Err(Wrong::Answer(status.code, status.message)),
        Ok(Err(error)) => Err(Wrong::Silence(chain(&error))),
        Err(_) => Err(Wrong::Silence("it takes too long".to_owned())),
    }
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

/// The pods of the cluster's namespace.
pub(super) async fn connect(server: Option<&str>) -> Result<Api<Pod>, String> {
    let mut config = match server {
        Some(url) => Config::new(url.parse().map_err(|_| format!("`{url}` is not a URL"))?),
        None => Config::infer()
            .await
            .map_err(|error| format!("no Kubernetes cluster is configured: {}", chain(&error)))?,
    };
    config.connect_timeout = Some(ANSWER);
    let namespace = config.default_namespace.clone();
    let client = Client::try_from(config)
        .map_err(|error| format!("cannot talk to the cluster: {}", chain(&error)))?;
    Ok(Api::namespaced(client, &namespace))
}

/// Creates the pod, or finds the one that an earlier start of the same attempt created.
pub(super) async fn create(pods: &Api<Pod>, job: &Job) -> Result<(), String> {
    let pod: Pod = serde_json::from_value(job.manifest.clone())
        .map_err(|error| format!("the pod cannot be described: {error}"))?;
    let mut pause = LOOK.0;
    loop {
        match ask(pods.create(&PostParams::default(), &pod)).await {
            Ok(_) => return Ok(()),
            Err(Wrong::Answer(409, _)) => {}
            Err(wrong) => return Err(format!("cannot create the pod `{}`: {wrong}", job.name)),
        }
        let found = ask(pods.get_opt(&job.name)).await.map_err(|wrong| wrong.to_string())?;
        // One that is being deleted is waited for: its name is free when it is gone.
        if let Some(found) = found
            && found.metadata.deletion_timestamp.is_none()
        {
            let owner = found.metadata.labels.as_ref().and_then(|labels| labels.get(OWNER));
            return match owner {
                Some(owner) if job.shared || *owner == job.owner => Ok(()),
                _ => Err(format!("there is a pod `{}` that is not of this step", job.name)),
            };
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(LOOK.1);
    }
}

/// Reads the pod's log as it comes, and waits for its end. A server that does not answer is asked
/// again, until the step's own time is over.
pub(super) async fn follow(
    pods: &Api<Pod>,
    name: &str,
    context: &StepContext,
    capture: &Capture,
) -> Result<End, Lost> {
    let log = Log { pods, name, context, capture, seen: AtomicU64::new(0) };
    let mut said = String::new();
    let mut say = |what: String| {
        if what != said {
            let _ = context.log.send(("stderr", format!("[{what}]")));
            said = what;
        }
    };
    let mut following = None;
    let mut pause = LOOK.0;
    let end = loop {
        match ask(pods.get_opt(name)).await {
            Ok(None) => return Err(Lost::Gone),
            Ok(Some(pod)) => {
                if let Some(end) = status::end(&pod) {
                    break end;
                }
                if status::runs(&pod) && following.is_none() {
                    following = Some(Box::pin(log.read(true)));
                }
                if let Some(why) = status::waiting(&pod).filter(|_| !status::runs(&pod)) {
                    say(format!("the pod waits: {why}"));
                }
            }
            Err(wrong) => say(wrong.to_string()),
        }
        match following.as_mut() {
            // The log ends when the container does.
            Some(reading) => {
                if let Ok(result) = tokio::time::timeout(LOOK.1, reading).await {
                    following = None;
                    if result.is_ok() {
                        pause = LOOK.0;
                    }
                    tokio::time::sleep(pause).await;
                }
            }
            None => tokio::time::sleep(pause).await,
        }
        pause = pause.saturating_mul(2).min(LOOK.1);
    };
    if let Some(reading) = following {
        let _ = tokio::time::timeout(DRAIN, reading).await;
    }
    match (log.rest().await, &end) {
        (Err(why), End::Succeeded) => {
            Err(Lost::Log(format!("cannot read the log of the pod `{name}`: {why}")))
        }
        _ => Ok(end),
    }
}

/// The log of a pod, of which every line is taken once however often it is read.
struct Log<'l> {
    pods: &'l Api<Pod>,
    name: &'l str,
    context: &'l StepContext,
    capture: &'l Capture,
    /// How many lines were taken.
    seen: AtomicU64,
}

impl Log<'_> {
    /// Reads to the end, or as long as the container runs.
    async fn read(&self, follow: bool) -> Result<(), Wrong> {
        let container = Some(CONTAINER.to_owned());
        let params = LogParams { container, follow, ..LogParams::default() };
        let mut stream = std::pin::pin!(ask(self.pods.log_stream(self.name, &params)).await?);
        let mut bytes = Vec::new();
        for line in 0_u64.. {
            bytes.clear();
            let read = (&mut stream).take(LINE).read_until(b'\n', &mut bytes).await;
            let read = read.map_err(|error| Wrong::Silence(error.to_string()))?;
            let is_whole = bytes.ends_with(b"\n") || read as u64 == LINE;
            // Half a line is the last one, or one that goes on when the log is read again.
            if read == 0 || (follow && !is_whole) {
                return Ok(());
            }
            if line >= self.seen.load(Ordering::Relaxed) {
                self.capture.line(self.context, "stdout", &String::from_utf8_lossy(&bytes));
                self.seen.store(line.saturating_add(1), Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Takes what is left when the pod has ended.
    async fn rest(&self) -> Result<(), Wrong> {
        again(|| self.read(false)).await
    }
}

/// Deletes the pod, unless it has ended by itself.
pub(super) async fn delete(pods: &Api<Pod>, name: &str) -> Result<(), String> {
    let deleted = again(|| async {
        match ask(pods.get_opt(name)).await? {
            Some(pod) if status::end(&pod).is_none_or(|end| end_by_us(&end)) => {
                match ask(pods.delete(name, &DeleteParams::default())).await {
                    Ok(_) | Err(Wrong::Answer(404, _)) => Ok(()),
                    Err(wrong) => Err(wrong),
                }
            }
            _ => Ok(()),
        }
    });
    deleted.await.map_err(|wrong| format!("cannot delete the pod `{name}`: {wrong}"))
}

/// A pod that cannot start has not ended: the cluster would go on trying.
fn end_by_us(end: &End) -> bool {
    matches!(end, End::Failed(_, why) if why.starts_with("the pod cannot start"))
}

/// Tries several times, with growing pauses.
async fn again<F: Future<Output = Result<(), Wrong>>>(
    mut request: impl FnMut() -> F,
) -> Result<(), Wrong> {
    let mut pause = LOOK.0;
    for _ in 1..TRIES {
        match request().await {
            Err(Wrong::Silence(_) | Wrong::Answer(429 | 500.., _)) => {}
            result => return result,
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(LOOK.1);
    }
    request().await
}
