//! Calls, fields and indexes: which rows of the class table can answer.

use super::Checker;
use super::expr::add;
use super::scope::{Fact, Known, Origin};
use crate::error::Span;
use crate::stdlib::{self, Class, Form, Method};
use crate::syntax::ast::{Expr, ExprKind, Literal, Name, Postfix, PostfixKind};
use crate::value::{Kind, Ty};

impl<'p> Checker<'p> {
    /// `base` and the operations on it. A class name or `params` in front takes the first.
    pub(super) fn postfix(&mut self, base: &'p Expr, ops: &'p [Postfix]) -> Fact {
        let mut rest = ops;
        let mut fact = None;
        if let (ExprKind::Name(name), Some((first, others))) = (&base.kind, ops.split_first()) {
            if let Some(class) = stdlib::find_class(name).filter(|_| self.names.is_class(name)) {
                fact = Some(self.static_use(class, first, base.span));
                rest = others;
            } else if &**name == "params" && !self.names.is_declared(name) {
                fact = Some(self.params_use(first));
                rest = others;
            } else if name.starts_with(char::is_uppercase)
                && !matches!(first.kind, PostfixKind::Index(_))
                && self.var(name).origin == Origin::Nothing
            {
                // A misspelt class: as a variable it is NULL, which has no members.
                self.library_fault("SEL0205", &stdlib::unknown_class(name), base.span);
                for op in ops {
                    if let PostfixKind::Call { args, .. } = &op.kind {
                        self.facts(args);
                    }
                }
                return Fact::UNKNOWN;
            }
        }
        let mut fact = match fact {
            Some(fact) => fact,
            None => self.expr(base),
        };
        let mut span = base.span;
        for op in rest {
            span = span.to(op.span);
            fact = match &op.kind {
                PostfixKind::Index(index) => {
                    let index_fact = self.expr(index);
                    self.indexed(fact, index_fact, span, index.span)
                }
                PostfixKind::Field(name) => self.member(fact, name, None),
                PostfixKind::Call { name, args } => self.member(fact, name, Some(args)),
            };
        }
        fact
    }

    fn facts(&mut self, args: &'p [Expr]) -> Vec<Fact> {
        args.iter().map(|arg| self.expr(arg)).collect()
    }

    /// `base[index]`
    pub(super) fn indexed(&mut self, base: Fact, index: Fact, span: Span, at: Span) -> Fact {
        if base.is_never() || index.is_never() {
            return Fact::of(Ty::NEVER);
        }
        let mut ty = Ty::NEVER;
        let mut has_elements = false;
        for kind in base.ty.kinds() {
            has_elements |= kind == Kind::Map || kind.element().is_some();
            match kind.element() {
                Some(element) if index.may_be(Ty::LONG) => ty = add(ty, element),
                None if kind == Kind::Map && index.may_be(Ty::STRING) => {
                    ty = ty.or(Fact::UNKNOWN.ty);
                }
                _ => {}
            }
        }
        if base.is_null() {
            let message = "the value is null and has no elements".to_owned();
            self.fault("SEL0212", message, span, None);
            return Fact::UNKNOWN;
        }
        if ty.is_never() || index.is_null() {
            let (message, span) = if has_elements {
                let wanted = if base.may_be(Ty::MAP) {
                    "a MAP is indexed by a STRING"
                } else {
                    "an array is indexed by a LONG"
                };
                (format!("{wanted}, not {}", index.shown()), at)
            } else {
                (format!("{} has no elements", base.ty), span)
            };
            let help = (base.ty == Ty::STRING).then_some("take a character with `.charAt(i)`");
            self.fault("SEL0212", message, span, help.map(str::to_owned));
            return Fact::UNKNOWN;
        }
        if let (Known::Long(i), false) = (index.known, base.may_be(Ty::MAP)) {
            let at_least = usize::try_from(i);
            if let (Ok(i), Known::Length(length)) = (at_least, base.known)
                && i >= length
            {
                let message =
                    format!("index {i} is outside of the array, whose length is {length}");
                self.fault("SEL0211", message, at, None);
            } else if at_least.is_err() {
                self.fault("SEL0211", "an index can't be negative".to_owned(), at, None);
            }
        }
        Fact::returned(ty)
    }

