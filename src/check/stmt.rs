//! Statements in a row: what each does, whether the next is reached, what the program gives.

use super::Checker;
use super::flow::exits;
use super::scope::{Fact, Known, Origin, Var};
use crate::error::Span;
use crate::syntax::ast::{Declaration, Expr, Stmt, StmtKind, Unit};
use crate::value::{Kind, Ty};

impl<'p> Checker<'p> {
    /// The whole program.
    pub(super) fn program(&mut self, unit: &'p Unit) {
        self.block(&unit.statements, true);
        if self.scope.is_live() {
            let end = unit.statements.last().map_or(Span::default(), |s| s.span);
            match self.result.take() {
                Some((fact, expr)) => self.gives(fact, Some(expr), expr.span),
                None => self.gives(Fact::of(Ty::of(Kind::Void)), None, end),
            }
        }
        self.unused_variables();
    }

    /// Statements in a row; `ends_program` if the last of them gives the program's value.
    pub(super) fn block(&mut self, statements: &'p [Stmt], ends_program: bool) {
        for (i, statement) in statements.iter().enumerate() {
            if !self.scope.is_live() {
                return;
            }
            let is_last = i + 1 == statements.len();
            self.statement(statement, ends_program && is_last);
            if !self.scope.is_live()
                && let Some(next) = statements.get(i + 1)
            {
                self.unreachable(next);
            }
        }
    }

    /// One statement.
    pub(super) fn statement(&mut self, statement: &'p Stmt, ends_program: bool) {
        match &statement.kind {
            StmtKind::Block(inner) => self.block(inner, ends_program),
            StmtKind::Declaration(declaration) => self.declaration(declaration),
            StmtKind::Expression(expr) => {
                let fact = self.expr(expr);
                if ends_program {
                    self.result = Some((fact, expr));
                } else {
                    self.discarded(expr);
                }
            }
            StmtKind::If { arms, otherwise } => self.if_statement(arms, otherwise.as_deref()),
            StmtKind::While { condition, body } => {
                self.loop_statement(Some(condition), None, body, statement.span);
            }
            StmtKind::For(parts) => {
                self.for_init(parts.init.as_ref());
                let (condition, update) = (parts.condition.as_ref(), parts.update.as_ref());
                self.loop_statement(condition, update, &parts.body, statement.span);
            }
            StmtKind::Break => self.jump("break", statement.span),
            StmtKind::Continue => self.jump("continue", statement.span),
            StmtKind::Return(expr) => {
                let fact = self.expr(expr);
                self.gives(fact, Some(expr), expr.span);
                self.leave();
            }
            StmtKind::Throw(expr) => {
                self.throw(expr);
                self.leave();
            }
        }
    }

    fn throw(&mut self, expr: &'p Expr) {
        let fact = self.expr(expr);
        if !fact.is_never() && (!fact.may_be(Ty::STRING) || fact.is_null()) {
            let help = "write the reason as text: `throw 'no rows for ' + date;`";
            let message = format!("`throw` takes a STRING, not {}", fact.shown());
            self.fault("SEL0207", message, expr.span, Some(help.to_owned()));
        }
    }

    /// Control goes elsewhere: on some run, if not on all.
    fn leave(&mut self) {
        self.may_leave = true;
        self.scope.die();
    }

    fn jump(&mut self, word: &str, span: Span) {
        if self.loops == 0 {
            let message = format!("`{word}` outside of a loop");
            self.fault("SEL0208", message, span, None);
        }
        self.leave();
    }

    /// `Type name = value, …`
    pub(super) fn declaration(&mut self, declaration: &'p Declaration) {
        let ty = &declaration.ty;
        let declared = match crate::eval::compile::declared_type(&ty.name, ty.array) {
            Ok(declared) => Some(declared),
            Err(fault) => {
                self.library_fault("SEL0205", &fault, ty.span);
                None
            }
        };
        for declarator in &declaration.declarators {
            let name = &declarator.name;
            if self.options.inputs.contains_key(&*name.text) {
                let message = format!("`{}` is the name of an input", name.text);
                self.warn("SEL0258", message, name.span, "choose another name");
            }
            let value = declarator.value.as_ref().map(|expr| (self.expr(expr), expr));
            let fact = match (declared, value) {
                (None, _) => Fact::UNKNOWN,
                (Some(declared), None) => {
                    // References without a value are null; arrays are empty.
                    let may_be_null =
                        !matches!(declared.kind, Kind::Long | Kind::Double | Kind::Boolean)
                            && declared.kind.element().is_none();
                    let ty = Ty::of(declared.kind);
                    match declared.kind.element() {
                        Some(_) => Fact::array(ty, Some(0)),
                        None if may_be_null => Fact::null_of(ty),
                        None => Fact::of(ty),
                    }
                }
                (Some(declared), Some((value, expr))) => {
                    let null = Ty::of(Kind::Null);
                    let mut fits = Ty::of(declared.kind);
                    if declared.kind == Kind::Double {
                        fits = fits.or(Ty::LONG);
                    }
                    if !declared.is_primitive {
                        fits = fits.or(null);
                    }
                    if !value.is_never() && !value.may_be(fits) {
                        self.mismatch(declared.kind, value, expr.span);
                    }
                    let may_be_null = value.may_be_null || value.may_be(null);
                    let ty = Ty::of(declared.kind);
                    // A null of a declared number is one too, until it is assigned.
                    let known = if value.is_null() { Known::Null } else { value.kept(ty) };
                    Fact { ty, may_be_null, known }
                }
            };
            self.scope.set(&name.text, Var { fact, origin: Origin::Set });
        }
    }

    /// A value that does not fit its variable or element.
    pub(super) fn mismatch(&mut self, wanted: Kind, found: Fact, span: Span) {
        let help = match (wanted, found.ty.single()) {
            (Kind::String, _) => "convert with `String.valueOf(…)`",
            (Kind::Long, Some(Kind::String)) => "convert with `Long.valueOf(…)`",
            (Kind::Double, Some(Kind::String)) => "convert with `Double.valueOf(…)`",
            (Kind::Long, Some(Kind::Double)) => "convert with `.longValue()`",
            _ => "",
        };
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.fault("SEL0201", format!("expected {wanted}, found {}", found.shown()), span, help);
    }

    fn unreachable(&mut self, next: &'p Stmt) {
        // It is told although control is not here.
        if self.silent == 0 {
            self.diagnostics.push(crate::diag::Diagnostic {
                code: "SEL0252",
                severity: crate::diag::Severity::Warning,
                message: "this is never reached".to_owned(),
                span: next.span,
                help: Some("remove it, or what ends the program before".to_owned()),
                suggestion: None,
            });
        }
    }

    /// Tells of a loop that nothing ends.
    pub(super) fn endless(&mut self, body: &Stmt, span: Span) {
        if !exits(body) {
            let start = Span { start: span.start, end: body.span.start.max(span.start) };
            let help = "write a condition, or `break` in the body";
            self.warn("SEL0257", "nothing ends this loop", start, help);
        }
    }
}
