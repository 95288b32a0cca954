//! The class table: what a class row and a method row say. One row is the whole truth about one
//! overload; the evaluator, the checker, completion and the documentation all read it.

use std::cell::Cell;

use super::prepared::Prepared;
use crate::error::Span;
use crate::fault::Fault;
use crate::host::Host;
use crate::limits::Meter;
use crate::stdlib::datetime::Zone;
use crate::value::kind::{Kind, Ty};
use crate::value::val::Val;

/// What a library routine may use: the meter, the host, and the evaluation's fixed facts.
pub(crate) struct Context<'a> {
    pub(crate) meter: &'a Meter,
    pub(crate) host: &'a dyn Host,
    /// The default time zone of `new DateTime()`.
    pub(crate) zone: Zone,
    /// The parsed literal pattern of the call that is about to run, if it has one.
    pub(crate) prepared: Cell<Option<&'a Prepared>>,
    /// Where the call is that runs, or that ran last.
    pub(crate) place: Cell<Span>,
    /// Whether a test wants the evaluator's general paths alone.
    #[cfg(test)]
    pub(crate) is_general: bool,
}

impl<'a> Context<'a> {
    /// The context of one evaluation.
    pub(crate) fn new(meter: &'a Meter, host: &'a dyn Host, zone: Zone) -> Self {
        Context {
            meter,
            host,
            zone,
            prepared: Cell::new(None),
            place: Cell::new(Span::default()),
            #[cfg(test)]
            is_general: false,
        }
    }
}

/// A library routine. For an instance method `args[0]` is the receiver and the arguments follow;
/// for a static method or a constructor the arguments start at `args[0]`. The count and kinds of
/// the arguments have been checked against the row's signature; nulls have been refused where the
/// signature has no NULL.
pub(crate) type Routine = for<'a> fn(&Context<'a>, &[Val<'a>]) -> Result<Val<'a>, Fault>;

/// How a row is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `receiver.name(args)`.
    Method,
    /// `Class.name(args)`; an instance reaches it too, as in Java.
    Static,
    /// `Class.name`.
    Constant,
    /// `new Class(args)`.
    Constructor,
    /// `receiver.name`, without parentheses.
    Field,
}

/// One overload of one method.
#[derive(Clone, Copy)]
pub struct Method {
    /// The name in Java; for a constructor the class's.
    pub name: &'static str,
    /// How it is called.
    pub form: Form,
    /// The accepted kinds of each argument, with the argument's name for the documentation.
    pub params: &'static [(&'static str, Ty)],
    /// The kinds of any further arguments, for `format` and `join`.
    pub rest: Option<Ty>,
    /// What it gives.
    pub returns: Ty,
    /// One line of documentation: a sentence.
    pub doc: &'static str,
    /// An example and the string form of its result; both are run as a test.
    pub example: (&'static str, &'static str),
    pub(crate) run: Routine,
}

/// One class.
#[derive(Clone, Copy)]
pub struct Class {
    /// The name in Java.
    pub name: &'static str,
    /// Other names of the same class: `Integer` for `Long`.
    pub aliases: &'static [&'static str],
    /// The kind of its instances, if it has any.
    pub kind: Option<Kind>,
    /// One line of documentation.
    pub doc: &'static str,
    /// Its methods, constructors and constants.
    pub methods: &'static [Method],
}

impl Method {
    /// A row without further arguments.
    pub(crate) const fn new(
        form: Form,
        name: &'static str,
        params: &'static [(&'static str, Ty)],
        returns: Ty,
        doc: &'static str,
        example: (&'static str, &'static str),
        run: Routine,
    ) -> Self {
        Method { name, form, params, rest: None, returns, doc, example, run }
    }

    /// The same row, taking any number of further arguments of these kinds.
    pub(crate) const fn and_rest(mut self, rest: Ty) -> Self {
        self.rest = Some(rest);
        self
    }

    /// Whether a call with these kinds of arguments fits.
    #[must_use]
    pub fn accepts(&self, kinds: impl ExactSizeIterator<Item = Kind>) -> bool {
        let count = kinds.len();
        if count < self.params.len() || (count > self.params.len() && self.rest.is_none()) {
            return false;
        }
        let wanted = self.params.iter().map(|p| p.1).chain(self.rest.into_iter().cycle());
        kinds.zip(wanted).all(|(kind, ty)| ty.has(kind))
    }

    /// The signature as Java would write it: `substring(LONG begin, LONG end)`.
    #[must_use]
    pub fn signature(&self) -> String {
        use std::fmt::Write;
        let mut out = self.name.to_owned();
        if matches!(self.form, Form::Constant | Form::Field) {
            return out;
        }
        out.push('(');
        for (i, (name, ty)) in self.params.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let _ = write!(out, "{comma}{ty} {name}");
        }
        if let Some(rest) = self.rest {
            let comma = if self.params.is_empty() { "" } else { ", " };
            let _ = write!(out, "{comma}{rest}...");
        }
        out.push(')');
        out
    }
}

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.name, self.params.len())
    }
}
