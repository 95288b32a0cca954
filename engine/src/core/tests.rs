//! The core by tables and by properties: no I/O, no time passes.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::graph::{self, Dag, tests::dag};
use crate::status::{InstanceStatus, StepStatus};

/// A shell that answers every effect at once, as told.
struct Shell {
    flow: Flow,
    log: Vec<Event>,
    statuses: Vec<(usize, u32, StepStatus)>,
    ended: Option<InstanceStatus>,
    todo: std::collections::VecDeque<Effect>,
    now: i64,
    timers: std::collections::BTreeSet<(i64, Timer)>,
    /// The outcomes of attempts, by place; the last one repeats.
    outcomes: Vec<Vec<Outcome>>,
    totals: u32,
}

impl Shell {
    fn new(dag: Dag, specs: Vec<StepSpec>) -> Shell {
        let outcomes = specs.iter().map(|_| vec![Outcome::Done]).collect();
        Shell {
            flow: Flow::new(Arc::new(dag), Arc::new(specs)),
            log: Vec::new(),
            statuses: Vec::new(),
            ended: None,
            todo: std::collections::VecDeque::new(),
            now: 1000,
            timers: std::collections::BTreeSet::new(),
            outcomes,
            totals: 3,
        }
    }

    fn plain(text: &str) -> Shell {
        let dag = dag(text);
        let specs = vec![StepSpec::default(); dag.len()];
        Shell::new(dag, specs)
    }

    fn feed(&mut self, event: Event) {
        self.log.push(event.clone());
        let effects = self.flow.apply(event, self.now);
        self.note(effects);
    }

    fn note(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Changed { at, from, to } => {
                    assert!(from.may_become(to), "{from} to {to}");
                    self.statuses.push((at.place, at.attempt, to));
                }
                Effect::Ended(status) => {
                    assert_eq!(self.ended.replace(status), None);
                }
                Effect::Schedule(at, timer) => {
                    self.timers.insert((at, timer));
                }
                Effect::Unschedule(at, timer) => {
                    self.timers.remove(&(at, timer));
                }
                other => self.todo.push_back(other),
            }
        }
    }

    fn answer(&mut self, effect: Effect) {
        match effect {
            Effect::Initialize(at) => {
                self.feed(Event::Initialized(at, Setup { concurrency: 2, ..Setup::default() }));
            }
            Effect::AwaitSignals(at) => self.feed(Event::SignalsReady(at)),
            Effect::EvaluateParams(at) => {
                let total = self.totals;
                self.feed(Event::ParamsReady { at, total });
            }
            Effect::AcquirePermits(at) => self.feed(Event::PermitsGranted(at)),
            Effect::Start(at) => {
                self.feed(Event::Started(at));
                let list = &self.outcomes[at.place];
                let index = (at.attempt as usize - 1).min(list.len() - 1);
                let outcome = list[index];
                self.feed(Event::Executed(at, outcome));
            }
            Effect::Finish(at) => self.feed(Event::Finished(at)),
            Effect::EvaluateConditions(at) => {
                let n = self.flow.dag().successors(at.place).len();
                self.feed(Event::Conditions(at, vec![true; n]));
            }
            Effect::EvaluateWhile(at, index) => {
                let more = index <= self.totals;
                self.feed(Event::While(at, more));
            }
            Effect::Launch { at, index } => {
                let status = InstanceStatus::Succeeded;
                self.feed(Event::IterationDone { at, index, status });
            }
            Effect::StartChild(at) => {
                self.feed(Event::ChildStarted(at));
                self.feed(Event::ChildDone(at, InstanceStatus::Succeeded));
            }
            _ => {}
        }
    }

    fn run(&mut self) {
        loop {
            while let Some(effect) = self.todo.pop_front() {
                self.answer(effect);
            }
            if self.ended.is_some() {
                return;
            }
            let Some((due, timer)) = self.timers.pop_first() else { return };
            self.now = self.now.max(due);
            self.feed(Event::Fired(timer));
        }
    }

    fn begin(mut self) -> Shell {
        self.feed(Event::Begin { timeout: None });
        self
    }

    fn path(&self, place: usize, attempt: u32) -> Vec<&'static str> {
        let of = self.statuses.iter().filter(|(p, a, _)| *p == place && *a == attempt);
        of.map(|(_, _, s)| s.as_str()).collect()
    }
}

#[test]
fn a_step_walks_through_every_status() {
    let mut shell = Shell::plain("a").begin();
    shell.run();
    assert_eq!(
        shell.path(0, 1),
        [
            "CREATED",
            "INITIALIZED",
            "WAITING_FOR_SIGNALS",
            "EVALUATING_PARAMS",
            "WAITING_FOR_PERMITS",
            "STARTING",
            "RUNNING",
            "FINISHING",
            "SUCCEEDED"
        ]
    );
    assert_eq!(shell.ended, Some(InstanceStatus::Succeeded));
    assert!(shell.timers.is_empty());
}

