//! Runs the workloads of `benches/README.md` on this project and on other embeddable languages,
//! checks that all answers agree, and prints one table: `benches/peers/run.sh`.
//!
//! The program is compiled once and evaluated again and again, its inputs handed in each time.
//! Rounds of all languages are interleaved, so that a noisy moment hurts all alike; a figure is
//! the median of its rounds, in CPU time of this thread. Arguments: names of workloads (`W4`) and
//! languages (`rhai`) to keep, `--rounds N`, `--out FILE` for the table as Markdown.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run should say where and stop")]

mod measure;
mod peer;
mod table;
mod work;

use peer::PEERS;
use work::Work;

fn main() {
    let mut rounds = 15;
    let mut out = None;
    let mut only = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match &*arg {
            "--rounds" => rounds = args.next().and_then(|n| n.parse().ok()).expect("a number"),
            "--out" => out = Some(args.next().expect("a path")),
            _ => only.push(arg),
        }
    }
    let works: Vec<Work> = keep(Work::ALL.to_vec(), &only, |w| w.to_string());
    let peers = keep(PEERS.to_vec(), &only, |p| p.name.to_owned());
    let rows: Vec<_> =
        works.into_iter().map(|work| (work, measure::row(work, &peers, rounds))).collect();
    let text = table::markdown(&peers, &rows);
    print!("{text}");
    if let Some(path) = out {
        std::fs::write(path, text).expect("the table is written");
    }
}

/// Those that are named; all, where none of them is.
fn keep<T>(all: Vec<T>, only: &[String], name: impl Fn(&T) -> String) -> Vec<T> {
    let is_named = |t: &T| only.iter().any(|o| o.eq_ignore_ascii_case(&name(t)));
    if !all.iter().any(is_named) {
        return all;
    }
    all.into_iter().filter(is_named).collect()
}
