//! The params that every workflow has: Maestro's (section 10.5 of the engine's contract), and
//! those that Airflow's users miss. All but the reserved ones can be defined anew.

use std::cell::Cell;

use sel::{HostError, Value};

use super::Extension;
use crate::params::model::{Literal, ParamDefinition, ParamMode, ParamSource, ParamType};

/// The instance whose params are evaluated.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The workflow's id.
    pub workflow_id: String,
    /// Counts the instances of a workflow, from 1.
    pub instance_id: i64,
    /// Counts the runs of an instance, from 1.
    pub run_id: i64,
    /// The workflow's owner; empty where there is none.
    pub owner: String,
    /// `MANUAL`, `TIME`, `SIGNAL`, …
    pub initiator_type: String,
    /// The user of a manual start.
    pub initiator_user: Option<String>,
    /// The time zone of the trigger that started it.
    pub initiator_timezone: Option<String>,
    /// The time zone of the workflow's first time trigger.
    pub first_trigger_timezone: Option<String>,
    /// `START_FRESH_NEW_RUN`, `RESTART_FROM_INCOMPLETE`, …
    pub run_policy: String,
    /// What `params.getExecutionEnvironment()` gives.
    pub environment: String,
    /// The last number that `params.nextUniqueId()` gave; seeded by the caller.
    pub unique: Cell<u64>,
}

impl Extension for Instance {
    fn call(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
        let text = |s: &str| Some(Ok(Value::from(s)));
        match (name, args) {
            ("getFromInstance", [field]) => match *field {
                "workflow_id" => text(&self.workflow_id),
                "workflow_instance_id" => Some(Ok(Value::Long(self.instance_id))),
                "workflow_run_id" => Some(Ok(Value::Long(self.run_id))),
                "owner" => text(&self.owner),
                "INITIATOR_TYPE" => text(&self.initiator_type),
                "INITIATOR_TIMEZONE" => text(self.initiator_timezone.as_deref().unwrap_or("")),
                "FIRST_TIME_TRIGGER_TIMEZONE" => {
                    text(self.first_trigger_timezone.as_deref().unwrap_or(""))
                }
                "RUN_POLICY" => text(&self.run_policy),
                "INITIATOR_RUNNER_NAME" => Some(match &self.initiator_user {
                    Some(user) => Ok(Value::from(user.as_str())),
                    None => Err(HostError("only a manual run has an INITIATOR_RUNNER_NAME".into())),
                }),
                other => Some(Err(HostError(format!("an instance has no field `{other}`")))),
            },
            ("getExecutionEnvironment", []) => text(&self.environment),
            ("nextUniqueId", []) => {
                // SplitMix64, cut to 63 bits: positive, and different at every call.
                let state = self.unique.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
                self.unique.set(state);
                let mut z = state;
                z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                Some(Ok(Value::Long(((z ^ (z >> 31)) >> 1) as i64)))
            }
            (
                "getFromStep"
                | "getFromForeach"
                | "getFromSubworkflow"
                | "getFromSignal"
                | "getFromSignalOrDefault"
                | "getFromSignalDependency",
                _,
            ) => Some(Err(HostError(format!(
                "`params.{name}({})` has nothing to read from in a workflow's own params",
                args.join(", ")
            )))),
            _ => None,
        }
    }
}