    /// `receiver.name` or `receiver.name(args)`
    fn member(&mut self, receiver: Fact, name: &'p Name, args: Option<&'p [Expr]>) -> Fact {
        let facts = self.facts(args.unwrap_or_default());
        if receiver.is_never() || facts.iter().any(|f| f.is_never()) {
            return Fact::of(Ty::NEVER);
        }
        let mut returns = Ty::NEVER;
        let mut is_known = false;
        for class in stdlib::classes() {
            if !class.kind.is_some_and(|kind| receiver.ty.has(kind)) {
                continue;
            }
            let rows = class.methods.iter().filter(|m| {
                m.name == &*name.text
                    && match m.form {
                        Form::Method => args.is_some() && !receiver.is_null(),
                        Form::Static => args.is_some(),
                        Form::Field => args.is_none() && !receiver.is_null(),
                        Form::Constant | Form::Constructor => false,
                    }
            });
            let (ty, known) = answers(rows, &facts);
            returns = returns.or(ty);
            is_known |= known;
        }
        if returns.is_never() {
            self.no_member(receiver, name, args.is_none(), &facts, is_known);
            return Fact::UNKNOWN;
        }
        self.pattern(None, receiver, &name.text, args.unwrap_or_default(), &facts);
        if receiver.ty == Ty::STRING {
            self.outside(&name.text, args.unwrap_or_default(), &facts);
        }
        match (receiver.known, &*name.text) {
            (Known::Length(n), "length") => {
                let known = i64::try_from(n).map_or(Known::Nothing, Known::Long);
                Fact { known, ..Fact::returned(returns) }
            }
            _ => Fact::returned(returns),
        }
    }

    /// Places in a string that no string has.
    fn outside(&mut self, name: &str, args: &[Expr], facts: &[Fact]) {
        let mut least = 0;
        if !matches!(name, "substring" | "charAt" | "repeat") {
            return;
        }
        for (arg, fact) in args.iter().zip(facts) {
            let Known::Long(v) = fact.known else { return };
            if v < least {
                let message = format!("`{name}` cannot take {v} here: the least is {least}");
                return self.fault("SEL0211", message, arg.span, None);
            }
            least = v;
        }
    }

    fn no_member(
        &mut self,
        receiver: Fact,
        name: &Name,
        is_field: bool,
        facts: &[Fact],
        is_known: bool,
    ) {
        let code = if is_known { "SEL0204" } else { "SEL0203" };
        let null = Ty::of(Kind::Null);
        let kinds: Vec<String> = facts.iter().map(|f| f.shown().to_string()).collect();
        if let Some(kind) = receiver.shown().single() {
            let is_null = receiver.is_null();
            let fault = stdlib::no_method(kind, is_null, &name.text, is_field, &kinds);
            return self.library_fault(code, &fault, name.span);
        }
        let what = if is_field { "field" } else { "method" };
        let receiver = receiver.ty.without(null);
        let message = match (is_known, receiver.single()) {
            (true, _) => format!("`{}` cannot take {}", name.text, kinds.join(", ")),
            (false, None) => format!("no value here has a {what} `{}`", name.text),
            (false, Some(kind)) => {
                let fault = stdlib::no_method(kind, false, &name.text, is_field, &kinds);
                return self.library_fault(code, &fault, name.span);
            }
        };
        self.fault(code, message, name.span, None);
    }

    /// `Class.f(args)` or `Class.CONSTANT`
    fn static_use(&mut self, class: &'static Class, op: &'p Postfix, base: Span) -> Fact {
        let (name, args) = match &op.kind {
            PostfixKind::Index(index) => {
                self.expr(index);
                let message = format!("the class `{}` has no elements", class.name);
                self.fault("SEL0212", message, base, None);
                return Fact::UNKNOWN;
            }
            PostfixKind::Field(name) => (name, None),
            PostfixKind::Call { name, args } => (name, Some(args.as_slice())),
        };
        let facts = self.facts(args.unwrap_or_default());
        let form = if args.is_none() { Form::Constant } else { Form::Static };
        let rows = || class.methods.iter().filter(|m| m.form == form && m.name == &*name.text);
        if rows().next().is_none() {
            if class.name == "Util" && args.is_some() {
                return self.host_function("Util", name, args.unwrap_or_default());
            }
            let fault = stdlib::unknown_member(class, &name.text, args.is_none(), facts.len());
            self.library_fault("SEL0203", &fault, name.span);
            return Fact::UNKNOWN;
        }
        if facts.iter().any(|f| f.is_never()) {
            return Fact::of(Ty::NEVER);
        }
        let (returns, _) = answers(rows(), &facts);
        if returns.is_never() {
            self.no_overload(class.name, name, &facts, name.span);
            return Fact::UNKNOWN;
        }
        self.pattern(Some(class.name), Fact::UNKNOWN, &name.text, args.unwrap_or_default(), &facts);
        Fact::returned(returns)
    }

    fn no_overload(&mut self, class: &str, name: &Name, facts: &[Fact], span: Span) {
        let kinds: Vec<String> = facts.iter().map(|f| f.shown().to_string()).collect();
        let fault = stdlib::no_overload(class, &name.text, &kinds);
        self.library_fault("SEL0204", &fault, span);
    }

