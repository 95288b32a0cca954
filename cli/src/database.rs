//! The engine's database, as the subcommands use it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sel_engine::store::SqliteStore;

use crate::exit::Stop;

/// How long the lock is waited for: others look for a moment whether it is free.
const LOOK: Duration = Duration::from_millis(20);

/// Says that a command runs the engine on this database; ends with the value.
pub(crate) fn lock(path: &Path) -> Result<File, Stop> {
    let taken =
        || Stop::usage(format!("the database `{}` is in use by another `sel`", path.display()));
    for _ in 0..10 {
        if let Some(lock) = try_lock(path)? {
            return Ok(lock);
        }
        std::thread::sleep(LOOK);
    }
    Err(taken())
}

/// The same, unless some engine works on the database now.
pub(crate) fn try_lock(path: &Path) -> Result<Option<File>, Stop> {
    let file = File::create(beside(path)).map_err(|error| {
        let why = crate::exit::plain(&error);
        Stop::usage(format!("cannot use the database `{}`: {why}", path.display()))
    })?;
    Ok(file.try_lock().is_ok().then_some(file))
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Opens a database that is there, to look at.
pub(crate) async fn open(path: &Path) -> Result<SqliteStore, Stop> {
    SqliteStore::open_existing(path).await.map_err(Stop::usage_of)
}

/// Runs a future to its end on a small runtime.
pub(crate) fn block<T>(future: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::usage(format!("cannot start: {error}")))?;
    runtime.block_on(future)
}