/// Name, type and expression of the defaults that are derived.
const DERIVED: &[(&str, ParamType, &str)] = &[
    (
        "DSL_DEFAULT_TZ",
        ParamType::String,
        "tz = params.getFromInstance('FIRST_TIME_TRIGGER_TIMEZONE'); return tz.isEmpty() ? 'UTC' : tz;",
    ),
    (
        "WORKFLOW_CRON_TIMEZONE",
        ParamType::String,
        "tz = params.getFromInstance('INITIATOR_TIMEZONE'); return tz.isEmpty() ? DSL_DEFAULT_TZ : tz;",
    ),
    ("RUN_TS", ParamType::Long, "System.currentTimeMillis();"),
    (
        "TARGET_RUN_DATE",
        ParamType::String,
        "new DateTime(RUN_TS).withZone(DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)).toString('yyyyMMdd');",
    ),
    (
        "TARGET_RUN_HOUR",
        ParamType::String,
        "new DateTime(RUN_TS).withZone(DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)).toString('HH');",
    ),
    (
        "DERIVED_RUN_TS",
        ParamType::Long,
        "DateTimeFormat.forPattern('yyyyMMddHH').withZone(DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)).parseMillis(TARGET_RUN_DATE + TARGET_RUN_HOUR);",
    ),
    (
        "DERIVED_RUN_DATE_UTC",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.UTC).toString('yyyyMMdd');",
    ),
    (
        "DERIVED_RUN_DATE_UTC_MINUS_ONE",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.UTC).minusDays(1).toString('yyyyMMdd');",
    ),
    (
        "DERIVED_RUN_DATE_UTC_PLUS_ONE",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.UTC).plusDays(1).toString('yyyyMMdd');",
    ),
    (
        "DERIVED_RUN_DATE_UTC_MINUS_ONE_HOUR",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.UTC).minusHours(1).toString('yyyyMMdd');",
    ),
    (
        "DERIVED_RUN_DATE_UTC_PLUS_ONE_HOUR",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.UTC).plusHours(1).toString('yyyyMMdd');",
    ),
    (
        "DERIVED_RUN_HOUR_UTC",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.UTC).toString('HH');",
    ),
    (
        "DERIVED_RUN_HOUR_UTC_MINUS_ONE_HOUR",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.UTC).minusHours(1).toString('HH');",
    ),
    (
        "DERIVED_RUN_HOUR_UTC_PLUS_ONE_HOUR",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.UTC).plusHours(1).toString('HH');",
    ),
    (
        "DERIVED_RUN_DATE_US_PACIFIC",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.forID('America/Los_Angeles')).toString('yyyyMMdd');",
    ),
    (
        "DERIVED_RUN_DATE_US_PACIFIC_MINUS_ONE",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.forID('America/Los_Angeles')).minusDays(1).toString('yyyyMMdd');",
    ),
    (
        "DERIVED_RUN_HOUR_US_PACIFIC",
        ParamType::String,
        "new DateTime(DERIVED_RUN_TS).withZone(DateTimeZone.forID('America/Los_Angeles')).toString('HH');",
    ),
    (
        "LOCAL_RUN_DATE",
        ParamType::String,
        "new DateTime(RUN_TS).withZone(DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)).toString('yyyyMMdd');",
    ),
    (
        "RUN_DATE",
        ParamType::String,
        "new DateTime(RUN_TS).withZone(DateTimeZone.UTC).toString('yyyyMMdd');",
    ),
    (
        "RUN_DATE_MINUS_1",
        ParamType::String,
        "new DateTime(RUN_TS).withZone(DateTimeZone.UTC).minusDays(1).toString('yyyyMMdd');",
    ),
    (
        "RUN_DATE_MINUS_7",
        ParamType::String,
        "new DateTime(RUN_TS).withZone(DateTimeZone.UTC).minusDays(7).toString('yyyyMMdd');",
    ),
];

/// The default params of a workflow, in the order of their evaluation.
pub fn default_params(instance: &Instance) -> Vec<(String, ParamDefinition)> {
    let mode = Some(ParamMode::MutableOnStart);
    let derived = DERIVED.iter().map(|(name, ty, expression)| {
        let source = ParamSource::Expression((*expression).to_owned());
        ((*name).to_owned(), ParamDefinition { ty: *ty, source, mode, validator: None })
    });
    let reserved = [("owner", &instance.owner), ("workflow_id", &instance.workflow_id)];
    let reserved = reserved.into_iter().map(|(name, text)| {
        // A dollar sign in an id would be taken for a reference.
        let source = ParamSource::Value(Literal::String(text.replace('$', "$$")));
        let mode = Some(ParamMode::Constant);
        (name.to_owned(), ParamDefinition { ty: ParamType::String, source, mode, validator: None })
    });
    derived.chain(reserved).collect()
}

/// The names that a definition may not take.
pub(crate) const RESERVED: [&str; 2] = ["owner", "workflow_id"];
