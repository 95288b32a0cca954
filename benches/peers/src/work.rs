//! The workloads, W1 to W9, and what goes into them.

use std::fmt;

/// A workload of `benches/README.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Arithmetic on two inputs.
    W1,
    /// A condition on three inputs.
    W2,
    /// Strings: join, concatenate, upper case, substring.
    W3,
    /// 1 000 rounds with a branch.
    W4,
    /// Three nested loops of 100.
    W5,
    /// Fill an array of 1 000 with squares and sum it.
    W6,
    /// Put and get 100 entries of a map with string keys.
    W7,
    /// Parse a date, add a month, format it.
    W8,
    /// The sieve of Eratosthenes below 5 000.
    W9,
}

impl Work {
    pub const ALL: [Work; 9] =
        [Work::W1, Work::W2, Work::W3, Work::W4, Work::W5, Work::W6, Work::W7, Work::W8, Work::W9];

    /// What the workload takes from the host at each evaluation.
    pub fn inputs(self) -> Inputs {
        match self {
            Work::W1 => Inputs::Numbers,
            Work::W2 => Inputs::Status,
            Work::W3 => Inputs::Name,
            _ => Inputs::None,
        }
    }

    /// What everyone must answer.
    pub fn answer(self) -> Answer {
        match self {
            Work::W1 => Answer::Number(18.0),
            Work::W2 => Answer::Truth(true),
            Work::W3 => Answer::Text("a-jose-b_OS".to_owned()),
            Work::W4 => Answer::Number(167_499.0),
            Work::W5 => Answer::Number(1_000_000.0),
            Work::W6 => Answer::Number(332_833_500.0),
            Work::W7 => Answer::Number(4_950.0),
            Work::W8 => Answer::Text("2019-02-28".to_owned()),
            Work::W9 => Answer::Number(669.0),
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What the host hands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inputs {
    None,
    /// [`A`] and [`B`].
    Numbers,
    /// [`STATUS`], [`RETRIES`] and a map `params` with `env`: [`ENV`].
    Status,
    /// [`NAME`].
    Name,
}

pub const A: i64 = 7;
/// Even, so that languages whose `/` gives a fraction agree.
pub const B: i64 = 8;
pub const STATUS: &str = "SUCCEEDED";
pub const RETRIES: i64 = 2;
pub const ENV: &str = "prod";
pub const NAME: &str = "jose";

/// A result, so that results of all languages compare.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Number(f64),
    Truth(bool),
    Text(String),
}

/// A workload made ready in one language: evaluates it so many times and gives the last answer.
pub type Runner = Box<dyn FnMut(u64) -> Answer>;

/// One language.
#[derive(Clone, Copy)]
pub struct Peer {
    /// The column's name.
    pub name: &'static str,
    /// The package whose version is shown.
    pub package: &'static str,
    /// Which limits are on.
    pub limits: &'static str,
    /// `None` where the language cannot express the workload.
    pub prepare: fn(Work) -> Option<Runner>,
}
