//! Expressions but calls and assignments.

use super::Checker;
use super::kinds;
use super::scope::{Fact, Known, Origin};
use crate::error::Span;
use crate::fault::PARAMS_USE;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Link, Literal, Name, UnaryOp};
use crate::value::{Kind, Ty};

impl<'p> Checker<'p> {
    /// What is known of an expression's value.
    pub(super) fn expr(&mut self, expr: &'p Expr) -> Fact {
        if !self.in_constant && self.is_constant(expr) {
            return self.constant(expr);
        }
        self.parts(expr)
    }

    /// As [`Checker::expr`], from what is known of its parts.
    pub(super) fn parts(&mut self, expr: &'p Expr) -> Fact {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal, expr.span),
            ExprKind::Name(name) => self.name(name, expr.span),
            ExprKind::Unary { op, operand } => self.unary(*op, operand, expr.span),
            ExprKind::Chain { first, rest } => self.chain(first, rest),
            ExprKind::And(operands) => self.logic(operands, false),
            ExprKind::Or(operands) => self.logic(operands, true),
            ExprKind::Conditional(parts) => {
                let known = self.open_condition(&parts.condition);
                self.either(known, &parts.then, &parts.otherwise)
            }
            ExprKind::Assign(parts) => self.assign(parts, expr.span),
            ExprKind::Postfix { base, ops } => self.postfix(base, ops),
            ExprKind::New { class, args } => self.new_object(class, args, expr.span),
            ExprKind::NewArray { element, length } => {
                let fact = self.expr(length);
                if !fact.is_never() && (!fact.may_be(Ty::LONG) || fact.is_null()) {
                    let message = format!("the length of an array is a LONG, not {}", fact.shown());
                    self.fault("SEL0201", message, length.span, None);
                }
                let known = match fact.known {
                    Known::Long(v) => usize::try_from(v).ok(),
                    _ => None,
                };
                if let (Known::Long(_), None) = (fact.known, known) {
                    let message = "the length of an array is negative".to_owned();
                    self.fault("SEL0211", message, length.span, None);
                }
                self.array(element, known)
            }
            ExprKind::ArrayLiteral { element, elements } => {
                let array = self.array(element, Some(elements.len()));
                let kind = array.ty.single().and_then(Kind::element);
                for element in elements {
                    let fact = self.expr(element);
                    if let Some(kind) = kind {
                        self.stored(kind, fact, element.span);
                    }
                }
                array
            }
        }
    }

    /// The type of `new element[…]`.
    fn array(&mut self, element: &Name, length: Option<usize>) -> Fact {
        match crate::eval::compile::declared_type(&element.text, true) {
            Ok(ty) => Fact::array(Ty::of(ty.kind), length),
            Err(fault) => {
                self.library_fault("SEL0205", &fault, element.span);
                Fact::UNKNOWN
            }
        }
    }

    /// Tells of a value that an array of these elements can't take.
    pub(super) fn stored(&mut self, element: Kind, fact: Fact, span: Span) {
        let is_no_null = element != Kind::String && fact.is_null();
        let fits = !is_no_null && fact.ty.kinds().any(|k| kinds::store(element, k).is_some());
        if !fits && !fact.is_never() {
            self.mismatch(element, fact, span);
        }
    }

    fn literal(&mut self, literal: &Literal, span: Span) -> Fact {
        match literal {
            Literal::Null => Fact::NULL,
            Literal::Boolean(v) => Fact { known: Known::Boolean(*v), ..Fact::of(Ty::BOOLEAN) },
            Literal::Long(v) => {
                self.octal(span);
                Fact { known: Known::Long(*v), ..Fact::of(Ty::LONG) }
            }
            Literal::Double(_) => Fact::of(Ty::DOUBLE),
            Literal::String(_) | Literal::Units(_) => Fact::of(Ty::STRING),
        }
    }

    fn name(&mut self, name: &'p str, span: Span) -> Fact {
        if self.names.is_class(name) {
            let help = format!("call a static method, `{name}.…(…)`");
            self.fault("SEL0215", format!("`{name}` is a class, not a value"), span, Some(help));
            return Fact::UNKNOWN;
        }
        if name == "params" && !self.names.is_declared(name) {
            let help = Some(PARAMS_USE.to_owned());
            self.fault("SEL0215", "`params` is not a value".to_owned(), span, help);
            return Fact::UNKNOWN;
        }
        let var = self.var(name);
        if var.origin == Origin::Nothing {
            self.undefined(name, span);
        }
        var.fact
    }

    fn unary(&mut self, op: UnaryOp, operand: &'p Expr, span: Span) -> Fact {
        let fact = self.expr(operand);
        if op == UnaryOp::Not {
            self.must_be_boolean(fact, operand.span);
            let known = match fact.known {
                Known::Boolean(v) => Known::Boolean(!v),
                _ => Known::Nothing,
            };
            return Fact { known, ..Fact::of(Ty::BOOLEAN) };
        }
        let ty = fact.ty.kinds().filter_map(|kind| kinds::unary(op, kind)).fold(Ty::NEVER, add);
        if !fact.is_never() && (ty.is_never() || fact.is_null()) {
            let message = format!("`{}` takes a number, not {}", op.text(), fact.shown());
            self.fault("SEL0202", message, span, None);
            return Fact::of(Ty::NUMBER);
        }
        let known = match (op, fact.known) {
            (UnaryOp::Minus, Known::Long(v)) => Known::Long(v.wrapping_neg()),
            (UnaryOp::Plus, known) => known,
            _ => Known::Nothing,
        };
        Fact { known, ..Fact::of(ty) }
    }

    fn chain(&mut self, first: &'p Expr, rest: &'p [Link]) -> Fact {
        let mut left = self.expr(first);
        let mut before = Some(first);
        for link in rest {
            let right = self.expr(&link.operand);
            let span = first.span.to(link.operand.span);
            left = self.binary(link.op, left, right, span, link.op_span);
            if let Some(before) = before.take() {
                self.compared(link.op, before, &link.operand, left, span);
            }
            if right.known == Known::Long(0)
                && matches!(link.op, BinaryOp::Divide | BinaryOp::Remainder)
            {
                self.by_zero(link.op, left, link.operand.span);
            }
        }
        left
    }

    /// A division of LONGs whose divisor is zero.
    pub(super) fn by_zero(&mut self, op: BinaryOp, result: Fact, span: Span) {
        if result.ty == Ty::LONG {
            let what = if op == BinaryOp::Divide { "division" } else { "remainder" };
            self.fault("SEL0210", format!("{what} by zero"), span, None);
        }
    }

    /// `left op right`
    fn binary(&mut self, op: BinaryOp, left: Fact, right: Fact, span: Span, op_span: Span) -> Fact {
        let mut ty = Ty::NEVER;
        for a in left.ty.kinds() {
            for b in right.ty.kinds() {
                ty = kinds::binary(op, a, b).map_or(ty, |kind| add(ty, kind));
            }
        }
        let equality = matches!(op, BinaryOp::Equal | BinaryOp::NotEqual);
        if left.is_never() || right.is_never() {
            return Fact::of(Ty::NEVER);
        }
        if equality {
            self.never_equal(left, right, ty.is_never(), span, op_span);
        }
        if !ty.is_never() && !null_fails(op, left, right) {
            return Fact::of(ty);
        }
        // A null of any kind compares with anything.
        if equality && (left.may_be_null || right.may_be_null) {
            return Fact::of(Ty::BOOLEAN);
        }
        let (a, b) = (left.shown(), right.shown());
        let message = format!("`{}` cannot take {a} and {b}", op.text());
        let help = operator_help(op, left, right).map(str::to_owned);
        self.fault("SEL0202", message, span, help);
        match op {
            BinaryOp::Add => Fact::of(Ty::NUMBER.or(Ty::STRING)),
            BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => {
                Fact::of(Ty::NUMBER)
            }
            _ => Fact::of(Ty::BOOLEAN),
        }
    }

    /// `a && b && …` or `a || b || …`: the first is always evaluated, the others perhaps.
    fn logic(&mut self, operands: &'p [Expr], is_or: bool) -> Fact {
        let mut all = Known::Boolean(!is_or);
        for (i, operand) in operands.iter().enumerate() {
            let mut known = None;
            if i == 0 || all == Known::Boolean(!is_or) {
                known = self.condition(operand);
            } else {
                self.perhaps(|this| known = this.condition(operand));
            }
            match known {
                // `false && …` and `true || …` go no further.
                Some(value) if value == is_or => {
                    all = Known::Boolean(is_or);
                    break;
                }
                Some(_) => {}
                None => all = Known::Nothing,
            }
        }
        Fact { known: all, ..Fact::of(Ty::BOOLEAN) }
    }
}

