//! What is measured: the workloads W1 to W9, and params and conditions as workflows have them.

use sel::{Env, Value};

/// A program and its inputs.
pub(crate) struct Case {
    /// Its name in reports.
    pub(crate) name: &'static str,
    /// The source.
    pub(crate) source: &'static str,
    /// What the host holds.
    pub(crate) inputs: fn() -> Env,
}

const fn case(name: &'static str, source: &'static str, inputs: fn() -> Env) -> Case {
    Case { name, source, inputs }
}

/// The workloads that the other languages run too.
pub(crate) const WORKLOADS: &[Case] = &[
    case("W1", include_str!("../workloads/W1.sel"), numbers),
    case("W2", include_str!("../workloads/W2.sel"), status),
    case("W3", include_str!("../workloads/W3.sel"), name),
    case("W4", include_str!("../workloads/W4.sel"), Env::new),
    case("W5", include_str!("../workloads/W5.sel"), Env::new),
    case("W6", include_str!("../workloads/W6.sel"), Env::new),
    case("W7", include_str!("../workloads/W7.sel"), Env::new),
    case("W8", include_str!("../workloads/W8.sel"), Env::new),
    case("W9", include_str!("../workloads/W9.sel"), Env::new),
];

fn numbers() -> Env {
    Env::new().with("a", 7).with("b", 8)
}

fn status() -> Env {
    Env::new().with("status", "SUCCEEDED").with("retries", 2).with("env", "prod")
}

fn name() -> Env {
    Env::new().with("name", "jose")
}

/// Params and conditions of workflows.
pub(crate) const REALISTIC: &[Case] = &[
    case("while_condition", "i <= 20200105;", workflow),
    case("retry_condition", "status == 'SUCCEEDED' && retries < 3;", workflow),
    case("retry_delay", "(retries + 1) * 60;", workflow),
    case(
        "back_off",
        "long delay = 1; for (int i = 0; i < retries; i += 1) { delay *= 2; } return Math.min(delay * 30, 600);",
        workflow,
    ),
    case("map_choice", "cfg.get('limit') > 400 ? 'large' : 'small';", workflow),
    case(
        "array_sum",
        "long total = 0; for (int i = 0; i < sizes.length; i += 1) { total += sizes[i]; } return total;",
        workflow,
    ),
    case(
        "command_line",
        "'--region ' + region + ' --date ' + today + ' --retries ' + retries;",
        workflow,
    ),
    case("path", "String.join('/', 's3:/', 'bucket', region, String.valueOf(today));", workflow),
    case("split", "region.split('-')[0].toUpperCase() + '_' + today;", workflow),
    case("format", "String.format('%04d-%02d', today / 10000, today / 100 % 100);", workflow),
    case(
        "union",
        "String s = ''; for (int i = 0; i < tables.length; i += 1) { if (i > 0) s += ' UNION ALL '; s += 'SELECT * FROM ' + tables[i] + ' WHERE dateint = ' + today; } return s;",
        workflow,
    ),
    case(
        "run_policy",
        "policy = params.get('RUN_POLICY'); if (policy == 'START_FRESH_NEW_RUN') return 'run'; else if (policy == 'RESTART_FROM_INCOMPLETE') return 'resume'; else throw 'unsupported: ' + policy;",
        workflow,
    ),
    case(
        "run_date",
        "new DateTime(RUN_TS).withZone(DateTimeZone.forID('UTC')).toString('yyyyMMdd');",
        workflow,
    ),
    case(
        "run_date_pacific_minus_one",
        "new DateTime(RUN_TS).withZone(DateTimeZone.forID('US/Pacific')).minusDays(1).toString('yyyyMMdd');",
        workflow,
    ),
    case(
        "derived_run_ts",
        "DateTimeFormat.forPattern('yyyyMMddHH').withZone(DateTimeZone.forID(WORKFLOW_CRON_TIMEZONE)).parseDateTime(TARGET_RUN_DATE + TARGET_RUN_HOUR).getMillis();",
        workflow,
    ),
    case("date_range", "return Util.dateIntsBetween(20240115, 20240305, 7);", workflow),
];

fn workflow() -> Env {
    Env::new()
        .with("i", 20_200_101)
        .with("status", "SUCCEEDED")
        .with("retries", 2)
        .with("region", "us-east-1")
        .with("today", 20_240_310)
        .with("sizes", vec![100_i64, 250, 75])
        .with("tables", ["fact", "dim", "agg"].map(String::from).to_vec())
        .with("cfg", Value::Map([("limit".to_owned(), Value::Long(500))].into_iter().collect()))
        .with("RUN_POLICY", "RESTART_FROM_INCOMPLETE")
        .with("RUN_TS", 1_710_057_600_000_i64)
        .with("WORKFLOW_CRON_TIMEZONE", "America/Los_Angeles")
        .with("TARGET_RUN_DATE", "20240310")
        .with("TARGET_RUN_HOUR", "08")
}
