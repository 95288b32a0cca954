//! Params that everything has: those of workflows, of steps, and of each kind of step. All but the
//! reserved ones can be defined anew.

use std::sync::LazyLock;

use indexmap::IndexMap;

use super::freeze::escape;
use crate::model::{
    InternalMode, Literal, ParamDefinition, ParamDefinitions, ParamMode, ParamType,
};

/// The default params of workflows that nobody may define.
pub const RESERVED_NAMES: [&str; 2] = ["owner", "workflow_id"];

/// Names that a start request may not use.
pub(super) const FORBIDDEN_NAMES: [&str; 17] = [
    "maestro",
    "Maestro",
    "MAESTRO",
    "scheduler",
    "Scheduler",
    "SCHEDULER",
    "util",
    "Util",
    "UTIL",
    "params",
    "Params",
    "PARAMS",
    "AUTH_BLOB",
    "AUTH_DATA",
    "AUTH_ACTING_ON_BEHALF_OF_BLOB",
    "AUTH_TRIGGERING_ON_BEHALF_OF_BLOB",
    "AUTHORIZED_MANAGERS",
];

/// The name of `RUN_TS` in a zone and a pattern, shifted by calls.
macro_rules! date {
    ($from:literal, $zone:literal, $shift:literal, $pattern:literal) => {
        concat!(
            "new DateTime(",
            $from,
            ").withZone(",
            $zone,
            ")",
            $shift,
            ".toString('",
            $pattern,
            "');"
        )
    };
}

const CRON_ZONE: &str = "WORKFLOW_CRON_TIMEZONE";

/// Name, type and expression of Maestro's defaults, each after those it refers to.
const DERIVED: &[(&str, ParamType, &str)] = &[
    (
        "DSL_DEFAULT_TZ",
        ParamType::String,
        "tz = params.getFromInstance('FIRST_TIME_TRIGGER_TIMEZONE'); return tz.isEmpty() ? 'UTC' : tz;",
    ),
    (
        CRON_ZONE,
        ParamType::String,
        "tz = params.getFromInstance('INITIATOR_TIMEZONE'); return tz.isEmpty() ? DSL_DEFAULT_TZ : tz;",
    ),
    ("RUN_TS", ParamType::Long, "System.currentTimeMillis();"),
    (
        "TARGET_RUN_DATE",
        ParamType::String,
        date!("RUN_TS", "DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)", "", "yyyyMMdd"),
    ),
    (
        "TARGET_RUN_HOUR",
        ParamType::String,
        date!("RUN_TS", "DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)", "", "HH"),
    ),
    (
        "DERIVED_RUN_TS",
        ParamType::Long,
        "DateTimeFormat.forPattern('yyyyMMddHH').withZone(DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)).parseMillis(TARGET_RUN_DATE + TARGET_RUN_HOUR);",
    ),
    (
        "DERIVED_RUN_DATE_UTC",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.UTC", "", "yyyyMMdd"),
    ),
    (
        "DERIVED_RUN_DATE_UTC_MINUS_ONE",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.UTC", ".minusDays(1)", "yyyyMMdd"),
    ),
    (
        "DERIVED_RUN_DATE_UTC_PLUS_ONE",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.UTC", ".plusDays(1)", "yyyyMMdd"),
    ),
    (
        "DERIVED_RUN_DATE_UTC_MINUS_ONE_HOUR",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.UTC", ".minusHours(1)", "yyyyMMdd"),
    ),
    (
        "DERIVED_RUN_DATE_UTC_PLUS_ONE_HOUR",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.UTC", ".plusHours(1)", "yyyyMMdd"),
    ),
    (
        "DERIVED_RUN_HOUR_UTC",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.UTC", "", "HH"),
    ),
    (
        "DERIVED_RUN_HOUR_UTC_MINUS_ONE_HOUR",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.UTC", ".minusHours(1)", "HH"),
    ),
    (
        "DERIVED_RUN_HOUR_UTC_PLUS_ONE_HOUR",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.UTC", ".plusHours(1)", "HH"),
    ),
    (
        "DERIVED_RUN_DATE_US_PACIFIC",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.forID('America/Los_Angeles')", "", "yyyyMMdd"),
    ),
    (
        "DERIVED_RUN_DATE_US_PACIFIC_MINUS_ONE",
        ParamType::String,
        date!(
            "DERIVED_RUN_TS",
            "DateTimeZone.forID('America/Los_Angeles')",
            ".minusDays(1)",
            "yyyyMMdd"
        ),
    ),
    (
        "DERIVED_RUN_HOUR_US_PACIFIC",
        ParamType::String,
        date!("DERIVED_RUN_TS", "DateTimeZone.forID('America/Los_Angeles')", "", "HH"),
    ),
    (
        "LOCAL_RUN_DATE",
        ParamType::String,
        date!("RUN_TS", "DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)", "", "yyyyMMdd"),
    ),
    ("RUN_DATE", ParamType::String, date!("RUN_TS", "DateTimeZone.UTC", "", "yyyyMMdd")),
    (
        "RUN_DATE_MINUS_1",
        ParamType::String,
        date!("RUN_TS", "DateTimeZone.UTC", ".minusDays(1)", "yyyyMMdd"),
    ),
    (
        "RUN_DATE_MINUS_7",
        ParamType::String,
        date!("RUN_TS", "DateTimeZone.UTC", ".minusDays(7)", "yyyyMMdd"),
    ),
];

