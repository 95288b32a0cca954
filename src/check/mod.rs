//! The type checker: what can be known of a program before it runs.
//!
//! It follows the program as the evaluator would, with sets of kinds ([`Ty`]) for values: where two
//! ways meet their sets are joined, where nothing is known the set is full, and then it is silent.
//! What fails for every kind in the sets is a fault. A fault that every run meets is an **error**; one
//! that only some runs meet, in a branch or a loop, is a warning of the same code. So the checker
//! never refuses a program that could end well: the fuzz oracle and the conformance test hold it
//! to that.
//!
//! Constant expressions are evaluated by the evaluator itself: whatever fails there fails always.

mod assign;
mod call;
mod constant;
mod expect;
mod expr;
mod flow;
mod kinds;
mod lint;
mod names;
mod pattern;
mod scope;
mod stmt;

use std::collections::{BTreeMap, HashMap};

use crate::diag::{Diagnostic, Severity, Suggestion};
use crate::error::Span;
use crate::fault::{Fault, FaultKind};
use crate::limits::Limits;
use crate::syntax;
use crate::syntax::ast::{Expr, Unit};
use crate::value::Ty;
use constant::Constant;
use names::Names;
use scope::{Fact, Scope, Var};

/// What the checker is told about the world of a program.
///
/// ```
/// use sel::{CheckOptions, Ty, check};
/// let options = CheckOptions::new().with_input("n", Ty::LONG).expecting(Ty::BOOLEAN);
/// let checked = check("n > 'a';", &options);
/// assert_eq!(checked.ty, Ty::BOOLEAN);
/// assert_eq!(checked.diagnostics[0].message, "`>` cannot take LONG and STRING");
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CheckOptions {
    /// The inputs and their types.
    pub inputs: BTreeMap<String, Ty>,
    /// The host's functions and the types of their results: `params.getFromStep` for any
    /// arguments, `params.getFromStep(a,b)` for these strings, `Util.name`.
    pub functions: BTreeMap<String, Ty>,
    /// Whether there may be more inputs and functions than these: then nothing is said about a
    /// name that is not among them.
    pub is_open: bool,
    /// What the result must be, or be convertible to as the engine converts the value of a param:
    /// a LONG to a STRING, the STRING `7` to a LONG.
    pub expect: Option<Ty>,
    /// The limits on the source.
    pub limits: Limits,
}

impl CheckOptions {
    /// No inputs, no functions, and there are no others.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Adds an input.
    #[must_use]
    pub fn with_input(mut self, name: impl Into<String>, ty: Ty) -> Self {
        self.inputs.insert(name.into(), ty);
        self
    }
    /// Adds a function of the host: `params.f`, `params.f(a,b)` or `Util.f`.
    #[must_use]
    pub fn with_function(mut self, name: impl Into<String>, ty: Ty) -> Self {
        self.functions.insert(name.into(), ty);
        self
    }
    /// Allows for inputs and functions that are not named here.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self
    }
    /// Asks for a result of one of these kinds.
    #[must_use]
    pub fn expecting(mut self, ty: Ty) -> Self {
        self.expect = Some(ty);
        self
    }
    /// Sets the limits on the source.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// How many errors, and how many warnings, are told of one program.
const MOST_TOLD: usize = 200;

/// What the checker found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The kinds that the result may be of; empty if the program can't end with a value.
    pub ty: Ty,
    /// What is wrong with it, in the order of the source: the first 200 errors and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Whether one of the diagnostics is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }
}

/// Checks a program. A text that is no program gives that one error.
#[must_use]
pub fn check(source: &str, options: &CheckOptions) -> Checked {
    match syntax::parse(source, &options.limits) {
        Ok(unit) => check_unit(source, &unit, options),
        Err(error) => Checked { ty: Ty::NEVER, diagnostics: vec![Diagnostic::from(&error)] },
    }
}