#[test]
fn a_join_runs_when_one_edge_holds_and_the_unsatisfied_cascade() {
    // The conditional sample: c goes to f, not to d; d and e are unsatisfied, f runs.
    let mut shell = Shell::plain("a>b b>c c>d,f d>e e>f f>g g").begin();
    while let Some(effect) = shell.todo.pop_front() {
        match effect {
            Effect::EvaluateConditions(at) if at.place == 2 => {
                shell.feed(Event::Conditions(at, vec![false, true]));
            }
            other => shell.answer(other),
        }
    }
    let last = |p| shell.flow.step_status(p).unwrap();
    assert_eq!(last(3), StepStatus::Unsatisfied);
    assert_eq!(last(4), StepStatus::Unsatisfied);
    assert_eq!(last(5), StepStatus::Succeeded);
    assert_eq!(last(6), StepStatus::Succeeded);
    assert_eq!(shell.ended, Some(InstanceStatus::Succeeded));
}

#[test]
fn failures_are_retried_within_their_class() {
    use Outcome as O;
    let rows: [(&[O], u32, InstanceStatus); 5] = [
        (&[O::UserError, O::Done], 2, InstanceStatus::Succeeded),
        (&[O::UserError], 3, InstanceStatus::Failed),
        (&[O::UserError, O::UserError, O::PlatformError, O::Done], 4, InstanceStatus::Succeeded),
        (&[O::FatalError], 1, InstanceStatus::Failed),
        (&[O::TimedOut], 1, InstanceStatus::TimedOut),
    ];
    for (outcomes, attempts, status) in rows {
        let mut shell = Shell::plain("a").begin();
        shell.outcomes[0] = outcomes.to_vec();
        shell.run();
        assert_eq!(shell.ended, Some(status), "{outcomes:?}");
        assert_eq!(shell.flow.step(0).unwrap().attempt, attempts, "{outcomes:?}");
    }
}

#[test]
fn failure_modes_differ() {
    let rows = [
        (FailureMode::FailAfterRunning, None, StepStatus::Succeeded, InstanceStatus::Failed),
        (FailureMode::FailImmediately, None, StepStatus::Stopped, InstanceStatus::Failed),
        (
            FailureMode::IgnoreFailure,
            Some(StepStatus::Succeeded),
            StepStatus::Succeeded,
            InstanceStatus::Succeeded,
        ),
    ];
    for (mode, next, other, status) in rows {
        let specs = vec![
            StepSpec { failure_mode: mode, ..StepSpec::default() },
            StepSpec::default(),
            StepSpec::default(),
        ];
        let mut shell = Shell::new(dag("a>b b c"), specs);
        shell.outcomes[0] = vec![Outcome::FatalError];
        let mut shell = shell.begin();
        shell.run();
        assert_eq!(shell.flow.step_status(1), next, "{mode:?}");
        assert_eq!(shell.flow.step_status(2), Some(other), "{mode:?}");
        assert_eq!(shell.ended, Some(status), "{mode:?}");
    }
}

#[test]
fn containers_run_their_children() {
    for kind in [StepKind::Foreach, StepKind::While, StepKind::Subworkflow { sync: true }] {
        let specs = vec![StepSpec { kind, ..StepSpec::default() }];
        let mut shell = Shell::new(dag("a"), specs).begin();
        shell.run();
        assert_eq!(shell.ended, Some(InstanceStatus::Succeeded), "{kind:?}");
    }
}

#[test]
fn stopping_waits_for_the_children() {
    let specs = vec![StepSpec { kind: StepKind::Foreach, ..StepSpec::default() }];
    let mut shell = Shell::new(dag("a"), specs).begin();
    let mut launched = Vec::new();
    while let Some(effect) = shell.todo.pop_front() {
        match effect {
            Effect::Launch { index, .. } => launched.push(index),
            other => shell.answer(other),
        }
    }
    assert_eq!(launched, [1, 2]);
    shell.feed(Event::Close(Closing::Stop));
    assert!(
        shell.todo.contains(&Effect::CancelChildren(At { place: 0, attempt: 1 }, Action::Stop))
    );
    assert_eq!(shell.ended, None);
    for index in launched {
        let at = At { place: 0, attempt: 1 };
        shell.feed(Event::IterationDone { at, index, status: InstanceStatus::Stopped });
    }
    assert_eq!(shell.ended, Some(InstanceStatus::Stopped));
}

