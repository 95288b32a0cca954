//! Statements.

use super::code::{Arm, Declare, DeclaredType, Loop, Node, Stmt};
use super::machine::{Failed, Machine};
use crate::error::Span;
use crate::fault::{At, Fault};
use crate::limits::LimitKind;
use crate::value::kind::Kind;
use crate::value::val::{Array, Val};

/// Where control goes after a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Break,
    Continue,
    /// The program ends with [`Machine::result`].
    Return,
    /// The program ends by `throw`ing [`Machine::result`].
    Throw,
}

impl Stmt {
    /// Where the statement is, as far as it is known.
    pub(crate) fn span(&self) -> Span {
        match self {
            Stmt::Effect { node, .. }
            | Stmt::Result { node, .. }
            | Stmt::Return { node, .. }
            | Stmt::Throw { node, .. } => node.span,
            Stmt::Declare(declare) => declare.span,
            Stmt::Loop(parts) => parts.span,
            Stmt::Break(span) | Stmt::Continue(span) => *span,
            Stmt::Block(_) | Stmt::If { .. } => Span::default(),
        }
    }
}

impl<'a> Machine<'a, '_> {
    /// Runs a statement.
    #[inline(always)]
    pub(crate) fn stmt(&mut self, stmt: &'a Stmt) -> Result<Flow, Failed> {
        match stmt {
            Stmt::Effect { node, steps } => {
                if *steps > 0 {
                    self.step(*steps, node.span)?;
                }
                self.effect(node)?;
                Ok(Flow::Next)
            }
            Stmt::Block(body) => self.block(body),
            Stmt::If { arms, otherwise } => self.branch(arms, otherwise.as_deref()),
            Stmt::Break(_) => Ok(Flow::Break),
            Stmt::Continue(_) => Ok(Flow::Continue),
            Stmt::Loop(parts) => self.repeat(parts),
            Stmt::Declare(declare) => self.declare(declare),
            Stmt::Result { node, steps } => self.value_of(node, *steps, Flow::Next),
            Stmt::Return { node, steps } => self.value_of(node, *steps, Flow::Return),
            Stmt::Throw { node, steps } => self.throw(node, *steps),
        }
    }

    #[inline(never)]
    fn block(&mut self, body: &'a [Stmt]) -> Result<Flow, Failed> {
        for stmt in body {
            let flow = self.stmt(stmt)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    #[inline(never)]
    fn value_of(&mut self, node: &'a Node, steps: u32, flow: Flow) -> Result<Flow, Failed> {
        self.step(steps, node.span)?;
        match self.value(node) {
            Ok(value) => self.result = value,
            Err(fault) => return Err(self.fail(fault)),
        }
        Ok(flow)
    }

    #[inline(never)]
    fn throw(&mut self, node: &'a Node, steps: u32) -> Result<Flow, Failed> {
        let flow = self.value_of(node, steps, Flow::Throw)?;
        if !matches!(self.result, Val::Str(_)) {
            let fault = Fault::with_help(
                format!("`throw` takes a STRING, not {}", self.result.held()),
                "write the reason as text: `throw 'no rows for ' + date;`",
            );
            return Err(self.fail(fault.at(node.span)));
        }
        Ok(flow)
    }

    #[inline(never)]
    fn branch(&mut self, arms: &'a [Arm], otherwise: Option<&'a Stmt>) -> Result<Flow, Failed> {
        let mut body = otherwise;
        for arm in arms {
            if arm.steps > 0 {
                self.step(arm.steps, arm.condition.span)?;
            }
            if self.condition(&arm.condition)? {
                body = Some(&arm.body);
                break;
            }
        }
        match body {
            Some(body) => self.stmt(body),
            None => Ok(Flow::Next),
        }
    }

    #[inline(never)]
    fn repeat(&mut self, parts: &'a Loop) -> Result<Flow, Failed> {
        self.block(&parts.init)?;
        let mut rounds = 0;
        loop {
            self.step(parts.steps, parts.span)?;
            if let Some(condition) = &parts.condition
                && !self.condition(condition)?
            {
                return Ok(Flow::Next);
            }
            match self.stmt(&parts.body)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                flow => return Ok(flow),
            }
            rounds += 1;
            if rounds >= self.cx.meter.max_loop {
                return Err(self.fail(Fault::limit(LimitKind::Loop).at(parts.span)));
            }
            if let Some(update) = &parts.update {
                self.effect(update)?;
            }
        }
    }

    #[inline(never)]
    fn declare(&mut self, declare: &'a Declare) -> Result<Flow, Failed> {
        self.step(declare.steps, declare.span)?;
        match self.declared(declare) {
            Ok(value) => {
                if let Some(slot) = self.frame.get_mut(declare.slot as usize) {
                    *slot = value;
                }
                Ok(Flow::Next)
            }
            Err(fault) => Err(self.fail(fault)),
        }
    }

    fn declared(&mut self, declare: &'a Declare) -> Result<Val<'a>, Fault> {
        let ty = match &declare.ty {
            Ok(ty) => *ty,
            Err(fault) => return Err(fault.clone().at(declare.span)),
        };
        match &declare.value {
            Some(node) => fit(ty, self.eval(node)?).at(node.span),
            None => self.default_of(ty.kind).at(declare.span),
        }
    }

    /// What a variable declared without initialiser holds.
    fn default_of(&self, kind: Kind) -> Result<Val<'a>, Fault> {
        let meter = self.cx.meter;
        Ok(match kind {
            Kind::Long => Val::Long(0),
            Kind::Double => Val::Double(0.0),
            Kind::Boolean => Val::Bool(false),
            Kind::LongArray => Val::Array(Array::longs(0, [], meter)?),
            Kind::DoubleArray => Val::Array(Array::doubles(0, [], meter)?),
            Kind::BooleanArray => Val::Array(Array::bools(0, [], meter)?),
            Kind::StringArray => Val::Array(Array::texts(0, [], meter)?),
            kind => Val::NullOf(kind),
        })
    }
}

/// The value as a variable of this type holds it: a LONG widens to DOUBLE (JLS 5.1.2), `null`
/// gets the type.
fn fit(ty: DeclaredType, value: Val<'_>) -> Result<Val<'_>, Fault> {
    match value {
        Val::Long(v) if ty.kind == Kind::Double => Ok(Val::Double(v as f64)),
        Val::Null if !ty.is_primitive => Ok(Val::NullOf(ty.kind)),
        value if value.kind() == ty.kind => Ok(value),
        value => Err(mismatch(ty.kind, &value)),
    }
}

/// A value of the wrong kind for a variable or element.
#[cold]
pub(crate) fn mismatch(wanted: Kind, value: &Val<'_>) -> Fault {
    let found = value.held();
    let message = format!("expected {wanted}, found {found}");
    match (wanted, value) {
        (Kind::String, _) => Fault::with_help(message, "convert with `String.valueOf(…)`"),
        (Kind::Long, Val::Str(_)) => Fault::with_help(message, "convert with `Long.valueOf(…)`"),
        (Kind::Double, Val::Str(_)) => {
            Fault::with_help(message, "convert with `Double.valueOf(…)`")
        }
        (Kind::Long, Val::Double(_)) => Fault::with_help(message, "convert with `.longValue()`"),
        _ => Fault::error(message),
    }
}
