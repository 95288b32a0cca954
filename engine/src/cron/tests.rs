//! Expressions, their fires, and daylight saving.

use chrono::{DateTime, SecondsFormat};

use super::*;
use crate::zone::Zone;

fn fires(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let cron = Cron::parse(cron).unwrap();
    let zone = Zone::parse(zone).unwrap();
    let mut at = DateTime::parse_from_rfc3339(after).unwrap().timestamp_millis();
    let mut found = Vec::new();
    for _ in 0..count {
        let Some(next) = cron.next_after(at, zone) else { break };
        assert!(next > at);
        at = next;
        let text = DateTime::from_timestamp_millis(at).unwrap();
        found.push(text.to_rfc3339_opts(SecondsFormat::Secs, true).replace(":00Z", "Z"));
    }
    found
}

#[test]
fn fires_in_order() {
    for (cron, zone, after, wanted) in [
        (
            "*/15 9-10 * * MON-FRI",
            "UTC",
            "2024-03-01T10:40:00Z",
            &["2024-03-01T10:45Z", "2024-03-04T09:00Z"][..],
        ),
        (
            "0 0 12 1/1 * ? *",
            "US/Pacific",
            "2024-03-09T00:00:00Z",
            &["2024-03-09T20:00Z", "2024-03-10T19:00Z"],
        ),
        ("0 0 * * 0", "Asia/Tokyo", "2024-03-01T00:00:00Z", &["2024-03-02T15:00Z"]),
        ("0 0 * * 7", "UTC", "2024-03-01T00:00:00Z", &["2024-03-03T00:00Z"]),
        ("0 0 29 2 *", "UTC", "2024-03-01T00:00:00Z", &["2028-02-29T00:00Z", "2032-02-29T00:00Z"]),
        ("0 0 13 * 5", "UTC", "2024-09-07T00:00:00Z", &["2024-09-13T00:00Z", "2024-09-20T00:00Z"]),
        ("0 0 0 L * ?", "UTC", "2024-02-01T00:00:00Z", &["2024-02-29T00:00Z", "2024-03-31T00:00Z"]),
        (
            "0 0 0 L-3 * ?",
            "UTC",
            "2024-02-01T00:00:00Z",
            &["2024-02-26T00:00Z", "2024-03-28T00:00Z"],
        ),
        (
            "0 0 0 LW * ?",
            "UTC",
            "2024-03-01T00:00:00Z",
            &["2024-03-29T00:00Z", "2024-04-30T00:00Z"],
        ),
        (
            "0 0 0 15W * ?",
            "UTC",
            "2024-06-01T00:00:00Z",
            &["2024-06-14T00:00Z", "2024-07-15T00:00Z"],
        ),
        ("0 0 0 1W * ?", "UTC", "2024-05-20T00:00:00Z", &["2024-06-03T00:00Z"]),
        ("0 0 0 ? * 6L", "UTC", "2024-03-01T00:00:00Z", &["2024-03-29T00:00Z"]),
        (
            "0 0 0 ? * FRI#3",
            "UTC",
            "2024-03-01T00:00:00Z",
            &["2024-03-15T00:00Z", "2024-04-19T00:00Z"],
        ),
        ("0 0 0 ? * 2-6", "UTC", "2024-03-01T12:00:00Z", &["2024-03-04T00:00Z"]),
        (
            "0 0 0 ? * FRI-MON",
            "UTC",
            "2024-03-01T12:00:00Z",
            &["2024-03-02T00:00Z", "2024-03-03T00:00Z", "2024-03-04T00:00Z", "2024-03-08T00:00Z"],
        ),
        (
            "0 0 22-2/2 * * ?",
            "UTC",
            "2024-03-01T21:00:00Z",
            &["2024-03-01T22:00Z", "2024-03-02T00:00Z", "2024-03-02T02:00Z", "2024-03-02T22:00Z"],
        ),
        (
            "0 5/20 * ? JAN *",
            "UTC",
            "2024-01-31T23:30:00Z",
            &["2024-01-31T23:45Z", "2025-01-01T00:05Z"],
        ),
        (
            "0 0 0 1 1 ? 2026-2030/2",
            "UTC",
            "2024-01-31T23:30:00Z",
            &["2026-01-01T00:00Z", "2028-01-01T00:00Z", "2030-01-01T00:00Z"],
        ),
    ] {
        let found = fires(cron, zone, after, wanted.len());
        assert_eq!(found, wanted, "{cron}");
    }
    assert!(fires("0 0 30 2 *", "UTC", "2024-01-01T00:00:00Z", 1).is_empty());
    assert!(fires("0 0 0 1 1 ? 2020", "UTC", "2024-01-01T00:00:00Z", 1).is_empty());
}

