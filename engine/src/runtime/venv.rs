//! Virtual environments of Python, made once for an interpreter and its requirements.
//!
//! An environment is whole when its file `complete` is there, which is written last; until then
//! nobody uses it. Whoever makes one holds the lock of a file beside it, so that several steps, or
//! several engines, make it once. What a killed engine left half-made is removed and made anew.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::process::Command;
use tokio::sync::Mutex;

use super::capture::Capture;
use super::{Failure, Outcome, StepContext, environment, orphan, process};

/// Prints the interpreter behind what may be a wrapper, the version of its pip, and all that
/// makes it differ from another.
const IDENTIFY: &str = "
import sys
try:
    import pip
    version = pip.__version__
except ImportError:
    version = ''
print(sys.executable, version, sys.prefix, ' '.join(sys.version.split()), sep='\\n')
";
/// From this version on pip installs into an environment that has none itself.
const PIP: (u32, u32) = (22, 3);
/// How often a lock that somebody else holds is tried again.
const PAUSE: Duration = Duration::from_millis(50);
/// What pip says when it is the network's fault, or that of the index.
const UNREACHABLE: [&str; 6] = [
    "NewConnectionError",
    "Failed to establish a new connection",
    "Could not fetch URL",
    "Temporary failure in name resolution",
    "ConnectTimeoutError",
    "ProxyError",
];

/// The environments of one cache directory.
#[derive(Debug)]
pub(super) struct Environments {
    cache: PathBuf,
    interpreters: Mutex<HashMap<String, Base>>,
}

/// The interpreter that an environment is made of.
#[derive(Debug, Clone)]
struct Base {
    executable: PathBuf,
    /// Its pip can install into other environments, which is quicker than to make one with pip.
    has_pip: bool,
    /// An environment does not outlive an upgrade of its interpreter.
    identity: String,
}

impl Base {
    fn new(python: &str, said: &str) -> Base {
        let mut lines = said.lines().map(str::trim);
        let executable = lines.next().filter(|path| !path.is_empty()).unwrap_or(python);
        let mut version = lines.next().unwrap_or_default().split('.').map(|n| n.parse().ok());
        let has_pip = match (version.next().flatten(), version.next().flatten()) {
            (Some(major), Some(minor)) => (major, minor) >= PIP,
            _ => false,
        };
        Base { executable: executable.into(), has_pip, identity: said.trim().to_owned() }
    }
}

fn platform(error: &std::io::Error) -> Failure {
    let message = format!("cannot prepare the Python environment: {error}");
    Failure(Outcome::PlatformError, message)
}

impl Environments {
    pub(super) fn new(cache: PathBuf) -> Environments {
        Environments { cache, interpreters: Mutex::default() }
    }

    /// The interpreter of an environment with these requirements, which is made if it is missing.
    pub(super) async fn interpreter(
        &self,
        context: &StepContext,
        python: &str,
        requirements: &[String],
    ) -> Result<PathBuf, Failure> {
        let base = self.identify(python).await?;
        let directory = context.text("working_directory").map(Path::new);
        let mut name = base.identity.clone();
        for requirement in requirements {
            name.push('\n');
            name.push_str(requirement);
            name.push_str(&local(requirement, directory));
        }
        let hash = uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string();
        let home = self.cache.join(&hash);
        let ready = home.join("bin").join("python");
        if home.join("complete").exists() {
            return Ok(ready);
        }
        std::fs::create_dir_all(&self.cache).map_err(|e| platform(&e))?;
        let _lock = lock(&self.cache.join(format!("{hash}.lock"))).await?;
        if home.join("complete").exists() {
            return Ok(ready);
        }
        if home.exists() {
            orphan::end(orphan::BUILD, &hash).await;
            std::fs::remove_dir_all(&home).map_err(|e| platform(&e))?;
        }
        let unfinished = Unfinished(Some(home.clone()));
        let build = Build { context, home: &home, hash: &hash, ready: &ready };
        build.make(&base, requirements).await?;
        std::fs::write(home.join("complete"), name).map_err(|e| platform(&e))?;
        unfinished.keep();
        Ok(ready)
    }

    async fn identify(&self, python: &str) -> Result<Base, Failure> {
        let mut known = self.interpreters.lock().await;
        if let Some(base) = known.get(python) {
            return Ok(base.clone());
        }
        let mut command = Command::new(python);
        command.args(["-I", "-c", IDENTIFY]).stdin(std::process::Stdio::null());
        let failed = |message: String| Err(Failure(Outcome::UserError, message));
        let output = match command.kill_on_drop(true).output().await {
            Ok(output) if output.status.success() => output,
            Ok(output) => return failed(format!("`{python}` ended with {}", output.status)),
            Err(error) => return failed(format!("cannot start `{python}`: {error}")),
        };
        let base = Base::new(python, &String::from_utf8_lossy(&output.stdout));
        known.insert(python.to_owned(), base.clone());
        Ok(base)
    }
}

/// Size and time of a requirement that is a file here: another file is another environment.
fn local(requirement: &str, base: Option<&Path>) -> String {
    let path = requirement.rsplit_once(" @ ").map_or(requirement, |(_, place)| place);
    let path = Path::new(path.strip_prefix("file://").unwrap_or(path));
    let path = base.map_or_else(|| path.to_owned(), |base| base.join(path));
    let Ok(data) = std::fs::metadata(&path) else { return String::new() };
    let path = path.canonicalize().unwrap_or(path);
    format!(" {} {} {:?}", path.display(), data.len(), data.modified().ok())
}

