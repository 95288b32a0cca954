//! What the command line gives an evaluation: params, the clock, the time zone, randomness.

use std::path::{Path, PathBuf};

use sel::{Env, Outcome, Program, Value};

use crate::exit::Stop;
use crate::json::{self, Values};
use crate::param::{self, Param};
use crate::source::Source;

/// The inputs and the surroundings of an evaluation.
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct Given {
    /// An input: `name=value` (the type is inferred) or `name:TYPE=value`
    #[arg(long = "param", short = 'p', value_name = "NAME[:TYPE]=VALUE", value_parser = param::parse)]
    params: Vec<Param>,
    /// Inputs from a JSON object, its values plain or typed
    #[arg(long = "params", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The clock stands still here: epoch milliseconds or ISO 8601
    #[arg(long, value_name = "MILLIS|ISO", allow_negative_numbers = true)]
    now: Option<String>,
    /// The default time zone
    #[arg(long, value_name = "ID", default_value = "UTC", hide_default_value = true)]
    tz: String,
    /// Makes `Math.random` and `UUID.randomUUID` reproducible
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl Given {
    /// The surroundings, without inputs.
    pub(crate) fn env(&self) -> Result<Env, Stop> {
        let mut env = Env::new();
        if self.tz != "UTC" {
            env =
                env.with_time_zone(zone(&self.tz).map_err(|e| Stop::usage(format!("--tz: {e}")))?);
        }
        if let Some(text) = &self.now {
            let now = instant(text, &env).map_err(|e| Stop::usage(format!("--now: {e}")))?;
            env = env.with_now(now);
        }
        if let Some(seed) = self.seed {
            env = env.with_seed(seed);
        }
        Ok(env)
    }

    /// The inputs by name: those of files, then those of the command line.
    pub(crate) fn inputs(&self) -> Result<Vec<(String, Value)>, Stop> {
        let mut inputs = Vec::new();
        for path in &self.files {
            inputs.extend(file(path)?);
        }
        inputs.extend(self.params.iter().map(|p| (p.name.clone(), p.value.clone())));
        Ok(inputs)
    }
}

/// The inputs in a file: a JSON object.
pub(crate) fn file(path: &Path) -> Result<Vec<(String, Value)>, Stop> {
    let source = Source::file(path)?;
    match serde_json::from_str::<Values<'_>>(&source.text) {
        Ok(values) => Ok(values.0.into_iter().map(|(k, v)| (k.into_owned(), v)).collect()),
        Err(e) => Err(Stop::usage(format!(
            "{}:{}:{}: {}",
            source.name,
            e.line(),
            e.column().max(1),
            json::message(&e)
        ))),
    }
}

/// The id, if there is such a time zone.
pub(crate) fn zone(id: &str) -> Result<String, String> {
    let env = Env::new().with("id", id);
    match small("DateTimeZone.forID(id);", &env) {
        Some(_) => Ok(id.to_owned()),
        None => Err(format!("`{id}` is not a time zone")),
    }
}

/// Epoch milliseconds, or an ISO 8601 text in the zone of `env`.
pub(crate) fn instant(text: &str, env: &Env) -> Result<i64, String> {
    if let Ok(millis) = text.parse() {
        return Ok(millis);
    }
    match small("new DateTime(text).getMillis();", &env.clone().with("text", text)) {
        Some(Value::Long(millis)) => Ok(millis),
        _ => Err(format!("`{text}` is neither epoch milliseconds nor an ISO 8601 instant")),
    }
}

/// The language does small services for its own command.
pub(crate) fn small(code: &str, env: &Env) -> Option<Value> {
    match Program::compile(code).ok()?.run(env, &sel::Limits::default(), None).ok()? {
        Outcome::Value(value) => Some(value),
        Outcome::Thrown(_) => None,
    }
}
