//! The engine's database, as the subcommands use it.

use std::fs::File;
use std::path::{Path, PathBuf};

use sel_engine::store::{SqliteStore, Store, Write};
use serde_json::Value as Json;

use crate::exit::Stop;

/// Says that a command runs the engine on this database; ends with the value.
pub(crate) fn lock(path: &Path) -> Result<File, Stop> {
    let name = beside(path);
    let file = File::create(&name).map_err(|error| {
        let why = crate::exit::plain(&error);
        Stop::usage(format!("cannot use the database `{}`: {why}", path.display()))
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Stop::usage(format!(
            "the database `{}` is in use by another `sel run`",
            path.display()
        ))),
    }
}

/// Whether some engine works on the database now.
pub(crate) fn is_in_use(path: &Path) -> bool {
    let Ok(file) = File::open(beside(path)) else { return false };
    file.try_lock().is_err()
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

/// Leaves an order for the engine that works on the database.
pub(crate) async fn order(store: &SqliteStore, order: Json) -> Result<(), Stop> {
    let stamp = std::process::id();
    let count = store.entries("command").await.map_err(Stop::usage_of)?.len();
    let write = Write::Entry("command", format!("{stamp}-{count}"), Some(order.to_string()));
    store.commit(&[write]).await.map_err(Stop::usage_of)
}

/// Runs a future to its end on a small runtime.
pub(crate) fn block<T>(future: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::usage(format!("cannot start: {error}")))?;
    runtime.block_on(future)
}