/// Waits for the lock, which ends with the file.
async fn lock(path: &Path) -> Result<File, Failure> {
    let file = File::create(path).map_err(|e| platform(&e))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(PAUSE).await,
            Err(TryLockError::Error(error)) => return Err(platform(&error)),
        }
    }
}

/// Removes what was begun, unless it was finished.
struct Unfinished(Option<PathBuf>);

impl Unfinished {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(home) = &self.0 {
            let _ = std::fs::remove_dir_all(home);
        }
    }
}

struct Build<'b> {
    context: &'b StepContext,
    home: &'b Path,
    hash: &'b str,
    ready: &'b Path,
}

impl Build<'_> {
    async fn make(&self, base: &Base, requirements: &[String]) -> Result<(), Failure> {
        let mut command = Command::new(&base.executable);
        command.args(["-m", "venv"]);
        if requirements.is_empty() || base.has_pip {
            command.arg("--without-pip");
        }
        command.arg(self.home);
        self.finish(command, "cannot make the Python environment").await?;
        if requirements.is_empty() {
            return Ok(());
        }
        let list = self.home.join("requirements.txt");
        std::fs::write(&list, requirements.join("\n")).map_err(|e| platform(&e))?;
        let mut command = if base.has_pip {
            let mut command = Command::new(&base.executable);
            command.args(["-m", "pip", "--python"]).arg(self.ready);
            command
        } else {
            let mut command = Command::new(self.ready);
            command.args(["-m", "pip"]);
            command
        };
        command.args(["install", "--disable-pip-version-check", "--no-input", "--quiet"]);
        command.args(["--progress-bar", "off", "-r"]).arg(&list);
        if let Some(directory) = self.context.text("working_directory") {
            command.current_dir(directory);
        }
        self.finish(command, "cannot install the requirements").await
    }

    /// Runs a command of the installation; what it prints is part of the step's output.
    async fn finish(&self, mut command: Command, what: &str) -> Result<(), Failure> {
        command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
        environment::extra(&self.context.params, &mut command);
        command.env(orphan::BUILD, self.hash).env(orphan::STEP, &self.context.identity.uuid);
        let capture = Capture::default();
        match process::complete(self.context, command, &capture).await {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(failed(what, &status.to_string(), &capture.tail())),
            Err(error) => Err(Failure(Outcome::PlatformError, format!("{what}: {error}"))),
        }
    }
}

fn failed(what: &str, status: &str, tail: &[String]) -> Failure {
    let is_unreachable = tail.iter().any(|line| UNREACHABLE.iter().any(|sign| line.contains(sign)));
    let said: Vec<&str> = tail.iter().map(|line| line.trim()).filter(|l| !l.is_empty()).collect();
    let errors = said.iter().filter(|line| line.starts_with("ERROR"));
    let mut shown: Vec<&str> = errors.copied().take(3).collect();
    if shown.is_empty() {
        shown = said.iter().rev().take(3).rev().copied().collect();
    }
    let shown: String = shown.join("; ").chars().take(600).collect();
    let (outcome, why) = if is_unreachable {
        (Outcome::PlatformError, "the package index cannot be reached")
    } else {
        (Outcome::UserError, status)
    };
    Failure(outcome, format!("{what}: {why}: {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_is_the_platforms_fault() {
        let tail = |lines: &[&str]| lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
        let said = tail(&[
            "WARNING: Retrying (…) after connection broken by 'NewConnectionError(…)'",
            "ERROR: No matching distribution found for nothing",
        ]);
        let Failure(outcome, message) = failed("cannot install", "exit status: 1", &said);
        let expected = "cannot install: the package index cannot be reached: \
                        ERROR: No matching distribution found for nothing";
        assert_eq!((outcome, message.as_str()), (Outcome::PlatformError, expected));
        let Failure(outcome, message) =
            failed("cannot install", "exit status: 1", &tail(&["x", "y", ""]));
        let expected = "cannot install: exit status: 1: x; y";
        assert_eq!((outcome, message.as_str()), (Outcome::UserError, expected));
    }

    #[test]
    fn an_interpreter_says_who_it_is() {
        let base = Base::new("python3", "/usr/bin/python3.11\n23.2.1\n/usr\n3.11.7 (main)\n");
        assert_eq!(base.executable, PathBuf::from("/usr/bin/python3.11"));
        assert!(base.has_pip);
        for said in ["", "/usr/bin/python3\n\n", "/usr/bin/python3\n22.2\n/usr", "x\ny.z"] {
            assert!(!Base::new("python3", said).has_pip, "{said:?}");
        }
        assert_eq!(Base::new("python3", "").executable, PathBuf::from("python3"));
    }

    #[test]
    fn another_file_is_another_environment() {
        let directory = tempfile::tempdir().unwrap();
        let base = Some(directory.path());
        assert_eq!(local("requests==2", base), "");
        std::fs::write(directory.path().join("a.whl"), "1").unwrap();
        let before = local("./a.whl", base);
        assert!(!before.is_empty());
        assert_eq!(before, local("a.whl", base));
        std::fs::write(directory.path().join("a.whl"), "12").unwrap();
        assert_ne!(before, local("a @ a.whl", base));
    }
}
