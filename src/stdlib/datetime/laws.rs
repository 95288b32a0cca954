//! Laws that hold for all dates, tried on random ones.

use proptest::prelude::*;

use super::arithmetic::Unit;
use super::field::Field;
use super::formatter::Formatter;
use super::instant::DateTime;
use super::iso;
use super::pattern::Pattern;
use super::zone::Zone;
use crate::limits::Meter;
use crate::value::text::Units;

const ZONES: [&str; 8] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "+05:30",
    "-03:04:05.006",
];

const UNITS: [Unit; 8] = [
    Unit::Years,
    Unit::Months,
    Unit::Weeks,
    Unit::Days,
    Unit::Hours,
    Unit::Minutes,
    Unit::Seconds,
    Unit::Millis,
];

fn zone() -> impl Strategy<Value = Zone> {
    (0..ZONES.len()).prop_map(|i| Zone::find(ZONES[i]).unwrap())
}

/// Years 1 to 9999.
fn millis() -> impl Strategy<Value = i64> {
    -62_135_596_800_000..253_402_300_800_000_i64
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// A view of any text.
fn view<'t>(text: &'t str, wide: &'t [u16]) -> Units<'t> {
    if text.is_ascii() { Units::Ascii(text.as_bytes()) } else { Units::Wide(wide) }
}

proptest! {
    #[test]
    fn in_utc_what_is_added_can_be_taken_away(at in millis(), n in -10_000..10_000_i64, unit in 2..8_usize) {
        let start = DateTime::new(at, Zone::Utc);
        let there = start.plus(UNITS[unit], n).unwrap();
        prop_assert_eq!(there.plus(UNITS[unit], -n).unwrap(), start);
    }

    #[test]
    fn months_keep_the_day_or_clamp_it(at in millis(), n in -10_000..10_000_i64) {
        let start = DateTime::new(at, Zone::Utc);
        let there = start.plus(Unit::Months, n).unwrap();
        let (day, new) = (start.get(Field::DayOfMonth).unwrap(), there.get(Field::DayOfMonth).unwrap());
        let (_, last) = Field::DayOfMonth.bounds(there.local().unwrap());
        prop_assert_eq!(new, day.min(last));
        let months = |d: DateTime| d.get(Field::Year).unwrap() * 12 + d.get(Field::MonthOfYear).unwrap();
        prop_assert_eq!(months(there) - months(start), n);
    }

    #[test]
    fn a_field_set_to_its_value_changes_nothing(at in millis(), zone in zone()) {
        let start = DateTime::new(at, zone);
        for field in [Field::Year, Field::Weekyear, Field::MonthOfYear, Field::DayOfYear, Field::HourOfDay] {
            prop_assert_eq!(start.with(field, start.get(field).unwrap()).unwrap(), start);
        }
    }

    #[test]
    fn iso_text_reads_back(at in any::<i64>(), zone in zone()) {
        let start = DateTime::new(at, zone);
        prop_assert_eq!(iso::parse_str(&start.to_string(), Zone::Utc).unwrap(), start.millis);
        prop_assert_eq!(start.with_zone(Zone::Utc).millis, start.millis);
    }

    #[test]
    fn printed_patterns_read_back(at in millis(), zone in zone(), which in 0..4_usize) {
        let source = ["yyyy-MM-dd HH:mm:ss.SSS", "xxxx-'W'ww-e hh:mm:ss.SSS a", "YYYY DDD kk:mm:ss.SSS", "EEEE, d MMMM yyyy H:m:s.SSS"][which];
        let meter = Meter::unlimited();
        let pattern = Pattern::compile(Units::Ascii(source.as_bytes()), &meter).unwrap();
        let formatter = Formatter::new(pattern).with_zone(zone);
        let start = DateTime::new(at, zone);
        let text = formatter.print(start, &meter).unwrap();
        // The text does not tell the halves of an overlap apart.
        if let Ok(back) = formatter.parse_date_time(text.units(), zone, || start, &meter) {
            prop_assert_eq!(back.local().unwrap(), start.local().unwrap());
        }
    }

    #[test]
    fn the_start_of_the_day_is_the_day_s_first_instant(at in millis(), zone in zone()) {
        let start = DateTime::new(at, zone);
        let begin = start.at_start_of_day().unwrap();
        let day = |d: DateTime| d.local().unwrap().div_euclid(86_400_000);
        prop_assert_eq!(day(begin), day(start));
        prop_assert!(begin.millis <= start.millis);
        prop_assert!(day(DateTime::new(begin.millis - 1, zone)) < day(begin));
    }

    #[test]
    fn nothing_panics(at in any::<i64>(), n in any::<i64>(), zone in zone(), unit in 0..8_usize) {
        let start = DateTime::new(at, zone);
        let _ = start.plus(UNITS[unit], n).map(|d| d.to_string());
        let _ = (start.to_string(), start.at_start_of_day());
        for field in [Field::Era, Field::Year, Field::Weekyear, Field::WeekOfWeekyear, Field::DayOfYear, Field::MillisOfDay] {
            let _ = start.with(field, n);
            let _ = start.get(field).map(|v| start.with(field, v));
        }
    }

    #[test]
    fn any_pattern_and_any_text_are_answered(source in "[GCYxweEyDMdaKhHkmsSzZ'/: -é]{0,30}", text in ".{0,30}", at in any::<i64>(), zone in zone()) {
        let meter = Meter::unlimited();
        let (wide, text_wide) = (units(&source), units(&text));
        if let Ok(pattern) = Pattern::compile(view(&source, &wide), &meter) {
            let formatter = Formatter::new(pattern).with_zone(zone);
            let now = DateTime::new(0, zone);
            let _ = formatter.parse_date_time(view(&text, &text_wide), zone, || now, &meter);
            let printed = formatter.print(DateTime::new(at, zone), &meter).unwrap();
            let _ = formatter.parse_millis(printed.units(), zone, || now, &meter);
        }
        let _ = iso::parse(view(&text, &text_wide), zone);
        let _ = Zone::find(&text);
    }
}
