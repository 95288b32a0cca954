//! From pest's pairs to the tree, bottom up: statements. This file and its neighbours
//! `lower_expr.rs` and `parse.rs` are the only ones that know pest's rules.
//!
//! The pairs come as a row of starts and ends. What a pair means is pushed onto stacks when it
//! ends; a frame remembers how high the stacks were when it began. So there is no recursion, and
//! each node is made once. Heights are counted, so that whoever walks the tree may recurse.
//!
//! The grammar takes a little more than the language; the rest is refused here: reserved words as
//! names, targets that can't be assigned to, types that are none, operators that only Java has,
//! numbers out of range, unknown escapes.

use pest::Token;
use pest::iterators::Pairs;

use crate::error::Span;
use crate::syntax::ast::{
    Arm, Declaration, Declarator, Expr, ExprKind, For, ForInit, Import, Name, Stmt, StmtKind,
    TypeName, UnaryOp, Unit,
};
use crate::syntax::diagnose;
use crate::syntax::error::{SyntaxError, code};
use crate::syntax::guard;
use crate::syntax::lower_expr::Infix;
use crate::syntax::parse::Rule;
use crate::syntax::source::Source;
use crate::syntax::{token, word};

/// A rule that has begun, and how high the stacks were then.
pub(super) struct Frame {
    pub(super) rule: Rule,
    pub(super) start: usize,
    pub(super) exprs: usize,
    pub(super) ops: usize,
    pub(super) prefixes: usize,
    statements: usize,
    names: usize,
    declarators: usize,
    /// Of an expression: it is more than an operand or an assignment.
    pub(super) composed: bool,
    /// Of an expression: its last operand is complete. An operator stands before the next one.
    pub(super) complete: bool,
    /// Where its last operand ends, or of a declaration the brackets of its type.
    pub(super) last: usize,
    /// The parts it has had, of those that may be missing.
    parts: Parts,
}

/// Parts that a rule may have or not.
#[derive(Clone, Copy, Default)]
struct Parts(u8);

impl Parts {
    const BRACKETS: Parts = Parts(1);
    const ELSE: Parts = Parts(4);
    const INIT: Parts = Parts(8);
    const CONDITION: Parts = Parts(16);
    const UPDATE: Parts = Parts(32);
    const STATIC: Parts = Parts(64);

    const fn has(self, part: Parts) -> bool {
        self.0 & part.0 != 0
    }
}

/// A node and its height: 1 for a leaf.
pub(super) struct Built<T> {
    pub(super) node: T,
    pub(super) height: u32,
}

/// An expression, its height, and its span with the brackets around it.
pub(super) struct Operand {
    pub(super) node: Expr,
    pub(super) height: u32,
    pub(super) outer: Span,
}

/// The stacks.
pub(super) struct Lower<'s> {
    pub(super) source: &'s Source<'s>,
    /// What the grammar has read: the source without its comments.
    pub(super) text: &'s str,
    /// The limit on nesting.
    pub(super) nesting: usize,
    pub(super) frames: Vec<Frame>,
    pub(super) exprs: Vec<Operand>,
    pub(super) ops: Vec<(Infix, Span)>,
    pub(super) prefixes: Vec<(UnaryOp, usize)>,
    pub(super) names: Vec<Name>,
    statements: Vec<Built<Stmt>>,
    declarators: Vec<Built<Declarator>>,
    inits: Vec<Built<ForInit>>,
    imports: Vec<Import>,
}

/// Makes the tree of a whole program.
///
/// # Errors
/// When the text is no program after all.
pub(super) fn unit(
    source: &Source<'_>,
    text: &str,
    nesting: usize,
    pairs: Pairs<'_, Rule>,
) -> Result<Unit, SyntaxError> {
    let mut lower = Lower {
        source,
        text,
        nesting,
        // Room for what nearly every program needs.
        frames: Vec::with_capacity(8),
        exprs: Vec::with_capacity(8),
        ops: Vec::with_capacity(8),
        prefixes: Vec::new(),
        names: Vec::new(),
        statements: Vec::new(),
        declarators: Vec::new(),
        inits: Vec::new(),
        imports: Vec::new(),
    };
    let mut start = 0;
    for token in pairs.tokens() {
        match token {
            Token::Start { rule, pos } => {
                start = pos.pos();
                lower.begin(rule, start)?;
            }
            Token::End { rule, pos } => lower.end(rule, start, pos.pos())?,
        }
    }
    // To collect would take over the stack, and then move it into a smaller room.
    let mut statements = Vec::with_capacity(lower.statements.len());
    statements.extend(lower.statements.into_iter().map(|s| s.node));
    Ok(Unit { imports: lower.imports, statements })
}