/// Name, expression and meaning of the STRING params that Airflow's users know.
pub const AIRFLOW_PARAMS: &[(&str, &str, &str)] = &[
    (
        "logical_date",
        date!("RUN_TS", "DateTimeZone.UTC", "", "yyyy-MM-dd\\'T\\'HH:mm:ssZZ"),
        "the moment that the run stands for: the planned time of a scheduled run",
    ),
    ("ds", "logical_date.substring(0, 10);", "its date, `2024-03-01`"),
    ("ds_nodash", "ds.replace('-', '');", "its date, `20240301`"),
    ("ts", "logical_date;", "the moment in ISO 8601, `2024-03-01T05:00:00+00:00`"),
    ("ts_nodash", "ts.substring(0, 19).replace('-', '').replace(':', '');", "`20240301T050000`"),
    ("ts_nodash_with_tz", "ts.replace('-', '').replace(':', '');", "`20240301T050000+0000`"),
    (
        "prev_ds",
        "new DateTime(logical_date, DateTimeZone.UTC).minusDays(1).toString('yyyy-MM-dd');",
        "the day before `ds`",
    ),
    (
        "next_ds",
        "new DateTime(logical_date, DateTimeZone.UTC).plusDays(1).toString('yyyy-MM-dd');",
        "the day after `ds`",
    ),
    ("prev_ds_nodash", "prev_ds.replace('-', '');", "the day before `ds`, without dashes"),
    ("next_ds_nodash", "next_ds.replace('-', '');", "the day after `ds`, without dashes"),
    (
        "data_interval_start",
        "previous = params.getFromInstance('PREVIOUS_TRIGGER_TIME'); \
         start = previous.isEmpty() ? new DateTime(RUN_TS).minusDays(1) : new DateTime(Long.parseLong(previous)); \
         return start.withZone(DateTimeZone.UTC).toString(\"yyyy-MM-dd'T'HH:mm:ssZZ\");",
        "the planned time of the run before; without a schedule a day before `logical_date`",
    ),
    ("data_interval_end", "logical_date;", "the end of the interval, which is `logical_date`"),
    (
        "run_id",
        "type = params.getFromInstance('INITIATOR_TYPE'); \
         kind = type == 'TIME' ? 'scheduled' : type == 'MANUAL' ? 'manual' : type.toLowerCase(); \
         return kind + '__' + ts;",
        "`scheduled__2024-03-01T05:00:00+00:00`, or `manual__…`",
    ),
];

fn on_start(param: ParamDefinition) -> ParamDefinition {
    param.with_mode(ParamMode::MutableOnStart)
}

fn reserved(param: ParamDefinition) -> ParamDefinition {
    param.with_mode(ParamMode::Constant).with_internal(InternalMode::Reserved)
}

static SHARED: LazyLock<ParamDefinitions> = LazyLock::new(|| {
    let derived = DERIVED.iter().map(|(name, declared, expression)| {
        ((*name).to_owned(), on_start(ParamDefinition::expression(*expression, *declared)))
    });
    let airflow = AIRFLOW_PARAMS.iter().map(|(name, expression, _)| {
        ((*name).to_owned(), on_start(ParamDefinition::expression(*expression, ParamType::String)))
    });
    let template = ParamDefinition::missing(ParamType::String)
        .with_mode(ParamMode::MutableOnStart)
        .with_internal(InternalMode::Optional);
    derived.chain(airflow).chain([("job_template_version".to_owned(), template)]).collect()
});

/// The default params of a workflow.
#[must_use]
pub fn workflow_defaults(workflow_id: &str, owner: Option<&str>) -> ParamDefinitions {
    let mut params = SHARED.clone();
    for (name, text) in RESERVED_NAMES.iter().zip([owner.unwrap_or_default(), workflow_id]) {
        params.insert((*name).to_owned(), reserved(ParamDefinition::string(escape(text))));
    }
    params
}

/// Who a step attempt is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepIdentity {
    /// The instance.
    pub workflow_instance_id: i64,
    /// The identity of the attempt.
    pub step_instance_uuid: String,
    /// The attempt.
    pub step_attempt_id: i64,
    /// The step.
    pub step_id: String,
}

