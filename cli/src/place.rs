//! The database that an order is for. An engine that works on it is left the order, and its answer
//! is waited for; otherwise the command obeys by an engine of its own.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use sel_engine::run::order::{Order, take_answer, withdraw};
use sel_engine::run::{Builder, Engine, Options, Resume};
use sel_engine::store::SqliteStore;
use serde_json::Value as Json;
use tokio::time::Instant;

use crate::database;
use crate::exit::Stop;

/// A database to give orders to.
#[derive(Debug, ClapArgs)]
pub(crate) struct Place {
    /// The database
    #[arg(long, value_name = "PATH")]
    pub(crate) db: PathBuf,
    /// Do not wait for the answer of the engine that works on it
    #[arg(long)]
    no_wait: bool,
}

/// What became of an order.
pub(crate) enum Given {
    /// The engine at work obeyed, and says this.
    Told(Json),
    /// The order lies there.
    Left,
    /// No engine works on the database, and none will as long as this lives.
    Idle(File),
}

/// How often an answer is looked for.
const LOOK: Duration = Duration::from_millis(50);
/// How often it is looked whether the engine still works.
const CHECK: u32 = 10;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

impl Place {
    /// Gives an order to the engine that works on the database, if one does.
    pub(crate) async fn give(&self, order: &Order) -> Result<Given, Stop> {
        let store = database::open(&self.db).await?;
        if let Some(lock) = database::try_lock(&self.db)? {
            store.close().await;
            return Ok(Given::Idle(lock));
        }
        let name = order.leave(&store).await.map_err(Stop::usage_of)?;
        let path = self.db.display();
        if self.no_wait {
            let mut out = std::io::stdout().lock();
            writeln!(out, "ordered: the engine that works on `{path}` takes it")?;
            return Ok(Given::Left);
        }
        let begin = Instant::now();
        for round in 1u32.. {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = tokio::signal::ctrl_c() => {
                    withdraw(&store, &name).await.map_err(Stop::usage_of)?;
                    let message = "interrupted: the order is taken back, if it was not obeyed yet";
                    return Err(Stop::Interrupted(message.to_owned()));
                }
            }
            // An engine that has ended answered before it did, or never will.
            let lock =
                if round.is_multiple_of(CHECK) { database::try_lock(&self.db)? } else { None };
            if let Some(answer) = take_answer(&store, &name).await.map_err(Stop::usage_of)? {
                return answer.map(Given::Told).map_err(Stop::Refused);
            }
            if let Some(lock) = lock {
                withdraw(&store, &name).await.map_err(Stop::usage_of)?;
                store.close().await;
                return Ok(Given::Idle(lock));
            }
            if begin.elapsed() > PATIENCE {
                break;
            }
        }
        Err(Stop::Refused(format!(
            "the engine that works on `{path}` has not answered for {} s; it may still obey",
            PATIENCE.as_secs()
        )))
    }

    /// Gives an order to the engine at work, or obeys it; nothing when it is only left.
    pub(crate) async fn obeyed(&self, order: &Order) -> Result<Option<Json>, Stop> {
        let _lock = match self.give(order).await? {
            Given::Told(answer) => return Ok(Some(answer)),
            Given::Left => return Ok(None),
            Given::Idle(lock) => lock,
        };
        let own = OwnEngine::start(&self.db, Resume::Nothing).await?;
        let answer = own.engine.obey(order.clone()).await;
        own.end().await;
        answer.map(Some).map_err(Stop::refused)
    }
}

/// An engine that leaves the unfinished runs of the database alone, but for those named.
pub(crate) struct OwnEngine {
    pub(crate) engine: Engine,
    store: SqliteStore,
}

impl OwnEngine {
    pub(crate) async fn start(path: &Path, resume: Resume) -> Result<OwnEngine, Stop> {
        let store = SqliteStore::open(path).await.map_err(Stop::usage_of)?;
        let options = Options { watch_commands: false, resume, ..Options::default() };
        let engine = Builder::new(Arc::new(store.clone())).options(options).start();
        Ok(OwnEngine { engine, store })
    }

    /// Ends it; what is in the log of the database goes to its file.
    pub(crate) async fn end(self) {
        self.engine.stop().await;
        self.store.close().await;
    }
}

/// The number of an instance.
pub(crate) fn instance(text: &str) -> Result<i64, String> {
    text.parse().map_err(|_| "it is the number of an instance: 3 of `w:3:1`".to_owned())
}

/// A text of an answer.
pub(crate) fn text<'a>(answer: &'a Json, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_default()
}
