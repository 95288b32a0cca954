//! The table: a row a workload, a column a language.

use std::fmt::Write;

use crate::work::{Peer, Work};

/// Times, then ratios to the first column, then versions and limits.
pub fn markdown(peers: &[Peer], rows: &[(Work, Vec<Option<f64>>)]) -> String {
    let mut out = String::from("Time of one evaluation:\n\n");
    header(&mut out, peers);
    for (work, times) in rows {
        let _ = write!(out, "| {work} |");
        for time in times {
            let _ = write!(out, " {} |", time.map_or("–".to_owned(), shown));
        }
        out.push('\n');
    }
    out.push_str("\nTimes as long as the first column:\n\n");
    header(&mut out, peers);
    for (work, times) in rows {
        let _ = write!(out, "| {work} |");
        let first = times.first().copied().flatten();
        for time in times {
            match (time, first) {
                (Some(time), Some(first)) => {
                    let _ = write!(out, " {:.2} |", time / first);
                }
                _ => out.push_str(" – |"),
            }
        }
        out.push('\n');
    }
    out.push('\n');
    for peer in peers {
        let _ = writeln!(out, "- {} {}: limits on: {}", peer.name, version(peer.package), peer.limits);
    }
    out
}

fn header(out: &mut String, peers: &[Peer]) {
    out.push_str("| |");
    peers.iter().for_each(|peer| out.extend([" ", peer.name, " |"]));
    out.push_str("\n|---|");
    peers.iter().for_each(|_| out.push_str("---:|"));
    out.push('\n');
}

/// Three significant digits and a unit.
fn shown(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "µs"),
        n => (n / 1e6, "ms"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

/// The version that this binary was built with, from its lock file.
fn version(package: &str) -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next().and_then(|line| line.split('"').nth(1));
    version.unwrap_or("?")
}
