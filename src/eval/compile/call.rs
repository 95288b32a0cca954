//! Calls, fields and indexes: which rows of the class table can answer.

use super::{Compiler, declared_type, exactly, fold, kinds};
use crate::error::Span;
use crate::eval::code::{Call, Node, NodeKind, Postfix, Row};
use crate::fault::Fault;
use crate::stdlib;
use crate::stdlib::prepared::{Prepared, prepare};
use crate::stdlib::table::{Class, Form, Method};
use crate::syntax::ast;
use crate::value::kind::Ty;
use crate::value::text::Units;

impl Compiler<'_> {
    /// `base` with its operations. A class name or `params` in front takes the first of them.
    pub(super) fn postfix(
        &mut self,
        base: &ast::Expr,
        ops: &[ast::Postfix],
        span: Span,
        steps: &mut u32,
    ) -> Node {
        let (mut node, mut rest) = self.base(base, ops, steps);
        let mut ops = Vec::with_capacity(rest.len());
        while let (NodeKind::Ready(receiver), Some((first, more))) =
            (&node.kind, rest.split_first())
        {
            rest = more;
            let op = self.operation(first, Ty::of(receiver.kind()), steps);
            match fold::operation(receiver, &op) {
                Some(value) => node.kind = NodeKind::Ready(Box::new(value)),
                None => {
                    ops.push(op);
                    break;
                }
            }
        }
        if ops.is_empty()
            && let [ast::Postfix { kind: ast::PostfixKind::Index(index), .. }] = rest
        {
            let index = self.expr(index, steps);
            let kind = match node.kind {
                NodeKind::Slot(slot) if index.is_plain() => {
                    NodeKind::Element(slot, Box::new(index))
                }
                _ => NodeKind::Index(Box::new((node, index))),
            };
            return Node { kind, span };
        }
        for op in rest {
            let receiver = ops.last().map_or_else(|| kinds::of(&node), kinds::after);
            ops.push(self.operation(op, receiver, steps));
        }
        if ops.is_empty() {
            node.span = span;
            return node;
        }
        let map = match (&node.kind, &*ops) {
            (NodeKind::Slot(slot), [Postfix::Call(call)]) if is_map_call(call) => Some(*slot),
            _ => None,
        };
        let general = Node { kind: NodeKind::Postfix(Box::new(node), ops.into()), span };
        match map {
            Some(slot) => Node { kind: NodeKind::MapCall(slot, Box::new(general)), span },
            None => general,
        }
    }

    fn base<'o>(
        &mut self,
        base: &ast::Expr,
        ops: &'o [ast::Postfix],
        steps: &mut u32,
    ) -> (Node, &'o [ast::Postfix]) {
        if let (ast::ExprKind::Name(name), Some((first, rest))) = (&base.kind, ops.split_first()) {
            let span = base.span.to(first.span);
            if let Some(class) = stdlib::find_class(name).filter(|_| self.names.is_class(name)) {
                let kind = self.static_use(class, name, first, steps);
                return (fold::constant(Node { kind, span }), rest);
            }
            if &**name == "params" && !self.names.is_declared(name) {
                return (Node { kind: self.params_use(first, steps), span }, rest);
            }
        }
        (self.expr(base, steps), ops)
    }

    /// An operation on a value of one of these kinds.
    fn operation(&mut self, op: &ast::Postfix, receiver: Ty, steps: &mut u32) -> Postfix {
        *steps = steps.saturating_add(1);
        let (name, args, is_field) = match &op.kind {
            ast::PostfixKind::Index(index) => {
                return Postfix::Index(self.expr(index, steps), op.span);
            }
            ast::PostfixKind::Field(name) => (name, Box::default(), true),
            ast::PostfixKind::Call { name, args } => (name, self.all(args, steps), false),
        };
        let rows = instance_rows(&name.text, args.len(), is_field);
        Postfix::Call(resolved(&name.text, "", is_field, rows, receiver, args, name.span))
    }

    /// `Class.f(args)` or `Class.CONSTANT`.
    fn static_use(
        &mut self,
        class: &'static Class,
        class_name: &str,
        op: &ast::Postfix,
        steps: &mut u32,
    ) -> NodeKind {
        *steps = steps.saturating_add(1);
        let (name, args) = match &op.kind {
            ast::PostfixKind::Index(_) => {
                return NodeKind::Fail(Fault::error(format!(
                    "the class `{class_name}` has no elements"
                )));
            }
            ast::PostfixKind::Field(name) => (name, None),
            ast::PostfixKind::Call { name, args } => (name, Some(self.all(args, steps))),
        };
        let is_field = args.is_none();
        let form = if is_field { Form::Constant } else { Form::Static };
        let args = args.unwrap_or_default();
        let rows = static_rows(class, form, &name.text, args.len());
        let is_known = class.methods.iter().any(|m| m.form == form && m.name == &*name.text);
        let call = resolved(&name.text, class.name, is_field, rows, Ty::NEVER, args, name.span);
        if class.name == "Util" && !is_known && !is_field {
            return NodeKind::HostUtil(Box::new(call));
        }
        if !is_known {
            return NodeKind::Fail(stdlib::unknown_member(
                class,
                &name.text,
                is_field,
                call.args.len(),
            ));
        }
        match &*call.args {
            [arg] if arg.is_number() && class.name == "String" && &*call.name == "valueOf" => {
                NodeKind::LongText(Box::new(call))
            }
            _ => NodeKind::Static(Box::new(call)),
        }
    }

    fn params_use(&mut self, op: &ast::Postfix, steps: &mut u32) -> NodeKind {
        *steps = steps.saturating_add(1);
        match &op.kind {
            ast::PostfixKind::Index(key) => NodeKind::Param(self.boxed(key, steps)),
            ast::PostfixKind::Field(name) => {
                let kind = self.literal(&ast::Literal::String(name.text.clone()));
                NodeKind::Param(Box::new(Node { kind, span: name.span }))
            }
            ast::PostfixKind::Call { name, args } => match (&*name.text, &args[..]) {
                ("get", [key]) => NodeKind::Param(self.boxed(key, steps)),
                ("containsKey", [key]) => NodeKind::HasParam(self.boxed(key, steps)),
                ("put" | "remove", _) => NodeKind::Fail(Fault::with_help(
                    "`params` cannot be written",
                    "make a map of your own: `m = new Map();`",
                )),
                _ => {
                    let args = self.all(args, steps);
                    let none = Box::default();
                    let call =
                        resolved(&name.text, "params", false, none, Ty::NEVER, args, name.span);
                    NodeKind::HostParams(Box::new(call))
                }
            },
        }
    }

    /// `new Class(args)`.
    pub(super) fn new_object(
        &mut self,
        class: &ast::Name,
        args: &[ast::Expr],
        span: Span,
        steps: &mut u32,
    ) -> NodeKind {
        let args = self.all(args, steps);
        let Some(row) = stdlib::find_class(&class.text) else {
            let fault = declared_type(&class.text, false).err();
            return NodeKind::Fail(fault.unwrap_or_else(|| stdlib::no_constructor(&class.text)));
        };
        if !row.methods.iter().any(|m| m.form == Form::Constructor) {
            return NodeKind::Fail(stdlib::no_constructor(&class.text));
        }
        let rows = static_rows(row, Form::Constructor, row.name, args.len());
        let call = resolved(row.name, row.name, false, rows, Ty::NEVER, args, span);
        NodeKind::Static(Box::new(call))
    }
}

