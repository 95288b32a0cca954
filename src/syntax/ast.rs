//! The syntax tree: owned, spanned, immutable, `Send + Sync`.
//!
//! Every node has a [`Span`], in bytes of the original source (also when it has unicode escapes).
//! Equality ignores spans: two programs are equal when they say the same.
//!
//! **Depth.** What may be long in the source is a `Vec` here: statements, `else if` arms, chains of
//! operators of one precedence level, chains of postfix operations, arguments, elements. What is
//! nested in the tree is nested in the source and counted: no path from the root has more than
//! `2 * limits.nesting` nodes ([`Stmt`] and [`Expr`] together), so dropping, comparing, printing,
//! checking and evaluating may recurse over the tree.
//!
//! Parentheses are not kept: the tree has their effect. The source text of a literal is reached
//! through its span.

use crate::error::Span;

/// A whole program: `import a.B; x = 1; return x;`
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Unit {
    /// The imports: parsed, kept for the printer, without meaning.
    pub imports: Vec<Import>,
    /// The statements.
    pub statements: Vec<Stmt>,
}

/// `import java.util.Map;` or `import org.joda.time.*;`
#[derive(Debug, Clone)]
pub struct Import {
    /// The dotted name, without white space: `java.util.Map`, `org.joda.time.*`.
    pub name: Box<str>,
    /// From `import` to the semicolon.
    pub span: Span,
}

/// A statement, its semicolon included.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// Which.
    pub kind: StmtKind,
    /// Where.
    pub span: Span,
}

/// The kinds of statement.
#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// `{ x = 1; y = 2; }`
    Block(Vec<Stmt>),
    /// `int a = 1, b;`
    Declaration(Declaration),
    /// `x = 1;` or `f.g();` or `1 + 1;`
    Expression(Expr),
    /// `if (a) … else if (b) … else …`
    If {
        /// The conditions with what they guard, in order; at least one.
        arms: Vec<Arm>,
        /// After the last `else`.
        otherwise: Option<Box<Stmt>>,
    },
    /// `while (a) …`
    While {
        /// In the parentheses.
        condition: Expr,
        /// What is repeated.
        body: Box<Stmt>,
    },
    /// `for (int i = 0; i < n; i += 1) …`
    For(Box<For>),
    /// `break;`
    Break,
    /// `continue;`
    Continue,
    /// `return x;`
    Return(Expr),
    /// `throw 'reason';`
    Throw(Expr),
}

/// One `if (condition) body` of an if statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm {
    /// In the parentheses.
    pub condition: Expr,
    /// What runs when it is true.
    pub body: Stmt,
}

/// The parts of `for (init; condition; update) body`.
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    /// Before the first round.
    pub init: Option<ForInit>,
    /// Before each round; absent means true.
    pub condition: Option<Expr>,
    /// After each round.
    pub update: Option<Expr>,
    /// What is repeated.
    pub body: Stmt,
}

/// The first part of a `for`.
#[derive(Debug, Clone, PartialEq)]
pub enum ForInit {
    /// `for (int i = 0; …`
    Declaration(Declaration),
    /// `for (i = 0; …`
    Expression(Expr),
}

/// `String s = 'a', t`, without the semicolon.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// The type in front.
    pub ty: TypeName,
    /// The names, at least one.
    pub declarators: Vec<Declarator>,
}

/// `int`, `String[]`, `DateTime`. Whether such a type exists is not the parser's business.
#[derive(Debug, Clone)]
pub struct TypeName {
    /// The name without the brackets.
    pub name: Box<str>,
    /// Whether `[]` follows.
    pub array: bool,
    /// Where, the brackets included.
    pub span: Span,
}

/// `name` or `name = value` of a declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct Declarator {
    /// The variable.
    pub name: Name,
    /// The initialiser.
    pub value: Option<Expr>,
}

/// An identifier at its place.
#[derive(Debug, Clone)]
pub struct Name {
    /// The text, unicode escapes translated.
    pub text: Box<str>,
    /// Where.
    pub span: Span,
}

/// An expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// Where, parentheses around the whole of it excluded.
    pub span: Span,
}

