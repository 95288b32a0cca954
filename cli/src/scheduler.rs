//! `sel scheduler`: fire the triggers of a database until told to end.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args as ClapArgs;
use sel_engine::run::{Builder, Live, Options, Resume};
use sel_engine::store::{SqliteStore, Store};
use serde_json::json;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::database;
use crate::exit::{Done, Stop};
use crate::run::{remark, threaded};
use crate::table::time;
use crate::watch::Means;

/// Fire triggers, run what they start and what is unfinished
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
    /// Fire what is due, run until nothing is left to do, and end
    #[arg(long)]
    once: bool,
    /// What happens to runs as JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    how: Means,
}

pub(crate) fn run(args: Args) -> Done {
    threaded(drive(args))
}

async fn drive(args: Args) -> Done {
    let _lock = database::lock(&args.db)?;
    let store = Arc::new(SqliteStore::open(&args.db).await.map_err(Stop::usage_of)?);
    let engine = Builder::new(Arc::<SqliteStore>::clone(&store))
        .registry(args.how.registry())
        .clock(args.how.clock())
        .options(Options { time_triggers: true, resume: Resume::All, ..Options::default() })
        .start();
    let mut events = engine.subscribe();
    let idle = engine.clone();
    let idle = async {
        match args.once {
            true => idle.idle().await,
            false => std::future::pending().await,
        }
    };
    tokio::pin!(idle);
    let mut ended = terminated()?;
    let failing = engine.clone();
    let failed = failing.failed();
    tokio::pin!(failed);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Ok(event) => say(&event, args.json)?,
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => break,
            },
            result = &mut idle => {
                result.map_err(Stop::usage_of)?;
                break;
            }
            why = &mut failed => return Err(Stop::usage_of(why)),
            _ = tokio::signal::ctrl_c() => break,
            () = ended.next() => break,
        }
    }
    engine.stop().await;
    loop {
        match events.try_recv() {
            Ok(event) => say(&event, args.json)?,
            Err(TryRecvError::Lagged(_)) => {}
            Err(_) => break,
        }
    }
    let left = store.live(None).await.map_err(Stop::usage_of)?.len();
    if left > 0 {
        remark("ended; what is unfinished goes on at the next start")?;
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

/// What happened to a run that no step started.
fn say(event: &Live, as_json: bool) -> Result<(), Stop> {
    if event.step.is_some() || event.run != event.root {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    if as_json {
        let line = json!({"time": event.time, "workflow_id": event.run.workflow_id,
            "workflow_instance_id": event.run.instance_id, "workflow_run_id": event.run.run_id,
            "status": event.status});
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "{} {} {}", time(event.time), event.run, event.status)?;
    }
    out.flush().map_err(Stop::from)
}

/// The signal by which service managers end a process.
struct Terminated(#[cfg(unix)] tokio::signal::unix::Signal);

fn terminated() -> Result<Terminated, Stop> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).map(Terminated).map_err(Stop::usage_of)
    }
    #[cfg(not(unix))]
    Ok(Terminated())
}

impl Terminated {
    async fn next(&mut self) {
        #[cfg(unix)]
        self.0.recv().await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    }
}
