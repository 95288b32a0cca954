//! What an expression sees while it is evaluated.

use sel::{Host, HostError, Input, Value};

use super::world::World;
use crate::model::Params;

/// The inputs of one evaluation, and the functions of `params` and `Util`.
pub(super) struct Inputs<'h> {
    /// The free names of the expression with their values.
    pub(super) values: Vec<(String, Value)>,
    /// What `params.get(name)` may reach besides.
    pub(super) workflow: Option<&'h Params>,
    pub(super) world: &'h dyn World,
}

impl Host for Inputs<'_> {
    fn input(&self, name: &str) -> Option<Input<'_>> {
        if let Some((_, value)) = self.values.iter().find(|(known, _)| known == name) {
            return Some(Input::Ref(value));
        }
        let found = self.workflow?.get(name)?.evaluated()?;
        Some(Input::Owned(found.to_sel()))
    }
    fn now(&self) -> i64 {
        self.world.now()
    }
    fn random(&self) -> u64 {
        self.world.random()
    }
    fn call_params(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
        let answer = answer(self.world, name, args)?;
        Some(answer.map_err(|message| {
            let args: Vec<String> = args.iter().map(|arg| format!("'{arg}'")).collect();
            HostError(format!("`params.{name}({})` fails: {message}", args.join(", ")))
        }))
    }
    fn call_util(&self, name: &str, args: &[Value]) -> Option<Result<Value, HostError>> {
        match (name, args) {
            ("toJson", [value]) => Some(match value.to_json() {
                Ok(json) => Ok(Value::String(json.to_string())),
                Err(error) => Err(HostError(error.to_string())),
            }),
            _ => None,
        }
    }
}

/// The functions of `params`; `None` for one that is not among them.
fn answer(world: &dyn World, name: &str, args: &[&str]) -> Option<Result<Value, String>> {
    Some(match (name, args) {
        ("nextUniqueId", []) => {
            let positive = (world.random() >> 1).max(1);
            Ok(Value::Long(i64::try_from(positive).unwrap_or(i64::MAX)))
        }
        ("getExecutionEnvironment", []) => Ok(Value::from(world.environment())),
        ("getFromInstance", [field]) => world.instance(field),
        ("getFromStep", [field]) => world.current_step(field),
        ("getFromStep", [step, param]) => world.step_param(step, param),
        ("getFromSignal", [param]) => world.initiator_param(param),
        ("getFromSignal", [signal, param]) => world.signal(signal, param),
        ("getFromSignalOrDefault", [signal, param, default]) => {
            world.signal(signal, param).or_else(|_| Ok(Value::from(*default)))
        }
        ("getFromSignalDependency", [index, param]) => match index.parse() {
            Ok(index) => world.dependency(index, param),
            Err(_) => Err(format!("`{}` is no index", crate::document::shorten(index))),
        },
        ("getFromForeach", [foreach, step, param]) => world.foreach(foreach, step, param),
        ("getFromSubworkflow", [sub, step, param]) => world.subworkflow(sub, step, param),
        _ => return None,
    })
}
