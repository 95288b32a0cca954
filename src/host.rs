//! What an evaluation may ask of its embedder: inputs, the clock, randomness, host functions.
//! Nothing else of the outside world is in reach.

use std::fmt;
use std::hash::{BuildHasher, Hasher};

use indexmap::IndexMap;

use crate::value::Value;
use crate::value::text::same_bytes;

/// An input as the host hands it over: borrowed where it can be.
#[derive(Debug, Clone)]
pub enum Input<'h> {
    /// Borrowed from the host for the evaluation: nothing is copied that is only read.
    Ref(&'h Value),
    /// Made for this call.
    Owned(Value),
}

impl<'h> From<&'h Value> for Input<'h> {
    fn from(value: &'h Value) -> Self {
        Input::Ref(value)
    }
}

/// Why a host function failed: a message for the author of the expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError(pub String);

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for HostError {}

/// The outside world of one evaluation. Every method has a default, so that
/// `impl Host for MyHost {}` is a host without inputs.
pub trait Host {
    /// The input of this name, asked for at most once per name and evaluation, and only if the
    /// expression gets to read it.
    fn input(&self, name: &str) -> Option<Input<'_>> {
        let _ = name;
        None
    }

    /// The current time in milliseconds since 1970-01-01T00:00Z. Default: the system's clock.
    fn now(&self) -> i64 {
        system_now()
    }

    /// The zone of `new DateTime()` and friends. Default `UTC`.
    fn time_zone(&self) -> &str {
        "UTC"
    }

    /// 64 random bits, for `Math.random()` and `UUID.randomUUID()`. Default: seeded by the system;
    /// not for secrets.
    fn random(&self) -> u64 {
        let mut hasher = std::hash::RandomState::new().build_hasher();
        hasher.write_u8(0);
        hasher.finish()
    }

    /// Answers `params.name(args)`: `None` when there is no such function. All arguments are
    /// strings.
    fn call_params(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
        let _ = (name, args);
        None
    }

    /// Answers `Util.name(args)` where `Util` itself has no such function.
    fn call_util(&self, name: &str, args: &[Value]) -> Option<Result<Value, HostError>> {
        let _ = (name, args);
        None
    }
}

#[expect(clippy::disallowed_methods, reason = "the one default clock; a host may replace it")]
fn system_now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// The inputs of an [`Env`].
pub type Inputs = IndexMap<String, Value, foldhash::fast::RandomState>;

/// So many inputs are looked through one by one.
const FEW: usize = 6;

/// A ready-made [`Host`]: inputs by name, and a clock and a random source that can be fixed.
///
/// ```
/// use sel::{Env, Program, Value};
/// let program = Program::compile("price * (1 + rate);")?;
/// let env = Env::new().with("price", 200).with("rate", 0.25);
/// assert_eq!(program.eval(&env)?, Value::Double(250.0));
/// # Ok::<(), sel::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Env {
    inputs: Inputs,
    now: Option<i64>,
    zone: Option<String>,
    seed: Option<std::cell::Cell<u64>>,
}

impl Env {
    /// No inputs, the system's clock, UTC.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds an input.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }
    /// Adds or replaces an input.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<Value>) {
        self.inputs.insert(name.into(), value.into());
    }
    /// Fixes the clock, in epoch milliseconds.
    #[must_use]
    pub fn with_now(mut self, millis: i64) -> Self {
        self.now = Some(millis);
        self
    }
    /// Sets the default time zone, by its id.
    #[must_use]
    pub fn with_time_zone(mut self, id: impl Into<String>) -> Self {
        self.zone = Some(id.into());
        self
    }
    /// Makes randomness reproducible.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(std::cell::Cell::new(seed));
        self
    }
    /// The inputs, in the order in which they were added.
    #[must_use]
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }
}

impl Host for Env {
    fn input(&self, name: &str) -> Option<Input<'_>> {
        // Comparing with a few names is quicker than hashing one.
        let found = if self.inputs.len() <= FEW {
            let is_named = |known: &str| same_bytes(known.as_bytes(), name.as_bytes());
            self.inputs.iter().find(|(known, _)| is_named(known)).map(|(_, value)| value)
        } else {
            self.inputs.get(name)
        };
        found.map(Input::Ref)
    }
    fn now(&self) -> i64 {
        self.now.unwrap_or_else(system_now)
    }
    fn time_zone(&self) -> &str {
        self.zone.as_deref().unwrap_or("UTC")
    }
    fn random(&self) -> u64 {
        let Some(seed) = &self.seed else {
            return std::hash::RandomState::new().build_hasher().finish();
        };
        // SplitMix64 (Steele, Lea, Flood 2014).
        let state = seed.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        seed.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
