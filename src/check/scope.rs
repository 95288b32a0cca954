//! What is known of values and variables at a place of the program.
//!
//! There is one scope. Ways through the program that part and meet again are followed one after the
//! other: what a way changes is written to a log and taken back, and joined when all are done. So
//! the cost is that of the changes, not of all variables.

use std::collections::HashMap;

use crate::value::{Kind, Ty};

/// A value that is known beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Nothing,
    Boolean(bool),
    Long(i64),
    /// An array of this length.
    Length(usize),
    /// A null of one of its kinds.
    Null,
}

/// What is known of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fact {
    /// The kinds it may be of.
    pub(super) ty: Ty,
    /// Whether it may be a null of one of these kinds, as a declaration without value makes it.
    pub(super) may_be_null: bool,
    pub(super) known: Known,
}

/// Kinds whose values are never null.
const SCALARS: Ty = Ty::LONG.or(Ty::DOUBLE).or(Ty::BOOLEAN);

impl Fact {
    /// Any value at all.
    pub(super) const UNKNOWN: Fact =
        Fact { ty: Ty::ANY.without(Ty::of(Kind::Void)), may_be_null: true, known: Known::Nothing };
    /// `null`.
    pub(super) const NULL: Fact = Fact::of(Ty::of(Kind::Null));

    /// A value of one of these kinds, none of them null.
    pub(super) const fn of(ty: Ty) -> Fact {
        Fact { ty, may_be_null: false, known: Known::Nothing }
    }

    /// Such a value, or for certain a null of its kind.
    pub(super) const fn null_of(ty: Ty) -> Fact {
        Fact { ty, may_be_null: true, known: Known::Null }
    }

    /// An array, of a known length or not.
    pub(super) fn array(ty: Ty, length: Option<usize>) -> Fact {
        Fact { known: length.map_or(Known::Nothing, Known::Length), ..Fact::of(ty) }
    }

    /// Whether it is null for certain.
    pub(super) fn is_null(self) -> bool {
        self.known == Known::Null || self.ty == Ty::of(Kind::Null)
    }

    /// The kinds for a message: of a null nothing else matters.
    pub(super) fn shown(self) -> Ty {
        if self.is_null() { Ty::of(Kind::Null) } else { self.ty }
    }

    /// What a library routine with this row gives.
    pub(super) fn returned(ty: Ty) -> Fact {
        let ty = if ty.has(Kind::Void) { ty.without(Ty::of(Kind::Void)) } else { ty };
        Fact { ty, may_be_null: !ty.is_within(SCALARS), known: Known::Nothing }
    }

    /// An input of these kinds: what the host gives is a value, or NULL if the kinds say so.
    pub(super) fn input(ty: Ty) -> Fact {
        if ty == Ty::ANY { Fact::UNKNOWN } else { Fact::of(ty) }
    }

    /// Whether it is one of these kinds or may be.
    pub(super) const fn may_be(self, ty: Ty) -> bool {
        !self.ty.and(ty).is_never()
    }

    /// Whether nothing can be said against it.
    pub(super) fn is_never(self) -> bool {
        self.ty.is_never()
    }

    /// The kinds as an argument: null may be given for any of them.
    pub(super) fn as_argument(self) -> Ty {
        match self.is_null() {
            true => Ty::of(Kind::Null),
            false if self.may_be_null => self.ty.or(Ty::of(Kind::Null)),
            false => self.ty,
        }
    }

    pub(super) fn join(self, other: Fact) -> Fact {
        Fact {
            ty: self.ty.or(other.ty),
            may_be_null: self.may_be_null || other.may_be_null,
            known: if self.known == other.known { self.known } else { Known::Nothing },
        }
    }

    /// What a variable that is now of the kinds `ty` keeps of what is known of the value.
    pub(super) fn kept(self, ty: Ty) -> Known {
        match self.known {
            _ if self.is_null() && ty.and(SCALARS).is_never() => Known::Null,
            Known::Long(v) if ty == Ty::LONG => Known::Long(v),
            Known::Length(v) => Known::Length(v),
            // A switch is set to be asked for: what it was set to first is not held against it.
            _ => Known::Nothing,
        }
    }

    /// The same without what is known of its value.
    pub(super) const fn forget(self) -> Fact {
        Fact { known: Known::Nothing, ..self }
    }
}

/// Where a variable's value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Nothing defines it: it is NULL.
    Nothing,
    /// The host, or nobody knows.
    Input,
    /// The program.
    Set,
}

/// What is known of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Var {
    pub(super) fact: Fact,
    pub(super) origin: Origin,
}

impl Var {
    fn join(self, other: Var) -> Var {
        let origin = if self.origin == other.origin { self.origin } else { Origin::Set };
        Var { fact: self.fact.join(other.fact), origin }
    }
}

