//! The JSON of definitions, instances and requests as types, exactly as the wire has it: names in
//! snake_case, nulls left out, the names of enums in any case in and in upper case out.
//!
//! Every type reads itself from a [`Node`](crate::document::Node) and notes all faults of shape
//! (unknown and missing fields, wrong types) with their paths. Whether the values make sense
//! together is decided by `validate`, not here. Through serde the types work with
//! `serde_json` only, because the digits of decimals must survive.

mod coerce;
mod record;

pub mod alerting;
pub mod artifact;
pub mod decimal;
pub mod definition;
pub mod evaluated;
pub mod initiator;
pub mod instance;
pub mod literal;
pub mod param;
pub mod properties;
pub mod request;
pub mod retry;
pub mod run;
pub mod signal;
pub mod step;
pub mod step_instance;
pub mod tag;
pub mod template;
pub mod timeline;
pub mod trigger;
pub mod user;
pub mod workflow;

use indexmap::IndexMap;

pub use crate::core::FailureMode;
pub use alerting::Alerting;
pub use artifact::Artifact;
pub use decimal::Decimal;
pub use definition::{Metadata, WorkflowDefinition};
pub use evaluated::Evaluated;
pub use initiator::{AncestorStep, Initiator, InitiatorKind};
pub use instance::{AggregatedInfo, RunProperties, StepAggregatedView, WorkflowInstance};
pub use literal::{Literal, ParamType};
pub use param::{Content, InternalMode, ParamDefinition, ParamMode, ParamSource, Parameter};
pub use properties::{Properties, PropertiesSnapshot, RunStrategy, RunStrategyRule};
pub use record::Model;
pub(crate) use record::{from_json, to_json, unknown_fields};
pub use request::{CreateRequest, GitInfo, StartRequest};
pub use retry::{Backoff, RetryPolicy, Scalar};
pub use run::{PathNode, RestartConfig, RunConfig, RunPolicy};
pub use signal::{MatchParam, Operator, SignalDependency, SignalOutput, StepMatchParam};
pub use step::{LeafKind, Step, StepKind, StepType, Transition, TypeName};
pub use step_instance::{RuntimeState, StepInstance, StepRetry, StepTransition};
pub use tag::{Namespace, Tag};
pub use template::{JobTemplate, TemplateDefinition};
pub use timeline::TimelineEvent;
pub use trigger::{SignalTrigger, TimeTrigger};
pub use user::User;
pub use workflow::{Criticality, Workflow};

/// Params of a definition by name, in the order they are written.
pub type ParamDefinitions = IndexMap<String, ParamDefinition>;

/// Params of an instance by name.
pub type Params = IndexMap<String, Parameter>;

/// JSON without a shape of its own.
pub type Extra = IndexMap<String, serde_json::Value>;

#[cfg(test)]
mod tests;
