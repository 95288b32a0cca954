//! Names of time zones: which zone an old id stands for, and what the patterns `z` and `zzzz`
//! show. Both are data files: `links.txt` has an old id and the zone on each line, as tz data
//! 2022a links them; `names.txt` has the names that Java 17 to 21 give in the locale US, short and
//! long, standard and summer, then the ids that they are the names of.

use std::sync::LazyLock;

use super::offset::{Printed, Style};
use super::sink::Sink;
use super::zone::Zone;
use crate::fault::Fault;

/// The names of a zone.
struct Names {
    /// Standard, then summer.
    short: [&'static str; 2],
    /// Standard, then summer.
    long: [&'static str; 2],
}

static LINKS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let mut links: Vec<_> =
        include_str!("links.txt").lines().filter_map(|l| l.split_once(' ')).collect();
    links.sort_unstable();
    links
});

static NAMES: LazyLock<Vec<(&str, Names)>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for line in include_str!("names.txt").lines() {
        let mut parts = line.split('|');
        let mut part = || parts.next().unwrap_or_default();
        let (short, long) = ([part(), part()], [part(), part()]);
        all.extend(part().split(' ').map(|id| (id, Names { short, long })));
    }
    all.sort_unstable_by_key(|(id, _)| *id);
    all
});

/// The zone that this id stands for: itself, unless it is a link.
pub(super) fn canonical(id: &str) -> &str {
    match LINKS.binary_search_by_key(&id, |(link, _)| link) {
        Ok(at) => LINKS.get(at).map_or(id, |(_, zone)| zone),
        Err(_) => id,
    }
}

/// Shows the name that is in force at an instant; the offset where the zone has no name.
pub(super) fn write<S: Sink>(zone: Zone, utc: i64, long: bool, out: &mut S) -> Result<(), Fault> {
    let id = match zone {
        Zone::Utc => "UTC",
        Zone::Fixed(_) => "",
        Zone::Tz(tz) => tz.name(),
    };
    let found = NAMES.binary_search_by_key(&id, |(id, _)| id).ok().and_then(|at| NAMES.get(at));
    match found {
        Some((_, names)) => {
            let [standard, summer] = if long { names.long } else { names.short };
            out.text(if zone.is_summer(utc) { summer } else { standard })
        }
        None => out.ascii(Printed::new(zone.offset_at(utc), Style::Full).bytes()),
    }
}

/// The zones of the abbreviations that pattern `z` reads
/// (`DateTimeUtils.getDefaultTimeZoneNames`).
pub(super) const ABBREVIATIONS: [(&str, &str); 11] = [
    ("UTC", "UTC"),
    ("UT", "UTC"),
    ("GMT", "UTC"),
    ("EST", "America/New_York"),
    ("EDT", "America/New_York"),
    ("CST", "America/Chicago"),
    ("CDT", "America/Chicago"),
    ("MST", "America/Denver"),
    ("MDT", "America/Denver"),
    ("PST", "America/Los_Angeles"),
    ("PDT", "America/Los_Angeles"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_the_tables_is_known() {
        for (link, zone) in LINKS.iter() {
            assert!(Zone::find(link).is_some() && Zone::find(zone).is_some(), "{link}");
        }
        for (id, names) in NAMES.iter() {
            assert!(Zone::find(id).is_some(), "{id}");
            assert!(names.short.iter().all(|n| n.is_ascii() && n.len() < 64), "{id}");
        }
    }

    #[test]
    fn links_give_their_zone() {
        assert_eq!(Zone::find("US/Pacific").unwrap().to_string(), "America/Los_Angeles");
        assert_eq!(Zone::find("GMT").unwrap().to_string(), "Etc/GMT");
    }
}
