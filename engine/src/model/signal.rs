//! Signals of steps: what a step waits for and what it announces.

use indexmap::IndexMap;

use super::record::{names, record, through_serde};
use super::{Extra, Model, ParamDefinition, ParamDefinitions};
use crate::document::{Node, Path, Problems, Value};

names! {
    /// How a signal's param is compared.
    #[derive(Default)]
    pub enum Operator {
        /// `=`
        #[default]
        Equal = "=",
        /// `>`
        Greater = ">",
        /// `>=`
        GreaterEqual = ">=",
        /// `<`
        Less = "<",
        /// `<=`
        LessEqual = "<=",
    }
}

impl Operator {
    /// Whether it stands for a range of values.
    #[must_use]
    pub fn is_range(self) -> bool {
        self != Operator::Equal
    }
}

/// The value of a signal's param.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignalValue {
    /// `"us"`
    String(String),
    /// `20240101`
    Long(i64),
}

impl Model for SignalValue {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Text(text) => Some(SignalValue::String(text.clone())),
            Value::Int(number) => Some(SignalValue::Long(*number)),
            _ => {
                problems.expected(at, node, "a string or an integer");
                None
            }
        }
    }
    fn write(&self) -> Node {
        match self {
            SignalValue::String(text) => text.write(),
            SignalValue::Long(number) => number.write(),
        }
    }
}
through_serde!(SignalValue);

record! {
    /// What a trigger asks of a signal's param, and what a dependency asks once evaluated.
    pub struct MatchParam {
        /// The value.
        value: SignalValue,
        /// How it is compared.
        operator: Operator = Operator::Equal,
    }
}

record! {
    /// What a step's dependency asks of a signal's param.
    pub struct StepMatchParam {
        /// The value as a param, STRING or LONG.
        param: ParamDefinition,
        /// How it is compared.
        operator: Operator = Operator::Equal,
    }
}

record! {
    /// A signal that a step waits for.
    pub struct SignalDependency {
        /// The name of the signal, interpolated.
        name: String,
        /// What must match.
        match_params: IndexMap<String, StepMatchParam>,
    }
}

record! {
    /// A signal that a step announces when it succeeded.
    pub struct SignalOutput {
        /// The name of the signal, interpolated.
        name: String,
        /// Its params, STRING or LONG.
        params: ParamDefinitions,
        /// Anything.
        payload: Option<Extra>,
    }
}

names! {
    /// Where a dependency is.
    #[derive(Default)]
    pub enum DependencyStatus {
        /// No signal matches yet.
        #[default]
        Pending = "PENDING",
        /// A signal matched.
        Matched = "MATCHED",
        /// Bypassed by a user.
        Skipped = "SKIPPED",
        /// The step ended first.
        Canceled = "CANCELED",
        /// It cannot be evaluated.
        Failed = "FAILED",
    }
}

record! {
    /// A dependency of a step instance.
    pub struct DependencyState {
        /// The signal.
        name: String,
        /// Where it is.
        status: DependencyStatus,
        /// What must match.
        match_params: IndexMap<String, MatchParam>,
        /// The signal that matched.
        signal_id: Option<i64>,
    }
}

record! {
    /// The dependencies of a step instance.
    #[derive(Default)]
    pub struct SignalDependencies {
        /// Anything to know about them.
        info: Option<serde_json::Value>,
        /// Each of them.
        dependencies: Vec<DependencyState> = Vec::new(),
    }
}

record! {
    /// A signal that a step instance announced.
    pub struct OutputState {
        /// The signal.
        name: String,
        /// Its params.
        params: IndexMap<String, SignalValue>,
        /// What went with it.
        payload: Option<Extra>,
        /// Its number among the signals of the name.
        signal_id: Option<i64>,
        /// When, in epoch milliseconds.
        announce_time: Option<i64>,
    }
}

record! {
    /// The signals that a step instance announced.
    #[derive(Default)]
    pub struct SignalOutputs {
        /// Anything to know about them.
        info: Option<serde_json::Value>,
        /// Each of them.
        outputs: Vec<OutputState> = Vec::new(),
    }
}

record! {
    /// A signal.
    pub struct SignalInstance {
        /// The name.
        name: String,
        /// Its number among the signals of the name.
        seq_id: Option<i64>,
        /// Its identity: the same signal is announced once.
        instance_id: Option<String>,
        /// Its params.
        params: IndexMap<String, SignalValue>,
        /// What went with it.
        payload: Option<Extra>,
        /// When it was asked for, in epoch milliseconds.
        request_time: Option<i64>,
        /// When it was stored.
        create_time: Option<i64>,
    }
}