/// What one of several ways did.
#[derive(Debug)]
pub(super) struct Way<'p> {
    changes: Vec<(&'p str, Var)>,
    is_live: bool,
}

/// The variables at a place of the program.
#[derive(Debug, Default)]
pub(super) struct Scope<'p> {
    vars: HashMap<&'p str, Var>,
    /// What changed since the ways parted, with what was there before.
    log: Vec<(&'p str, Option<Var>)>,
    /// How many ways are being followed.
    ways: u32,
    is_dead: bool,
    /// For each loop around: all that its variables were set to.
    records: Vec<HashMap<&'p str, Var>>,
}

impl<'p> Scope<'p> {
    /// Whether control can come here.
    pub(super) fn is_live(&self) -> bool {
        !self.is_dead
    }

    /// Control does not go on from here.
    pub(super) fn die(&mut self) {
        self.is_dead = true;
    }

    /// The variable, if the program has set it or asked for it.
    pub(super) fn get(&self, name: &str) -> Option<Var> {
        self.vars.get(name).copied()
    }

    /// Sets a variable.
    pub(super) fn set(&mut self, name: &'p str, var: Var) {
        if self.is_dead {
            return;
        }
        if let Some(record) = self.records.last_mut() {
            record.entry(name).and_modify(|v| *v = v.join(var)).or_insert(var);
        }
        self.put(name, var);
    }

    fn put(&mut self, name: &'p str, var: Var) {
        let before = self.vars.insert(name, var);
        if self.ways > 0 {
            self.log.push((name, before));
        }
    }

    /// Begins a way: gives the mark for [`Scope::end_way`].
    pub(super) fn begin_way(&mut self) -> (usize, bool) {
        self.ways += 1;
        (self.log.len(), self.is_dead)
    }

    /// Ends a way: what it changed is taken back.
    pub(super) fn end_way(&mut self, mark: (usize, bool)) -> Way<'p> {
        self.ways -= 1;
        let is_live = !self.is_dead;
        self.is_dead = mark.1;
        let mut changes: HashMap<&'p str, Var> = HashMap::new();
        while self.log.len() > mark.0 {
            let Some((name, before)) = self.log.pop() else { break };
            let now = match before {
                Some(before) => self.vars.insert(name, before),
                None => self.vars.remove(name),
            };
            // The first one met going back is the last value.
            if let Some(now) = now {
                changes.entry(name).or_insert(now);
            }
        }
        Way { changes: changes.into_iter().collect(), is_live }
    }

    /// Goes on where these ways meet. `outside` tells of a variable that was not there before.
    pub(super) fn join(&mut self, ways: Vec<Way<'p>>, outside: impl Fn(&str) -> Var) {
        let live: Vec<Way<'p>> = ways.into_iter().filter(|way| way.is_live).collect();
        if live.is_empty() {
            self.is_dead = true;
            return;
        }
        let count = live.len();
        let mut joined: HashMap<&'p str, (usize, Var)> = HashMap::new();
        for (name, var) in live.into_iter().flat_map(|way| way.changes) {
            let entry = joined.entry(name);
            entry.and_modify(|(n, v)| (*n, *v) = (*n + 1, v.join(var))).or_insert((1, var));
        }
        for (name, (n, var)) in joined {
            let var = if n < count {
                var.join(self.get(name).unwrap_or_else(|| outside(name)))
            } else {
                var
            };
            self.put(name, var);
        }
    }

    /// Begins to record what variables are set to.
    pub(super) fn begin_record(&mut self) {
        self.records.push(HashMap::new());
    }

    /// Ends it: gives all that they were set to, which the loop around has to know, too.
    pub(super) fn end_record(&mut self) -> Vec<(&'p str, Var)> {
        let record = self.records.pop().unwrap_or_default();
        if let Some(outer) = self.records.last_mut() {
            for (name, var) in &record {
                outer.entry(name).and_modify(|v| *v = v.join(*var)).or_insert(*var);
            }
        }
        record.into_iter().collect()
    }

    /// Goes on as if from anywhere in the loop: each variable may be what the loop has set it to
    /// so far.
    pub(super) fn blur(&mut self) {
        self.is_dead = false;
        let record: Vec<(&'p str, Var)> =
            self.records.last().into_iter().flatten().map(|(name, var)| (*name, *var)).collect();
        for (name, var) in record {
            let old = self.get(name).unwrap_or(var);
            self.put(name, old.join(var));
        }
    }

    /// Widens a variable by what it may be at the head of a loop; whether that was more.
    pub(super) fn widen(&mut self, name: &'p str, by: Var, outside: impl Fn(&str) -> Var) -> bool {
        let old = self.get(name).unwrap_or_else(|| outside(name));
        let mut new = old.join(by);
        new.fact = new.fact.forget();
        if new == old {
            return false;
        }
        self.put(name, new);
        true
    }
}
