//! Params that refer to each other in a circle.

use std::collections::HashMap;

/// The first param of each circle with the chain that leads back to it. `edges` has for each param
/// in order those that it refers to.
pub(super) fn cycles<'e>(edges: &'e [(&'e str, Vec<&'e str>)]) -> Vec<(&'e str, String)> {
    let places: HashMap<&str, usize> =
        edges.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
    let mut done = vec![false; edges.len()];
    let mut found = Vec::new();
    for start in 0..edges.len() {
        // The way to here: each place with the number of its references that were followed.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((place, followed)) = way.last().copied() {
            let next = match edges.get(place) {
                Some((_, refers)) if done.get(place) == Some(&false) => refers.get(followed),
                _ => None,
            };
            let Some(next) = next else {
                done.get_mut(place).into_iter().for_each(|done| *done = true);
                way.pop();
                continue;
            };
            way.last_mut().into_iter().for_each(|top| top.1 += 1);
            let Some(to) = places.get(next).copied() else { continue };
            match way.iter().position(|(on_way, _)| *on_way == to) {
                Some(from) => {
                    let circle = way.iter().skip(from).filter_map(|(p, _)| edges.get(*p));
                    let mut chain: Vec<&str> = circle.map(|(name, _)| *name).collect();
                    chain.push(next);
                    if chain.len() > 12 {
                        chain.splice(6..chain.len() - 5, ["…"]);
                    }
                    found.push((*next, chain.join(" -> ")));
                }
                None if done.get(to) == Some(&false) => way.push((to, 0)),
                None => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_circle_is_found_once() {
        let edges = [
            ("a", vec!["b", "x"]),
            ("b", vec!["c"]),
            ("c", vec!["a", "d"]),
            ("d", vec!["d"]),
            ("e", vec!["a", "f"]),
            ("f", vec![]),
        ];
        let found = cycles(&edges);
        assert_eq!(found, [("a", "a -> b -> c -> a".to_owned()), ("d", "d -> d".to_owned())]);
        assert!(cycles(&[("a", vec!["b"]), ("b", vec![])]).is_empty());
    }
}
