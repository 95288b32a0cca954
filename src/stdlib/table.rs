//! The class table: what a class row and a method row say. One row is the whole truth about one
//! overload; the evaluator, the checker, completion and the documentation all read it.

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

impl std::fmt::Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({})", self.name, self.params.len())
    }
}