    /// `new Class(args)`
    pub(super) fn new_object(&mut self, class: &'p Name, args: &'p [Expr], span: Span) -> Fact {
        let facts = self.facts(args);
        let Some(row) = stdlib::find_class(&class.text) else {
            let fault = stdlib::unknown_class(&class.text);
            self.library_fault("SEL0205", &fault, class.span);
            return Fact::UNKNOWN;
        };
        let rows = || row.methods.iter().filter(|m| m.form == Form::Constructor);
        if rows().next().is_none() {
            let fault = stdlib::no_constructor(&class.text);
            self.library_fault("SEL0205", &fault, class.span);
            return Fact::UNKNOWN;
        }
        if facts.iter().any(|f| f.is_never()) {
            return Fact::of(Ty::NEVER);
        }
        let (returns, _) = answers(rows(), &facts);
        if returns.is_never() {
            let name = Name { text: row.name.into(), span: class.span };
            self.no_overload(row.name, &name, &facts, span);
            return Fact::UNKNOWN;
        }
        Fact { may_be_null: false, ..Fact::returned(returns) }
    }

    /// `params['k']`, `params.k`, `params.f(args)`
    fn params_use(&mut self, op: &'p Postfix) -> Fact {
        match &op.kind {
            PostfixKind::Index(key) => self.param(key),
            PostfixKind::Field(name) => self.input(&name.text),
            PostfixKind::Call { name, args } => match (&*name.text, args.as_slice()) {
                ("get", [key]) => self.param(key),
                ("containsKey", [key]) => {
                    self.param(key);
                    Fact::of(Ty::BOOLEAN)
                }
                ("put" | "remove", _) => {
                    let help = Some("make a map of your own: `m = new Map();`".to_owned());
                    let message = "`params` cannot be written".to_owned();
                    self.fault("SEL0215", message, name.span, help);
                    Fact::UNKNOWN
                }
                _ => {
                    for arg in args {
                        let fact = self.expr(arg);
                        if !fact.is_never() && (!fact.may_be(Ty::STRING) || fact.is_null()) {
                            let message = format!(
                                "the arguments of `params.{}` are STRINGs, not {}",
                                name.text,
                                fact.shown()
                            );
                            self.fault("SEL0204", message, arg.span, None);
                        }
                    }
                    self.host_function("params", name, args)
                }
            },
        }
    }

    fn param(&mut self, key: &'p Expr) -> Fact {
        let fact = self.expr(key);
        if !fact.is_never() && !fact.may_be(Ty::STRING) {
            let message = format!("a param is named by a STRING, not {}", fact.ty);
            self.fault("SEL0212", message, key.span, None);
        }
        match &key.kind {
            ExprKind::Literal(Literal::String(name)) => self.input(name),
            _ => Fact::UNKNOWN,
        }
    }

    /// An input by its name, whatever the program has set the name to.
    fn input(&self, name: &str) -> Fact {
        match self.options.inputs.get(name) {
            Some(ty) => Fact::input(*ty),
            None if self.options.is_open || self.options.inputs.contains_key("params") => {
                Fact::UNKNOWN
            }
            None => Fact::NULL,
        }
    }

    /// A function that only the host knows.
    fn host_function(&mut self, owner: &str, name: &Name, args: &[Expr]) -> Fact {
        let plain = format!("{owner}.{}", name.text);
        let literals: Option<Vec<&str>> = args
            .iter()
            .map(|arg| match &arg.kind {
                ExprKind::Literal(Literal::String(text)) => Some(&**text),
                _ => None,
            })
            .collect();
        let functions = &self.options.functions;
        let exact = literals.as_ref().map(|args| format!("{plain}({})", args.join(",")));
        let found = exact.and_then(|exact| functions.get(&exact)).or(functions.get(&plain));
        if let Some(ty) = found {
            return Fact::input(*ty);
        }
        // With other arguments it may be one of those that are known by theirs.
        let prefix = format!("{plain}(");
        let others = functions.keys().any(|known| known.starts_with(&prefix));
        if !self.options.is_open && (literals.is_some() || !others) {
            let message = format!("`{owner}` has no function `{}` here", name.text);
            let known = functions.keys().filter_map(|known| {
                known.strip_prefix(owner)?.strip_prefix('.')?.split('(').next()
            });
            let help = stdlib::nearest(&name.text, known).filter(|best| *best != &*name.text);
            let help = help.map(|best| format!("did you mean `{best}`?"));
            self.fault("SEL0217", message, name.span, help);
        }
        Fact::UNKNOWN
    }
}

/// What the rows that can take these arguments give, and whether there are any rows at all. The
/// first row that takes all of them, whatever they turn out to be, is the last that counts.
fn answers<'m>(rows: impl Iterator<Item = &'m Method>, facts: &[Fact]) -> (Ty, bool) {
    let mut returns = Ty::NEVER;
    let mut is_known = false;
    for row in rows {
        is_known = true;
        let count = facts.len();
        if count < row.params.len() || (count > row.params.len() && row.rest.is_none()) {
            continue;
        }
        let wanted = row.params.iter().map(|p| p.1).chain(row.rest.into_iter().cycle());
        let mut takes = true;
        let mut surely = true;
        for (fact, wanted) in facts.iter().zip(wanted) {
            takes &= !fact.as_argument().and(wanted).is_never();
            surely &= fact.as_argument().is_within(wanted);
        }
        if takes {
            returns = returns.or(row.returns);
            if surely {
                break;
            }
        }
    }
    (returns, is_known)
}