/// Something that the grammar rules out.
#[cold]
pub(super) fn impossible(at: usize) -> SyntaxError {
    debug_assert!(false, "the grammar and the lowering disagree at {at}");
    SyntaxError::new(code::UNEXPECTED, "can't read this", at, at)
}

impl<'s> Lower<'s> {
    fn begin(&mut self, rule: Rule, start: usize) -> Result<(), SyntaxError> {
        match rule {
            Rule::word => return Ok(()),
            Rule::atom | Rule::prefix => return self.operator(start),
            Rule::group | Rule::creation => self.operator(start)?,
            // What stands before the first question mark is the condition.
            Rule::conditional => self.finish_condition(start)?,
            _ => {}
        }
        self.frames.push(Frame {
            rule,
            start,
            exprs: self.exprs.len(),
            ops: self.ops.len(),
            prefixes: self.prefixes.len(),
            statements: self.statements.len(),
            names: self.names.len(),
            declarators: self.declarators.len(),
            composed: false,
            complete: false,
            last: start,
            parts: Parts::default(),
        });
        match rule {
            Rule::member | Rule::declarator => self.name(start, false),
            Rule::creation => self.name(start, true),
            _ => Ok(()),
        }
    }

    /// Ends a rule. `last` is where the last rule began: this one, if it has no parts.
    fn end(&mut self, rule: Rule, last: usize, end: usize) -> Result<(), SyntaxError> {
        match rule {
            Rule::atom => return self.atom(last, end),
            Rule::word => return self.name(last, false),
            Rule::prefix => return self.prefix(last, end),
            _ => {}
        }
        let frame = self.frames.pop().ok_or_else(|| impossible(end))?;
        let start = frame.start;
        match rule {
            Rule::expr => self.end_expr(&frame)?,
            Rule::group => self.end_group(start, end)?,
            Rule::conditional => self.end_conditional(start)?,
            Rule::index => self.end_index(start, end)?,
            Rule::member => self.end_member(frame, end)?,
            Rule::creation => self.end_creation(frame, end)?,
            Rule::brackets => {
                self.parent(end)?.last = end;
                self.has(Parts::BRACKETS, end)?;
            }
            Rule::unit | Rule::EOI => {}
            Rule::members => self.has(Parts::STATIC, end)?,
            Rule::every => {
                self.names.push(Name { text: "*".into(), span: self.source.span(start, end) });
            }
            Rule::import => self.end_import(&frame, end)?,
            Rule::declarator => self.end_declarator(&frame)?,
            Rule::init => self.end_init(&frame)?,
            Rule::condition => self.has(Parts::CONDITION, end)?,
            Rule::update => self.has(Parts::UPDATE, end)?,
            Rule::otherwise => self.has(Parts::ELSE, end)?,
            _ => self.end_statement(rule, frame, end)?,
        }
        Ok(())
    }

    pub(super) fn parent(&mut self, at: usize) -> Result<&mut Frame, SyntaxError> {
        self.frames.last_mut().ok_or_else(|| impossible(at))
    }

    /// Notes that the rule around has this part.
    fn has(&mut self, part: Parts, at: usize) -> Result<(), SyntaxError> {
        self.parent(at)?.parts.0 |= part.0;
        Ok(())
    }

    pub(super) fn pop_expr(&mut self) -> Result<Operand, SyntaxError> {
        self.exprs.pop().ok_or_else(|| impossible(0))
    }

    pub(super) fn text(&self, start: usize, end: usize) -> &'s str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// What the diagnosis says of a text that the grammar takes and the language does not.
    #[cold]
    pub(super) fn refused(&self, at: usize) -> SyntaxError {
        diagnose::diagnose(&self.source.text, at)
    }