#[test]
fn timeouts_end_steps_and_runs() {
    let mut shell = Shell::plain("a>b b").begin();
    while let Some(effect) = shell.todo.pop_front() {
        if let Effect::Start(at) = effect {
            shell.feed(Event::Started(at));
        } else {
            shell.answer(effect);
        }
    }
    let due = 1000 + flow::DEFAULT_TIMEOUT;
    assert!(shell.timers.contains(&(due, Timer::StepTimeout(At { place: 0, attempt: 1 }))));
    shell.now = due;
    shell.feed(Event::Fired(Timer::StepTimeout(At { place: 0, attempt: 1 })));
    assert_eq!(shell.flow.step_status(0), Some(StepStatus::TimedOut));
    assert_eq!(shell.ended, Some(InstanceStatus::TimedOut));
    assert!(shell.todo.contains(&Effect::Terminate(At { place: 0, attempt: 1 })));
}

#[test]
fn a_failed_step_restarts_while_the_run_goes_on() {
    let mut shell = Shell::plain("a>c b c").begin();
    let mut held = None;
    shell.outcomes[0] = vec![Outcome::FatalError, Outcome::Done];
    while let Some(effect) = shell.todo.pop_front() {
        match effect {
            Effect::Start(at) if at.place == 1 => held = Some(at),
            other => shell.answer(other),
        }
    }
    assert_eq!(shell.flow.step_status(0), Some(StepStatus::FatallyFailed));
    assert!(shell.flow.may_restart(0));
    shell.feed(Event::Restart(0));
    let at = held.unwrap();
    shell.todo.push_back(Effect::Start(at));
    shell.run();
    assert_eq!(shell.ended, Some(InstanceStatus::Succeeded));
    assert_eq!(shell.flow.step(0).unwrap().retry.manual_retries, 1);
}

fn any_event(steps: usize) -> impl Strategy<Value = Event> {
    let at = (0..steps, 1..4u32).prop_map(|(place, attempt)| At { place, attempt });
    let outcome = prop_oneof![
        Just(Outcome::Done),
        Just(Outcome::UserError),
        Just(Outcome::PlatformError),
        Just(Outcome::FatalError),
        Just(Outcome::Stopped),
        Just(Outcome::TimedOut)
    ];
    let action = prop_oneof![
        Just(Action::Stop),
        Just(Action::Kill),
        Just(Action::Skip),
        Just(Action::TimeOut)
    ];
    let closing = prop_oneof![
        Just(Closing::Stop),
        Just(Closing::Kill),
        Just(Closing::TimeOut),
        Just(Closing::FailFast)
    ];
    let status = prop::sample::select(&InstanceStatus::ALL[3..]);
    prop_oneof![
        4 => at.clone().prop_map(Event::Started),
        4 => (at.clone(), outcome).prop_map(|(at, o)| Event::Executed(at, o)),
        1 => at.clone().prop_map(Event::Broken),
        1 => at.clone().prop_map(Event::Resumed),
        2 => (at.clone(), 1..4u32, status.clone())
            .prop_map(|(at, index, status)| Event::IterationDone { at, index, status }),
        1 => at.clone().prop_map(Event::ChildStarted),
        1 => (at.clone(), status).prop_map(|(at, s)| Event::ChildDone(at, s)),
        2 => (0..steps, action, any::<bool>()).prop_map(|(p, a, u)| Event::Act(p, a, u)),
        1 => closing.prop_map(Event::Close),
        1 => (0..steps).prop_map(Event::Restart),
        1 => (0..steps, 1_u32..4).prop_map(|(place, index)| Event::Rerun(place, index)),
        2 => at.clone().prop_map(|at| Event::Fired(Timer::Retry(at))),
        1 => at.clone().prop_map(|at| Event::Fired(Timer::StepTimeout(at))),
        2 => at.clone().prop_map(|at| Event::While(at, true)),
        2 => at.prop_map(Event::Finished),
    ]
}