/// The default params of a step attempt.
#[must_use]
pub fn step_defaults(identity: &StepIdentity) -> ParamDefinitions {
    let long = |number| ParamDefinition::literal(Literal::Long(number));
    let text = |text: &str| ParamDefinition::string(escape(text));
    [
        ("workflow_instance_id", long(identity.workflow_instance_id)),
        ("step_instance_uuid", text(&identity.step_instance_uuid)),
        ("step_attempt_id", long(identity.step_attempt_id)),
        ("step_id", text(&identity.step_id)),
    ]
    .map(|(name, param)| (name.to_owned(), reserved(param)))
    .into_iter()
    .collect()
}

/// The default params of a type of step by its lower-case name; `foreach`, `while` and
/// `subworkflow` are types too.
#[must_use]
pub fn type_defaults(type_name: &str) -> ParamDefinitions {
    let params: Vec<(&str, ParamDefinition)> = match type_name {
        "foreach" => looping(),
        "while" => {
            let mut params = looping();
            let no = ParamDefinition::literal(Literal::Boolean(false));
            params.push(("condition", reserved(no)));
            params
        }
        "subworkflow" => vec![
            ("subworkflow_id", wanted(ParamType::String)),
            (
                "subworkflow_version",
                on_start(ParamDefinition::string("active")).with_internal(InternalMode::Provided),
            ),
        ],
        "http" => http(),
        "kubernetes" => vec![("kubernetes", kubernetes())],
        "notebook" => vec![("kubernetes", kubernetes()), ("notebook", notebook())],
        _ => Vec::new(),
    };
    params.into_iter().map(|(name, param)| (name.to_owned(), param)).collect()
}

fn wanted(declared: ParamType) -> ParamDefinition {
    ParamDefinition::missing(declared).with_internal(InternalMode::Required)
}
fn maybe(declared: ParamType) -> ParamDefinition {
    ParamDefinition::missing(declared).with_internal(InternalMode::Optional)
}
fn given(text: &str) -> ParamDefinition {
    ParamDefinition::string(text).with_internal(InternalMode::Provided)
}
fn map(entries: Vec<(&str, ParamDefinition)>) -> ParamDefinition {
    let entries = entries.into_iter().map(|(name, param)| (name.to_owned(), param)).collect();
    ParamDefinition::literal(Literal::Map(entries))
}

fn looping() -> Vec<(&'static str, ParamDefinition)> {
    vec![
        ("loop_params", map(Vec::new()).with_internal(InternalMode::Required)),
        ("loop_index", reserved(ParamDefinition::literal(Literal::Long(-1)))),
    ]
}

/// What an answer means when the step does not say: trying again helps unless the request is wrong.
const STATE_OF_ANSWER: &str = "if (status_code >= 200 && status_code < 300) return 'DONE'; \
     if (status_code >= 400 && status_code < 500) return 'FATAL_ERROR'; return 'USER_ERROR';";

fn http() -> Vec<(&'static str, ParamDefinition)> {
    let headers: IndexMap<String, String> = ["Content-Type", "Accept"]
        .map(|name| (name.to_owned(), "application/json".to_owned()))
        .into();
    vec![
        (
            "http",
            map(vec![
                ("url", wanted(ParamType::String)),
                ("method", given("GET")),
                ("headers", ParamDefinition::literal(Literal::StringMap(headers))),
                ("body", maybe(ParamType::String)),
            ]),
        ),
        ("status_code", ParamDefinition::literal(Literal::Long(0))),
        ("response_body", ParamDefinition::string("")),
        ("state_expr", given(STATE_OF_ANSWER)),
    ]
}

fn kubernetes() -> ParamDefinition {
    map(vec![
        ("app_name", given("maestro-job")),
        ("image", wanted(ParamType::String)),
        ("entrypoint", maybe(ParamType::String)),
        ("command", maybe(ParamType::StringArray)),
        ("args", maybe(ParamType::StringArray)),
        ("env", maybe(ParamType::StringMap)),
        ("cpu", maybe(ParamType::String)),
        ("memory", maybe(ParamType::String)),
        ("disk", maybe(ParamType::String)),
        ("gpu", maybe(ParamType::String)),
        ("job_deduplication_key", maybe(ParamType::String)),
        ("owner_email", maybe(ParamType::String)),
    ])
}

fn notebook() -> ParamDefinition {
    map(vec![
        ("input_path", wanted(ParamType::String)),
        ("output_path", maybe(ParamType::String)),
        ("init_command", maybe(ParamType::String)),
        ("git_repo", maybe(ParamType::String)),
        ("git_branch", maybe(ParamType::String)),
        ("git_commit", maybe(ParamType::String)),
        ("git_submodules", maybe(ParamType::Boolean)),
        ("papermill_arguments", maybe(ParamType::StringArray)),
        ("run_id", maybe(ParamType::String)),
    ])
}