#[test]
fn daylight_saving_neither_loses_nor_repeats_a_daily_run() {
    // 02:30 does not exist on 2024-03-10: made up for at 03:00 PDT.
    assert_eq!(
        fires("30 2 * * *", "US/Pacific", "2024-03-09T00:00:00Z", 3),
        ["2024-03-09T10:30Z", "2024-03-10T10:00Z", "2024-03-11T09:30Z"]
    );
    // 01:30 exists twice on 2024-11-03: only the first counts.
    assert_eq!(
        fires("30 1 * * *", "US/Pacific", "2024-11-02T00:00:00Z", 3),
        ["2024-11-02T08:30Z", "2024-11-03T08:30Z", "2024-11-04T09:30Z"]
    );
    // Every real hour.
    assert_eq!(
        fires("30 * * * *", "US/Pacific", "2024-03-10T09:00:00Z", 3),
        ["2024-03-10T09:30Z", "2024-03-10T10:30Z", "2024-03-10T11:30Z"]
    );
    assert_eq!(
        fires("30 * * * *", "US/Pacific", "2024-11-03T08:00:00Z", 3),
        ["2024-11-03T08:30Z", "2024-11-03T09:30Z", "2024-11-03T10:30Z"]
    );
    // Midnight itself is skipped where the gap is at midnight.
    assert_eq!(
        fires("0 0 * * *", "America/Havana", "2024-03-09T12:00:00Z", 2),
        ["2024-03-10T05:00Z", "2024-03-11T04:00Z"]
    );
}

#[test]
fn faults_name_the_field() {
    for (text, message) in [
        ("", "has 0"),
        ("* * * *", "has 4"),
        ("60 * * * *", "the minute `60` is not between 0 and 59"),
        ("* 24 * * *", "the hour `24`"),
        ("* * 0 * *", "the day of month `0`"),
        ("* * * 13 *", "the month `13`"),
        ("* * * * 8", "the day of week `8`"),
        ("5-1 * * * *", "runs backwards"),
        ("*/0 * * * *", "has no valid step"),
        ("*/x * * * *", "has no valid step"),
        ("a * * * *", "the minute `a` cannot be read"),
        ("0 0 ? * *", "the day of month `?`"),
        ("0 0 0 * * *", "must be `?`"),
        ("0 0 0 ? * ?", "only one of"),
        ("0 0 0 L-31 * ?", "is not `L-0` to `L-30`"),
        ("0 0 0 ? * 6#6", "is not `#1` to `#5`"),
        ("0 0 0 1 1 ? 1800", "the year `1800`"),
        ("1,,2 * * * *", "cannot be read"),
    ] {
        let error = Cron::parse(text).unwrap_err().0;
        assert!(error.contains(message), "{text}: {error}");
    }
}

#[test]
fn two_minutes_are_the_least() {
    for (cron, close) in [
        ("*/2 * * * *", None),
        ("* * * * *", Some(60)),
        ("0,1 0 * * *", Some(60)),
        ("59,0 0,23 * * *", Some(60)),
        ("59,0 0,23 1 * *", None),
        ("0/30 * * * * ?", Some(30)),
        ("* * * * * ?", Some(1)),
        ("0 0/2 * * * ?", None),
    ] {
        assert_eq!(Cron::parse(cron).unwrap().too_close(), close, "{cron}");
    }
}

#[test]
fn names_of_predefined_ones() {
    for name in ["hourly", "@daily", "weekly", "@monthly", "Yearly"] {
        assert!(Cron::parse(Cron::predefined(name).unwrap()).unwrap().ever_fires());
    }
    assert_eq!(Cron::predefined("@never"), None);
    assert!(!Cron::parse("0 0 31 2 *").unwrap().ever_fires());
}
