//! Watching a run to its end: `sel run` and `sel restart`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, Live, Options, Resume};
use sel_engine::runtime::{Registry, RuntimeOptions};
use sel_engine::status::InstanceStatus;
use sel_engine::store::{RunKey, SqliteStore};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::exit::{Done, FAILED, INTERRUPTED, Stop};
use crate::progress::{Progress, duration};
use crate::reasons::reasons;
use crate::runs::level;
use crate::waiting::Waiting;

/// How a run is run and shown.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Watched {
    /// Show the output of steps as well
    #[arg(long)]
    follow: bool,
    /// Events as JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    how: Means,
}

/// What the engine of a command works with.
#[derive(Debug, Clone, ClapArgs)]
pub(crate) struct Means {
    /// Let the engine's clock run so many times faster, to try out a workflow that sleeps
    #[arg(long, value_name = "FACTOR", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..))]
    time_scale: u32,
    /// A host that Http steps may call; `*` for any
    #[arg(long, value_name = "HOST")]
    allow: Vec<String>,
}

impl Means {
    pub(crate) fn clock(&self) -> SystemClock {
        SystemClock::scaled(self.time_scale)
    }

    pub(crate) fn registry(&self) -> Registry {
        let http_allow = self.allow.clone();
        Registry::standard(RuntimeOptions { http_allow, ..RuntimeOptions::default() })
    }
}

/// A running engine, and all that happens in it from the beginning.
pub(crate) struct Watcher {
    pub(crate) engine: Engine,
    args: Watched,
    clock: SystemClock,
    store: Arc<SqliteStore>,
    database: Option<PathBuf>,
    events: Receiver<Arc<Live>>,
}

/// How often what is shown follows the time.
const TICK: Duration = Duration::from_millis(100);
/// How long nothing happens until it is said what is waited for.
const QUIET: Duration = Duration::from_millis(500);
/// How many reasons are told.
const REASONS: usize = 10;

impl Watcher {
    /// An engine on a store; `database` is its file.
    pub(crate) fn new(
        store: Arc<SqliteStore>,
        database: Option<&Path>,
        resume: Resume,
        args: &Watched,
    ) -> Watcher {
        let clock = args.how.clock();
        let watch_commands = database.is_some();
        let engine = Builder::new(Arc::<SqliteStore>::clone(&store))
            .registry(args.how.registry())
            .clock(clock.clone())
            .options(Options { watch_commands, resume, ..Options::default() })
            .start();
        let events = engine.subscribe();
        let database = database.map(Path::to_owned);
        Watcher { engine, args: args.clone(), clock, store, database, events }
    }

    /// Shows runs until all of them are over, then ends the engine. The exit status follows theirs.
    pub(crate) async fn watch(mut self, runs: Vec<RunKey>, resumed: bool) -> Done {
        // One listener for all the time: what is pressed while something is drawn is not lost.
        let mut interrupts = signal(SignalKind::interrupt()).map_err(Stop::usage_of)?;
        let mut failed = false;
        for run in &runs {
            let view = self.engine.view(run).await.map_err(Stop::usage_of)?;
            let level = level(&**self.engine.store(), &view).await;
            let (json, follow) = (self.args.json, self.args.follow);
            let clock = self.clock.clone();
            let mut progress = Progress::new(run.clone(), level.as_deref(), json, follow, clock);
            if resumed {
                progress.recall(&self.engine.steps(run, false).await.map_err(Stop::usage_of)?);
            }
            let Some(status) = self.follow(run, &mut progress, &mut interrupts, resumed).await?
            else {
                return Ok(ExitCode::from(INTERRUPTED));
            };
            progress.end()?;
            self.last(run, status, &mut progress).await?;
            failed |= status != InstanceStatus::Succeeded;
        }
        self.engine.stop().await;
        if self.database.is_some() {
            // What is in the log of the database goes to its file.
            self.store.close().await;
        }
        Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
    }

    /// Ctrl-C stops the run; a second one ends the command, and there is no status.
    async fn follow(
        &mut self,
        run: &RunKey,
        progress: &mut Progress,
        interrupts: &mut Signal,
        resumed: bool,
    ) -> Result<Option<InstanceStatus>, Stop> {
        let engine = self.engine.clone();
        let key = run.clone();
        let mut ended = tokio::spawn(async move { engine.wait(key).await });
        let mut interrupted = false;
        let mut waiting = Waiting::new(self.database.clone());
        if resumed {
            waiting.recall(&self.engine).await?;
        }
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
        let mut quiet = tokio::time::Instant::now();
        loop {
            tokio::select! {
                biased;
                _ = interrupts.recv() => {
                    if interrupted {
                        progress.beside(&self.interrupted())?;
                        return Ok(None);
                    }
                    interrupted = true;
                    progress.beside("stopping; Ctrl-C again ends at once")?;
                    // It may have come to its end in this very moment, or the database may keep the
                    // order waiting: that must not hold up a second Ctrl-C.
                    let (engine, run) = (self.engine.clone(), run.clone());
                    tokio::spawn(async move { engine.stop_run(run).await });
                }
                event = self.events.recv() => match event {
                    Ok(event) => {
                        quiet = tokio::time::Instant::now();
                        waiting.note(&event);
                        progress.event(&event)?;
                    }
                    Err(RecvError::Lagged(_) | RecvError::Closed) => {}
                },
                _ = ticks.tick() => {
                    if quiet.elapsed() >= QUIET && waiting.has_news() {
                        for text in waiting.news(&self.engine).await? {
                            progress.beside(&text)?;
                        }
                    }
                    progress.tick()?;
                }
                result = &mut ended => {
                    while let Ok(event) = self.events.try_recv() {
                        progress.event(&event)?;
                    }
                    return match result {
                        Ok(status) => status.map(Some).map_err(Stop::usage_of),
                        Err(error) => Err(Stop::usage(error.to_string())),
                    };
                }
            }
        }
    }

    fn interrupted(&self) -> String {
        match &self.database {
            Some(path) => {
                format!("interrupted; `sel run --resume --db {}` goes on", path.display())
            }
            None => "interrupted; a run in memory is lost, `--db` keeps it".to_owned(),
        }
    }

    /// Says how it ended, why, and what can be done.
    async fn last(
        &self,
        run: &RunKey,
        status: InstanceStatus,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let view = self.engine.view(run).await.map_err(Stop::usage_of)?;
        let end = view.row.end_time.unwrap_or(view.row.create_time);
        let millis = end.saturating_sub(view.row.create_time);
        if progress.is_json() {
            let line = json!({"workflow_id": run.workflow_id, "workflow_instance_id": run.instance_id,
                "workflow_run_id": run.run_id, "status": status, "duration_ms": millis});
            return progress.say(&line.to_string());
        }
        for reason in reasons(&**self.engine.store(), &view, REASONS).await? {
            progress.say(&reason)?;
        }
        progress.say(&format!("{run} {status} in {}", duration(millis)))?;
        let goes_on = status != InstanceStatus::Succeeded;
        if let (Some(path), true) = (&self.database, goes_on) {
            let (id, instance) = (&run.workflow_id, run.instance_id);
            let path = path.display();
            let text = format!("`sel restart {id} {instance} --db {path}` runs what is incomplete");
            progress.beside(&text)?;
        }
        Ok(())
    }
}
