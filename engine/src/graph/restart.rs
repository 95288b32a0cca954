//! Which part of a graph a restarted run drives.

use super::Dag;
use crate::status::StepStatus;

/// The steps that a restart from the incomplete ones begins with: not complete, or never created.
#[must_use]
pub fn incomplete(dag: &Dag, status: impl Fn(usize) -> Option<StepStatus>) -> Vec<usize> {
    (0..dag.len()).filter(|place| !status(*place).is_some_and(StepStatus::is_complete)).collect()
}

/// The graph of the given steps and everything after them; edges from steps that are kept as they
/// were are cut, so the first steps of the new run are satisfied unconditionally. So is `root`: a
/// step that was asked for does not wait for what is incomplete before it.
#[must_use]
pub fn sub_dag(dag: &Dag, from: &[usize], root: Option<usize>) -> Dag {
    let included = dag.descendants(from);
    let inside = |place: usize| included.get(place).copied().unwrap_or(false);
    let keeps =
        |before: usize, after: usize| inside(before) && inside(after) && Some(after) != root;
    let cut = |edges: &[Vec<usize>], keeps: &dyn Fn(usize, usize) -> bool| -> Vec<Vec<usize>> {
        let list = |(place, list): (usize, &Vec<usize>)| {
            list.iter().copied().filter(|other| keeps(place, *other)).collect()
        };
        edges.iter().enumerate().map(list).collect()
    };
    Dag {
        ids: dag.ids.clone(),
        predecessors: cut(&dag.predecessors, &|place, before| keeps(before, place)),
        successors: cut(&dag.successors, &keeps),
        included,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::dag;

    #[test]
    fn kept_ancestors_are_cut_off() {
        let whole = dag("a>b,c b>d c>d d");
        let part = sub_dag(&whole, &[1], None);
        assert_eq!(part.places().collect::<Vec<_>>(), [1, 3]);
        assert_eq!(part.roots(), [1]);
        assert_eq!(part.predecessors(3), [1]);
    }

    #[test]
    fn a_step_that_was_asked_for_waits_for_none() {
        let whole = dag("a>b b>c c");
        let part = sub_dag(&whole, &[0, 1], Some(1));
        assert_eq!(part.roots(), [0, 1]);
        assert!(part.successors(0).is_empty());
        assert_eq!(part.successors(1), [2]);
        assert_eq!(part.predecessors(2), [1]);
    }

    #[test]
    fn incomplete_steps_are_found() {
        let whole = dag("a>b,c b>d c>d d");
        let statuses = [
            Some(StepStatus::Succeeded),
            Some(StepStatus::FatallyFailed),
            Some(StepStatus::Skipped),
        ];
        assert_eq!(incomplete(&whole, |p| statuses.get(p).copied().flatten()), [1, 3]);
    }
}