/// The kinds of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `1`, `2.5`, `'a'`, `true`, `null`
    Literal(Literal),
    /// `x`: a variable, an input, or a class before a dot.
    Name(Box<str>),
    /// `-x`, `!x`, `+x`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// What follows it.
        operand: Box<Expr>,
    },
    /// `a + b - c`: left-associative operators of one precedence level.
    Chain {
        /// The leftmost operand.
        first: Box<Expr>,
        /// The others with the operator before each; at least one, all of one [`Level`].
        rest: Vec<Link>,
    },
    /// `a && b && c`: at least two.
    And(Vec<Expr>),
    /// `a || b || c`: at least two.
    Or(Vec<Expr>),
    /// `a ? b : c`
    Conditional(Box<Conditional>),
    /// `a = b`, `a[i] += b`
    Assign(Box<Assign>),
    /// `x.a().b[1].c`: operations from left to right.
    Postfix {
        /// What the first operation applies to.
        base: Box<Expr>,
        /// At least one.
        ops: Vec<Postfix>,
    },
    /// `new DateTime(2019, 1)`
    New {
        /// The class.
        class: Name,
        /// In the parentheses.
        args: Vec<Expr>,
    },
    /// `new int[3]`
    NewArray {
        /// The type of the elements.
        element: Name,
        /// In the brackets.
        length: Box<Expr>,
    },
    /// `new int[] {1, 2, 3}`
    ArrayLiteral {
        /// The type of the elements.
        element: Name,
        /// In the braces.
        elements: Vec<Expr>,
    },
}

/// A literal, decoded.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// `1`, `007`, `2L`, `0x1F`
    Long(i64),
    /// `1.0`, `.5`, `1e3`, `2f`
    Double(f64),
    /// `'a'` or `"a"`
    String(Box<str>),
    /// `'\uD83D'`: a string with an unpaired surrogate, in UTF-16.
    Units(Box<[u16]>),
}

/// A prefix operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `!`
    Not,
}

impl UnaryOp {
    /// As it is written.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            UnaryOp::Minus => "-",
            UnaryOp::Plus => "+",
            UnaryOp::Not => "!",
        }
    }
}

/// An operator and its right operand in a [`ExprKind::Chain`].
#[derive(Debug, Clone)]
pub struct Link {
    /// The operator.
    pub op: BinaryOp,
    /// What follows it.
    pub operand: Expr,
    /// Where the operator is.
    pub op_span: Span,
}

/// A left-associative operator that always evaluates both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `>`
    Greater,
    /// `<=`
    LessEqual,
    /// `>=`
    GreaterEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

/// Precedence levels of [`BinaryOp`], loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `== !=`
    Equality,
    /// `< > <= >=`
    Comparison,
    /// `+ -`
    Additive,
    /// `* / %`
    Multiplicative,
}

impl BinaryOp {
    /// As it is written.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::Greater => ">",
            BinaryOp::LessEqual => "<=",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::Add => "+",
            BinaryOp::Subtract => "-",
            BinaryOp::Multiply => "*",
            BinaryOp::Divide => "/",
            BinaryOp::Remainder => "%",
        }
    }

    /// Whether it gives a BOOLEAN.
    #[must_use]
    #[inline]
    pub const fn is_comparison(self) -> bool {
        (self as u8) < BinaryOp::Add as u8
    }

    /// The precedence level.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            BinaryOp::Equal | BinaryOp::NotEqual => Level::Equality,
            BinaryOp::Less | BinaryOp::Greater | BinaryOp::LessEqual | BinaryOp::GreaterEqual => {
                Level::Comparison
            }
            BinaryOp::Add | BinaryOp::Subtract => Level::Additive,
            BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => Level::Multiplicative,
        }
    }
}

/// The parts of `condition ? then : otherwise`.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditional {
    /// Before the `?`.
    pub condition: Expr,
    /// After the `?`.
    pub then: Expr,
    /// After the `:`.
    pub otherwise: Expr,
}

/// The parts of `target op value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Assign {
    /// What is assigned to.
    pub target: Target,
    /// The arithmetic of a compound assignment (`+=`); `None` for `=`.
    pub op: Option<BinaryOp>,
    /// The right side.
    pub value: Expr,
}

/// What may stand left of an assignment.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// `x = …`
    Name(Name),
    /// `x[i] = …`
    Index {
        /// The array or map.
        name: Name,
        /// In the brackets.
        index: Expr,
    },
}

impl Target {
    /// The variable that is assigned to, or whose element is.
    #[must_use]
    pub const fn name(&self) -> &Name {
        match self {
            Target::Name(name) | Target::Index { name, .. } => name,
        }
    }
}

/// One postfix operation of a [`ExprKind::Postfix`].
#[derive(Debug, Clone)]
pub struct Postfix {
    /// Which.
    pub kind: PostfixKind,
    /// From the name after the dot, or the index in the brackets, to its end.
    pub span: Span,
}

/// The kinds of postfix operation.
#[derive(Debug, Clone, PartialEq)]
pub enum PostfixKind {
    /// `[i]`
    Index(Expr),
    /// `.name`
    Field(Name),
    /// `.name(a, b)`
    Call {
        /// The method.
        name: Name,
        /// In the parentheses.
        args: Vec<Expr>,
    },
}

impl PartialEq for Import {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
impl PartialEq for Stmt {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
impl PartialEq for TypeName {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.array == other.array
    }
}
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
impl PartialEq for Link {
    fn eq(&self, other: &Self) -> bool {
        self.op == other.op && self.operand == other.operand
    }
}
impl PartialEq for Postfix {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}
