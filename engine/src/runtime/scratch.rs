//! The directory of one attempt: private to the user, gone when the attempt is over.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::{Failure, Outcome, StepContext, orphan};

/// Removes the attempt's directory when it is dropped.
#[derive(Debug)]
pub(super) struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn place(uuid: &str) -> PathBuf {
    std::env::temp_dir().join(format!("sel-{uuid}"))
}

impl Scratch {
    /// Makes the directory. One that is there already was left by an engine that was killed while
    /// it executed this attempt: what it left running is ended first.
    pub(super) async fn new(context: &StepContext) -> Result<Scratch, Failure> {
        let path = place(&context.identity.uuid);
        let failed = |error: std::io::Error| {
            let message = format!("cannot make the step's directory `{}`: {error}", path.display());
            Failure(Outcome::PlatformError, message)
        };
        if path.symlink_metadata().is_ok() {
            orphan::end(orphan::STEP, &context.identity.uuid).await;
            std::fs::remove_dir_all(&path).map_err(failed)?;
        }
        // Not recursive: a directory that somebody else made in between is refused.
        DirBuilder::new().mode(0o700).create(&path).map_err(failed)?;
        Ok(Scratch(path))
    }

    /// Ends what a dropped execution left, and removes its directory.
    pub(super) async fn terminate(context: &StepContext) {
        orphan::end(orphan::STEP, &context.identity.uuid).await;
        drop(Scratch(place(&context.identity.uuid)));
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into the directory.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.0.join(name);
        match std::fs::write(&path, content) {
            Ok(()) => Ok(path),
            Err(error) => {
                let message = format!("cannot write the step's files: {error}");
                Err(Failure(Outcome::PlatformError, message))
            }
        }
    }
}
