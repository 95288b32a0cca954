//! Constant expressions: no variable, no input, no function of the host. The evaluator itself tells
//! what they give.
//!
//! What depends on the clock, on chance or on the default zone is tried in three different worlds: a
//! fault that comes in all of them comes in every one, and a value is not trusted.

use super::Checker;
use super::scope::{Fact, Known};
use crate::error::{Error, ErrorKind, Span};
use crate::host::Env;
use crate::limits::Limits;
use crate::program::{Outcome, Program};
use crate::stdlib;
use crate::syntax::ast::{Expr, ExprKind, PostfixKind};
use crate::value::{Ty, Value};

/// How many constant expressions of one program are evaluated.
const MOST: usize = 2_000;
/// Steps for each of them.
const STEPS: u64 = 20_000;
/// Bytes for each of them.
const MEMORY: usize = 1_000_000;

/// What became of a constant expression.
#[derive(Debug, Clone)]
pub(super) enum Constant {
    Value(Fact),
    Fails(Box<Error>),
    /// It took too long, or depends on the world.
    Unknown,
}

impl<'p> Checker<'p> {
    /// Whether an expression is constant, and more than a literal.
    pub(super) fn is_constant(&self, expr: &Expr) -> bool {
        !matches!(expr.kind, ExprKind::Literal(_)) && self.all_constant(expr)
    }

    fn all_constant(&self, expr: &Expr) -> bool {
        let all = |exprs: &[Expr]| exprs.iter().all(|e| self.all_constant(e));
        match &expr.kind {
            ExprKind::Literal(_) => true,
            ExprKind::Name(_) | ExprKind::Assign(_) => false,
            ExprKind::Unary { operand, .. } => self.all_constant(operand),
            ExprKind::Chain { first, rest } => {
                self.all_constant(first) && rest.iter().all(|l| self.all_constant(&l.operand))
            }
            ExprKind::And(operands) | ExprKind::Or(operands) => all(operands),
            ExprKind::Conditional(parts) => {
                self.all_constant(&parts.condition)
                    && self.all_constant(&parts.then)
                    && self.all_constant(&parts.otherwise)
            }
            ExprKind::Postfix { base, ops } => {
                let base_is = match &base.kind {
                    ExprKind::Name(name) => {
                        let class = stdlib::find_class(name).filter(|_| self.names.is_class(name));
                        // What `Util` lacks the host may have.
                        class.is_some_and(|class| match ops.first().map(|op| &op.kind) {
                            Some(PostfixKind::Call { name, .. } | PostfixKind::Field(name)) => {
                                class.methods.iter().any(|m| m.name == &*name.text)
                            }
                            _ => false,
                        })
                    }
                    _ => self.all_constant(base),
                };
                base_is
                    && ops.iter().all(|op| match &op.kind {
                        PostfixKind::Index(index) => self.all_constant(index),
                        PostfixKind::Field(_) => true,
                        PostfixKind::Call { args, .. } => all(args),
                    })
            }
            ExprKind::New { args, .. } => all(args),
            ExprKind::NewArray { length, .. } => self.all_constant(length),
            ExprKind::ArrayLiteral { elements, .. } => all(elements),
        }
    }

    /// What is known of a constant expression.
    pub(super) fn constant(&mut self, expr: &'p Expr) -> Fact {
        // A fault of types is told by its own name.
        let faults = self.faults;
        self.in_constant = true;
        let fact = self.parts(expr);
        self.in_constant = false;
        if self.faults > faults {
            return fact;
        }
        let constant = match self.constants.get(&expr.span) {
            Some(constant) => constant.clone(),
            None if self.constants.len() >= MOST => Constant::Unknown,
            None => {
                let constant = evaluate(self.text(expr.span), expr.span);
                self.constants.insert(expr.span, constant.clone());
                constant
            }
        };
        match constant {
            Constant::Value(fact) => fact,
            Constant::Unknown => fact,
            Constant::Fails(error) => {
                let (code, help) = (code(&error, expr), error.help().map(str::to_owned));
                self.fault(code, error.message().to_owned(), error.span(), help);
                fact
            }
        }
    }
}

/// Evaluates the text of an expression that begins at a place of the program.
fn evaluate(text: &str, span: Span) -> Constant {
    let mut limits =
        Limits { steps: STEPS, memory: MEMORY, source_length: usize::MAX, ..Limits::default() };
    limits.nesting = limits.nesting.max(1);
    let Ok(program) = Program::compile_with(&format!("{text};"), &limits) else {
        return Constant::Unknown;
    };
    let mut fault: Option<Error> = None;
    for (now, zone) in
        [(1_700_000_000_000, "UTC"), (180_000_000_000, "-12:00"), (3_900_000_000_000, "+14:00")]
    {
        let world = Env::new().with_now(now).with_time_zone(zone).with_seed(now as u64);
        match program.run(&world, &limits, None) {
            Ok(Outcome::Value(value)) if fault.is_none() => return trusted(text, &value),
            Err(error) if error.kind() == ErrorKind::Eval => {
                if fault.as_ref().is_some_and(|f| f.span() != error.span()) {
                    return Constant::Unknown;
                }
                fault.get_or_insert(error);
            }
            _ => return Constant::Unknown,
        }
    }
    match fault {
        Some(error) => Constant::Fails(Box::new(error.moved(span.start))),
        None => Constant::Unknown,
    }
}

/// A value, if it is the same in every world.
fn trusted(text: &str, value: &Value) -> Constant {
    let volatile = ["Date", "Util", "System", "random", "Days"];
    let is_volatile = volatile.iter().any(|word| text.contains(word));
    let known = match value {
        _ if is_volatile => Known::Nothing,
        Value::Boolean(v) => Known::Boolean(*v),
        Value::Long(v) => Known::Long(*v),
        Value::LongArray(v) => Known::Length(v.len()),
        Value::DoubleArray(v) => Known::Length(v.len()),
        Value::BooleanArray(v) => Known::Length(v.len()),
        Value::StringArray(v) => Known::Length(v.len()),
        Value::NullOf(_) => Known::Null,
        _ => Known::Nothing,
    };
    let may_be_null = match value {
        Value::Long(_) | Value::Double(_) | Value::Boolean(_) => false,
        Value::NullOf(_) => true,
        _ => is_volatile && !text.starts_with("new "),
    };
    Constant::Value(Fact { ty: Ty::of(value.kind()), may_be_null, known })
}

/// The code of a fault of the evaluator's.
fn code(error: &Error, expr: &Expr) -> &'static str {
    let message = error.message();
    if message.ends_with("by zero") {
        return "SEL0210";
    }
    if message.starts_with("index ") && message.contains("outside of the array") {
        return "SEL0211";
    }
    match call_at(expr, error.span()) {
        Some("forID") => "SEL0214",
        Some("format" | "forPattern") => "SEL0213",
        Some("split" | "replaceAll" | "replaceFirst" | "matches") => "SEL0213",
        Some("toString") => "SEL0213",
        _ => "SEL0216",
    }
}

/// The method whose name is at this place.
fn call_at(expr: &Expr, span: Span) -> Option<&str> {
    let mut found = None;
    if let ExprKind::Postfix { ops, .. } = &expr.kind {
        for op in ops {
            if let PostfixKind::Call { name, .. } = &op.kind
                && name.span == span
            {
                found = Some(&*name.text);
            }
        }
    }
    if found.is_none() {
        super::names::parts(expr, &mut |part| {
            if found.is_none() {
                found = call_at(part, span);
            }
        });
    }
    found
}
