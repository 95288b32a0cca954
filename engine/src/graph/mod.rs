//! The graph of one level of steps: who comes before whom, when a gate opens, when a run is done.
//!
//! Steps are named by their place (`usize`) in the order of the definition. A [`Dag`] that could
//! be built is acyclic and every place in it is in range. Nothing here evaluates an expression.

mod restart;
mod settle;
mod view;

use std::collections::HashMap;

pub use restart::{incomplete, sub_dag};
pub use settle::{final_status, is_done};
pub use view::{Aggregate, Overview, Rollup, StepSummary, StepView, Tally, aggregate, overview};

/// The edges of one level of steps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dag {
    ids: Vec<String>,
    included: Vec<bool>,
    predecessors: Vec<Vec<usize>>,
    successors: Vec<Vec<usize>>,
}

/// Why the edges are no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// `a -> b -> a`
    #[error("the steps {0} form a cycle")]
    Cycle(String),
    /// An edge to a step that is not on this level.
    #[error("step `{from}` has the unknown successor `{to}`")]
    Unknown {
        /// Where the edge begins.
        from: String,
        /// The name that is not there.
        to: String,
    },
    /// Two steps of one name.
    #[error("step id `{0}` is used twice")]
    Duplicate(String),
}

impl Dag {
    /// Builds the graph from each step's id and the ids of its successors.
    ///
    /// # Errors
    /// When an id is used twice, a successor is unknown, or there is a cycle.
    pub fn build<'s, S>(steps: impl IntoIterator<Item = (&'s str, S)>) -> Result<Dag, GraphError>
    where
        S: IntoIterator<Item = &'s str>,
    {
        let mut ids = Vec::new();
        let mut places = HashMap::new();
        let mut names = Vec::new();
        for (place, (id, successors)) in steps.into_iter().enumerate() {
            if places.insert(id, place).is_some() {
                return Err(GraphError::Duplicate(id.to_owned()));
            }
            ids.push(id.to_owned());
            names.push(successors.into_iter().collect::<Vec<_>>());
        }
        let mut dag = Dag {
            included: ids.iter().map(|_| true).collect(),
            predecessors: ids.iter().map(|_| Vec::new()).collect(),
            successors: ids.iter().map(|_| Vec::new()).collect(),
            ids,
        };
        for (from, targets) in names.into_iter().enumerate() {
            for target in targets {
                let Some(&to) = places.get(target) else {
                    return Err(GraphError::Unknown {
                        from: dag.id(from).to_owned(),
                        to: target.to_owned(),
                    });
                };
                dag.link(from, to);
            }
        }
        dag.order()?;
        Ok(dag)
    }

    fn link(&mut self, from: usize, to: usize) {
        if let Some(list) = self.successors.get_mut(from) {
            list.push(to);
        }
        if let Some(list) = self.predecessors.get_mut(to) {
            list.push(from);
        }
    }

    /// How many steps the level has, those left out of this run included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }
    /// There is no step at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
    /// The id at a place; empty when there is no such place.
    #[must_use]
    pub fn id(&self, place: usize) -> &str {
        self.ids.get(place).map_or("", String::as_str)
    }
    /// The place of an id.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|known| known == id)
    }
    /// Whether this run drives the step (a restart may leave some out).
    #[must_use]
    pub fn includes(&self, place: usize) -> bool {
        self.included.get(place).copied().unwrap_or(false)
    }
    /// The places this run drives.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|place| self.includes(*place))
    }
    /// Direct predecessors.
    #[must_use]
    pub fn predecessors(&self, place: usize) -> &[usize] {
        self.predecessors.get(place).map_or(&[], Vec::as_slice)
    }
    /// Direct successors.
    #[must_use]
    pub fn successors(&self, place: usize) -> &[usize] {
        self.successors.get(place).map_or(&[], Vec::as_slice)
    }
    /// Steps of this run without predecessors.
    #[must_use]
    pub fn roots(&self) -> Vec<usize> {
        self.places().filter(|place| self.predecessors(*place).is_empty()).collect()
    }

    /// A step and everything after it.
    #[must_use]
    pub fn descendants(&self, from: &[usize]) -> Vec<bool> {
        let mut seen: Vec<bool> = self.ids.iter().map(|_| false).collect();
        let mut todo = from.to_vec();
        while let Some(place) = todo.pop() {
            if let Some(slot) = seen.get_mut(place)
                && !*slot
            {
                *slot = true;
                todo.extend_from_slice(self.successors(place));
            }
        }
        seen
    }

    /// A topological order of all places.
    ///
    /// # Errors
    /// When there is a cycle, with the steps on it.
    pub fn order(&self) -> Result<Vec<usize>, GraphError> {
        let mut waiting: Vec<usize> = self.predecessors.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> =
            (0..self.len()).rev().filter(|p| self.predecessors(*p).is_empty()).collect();
        let mut order = Vec::new();
        while let Some(place) = ready.pop() {
            order.push(place);
            for next in self.successors(place) {
                if let Some(count) = waiting.get_mut(*next) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        ready.push(*next);
                    }
                }
            }
        }
        if order.len() == self.len() {
            return Ok(order);
        }
        let stuck: Vec<String> = waiting
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .take(8)
            .map(|(place, _)| format!("`{}`", self.id(place)))
            .collect();
        Err(GraphError::Cycle(stuck.join(", ")))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// `"a>b,c b>d c>d d"`: each word a step and its successors.
    pub(crate) fn dag(text: &str) -> Dag {
        Dag::build(text.split(' ').map(|word| {
            let (id, rest) = word.split_once('>').unwrap_or((word, ""));
            (id, rest.split(',').filter(|s| !s.is_empty()).collect::<Vec<_>>())
        }))
        .unwrap()
    }

    #[test]
    fn edges_are_inverted() {
        let dag = dag("a>b,c b>d c>d d");
        assert_eq!(dag.roots(), [0]);
        assert_eq!(dag.predecessors(3), [1, 2]);
        assert_eq!(dag.descendants(&[1]), [false, true, false, true]);
    }

    #[test]
    fn a_cycle_names_its_steps() {
        let error = Dag::build([("a", vec!["b"]), ("b", vec!["a"])]).unwrap_err();
        assert_eq!(error.to_string(), "the steps `a`, `b` form a cycle");
    }

    #[test]
    fn unknown_and_repeated_names_are_refused() {
        assert!(matches!(Dag::build([("a", vec!["z"])]), Err(GraphError::Unknown { .. })));
        assert!(matches!(
            Dag::build([("a", vec![]), ("a", Vec::<&str>::new())]),
            Err(GraphError::Duplicate(_))
        ));
    }
}