fn any_dag() -> impl Strategy<Value = (Dag, Vec<StepSpec>)> {
    let spec = (0..5usize, 0..3usize, any::<bool>(), any::<bool>()).prop_map(
        |(kind, mode, strict_ordering, awaits_signals)| StepSpec {
            kind: [
                StepKind::Leaf,
                StepKind::Foreach,
                StepKind::While,
                StepKind::Subworkflow { sync: true },
                StepKind::Subworkflow { sync: false },
            ][kind],
            failure_mode: [
                FailureMode::FailAfterRunning,
                FailureMode::FailImmediately,
                FailureMode::IgnoreFailure,
            ][mode],
            strict_ordering,
            awaits_signals,
            ..StepSpec::default()
        },
    );
    (2..6usize).prop_flat_map(move |n| {
        let edges = prop::collection::vec(any::<bool>(), n * n);
        (edges, prop::collection::vec(spec.clone(), n)).prop_map(move |(edges, specs)| {
            let names: Vec<String> = (0..n).map(|i| format!("s{i}")).collect();
            let dag = Dag::build((0..n).map(|i| {
                let next: Vec<&str> =
                    (i + 1..n).filter(|j| edges[i * n + j]).map(|j| names[j].as_str()).collect();
                (names[i].as_str(), next)
            }))
            .unwrap();
            (dag, specs)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens in whatever order: every change of status is legal (the shell asserts it),
    /// the end is what the steps say, replay gives the same state, and a store's view folded from
    /// the recorded changes is the state.
    #[test]
    fn any_sequence_of_events_leaves_a_legal_state(
        (dag, specs) in any_dag(),
        events in prop::collection::vec((any_event(6), 0..4usize), 0..60),
    ) {
        let mut shell = Shell::new(dag.clone(), specs.clone()).begin();
        for (event, answers) in events {
            shell.feed(event);
            for _ in 0..answers {
                if let Some(effect) = shell.todo.pop_front() {
                    shell.answer(effect);
                }
            }
        }
        let mut folded = std::collections::BTreeMap::new();
        for (place, _, status) in &shell.statuses {
            folded.insert(*place, *status);
        }
        for place in 0..dag.len() {
            prop_assert_eq!(shell.flow.step_status(place), folded.get(&place).copied());
        }
        let mut again = Flow::new(Arc::new(dag.clone()), Arc::new(specs));
        for event in &shell.log {
            again.apply(event.clone(), shell.now);
        }
        prop_assert_eq!(&again, &shell.flow);
        if let Some(ended) = shell.ended {
            prop_assert_eq!(shell.flow.status(), ended);
            let derived = graph::final_status(&dag, |p| shell.flow.step_status(p));
            let forced = match shell.flow.closing() {
                Some(Closing::Kill) => Some(InstanceStatus::Failed),
                Some(Closing::TimeOut) if derived != InstanceStatus::Failed => Some(InstanceStatus::TimedOut),
                Some(Closing::Stop) if derived == InstanceStatus::Succeeded => Some(InstanceStatus::Stopped),
                _ => None,
            };
            prop_assert_eq!(ended, forced.unwrap_or(derived));
        } else {
            // Not stuck: answering what is asked brings the run to its end.
            shell.run();
            for place in 0..dag.len() {
                let at = shell.flow.at(place);
                let Some(step) = shell.flow.step(place) else { continue };
                let Some(state) = step.iterations.clone() else { continue };
                for index in state.active {
                    shell.feed(Event::IterationDone { at, index, status: InstanceStatus::Succeeded });
                }
                shell.feed(Event::ChildDone(at, InstanceStatus::Succeeded));
                shell.run();
            }
        }
    }

    /// A run that is stored and restored asks again for what it was waiting for, and ends alike.
    #[test]
    fn a_restored_run_goes_on((dag, specs) in any_dag(), pause in 0..40usize) {
        let mut whole = Shell::new(dag.clone(), specs.clone()).begin();
        whole.run();
        let mut first = Shell::new(dag.clone(), specs.clone()).begin();
        for _ in 0..pause {
            if let Some(effect) = first.todo.pop_front() {
                first.answer(effect);
            }
        }
        let steps = (0..dag.len()).filter_map(|p| first.flow.step(p).map(|s| {
            let text = serde_json::to_string(s).unwrap();
            (p, serde_json::from_str(&text).unwrap())
        })).collect::<Vec<_>>();
        let flow = Flow::new(Arc::new(dag.clone()), Arc::new(specs.clone()))
            .restore(first.flow.status(), first.flow.closing(), first.flow.deadline(), steps);
        let mut second = Shell::new(dag, specs);
        second.flow = flow;
        let effects = second.flow.resume(second.now);
        second.note(effects);
        // The children that ran were stored as well: they come to their end.
        for place in 0..second.flow.dag().len() {
            let at = second.flow.at(place);
            let Some(step) = second.flow.step(place).cloned() else { continue };
            if step.child_active {
                second.feed(Event::ChildDone(at, InstanceStatus::Succeeded));
            }
            for index in step.iterations.iter().flat_map(|i| i.active.iter().copied()) {
                second.feed(Event::IterationDone { at, index, status: InstanceStatus::Succeeded });
            }
        }
        if first.ended.is_none() {
            second.run();
            prop_assert_eq!(second.ended, whole.ended);
        }
    }
}
