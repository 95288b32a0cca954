//! The resolved program: what the evaluator walks. Compact, immutable, `Send + Sync`.
//!
//! Names are slots of one flat frame (SEL has one scope), calls carry the rows of the class table
//! that can answer them, literals are ready for use. Straight-line work has its step count written
//! on the statement, so that counting costs one addition a statement.

use crate::error::Span;
use crate::fault::Fault;
use crate::stdlib::prepared::Prepared;
use crate::stdlib::table::Method;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::value::Value;
use crate::value::kind::{Kind, Ty};

/// The place of a variable in the frame.
pub(crate) type Slot = u32;

/// A resolved program.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) body: Box<[Stmt]>,
    /// The variables' names, by slot.
    pub(crate) names: Box<[Box<str>]>,
    /// The free names, in the order of their first use.
    pub(crate) inputs: Box<[String]>,
}

/// An expression at its place.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) span: Span,
}

impl Node {
    /// Whether this is probably a LONG: a literal, a variable, an operator or an element.
    pub(crate) fn is_number(&self) -> bool {
        matches!(
            self.kind,
            NodeKind::Long(_)
                | NodeKind::Slot(_)
                | NodeKind::Arithmetic { .. }
                | NodeKind::Binary(..)
                | NodeKind::Element(..)
        )
    }

    /// Whether evaluating the node can assign to no variable: operators and elements only.
    pub(crate) fn is_plain(&self) -> bool {
        match &self.kind {
            NodeKind::Null
            | NodeKind::Bool(_)
            | NodeKind::Long(_)
            | NodeKind::Double(_)
            | NodeKind::Ascii(_)
            | NodeKind::Wide(_)
            | NodeKind::Slot(_)
            | NodeKind::Element(..) => true,
            NodeKind::Unary(_, operand) => operand.is_plain(),
            // Their operands are variables and literals.
            NodeKind::Arithmetic { .. } | NodeKind::Comparison { .. } => true,
            NodeKind::Binary(_, pair) => pair.0.is_plain() && pair.1.is_plain(),
            NodeKind::Chain(first, rest) => {
                first.is_plain() && rest.iter().all(|link| link.operand.is_plain())
            }
            _ => false,
        }
    }
}

/// The kinds of expression.
#[derive(Debug)]
pub(crate) enum NodeKind {
    Null,
    Bool(bool),
    Long(i64),
    Double(f64),
    /// A literal that is all ASCII.
    Ascii(Box<str>),
    /// Any other string literal.
    Wide(Box<[u16]>),
    /// A value computed once, when the program was compiled: a zone, a formatter.
    Ready(Box<Value>),
    Slot(Slot),
    Unary(UnaryOp, Box<Node>),
    Binary(BinaryOp, Box<(Node, Node)>),
    /// `x + 1`, `x % y`: a variable that is nearly always a LONG, with a number, or the slot of
    /// another variable. The operands are for when they are not LONGs.
    Arithmetic {
        op: BinaryOp,
        is_slot: bool,
        left: Slot,
        right: i32,
        operands: Box<(Node, Node)>,
    },
    /// `x < 10`, `x == y`: as [`NodeKind::Arithmetic`].
    Comparison {
        op: BinaryOp,
        is_slot: bool,
        left: Slot,
        right: i32,
        operands: Box<(Node, Node)>,
    },
    /// Three or more operands of one precedence level.
    Chain(Box<Node>, Box<[Link]>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Conditional(Box<(Node, Node, Node)>),
    /// `x = value`
    Assign(Slot, Box<Node>),
    /// `x op= value`
    Compound(BinaryOp, Slot, Box<Node>),
    /// `x += 1`, `x -= 1`: the number is added; the compound assignment is for what is no LONG.
    Increment(Slot, i32, Box<Node>),
    /// `x[index] = value`, `x[index] op= value`
    AssignIndex(Box<AssignIndex>),
    /// `base[index]`, the commonest postfix operation.
    Index(Box<(Node, Node)>),
    /// `x[index]`, where evaluating the index cannot assign to `x`.
    Element(Slot, Box<Node>),
    /// `base.f()[i].g`
    Postfix(Box<Node>, Box<[Postfix]>),
    /// `x.get(key)`, `x.put(key, value)`, where `x` is probably a MAP: the call, for when not.
    MapCall(Slot, Box<Node>),
    /// `Class.f(args)`, `new Class(args)`, `Class.CONSTANT`
    Static(Box<Call>),
    /// `String.valueOf(x)`, where `x` is probably a LONG.
    LongText(Box<Call>),
    /// `Util.f(args)` that the host may know.
    HostUtil(Box<Call>),
    /// `params['k']`, `params.k`, `params.get('k')`
    Param(Box<Node>),
    /// `params.containsKey('k')`
    HasParam(Box<Node>),
    /// `params.f(args)`
    HostParams(Box<Call>),
    NewArray(Kind, Box<Node>),
    ArrayLiteral(Kind, Box<[Node]>),
    /// What can only fail, but fails when it is reached: an unknown class.
    Fail(Fault),
}

/// An operator and its right operand.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) op: BinaryOp,
    pub(crate) span: Span,
    pub(crate) operand: Node,
}

