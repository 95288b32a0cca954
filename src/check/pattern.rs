//! Patterns that stand in the program: of `String.format`, of dates, of regular expressions, and
//! the ids of time zones.

use super::Checker;
use super::scope::Fact;
use crate::fault::{Fault, FaultKind};
use crate::limits::{Limits, Meter};
use crate::stdlib::datetime::{Pattern as DatePattern, Zone};
use crate::stdlib::format::Pattern as FormatPattern;
use crate::stdlib::regex::Regex;
use crate::syntax::ast::{Expr, ExprKind, Literal};
use crate::value::Ty;
use crate::value::text::Units;

impl<'p> Checker<'p> {
    /// Checks the literal pattern of a call, if it has one.
    pub(super) fn pattern(
        &mut self,
        class: Option<&str>,
        receiver: Fact,
        name: &str,
        args: &'p [Expr],
        facts: &[Fact],
    ) {
        let Some(first) = args.first() else {
            return;
        };
        let ExprKind::Literal(Literal::String(text)) = &first.kind else {
            return;
        };
        let units: Vec<u16> = text.encode_utf16().collect();
        let units =
            if text.is_ascii() { Units::Ascii(text.as_bytes()) } else { Units::Wide(&units) };
        let fault = match (class, name) {
            (Some("String"), "format") => return self.format(units, first, args, facts),
            (Some("DateTimeFormat"), "forPattern") => {
                self.year_of_era(first);
                DatePattern::parse(units).err()
            }
            (Some("DateTimeZone"), "forID") => {
                if let Some(fault) = Zone::for_id(text).err() {
                    self.library_fault("SEL0214", &fault, first.span);
                }
                return;
            }
            (None, "toString") if receiver.ty == Ty::DATETIME => {
                self.year_of_era(first);
                DatePattern::parse(units).err()
            }
            (None, "split" | "replaceAll" | "replaceFirst" | "matches")
                if receiver.ty == Ty::STRING =>
            {
                Regex::compile(units, &Meter::new(&Limits::default(), None)).err()
            }
            _ => None,
        };
        if let Some(fault) = fault {
            self.bad_pattern(&fault, first);
        }
    }

    fn bad_pattern(&mut self, fault: &Fault, literal: &Expr) {
        // A constant call is evaluated as a whole; what it says is enough.
        if !self.in_constant && matches!(fault.kind(), FaultKind::Error { .. }) {
            self.library_fault("SEL0213", fault, literal.span);
        }
    }

    fn format(&mut self, units: Units<'_>, first: &Expr, args: &'p [Expr], facts: &[Fact]) {
        let pattern = match FormatPattern::parse(units) {
            Ok(pattern) => pattern,
            Err(fault) => return self.bad_pattern(&fault, first),
        };
        if self.in_constant {
            return;
        }
        let given = args.len() - 1;
        if pattern.arguments() > given {
            let message =
                format!("the pattern asks for {} arguments, {given} given", pattern.arguments());
            self.fault("SEL0213", message, first.span, None);
            return;
        }
        for (i, (arg, fact)) in args.iter().zip(facts).skip(1).enumerate() {
            let accepts = pattern.accepts(i);
            if !fact.is_never() && !fact.may_be_null && !fact.may_be(accepts) {
                let message = format!("the pattern cannot show {} here", fact.ty);
                self.fault("SEL0213", message, arg.span, None);
            }
        }
    }
}