fn check_unit(source: &str, unit: &Unit, options: &CheckOptions) -> Checked {
    let names = Names::collect(unit);
    let mut checker = Checker {
        source,
        options,
        names: &names,
        scope: Scope::default(),
        diagnostics: Vec::new(),
        faults: 0,
        silent: 0,
        is_certain: true,
        may_leave: false,
        in_constant: false,
        constants: HashMap::new(),
        loops: 0,
        returns: Ty::NEVER,
        result: None,
    };
    checker.program(unit);
    // All but VOID is what is known of a variable of which nothing is known.
    let ty = checker.returns;
    let ty = if Fact::UNKNOWN.ty.is_within(ty) { Ty::ANY } else { ty };
    let mut diagnostics = checker.diagnostics;
    diagnostics.sort_by_key(|d| (d.span.start, d.severity, d.code));
    diagnostics.dedup();
    let mut counts = [0; 2];
    diagnostics.retain(|d| {
        let count = &mut counts[usize::from(d.severity == Severity::Warning)];
        *count += 1;
        *count <= MOST_TOLD
    });
    Checked { ty, diagnostics }
}

/// The state of one check. `'p` is the program's life.
struct Checker<'p> {
    source: &'p str,
    options: &'p CheckOptions,
    names: &'p Names<'p>,
    scope: Scope<'p>,
    diagnostics: Vec<Diagnostic>,
    /// How many faults were met, told or not.
    faults: usize,
    /// Above zero: a first look at a loop, which tells nothing.
    silent: u32,
    /// Every run of the program that does not fail before comes here.
    is_certain: bool,
    /// Some run may have left the program, the loop or the round before this place.
    may_leave: bool,
    /// Inside of a constant expression, which is evaluated as a whole.
    in_constant: bool,
    /// The constant expressions met so far.
    constants: HashMap<Span, Constant>,
    /// How many loops are around.
    loops: u32,
    /// The kinds of all results so far.
    returns: Ty,
    /// The last expression statement at the end of the program.
    result: Option<(Fact, &'p Expr)>,
}

impl<'p> Checker<'p> {
    /// Tells of a fault: an error where it is certain.
    fn fault(&mut self, code: &'static str, message: String, span: Span, help: Option<String>) {
        let is_certain = self.is_certain && !self.may_leave;
        let severity = if is_certain { Severity::Error } else { Severity::Warning };
        self.faults += 1;
        self.tell(code, severity, message, span, help);
    }

    /// Tells of a fault that the library words.
    fn library_fault(&mut self, code: &'static str, fault: &Fault, span: Span) {
        if let FaultKind::Error { message, help } = fault.kind() {
            self.fault(code, message.clone(), span, help.clone());
        }
    }

    /// Tells of what is surely not meant.
    fn warn(&mut self, code: &'static str, message: impl Into<String>, span: Span, help: &str) {
        let help = if help.is_empty() { None } else { Some(help.to_owned()) };
        self.tell(code, Severity::Warning, message.into(), span, help);
    }

    fn tell(
        &mut self,
        code: &'static str,
        severity: Severity,
        message: String,
        span: Span,
        help: Option<String>,
    ) {
        if self.silent > 0 || !self.scope.is_live() {
            return;
        }
        // A name that is nearly right is certain enough to be put in.
        let suggestion = help.as_deref().and_then(|help| {
            let name = help.strip_prefix("did you mean `")?.strip_suffix("`?")?;
            Some(Suggestion { span, replacement: name.to_owned() })
        });
        self.diagnostics.push(Diagnostic { code, severity, message, span, help, suggestion });
    }

    /// Adds the mend to what was told last.
    fn suggest(&mut self, span: Span, replacement: impl Into<String>) {
        if self.silent == 0
            && self.scope.is_live()
            && let Some(last) = self.diagnostics.last_mut()
        {
            last.suggestion = Some(Suggestion { span, replacement: replacement.into() });
        }
    }

    /// What is known of a variable here.
    fn var(&self, name: &str) -> Var {
        self.scope.get(name).unwrap_or_else(|| flow::outside(self.options, name))
    }

    /// The text of a span.
    fn text(&self, span: Span) -> &'p str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}
