//! Names to slots, and which of them a caller must supply.

use std::collections::{HashMap, HashSet};

use super::exactly;
use crate::eval::code::Slot;
use crate::stdlib;
use crate::syntax::ast;

/// So many names are found as quickly one after the other.
const FEW: usize = 8;

/// The names of one program.
pub(crate) struct Names {
    /// By slot, and whether its first use in the text reads it.
    order: Vec<(Box<str>, bool)>,
    /// The slots by name, once there are more than [`FEW`].
    slots: HashMap<Box<str>, Slot, foldhash::fast::RandomState>,
    /// Names that some declaration makes variables, wherever it stands.
    declared: HashSet<Box<str>, foldhash::fast::RandomState>,
}

impl Names {
    /// Finds the declarations of a program; a declared name hides the class of that name.
    pub(crate) fn collect(unit: &ast::Unit) -> Self {
        let mut names =
            Names { slots: HashMap::default(), order: Vec::new(), declared: HashSet::default() };
        unit.statements.iter().for_each(|statement| names.visit(statement));
        names
    }

    fn visit(&mut self, statement: &ast::Stmt) {
        match &statement.kind {
            ast::StmtKind::Block(inner) => inner.iter().for_each(|s| self.visit(s)),
            ast::StmtKind::Declaration(declaration) => self.visit_declaration(declaration),
            ast::StmtKind::If { arms, otherwise } => {
                arms.iter().for_each(|arm| self.visit(&arm.body));
                if let Some(otherwise) = otherwise {
                    self.visit(otherwise);
                }
            }
            ast::StmtKind::While { body, .. } => self.visit(body),
            ast::StmtKind::For(parts) => {
                if let Some(ast::ForInit::Declaration(declaration)) = &parts.init {
                    self.visit_declaration(declaration);
                }
                self.visit(&parts.body);
            }
            _ => {}
        }
    }

    fn visit_declaration(&mut self, declaration: &ast::Declaration) {
        self.declared.extend(declaration.declarators.iter().map(|d| d.name.text.clone()));
    }

    /// Whether the name is a class and not hidden by a declaration.
    pub(crate) fn is_class(&self, name: &str) -> bool {
        stdlib::find_class(name).is_some() && !self.is_declared(name)
    }

    /// Whether some declaration makes the name a variable.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        !self.declared.is_empty() && self.declared.contains(name)
    }

    /// The slot of a name that is read here.
    pub(crate) fn read(&mut self, name: &str) -> Slot {
        self.slot(name, true)
    }

    /// The slot of a name that is assigned here with `=`.
    pub(crate) fn assign(&mut self, name: &str) -> Slot {
        self.slot(name, false)
    }

    /// The slot of a name that is declared here.
    pub(crate) fn declare(&mut self, name: &str) -> Slot {
        self.slot(name, false)
    }

    fn slot(&mut self, name: &str, reads: bool) -> Slot {
        let known = if self.slots.is_empty() {
            self.order.iter().position(|(known, _)| **known == *name).map(|slot| slot as Slot)
        } else {
            self.slots.get(name).copied()
        };
        if let Some(slot) = known {
            return slot;
        }
        // The source has fewer than 2^32 bytes: spans say so.
        let slot = self.order.len() as Slot;
        if self.order.len() == FEW {
            self.slots.extend(self.order.iter().map(|(name, _)| name.clone()).zip(0..));
        }
        if self.order.len() >= FEW {
            self.slots.insert(name.into(), slot);
        }
        self.order.push((name.into(), reads && name != "params"));
        slot
    }

    /// The names by slot, and the free ones in the order of their first use.
    pub(crate) fn finish(self) -> (Box<[Box<str>]>, Box<[String]>) {
        let free = self.order.iter().filter(|(_, is_input)| *is_input);
        let inputs = exactly(free.map(|(name, _)| String::from(&**name)));
        let mut names = Vec::with_capacity(self.order.len());
        names.extend(self.order.into_iter().map(|(name, _)| name));
        (names.into(), inputs)
    }
}
