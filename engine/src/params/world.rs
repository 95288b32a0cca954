//! What an expression may ask about the world outside its params.

use sel::{CancelFlag, Limits, Value};

use crate::model::{Initiator, InitiatorKind};

fn absent<T>(what: &str) -> Result<T, String> {
    Err(format!("{what} is not available here"))
}

/// Answers what the `params.…` functions and `step__param` references ask. Every answer may be an
/// error in plain words; it becomes part of the message about the param.
pub trait World {
    /// The current time in epoch milliseconds.
    fn now(&self) -> i64;
    /// 64 random bits.
    fn random(&self) -> u64;
    /// The limits of each expression.
    fn limits(&self) -> Limits {
        Limits::default()
    }
    /// Stops every expression.
    fn cancel(&self) -> Option<CancelFlag> {
        None
    }
    /// `params.getExecutionEnvironment()`
    fn environment(&self) -> &str {
        "test"
    }
    /// `params.getFromInstance(field)`; see [`InstanceFacts`].
    fn instance(&self, field: &str) -> Result<Value, String> {
        absent(&format!("the instance's `{field}`"))
    }
    /// `params.getFromStep(field)`: of the current step.
    fn current_step(&self, field: &str) -> Result<Value, String> {
        absent(&format!("the step's `{field}`"))
    }
    /// Whether this is the id of a step whose params can be referred to.
    fn has_step(&self, step: &str) -> bool {
        let _ = step;
        false
    }
    /// `step__param` and `params.getFromStep(step, param)`: of a finished step. The names
    /// `MAESTRO_STEP_STATUS` and `MAESTRO_STEP_END_TIME` count as params here.
    fn step_param(&self, step: &str, param: &str) -> Result<Value, String> {
        absent(&format!("the param `{param}` of the step `{step}`"))
    }
    /// `params.getFromSignal(param)`: of the initiator's params.
    fn initiator_param(&self, param: &str) -> Result<Value, String> {
        absent(&format!("the initiator's param `{param}`"))
    }
    /// `signal__param` and `params.getFromSignal(signal, param)`: of the signal that started it.
    fn signal(&self, signal: &str, param: &str) -> Result<Value, String> {
        absent(&format!("the param `{param}` of the signal `{signal}`"))
    }
    /// `params.getFromSignalDependency(index, param)`: of the signal that the step waited for.
    fn dependency(&self, index: usize, param: &str) -> Result<Value, String> {
        absent(&format!("the param `{param}` of the signal dependency {index}"))
    }
    /// `params.getFromForeach(foreach, step, param)`: an array over all iterations.
    fn foreach(&self, foreach: &str, step: &str, param: &str) -> Result<Value, String> {
        absent(&format!("the param `{param}` of the step `{step}` in the foreach `{foreach}`"))
    }
    /// `params.getFromSubworkflow(subworkflow, step, param)`
    fn subworkflow(&self, subworkflow: &str, step: &str, param: &str) -> Result<Value, String> {
        absent(&format!("the param `{param}` of the step `{step}` in `{subworkflow}`"))
    }
}

/// A world without anything in it but a clock and chance.
pub(crate) struct Alone<'w>(pub(crate) &'w dyn World);

impl World for Alone<'_> {
    fn now(&self) -> i64 {
        self.0.now()
    }
    fn random(&self) -> u64 {
        self.0.random()
    }
    fn limits(&self) -> Limits {
        self.0.limits()
    }
    fn cancel(&self) -> Option<CancelFlag> {
        self.0.cancel()
    }
}

/// What `params.getFromInstance` knows.
#[derive(Debug, Clone)]
pub struct InstanceFacts {
    /// The workflow.
    pub workflow_id: String,
    /// The instance.
    pub instance_id: i64,
    /// The run.
    pub run_id: i64,
    /// Who owns the workflow.
    pub owner: Option<String>,
    /// Who or what started the instance.
    pub initiator: Initiator,
    /// The zone of the workflow's first time trigger.
    pub first_trigger_timezone: Option<String>,
    /// What the run does: `START_FRESH_NEW_RUN`, …
    pub run_policy: String,
    /// The fire of the time trigger before the one that started it, in epoch milliseconds.
    pub previous_trigger_time: Option<i64>,
}

impl InstanceFacts {
    /// The value of a field.
    ///
    /// # Errors
    /// When there is no such field, or it has no meaning for this instance.
    pub fn get(&self, field: &str) -> Result<Value, String> {
        let text = |text: Option<&str>| Ok(Value::from(text.unwrap_or_default()));
        match field {
            "workflow_id" => text(Some(&self.workflow_id)),
            "workflow_instance_id" => Ok(Value::Long(self.instance_id)),
            "workflow_run_id" => Ok(Value::Long(self.run_id)),
            "owner" => text(self.owner.as_deref()),
            "INITIATOR_TYPE" => text(Some(self.initiator.kind.as_str())),
            "INITIATOR_TIMEZONE" => text(self.initiator.timezone.as_deref()),
            "FIRST_TIME_TRIGGER_TIMEZONE" => text(self.first_trigger_timezone.as_deref()),
            "RUN_POLICY" => text(Some(&self.run_policy)),
            "PREVIOUS_TRIGGER_TIME" => {
                text(self.previous_trigger_time.map(|t| t.to_string()).as_deref())
            }
            "INITIATOR_RUNNER_NAME" => match &self.initiator.user {
                Some(user) if self.initiator.kind == InitiatorKind::Manual => {
                    text(Some(&user.name))
                }
                _ => Err("only a run that a user started has an `INITIATOR_RUNNER_NAME`".into()),
            },
            _ => Err(format!("an instance has no field `{}`", crate::document::shorten(field))),
        }
    }
}
