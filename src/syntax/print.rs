//! From the tree to canonical source text: statements and comments. Expressions are in
//! `print_expr`.
//!
//! One statement on a line, four spaces for a level, braces on the line of their keyword, at most
//! one blank line where there were any. Literals stand as they were written; parentheses only where
//! they are needed. What was printed prints the same again, and means the same.
//!
//! Comments are kept by their places: before the leaf of the tree that they stood before, behind
//! the statement on whose last line they stood, on lines of their own otherwise.

use crate::error::{Error, Span};
use crate::limits::Limits;
use crate::syntax::ast::{Declaration, Expr, ExprKind, ForInit, Stmt, StmtKind, Unit};
use crate::syntax::comment::{Comment, comments};
use crate::syntax::error::SyntaxError;
use crate::syntax::parse::parse;
use crate::syntax::source::Source;

/// The program in canonical form, with a line end behind its last line; nothing for nothing.
///
/// ```
/// let limits = sel::Limits::default();
/// let text = sel::syntax::format_source("if(a){x=(1+2)*3 ;}// why", &limits)?;
/// assert_eq!(text, "if (a) {\n    x = (1 + 2) * 3;\n} // why\n");
/// # Ok::<(), sel::Error>(())
/// ```
///
/// # Errors
/// When the text is not a program, as [`parse`].
pub fn format_source(source: &str, limits: &Limits) -> Result<String, Error> {
    let unit = parse(source, limits)?;
    let comments = comments(&Source::new(source).map_err(SyntaxError::untranslated)?);
    let mut printer = Printer {
        source,
        comments,
        next: 0,
        out: String::new(),
        depth: 0,
        open_line: false,
        end: 0,
        block_end: u32::MAX,
    };
    printer.unit(&unit);
    Ok(printer.out)
}

pub(super) struct Printer<'s> {
    pub(super) source: &'s str,
    comments: Vec<Comment>,
    /// The first comment that is not printed yet.
    next: usize,
    out: String,
    depth: usize,
    /// The last thing printed goes to the end of its line.
    open_line: bool,
    /// Where the last statement or comment ended in the source.
    end: u32,
    /// Where the innermost block ends in the source.
    block_end: u32,
}