/// The kinds and one more.
pub(super) fn add(ty: Ty, kind: Kind) -> Ty {
    ty.or(Ty::of(kind))
}

/// Whether the operator fails because an operand is a null of its kind: only `+` with a string and
/// `==` take one.
fn null_fails(op: BinaryOp, left: Fact, right: Fact) -> bool {
    use BinaryOp::{Add, Equal, Greater, Less, NotEqual};
    let text = Ty::STRING.or(Ty::of(Kind::Null));
    match op {
        Equal | NotEqual => false,
        Add if left.known == Known::Null => !left.may_be(text),
        Add if right.known == Known::Null => !left.may_be(text) && !right.may_be(Ty::STRING),
        Less | Greater if left.may_be(Ty::of(Kind::Null)) => false,
        _ => left.known == Known::Null || right.known == Known::Null,
    }
}

fn operator_help(op: BinaryOp, left: Fact, right: Fact) -> Option<&'static str> {
    use BinaryOp::{Add, Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    Some(match op {
        Equal | NotEqual if left.ty == Ty::STRING && right.ty.is_within(Ty::NUMBER) => {
            "compare with a string: `s == String.valueOf(n)`"
        }
        Less | LessEqual | Greater | GreaterEqual
            if left.ty == Ty::STRING && right.ty == Ty::STRING =>
        {
            "order strings with `a.compareTo(b) < 0`"
        }
        Less | LessEqual | Greater | GreaterEqual
            if left.ty == Ty::DATETIME && right.ty == Ty::DATETIME =>
        {
            "order dates with `a.isBefore(b)` or `a.isAfter(b)`"
        }
        _ if left.is_null() || right.is_null() => {
            "a name that is no input and was never assigned is NULL"
        }
        Add => "begin with a string: `'' + a + b`",
        _ => return None,
    })
}
