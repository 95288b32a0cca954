//! What errors of SQLite mean to a user.

use std::path::Path;

use super::StoreError;

pub(super) fn migration(error: sqlx::migrate::MigrateError) -> StoreError {
    match error {
        sqlx::migrate::MigrateError::Execute(error)
        | sqlx::migrate::MigrateError::ExecuteMigration(error, _) => fault(error),
        other => StoreError::Other(other.to_string()),
    }
}

/// SQLite's code for a shared-memory file that cannot grow.
const IOERR_SHMSIZE: u32 = 10 | (19 << 8);
/// A write failed for another reason than a full disk.
const IOERR_WRITE: u32 = 778;

/// Why a file cannot be opened, where SQLite only says that it cannot.
pub(super) fn unusable(path: &Path, error: StoreError) -> StoreError {
    let StoreError::Unusable(..) = error else { return error };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let why = if path.is_dir() {
        "it is a directory"
    } else if folder.is_some_and(|folder| !folder.is_dir()) {
        "its directory does not exist"
    } else {
        "the file or its directory cannot be written"
    };
    StoreError::Unusable(path.display().to_string(), why)
}

/// What an error of SQLite means to a user.
pub(super) fn fault(error: sqlx::Error) -> StoreError {
    let text = error.to_string();
    let Some(database) = error.as_database_error() else { return StoreError::Other(text) };
    let code = database.code().and_then(|code| code.parse::<u32>().ok()).unwrap_or(0);
    match code & 0xff {
        // The file that several processes share is one of the first to find no room.
        10 if code == IOERR_SHMSIZE => StoreError::Full,
        10 if code == IOERR_WRITE => StoreError::Other(
            "the file can grow no more (a limit of the system?), or the disk is broken".to_owned(),
        ),
        5 | 6 => StoreError::Locked(database.message().to_owned()),
        13 => StoreError::Full,
        8 | 14 => StoreError::Unusable("?".to_owned(), "the file cannot be written"),
        11 | 26 => StoreError::Corrupt(database.message().to_owned()),
        19 => StoreError::Conflict(database.message().to_owned()),
        _ => StoreError::Other(text),
    }
}

pub(super) fn document(error: impl std::fmt::Display) -> StoreError {
    StoreError::Document(error.to_string())
}