impl Printer<'_> {
    /// Writes a piece of a line.
    pub(super) fn put(&mut self, text: &str) {
        if self.open_line {
            self.line(self.depth + 1);
            self.out.push_str(text.trim_start());
        } else {
            self.out.push_str(text);
        }
    }

    /// Begins a line.
    fn line(&mut self, depth: usize) {
        self.open_line = false;
        let kept = self.out.trim_end_matches(' ').len();
        self.out.truncate(kept);
        self.out.push('\n');
        for _ in 0..depth {
            self.out.push_str("    ");
        }
    }

    /// The comment to be printed next, if it begins before `place`.
    fn comment_before(&self, place: u32) -> Option<Comment> {
        self.comments.get(self.next).copied().filter(|c| c.span.start < place)
    }

    /// Writes the next comment.
    fn comment(&mut self, comment: Comment) {
        let text = self.text(comment.span);
        self.put(text.trim_end());
        self.next += 1;
        self.open_line = comment.line;
        self.end = comment.span.end;
    }

    pub(super) fn text(&self, span: Span) -> String {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default().to_owned()
    }

    /// Writes the comments before a leaf, in its line.
    pub(super) fn leaf(&mut self, place: u32) {
        while let Some(comment) = self.comment_before(place) {
            self.comment(comment);
            self.put_space();
        }
    }

    fn put_space(&mut self) {
        if !self.open_line {
            self.out.push(' ');
        }
    }

    /// Whether a line of the source ends between two places, and whether an empty one is there.
    fn line_ends(&self, from: u32, to: u32) -> (bool, bool) {
        let between = self.source.get(from as usize..to as usize).unwrap_or_default();
        let between = between.replace("\r\n", "\n");
        let mut lines = between.split(['\n', '\r']);
        let first = lines.next().is_some();
        let count = lines.clone().count();
        (first && count > 0, count > 1)
    }

    /// Begins the line of a statement or comment at `place`, with an empty one before it if there
    /// was one.
    fn item(&mut self, place: u32, first: bool) {
        if self.out.is_empty() {
            return;
        }
        if !first && self.line_ends(self.end, place).1 {
            self.line(0);
        }
        self.line(self.depth);
    }

    /// Writes the comments before a statement, each in a line of its own.
    fn leading(&mut self, place: u32, mut first: bool) -> bool {
        while let Some(comment) = self.comment_before(place) {
            self.item(comment.span.start, first);
            self.comment(comment);
            first = false;
        }
        first
    }

    /// Writes the comments inside of a statement that are left, and those on its last line.
    fn trailing(&mut self, end: u32) {
        self.end = self.end.max(end);
        let mut own_lines = self.open_line;
        while let Some(comment) = self.comment_before(self.block_end) {
            let start = comment.span.start;
            if start >= end && (own_lines || self.line_ends(self.end, start).0) {
                return;
            }
            if own_lines {
                self.line(self.depth);
            } else {
                self.out.push(' ');
            }
            self.comment(comment);
            self.end = self.end.max(end);
            own_lines |= self.open_line;
        }
    }

    fn unit(&mut self, unit: &Unit) {
        let mut first = true;
        for import in &unit.imports {
            first = self.leading(import.span.start, first);
            self.item(import.span.start, first);
            first = false;
            self.put("import ");
            self.put(&import.name);
            self.put(";");
            self.trailing(import.span.end);
        }
        self.statements(&unit.statements, first, u32::MAX);
        if !self.out.is_empty() {
            self.line(0);
        }
    }

    /// Statements, and the comments behind the last one up to `end`.
    fn statements(&mut self, statements: &[Stmt], mut first: bool, end: u32) {
        for statement in statements {
            let start = first_leaf(statement);
            first = self.leading(start, first);
            self.item(start, first);
            first = false;
            self.statement(statement);
            self.trailing(statement.span.end);
        }
        self.leading(end, first);
    }

    fn statement(&mut self, statement: &Stmt) {
        match &statement.kind {
            StmtKind::Block(statements) => self.block(statements, statement.span),
            StmtKind::Declaration(declaration) => {
                self.declaration(declaration);
                self.put(";");
            }
            StmtKind::Expression(expr) => {
                self.expr(expr);
                self.put(";");
            }
            StmtKind::Return(expr) => {
                self.put("return ");
                self.expr(expr);
                self.put(";");
            }
            StmtKind::Throw(expr) => {
                self.put("throw ");
                self.expr(expr);
                self.put(";");
            }
            StmtKind::Break => self.put("break;"),
            StmtKind::Continue => self.put("continue;"),
            StmtKind::If { .. } => self.if_statement(statement),
            StmtKind::While { condition, body } => {
                self.put("while (");
                self.expr(condition);
                self.put(")");
                self.body(body);
            }
            StmtKind::For(parts) => {
                self.put("for (");
                match &parts.init {
                    Some(ForInit::Declaration(declaration)) => self.declaration(declaration),
                    Some(ForInit::Expression(expr)) => self.expr(expr),
                    None => {}
                }
                self.put(";");
                if let Some(condition) = &parts.condition {
                    self.put(" ");
                    self.expr(condition);
                }
                self.put(";");
                if let Some(update) = &parts.update {
                    self.put(" ");
                    self.expr(update);
                }
                self.put(")");
                self.body(&parts.body);
            }
        }
    }

    fn block(&mut self, statements: &[Stmt], span: Span) {
        self.put("{");
        // The closing brace is the last byte.
        let close = span.end.saturating_sub(1);
        if statements.is_empty() && self.comment_before(close).is_none() {
            self.put("}");
            self.end = span.end;
            return;
        }
        self.end = span.start + 1;
        self.depth += 1;
        let around = std::mem::replace(&mut self.block_end, close);
        self.statements(statements, true, close);
        self.block_end = around;
        self.depth -= 1;
        self.line(self.depth);
        self.out.push('}');
        self.end = span.end;
    }

    /// The statement that an `if`, an `else` or a loop governs, in the same line.
    fn body(&mut self, body: &Stmt) {
        self.put(" ");
        match &body.kind {
            StmtKind::Block(statements) => {
                // A comment to the end of the line goes into the block.
                while let Some(comment) = self.comment_before(body.span.start)
                    && !comment.line
                {
                    self.comment(comment);
                    self.put_space();
                }
                self.block(statements, body.span);
            }
            _ => {
                self.leaf(body.span.start);
                self.statement(body);
            }
        }
    }

    fn if_statement(&mut self, statement: &Stmt) {
        let StmtKind::If { arms, otherwise } = &statement.kind else {
            return;
        };
        for (i, arm) in arms.iter().enumerate() {
            if i > 0 {
                let next = first_leaf_of(&arm.condition);
                self.else_after(arms.get(i - 1).map(|a| &a.body), next);
                self.put(" ");
            }
            self.put("if (");
            self.expr(&arm.condition);
            self.put(")");
            self.body(&arm.body);
        }
        if let Some(body) = otherwise {
            self.else_after(arms.last().map(|a| &a.body), first_leaf(body));
            self.body(body);
        }
    }

    /// Writes `else`: behind the brace of a block, otherwise in a line of its own.
    fn else_after(&mut self, body: Option<&Stmt>, next: u32) {
        let block = matches!(body, Some(Stmt { kind: StmtKind::Block(_), .. }));
        if let Some(body) = body {
            self.end = body.span.end;
            while let Some(comment) = self.comment_before(next)
                && !self.open_line
                && !self.line_ends(self.end, comment.span.start).0
            {
                self.out.push(' ');
                self.comment(comment);
            }
        }
        let own_lines = self.comment_before(next).is_some();
        while let Some(comment) = self.comment_before(next) {
            self.line(self.depth);
            self.comment(comment);
        }
        if block && !own_lines && !self.open_line {
            self.out.push(' ');
        } else {
            self.line(self.depth);
        }
        self.out.push_str("else");
    }

    fn declaration(&mut self, declaration: &Declaration) {
        self.leaf(declaration.ty.span.start);
        self.put(&declaration.ty.name);
        if declaration.ty.array {
            self.put("[]");
        }
        for (i, declarator) in declaration.declarators.iter().enumerate() {
            self.put(if i == 0 { " " } else { ", " });
            self.name(&declarator.name);
            if let Some(value) = &declarator.value {
                self.put(" = ");
                self.expr(value);
            }
        }
    }
}

/// Where what is printed first of a statement is.
fn first_leaf(statement: &Stmt) -> u32 {
    match &statement.kind {
        StmtKind::Expression(expr) => first_leaf_of(expr),
        _ => statement.span.start,
    }
}

/// Where what is printed first of an expression is: brackets around it may be left out.
fn first_leaf_of(expr: &Expr) -> u32 {
    let mut expr = expr;
    loop {
        expr = match &expr.kind {
            ExprKind::Chain { first, .. } => first,
            ExprKind::Postfix { base, .. } => base,
            ExprKind::Conditional(parts) => &parts.condition,
            ExprKind::And(operands) | ExprKind::Or(operands) => match operands.first() {
                Some(first) => first,
                None => return expr.span.start,
            },
            _ => return expr.span.start,
        }
    }
}
