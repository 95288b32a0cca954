//! Params: merging a definition with what runs, restarts and jobs say, evaluating what comes out
//! with SEL in the order of its references, and converting to the declared types.
//!
//! Everything here is synchronous and without I/O: what an expression may ask about instances,
//! steps and signals is answered by a [`World`].

mod condition;
mod convert;
mod defaults;
mod error;
mod evaluator;
mod freeze;
mod host;
mod interpolate;
mod merge;
mod output;
mod policy;
mod program;
mod size;
mod step;
mod workflow;
mod world;

pub use condition::{condition, each, expression, interpolate, standalone};
pub use convert::{Converted, convert};
pub use defaults::{
    AIRFLOW_PARAMS, RESERVED_NAMES, StepIdentity, step_defaults, type_defaults, workflow_defaults,
};
pub use error::{ErrorKind, ParamError, SelFault};
pub(crate) use evaluator::{free_names, splits};
pub use freeze::{escape, freeze, freeze_one};
pub use interpolate::{is_interpolated, references};
pub use merge::{MergeContext, merge};
pub use output::{merge_outputs, output_params};
pub use policy::retry;
pub use program::compile;
pub use step::{StepInput, merge_step, step, step_best_effort};
pub(crate) use workflow::evaluate as evaluate_workflow;
pub use workflow::{Restart, WorkflowInput, merge_workflow, run_params, workflow};
pub use world::{InstanceFacts, World};

#[cfg(test)]
mod tests;