/// The parts of an assignment to an element or entry.
#[derive(Debug)]
pub(crate) struct AssignIndex {
    pub(crate) slot: Slot,
    pub(crate) op: Option<BinaryOp>,
    pub(crate) index: Node,
    pub(crate) value: Node,
    /// Whether evaluating the index and the value cannot assign to the variable.
    pub(crate) is_plain: bool,
}

/// A postfix operation on a value.
#[derive(Debug)]
pub(crate) enum Postfix {
    Index(Node, Span),
    Call(Call),
}

/// A call whose receiver, if any, is evaluated before. A field is a call without arguments whose
/// rows are fields.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) name: Box<str>,
    /// The class of a static call, for messages.
    pub(crate) class: &'static str,
    pub(crate) is_field: bool,
    pub(crate) args: Box<[Node]>,
    /// The rows of this name and argument count.
    pub(crate) rows: Box<[Row]>,
    /// The one of them that answers where the values pass the tests.
    pub(crate) only: Option<Row>,
    pub(crate) tests: Box<[Test]>,
    /// A pattern that is a literal, parsed when the program was compiled.
    pub(crate) prepared: Option<Box<Prepared>>,
    pub(crate) span: Span,
}

/// A row that may answer a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The receiver's kind; `None` for static calls.
    pub(crate) receiver: Option<Kind>,
    /// Whether the routine gets the receiver as its first argument.
    pub(crate) passes_receiver: bool,
    pub(crate) method: &'static Method,
}

/// What a value of a call must be: those that it is sure to be are not tested.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Test {
    /// Among the values that the routine gets.
    pub(crate) index: usize,
    pub(crate) ty: Ty,
}

/// A statement. `steps` counts the nodes that it visits itself.
#[derive(Debug)]
pub(crate) enum Stmt {
    /// Evaluated for its effect.
    Effect {
        node: Node,
        steps: u32,
    },
    /// The last expression statement of the program: evaluated for its value.
    Result {
        node: Node,
        steps: u32,
    },
    Declare(Box<Declare>),
    Block(Box<[Stmt]>),
    If {
        arms: Box<[Arm]>,
        otherwise: Option<Box<Stmt>>,
    },
    Loop(Box<Loop>),
    Break(Span),
    Continue(Span),
    Return {
        node: Node,
        steps: u32,
    },
    Throw {
        node: Node,
        steps: u32,
    },
}

/// One `if (condition) body`.
#[derive(Debug)]
pub(crate) struct Arm {
    pub(crate) condition: Node,
    pub(crate) steps: u32,
    pub(crate) body: Stmt,
}

/// `Type name = value`, one name.
#[derive(Debug)]
pub(crate) struct Declare {
    pub(crate) slot: Slot,
    pub(crate) ty: Result<DeclaredType, Fault>,
    pub(crate) value: Option<Node>,
    pub(crate) steps: u32,
    pub(crate) span: Span,
}

/// The type of a declaration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DeclaredType {
    pub(crate) kind: Kind,
    /// `int long float double boolean`: cannot hold null.
    pub(crate) is_primitive: bool,
}

/// `while` and `for`.
#[derive(Debug)]
pub(crate) struct Loop {
    pub(crate) init: Box<[Stmt]>,
    pub(crate) condition: Option<Node>,
    pub(crate) update: Option<Node>,
    pub(crate) body: Stmt,
    /// Steps of a round beside the body's.
    pub(crate) steps: u32,
    pub(crate) span: Span,
}