/// A call, with all that can be known of it before it runs.
fn resolved(
    name: &str,
    class: &'static str,
    is_field: bool,
    rows: Box<[Row]>,
    receiver: Ty,
    args: Box<[Node]>,
    span: Span,
) -> Call {
    let (only, tests) = kinds::only(&rows, receiver, &args);
    let prepared = prepared(name, &args);
    Call { name: name.into(), class, is_field, args, rows, only, tests, prepared, span }
}

/// Whether the call has the name and the arguments of `Map.get` or `Map.put`.
fn is_map_call(call: &Call) -> bool {
    matches!((&*call.name, call.args.len(), call.is_field), ("get", 1, false) | ("put", 2, false))
}

/// Whether the row can take this many arguments.
fn fits(method: &Method, count: usize) -> bool {
    method.params.len() == count || (method.rest.is_some() && count >= method.params.len())
}

fn static_rows(class: &'static Class, form: Form, name: &str, count: usize) -> Box<[Row]> {
    let rows = class.methods.iter().filter(|m| m.form == form && m.name == name && fits(m, count));
    exactly(rows.map(|method| Row { receiver: None, passes_receiver: false, method }))
}

/// The rows of all classes that answer `.name(…)` on an instance.
fn instance_rows(name: &str, count: usize, is_field: bool) -> Box<[Row]> {
    let rows = stdlib::on_instances(name).iter().filter(|(_, method)| fits(method, count));
    let rows = rows.filter_map(|&(kind, method)| {
        let passes_receiver = match (method.form, is_field) {
            (Form::Method, false) | (Form::Field, true) => true,
            (Form::Static, false) => false,
            _ => return None,
        };
        Some(Row { receiver: Some(kind), passes_receiver, method })
    });
    exactly(rows)
}

/// The parsed pattern where the first argument is a literal.
fn prepared(name: &str, args: &[Node]) -> Option<Box<Prepared>> {
    let prepared = match &args.first()?.kind {
        NodeKind::Ascii(text) => prepare(name, Units::Ascii(text.as_bytes())),
        NodeKind::Wide(units) => prepare(name, Units::Wide(units)),
        _ => None,
    };
    prepared.map(Box::new)
}