    /// Where a keyword or a bracket of this length begins that stands before `at`.
    pub(super) fn before(&self, at: usize, len: usize) -> usize {
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let end = before.iter().rposition(|b| *b > b' ').map_or(0, |i| i + 1);
        end.saturating_sub(len)
    }

    /// Where the word ends that begins at `start`.
    pub(super) fn word_end(&self, start: usize) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        start + rest.iter().position(|b| !token::is_word_byte(*b)).unwrap_or(rest.len())
    }

    /// The height of a node over nodes of this height.
    #[inline]
    pub(super) fn higher(&self, height: u32, at: usize) -> Result<u32, SyntaxError> {
        if height as usize >= self.nesting.saturating_mul(2) {
            return Err(guard::too_deep(at, self.nesting));
        }
        Ok(height + 1)
    }

    fn end_import(&mut self, frame: &Frame, end: usize) -> Result<(), SyntaxError> {
        let span = self.source.span(self.before(frame.start, "import".len()), end);
        let is_static = frame.parts.has(Parts::STATIC);
        let mut name = String::from(if is_static { "static " } else { "" });
        for (i, part) in self.names.drain(frame.names..).enumerate() {
            if i > 0 {
                name.push('.');
            }
            name.push_str(&part.text);
        }
        self.imports.push(Import { name: name.into(), span });
        Ok(())
    }

    fn end_declarator(&mut self, frame: &Frame) -> Result<(), SyntaxError> {
        let name = self.names.pop().ok_or_else(|| impossible(frame.start))?;
        let value = if self.exprs.len() > frame.exprs { Some(self.pop_expr()?) } else { None };
        let height = value.as_ref().map_or(0, |v| v.height);
        let node = Declarator { name, value: value.map(|v| v.node) };
        self.declarators.push(Built { node, height });
        Ok(())
    }

    fn declaration(&mut self, frame: &Frame) -> Result<Built<Declaration>, SyntaxError> {
        let ty = self.type_name(frame)?;
        let mut height = 0;
        let mut declarators = Vec::new();
        for declarator in self.declarators.drain(frame.declarators..) {
            height = height.max(declarator.height);
            declarators.push(declarator.node);
        }
        Ok(Built { node: Declaration { ty, declarators }, height })
    }

    /// The type before the names: an expression that is nothing but a word.
    fn type_name(&mut self, frame: &Frame) -> Result<TypeName, SyntaxError> {
        let Operand { node, outer, .. } = self.pop_expr()?;
        let ExprKind::Name(name) = node.kind else {
            return Err(self.refused(frame.start));
        };
        if outer != node.span {
            return Err(self.refused(frame.start));
        }
        let array = frame.parts.has(Parts::BRACKETS);
        let span = if array { outer.to(self.source.span(frame.last, frame.last)) } else { outer };
        Ok(TypeName { name, array, span })
    }

    fn end_init(&mut self, frame: &Frame) -> Result<(), SyntaxError> {
        let init = if self.declarators.len() > frame.declarators {
            let Built { node, height } = self.declaration(frame)?;
            Built { node: ForInit::Declaration(node), height }
        } else {
            let Operand { node, height, .. } = self.pop_expr()?;
            Built { node: ForInit::Expression(node), height }
        };
        self.inits.push(init);
        self.has(Parts::INIT, frame.start)
    }

    fn end_statement(&mut self, rule: Rule, frame: Frame, end: usize) -> Result<(), SyntaxError> {
        let start = match rule {
            Rule::simple | Rule::line => frame.start,
            _ => self.before(frame.start, keyword(rule).len()),
        };
        let span = self.source.span(start, end);
        let (kind, height) = match rule {
            Rule::block => {
                let (mut statements, mut height) = (Vec::new(), 0);
                for statement in self.statements.drain(frame.statements..) {
                    height = height.max(statement.height);
                    statements.push(statement.node);
                }
                (StmtKind::Block(statements), height)
            }
            Rule::line if self.declarators.len() > frame.declarators => {
                let declaration = self.declaration(&frame)?;
                (StmtKind::Declaration(declaration.node), declaration.height)
            }
            Rule::line | Rule::simple => {
                let expr = self.pop_expr()?;
                (StmtKind::Expression(expr.node), expr.height)
            }
            Rule::r#return => {
                let expr = self.pop_expr()?;
                (StmtKind::Return(expr.node), expr.height)
            }
            Rule::throw => {
                let expr = self.pop_expr()?;
                (StmtKind::Throw(expr.node), expr.height)
            }
            Rule::r#break => (StmtKind::Break, 0),
            Rule::r#continue => (StmtKind::Continue, 0),
            Rule::r#if => self.if_statement(&frame)?,
            Rule::r#while => {
                let (condition, body) = (self.pop_expr()?, self.pop_statement()?);
                let height = condition.height.max(body.height);
                let body = Box::new(body.node);
                (StmtKind::While { condition: condition.node, body }, height)
            }
            Rule::r#for => self.for_statement(&frame)?,
            _ => return Err(impossible(start)),
        };
        let height = self.higher(height, start)?;
        self.statements.push(Built { node: Stmt { span: end_at_body(&kind, span), kind }, height });
        Ok(())
    }

    fn pop_statement(&mut self) -> Result<Built<Stmt>, SyntaxError> {
        self.statements.pop().ok_or_else(|| impossible(0))
    }

    fn if_statement(&mut self, frame: &Frame) -> Result<(StmtKind, u32), SyntaxError> {
        let mut height = 0;
        let mut otherwise = None;
        if frame.parts.has(Parts::ELSE) {
            let body = self.pop_statement()?;
            height = body.height;
            otherwise = Some(Box::new(body.node));
        }
        let mut arms = Vec::new();
        let conditions = self.exprs.drain(frame.exprs..);
        for (condition, body) in conditions.zip(self.statements.drain(frame.statements..)) {
            height = height.max(condition.height).max(body.height);
            arms.push(Arm { condition: condition.node, body: body.node });
        }
        Ok((StmtKind::If { arms, otherwise }, height))
    }

    fn for_statement(&mut self, frame: &Frame) -> Result<(StmtKind, u32), SyntaxError> {
        let body = self.pop_statement()?;
        let mut height = body.height;
        let mut part = |lower: &mut Self, is: bool| -> Result<Option<Expr>, SyntaxError> {
            if !is {
                return Ok(None);
            }
            let expr = lower.pop_expr()?;
            height = height.max(expr.height);
            Ok(Some(expr.node))
        };
        let update = part(self, frame.parts.has(Parts::UPDATE))?;
        let condition = part(self, frame.parts.has(Parts::CONDITION))?;
        let init = if frame.parts.has(Parts::INIT) { self.inits.pop() } else { None };
        let height = height.max(init.as_ref().map_or(0, |i| i.height));
        let init = init.map(|i| i.node);
        Ok((StmtKind::For(Box::new(For { init, condition, update, body: body.node })), height))
    }

    /// Reads the name that begins at `start`; a primitive type is one where a type is wanted.
    fn name(&mut self, start: usize, is_type: bool) -> Result<(), SyntaxError> {
        let end = self.word_end(start);
        let text = self.text(start, end);
        if !text.is_ascii() {
            word::check_letters(text, start)?;
        }
        if word::is_reserved(text) && !(is_type && word::is_primitive(text)) {
            return Err(word::reserved(text, start));
        }
        self.names.push(Name { text: text.into(), span: self.source.span(start, end) });
        Ok(())
    }
}

/// The word or bracket that a statement begins with.
const fn keyword(rule: Rule) -> &'static str {
    match rule {
        Rule::block => "{",
        Rule::r#if => "if",
        Rule::r#while => "while",
        Rule::r#for => "for",
        Rule::r#return => "return",
        Rule::throw => "throw",
        Rule::r#break => "break",
        Rule::r#continue => "continue",
        _ => "",
    }
}

/// A statement that ends with another one ends where that one does: pest's pair has the white space
/// behind it, too.
fn end_at_body(kind: &StmtKind, span: Span) -> Span {
    let body = match kind {
        StmtKind::If { otherwise: Some(body), .. } => body,
        StmtKind::If { arms, otherwise: None } => match arms.last() {
            Some(arm) => &arm.body,
            None => return span,
        },
        StmtKind::While { body, .. } => body,
        StmtKind::For(parts) => &parts.body,
        _ => return span,
    };
    Span { start: span.start, end: body.span.end }
}
