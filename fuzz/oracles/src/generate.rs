//! Random programs of the grammar: mostly well typed, so that they get far, and sometimes not.
//!
//! Calls come from the class table itself: a row that is added is generated without further work.

use std::fmt::Write;

use arbitrary::Unstructured;
use sel::stdlib::{Class, Form, Method, classes};
use sel::{Kind, Ty};

const MAX_DEPTH: u32 = 5;
/// Programs stay below the limit on the source.
const MAX_TEXT: usize = 3_000;

/// A program from the fuzzer's bytes.
pub fn program(u: &mut Unstructured<'_>) -> String {
    let mut g = Generator { u, out: String::new(), depth: 0, loops: 0, blocks: 0 };
    g.out.push_str("when = new DateTime(1500000000000); ");
    let statements = g.upto(0, 6);
    for _ in 0..statements {
        g.statement();
    }
    if g.one_in(2) {
        g.out.push_str("return ");
        g.any();
        g.out.push(';');
    }
    g.out
}

struct Generator<'g, 'u> {
    u: &'g mut Unstructured<'u>,
    out: String,
    depth: u32,
    loops: u32,
    blocks: u32,
}

impl Generator<'_, '_> {
    fn upto(&mut self, low: usize, high: usize) -> usize {
        self.u.int_in_range(low..=high).unwrap_or(low)
    }
    fn one_in(&mut self, n: u8) -> bool {
        self.u.ratio(1, n).unwrap_or(false)
    }
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }
    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        self.u.choose(from).copied().unwrap_or(from[0])
    }
    fn full(&self) -> bool {
        self.depth >= MAX_DEPTH || self.out.len() > MAX_TEXT || self.u.is_empty()
    }

    /// A variable that usually has this kind.
    fn variable(&mut self, kind: Kind) -> &'static str {
        if self.one_in(40) {
            return self.pick(&["x", "y", "nope", "n", "s", "m", "longs"]);
        }
        self.pick(match kind {
            Kind::Long => &["n", "i", "j", "k"],
            Kind::Double => &["d", "e"],
            Kind::Boolean => &["t", "f"],
            Kind::String => &["s", "u", "r"],
            Kind::LongArray => &["longs", "ls"],
            Kind::DoubleArray => &["doubles", "ds"],
            Kind::BooleanArray => &["bs"],
            Kind::StringArray => &["names", "ss"],
            Kind::Map => &["m", "m2"],
            Kind::DateTime => &["when"],
            _ => &["x", "y"],
        })
    }

    fn kind(&mut self) -> Kind {
        self.u.choose(&Kind::ALL[2..]).copied().unwrap_or(Kind::Long)
    }

    fn statement(&mut self) {
        if self.full() || self.blocks > 6 {
            self.put("n += 1; ");
            return;
        }
        match self.upto(0, 17) {
            0 | 1 => self.declaration(),
            2..=5 => {
                let kind = self.kind();
                let name = self.variable(kind);
                self.put(name);
                let op = if matches!(kind, Kind::Long | Kind::Double | Kind::String) {
                    self.pick(&[" = ", " = ", " += ", " -= ", " *= ", " /= ", " %= "])
                } else {
                    " = "
                };
                self.put(op);
                self.value(kind);
                self.put("; ");
            }
            6 => {
                self.put("if (");
                self.value(Kind::Boolean);
                self.put(") ");
                self.body();
                if self.one_in(2) {
                    self.put("else ");
                    self.body();
                }
            }
            7 | 8 => {
                let name = self.pick(&["i", "j", "k"]);
                let bound = self.upto(0, 12);
                let declared = if self.one_in(2) { "int " } else { "" };
                let _ =
                    write!(self.out, "for ({declared}{name} = 0; {name} < {bound}; {name} += 1) ");
                self.loop_body();
            }
            9 => {
                self.put("while (");
                self.value(Kind::Boolean);
                self.put(") ");
                self.loop_body();
            }
            10 => self.body(),
            11 if self.loops > 0 => {
                let word = self.pick(&["break; ", "continue; "]);
                self.put(word);
            }
            12 if self.one_in(3) => {
                self.put("return ");
                self.any();
                self.put("; ");
            }
            13 if self.one_in(3) => {
                self.put("throw ");
                self.value(Kind::String);
                self.put("; ");
            }
            14 => {
                self.put("m.put(");
                self.value(Kind::String);
                self.put(", ");
                self.any();
                self.put("); ");
            }
            15 => {
                let array = self.u.choose(&[Kind::LongArray, Kind::StringArray, Kind::DoubleArray]);
                let array = array.copied().unwrap_or(Kind::LongArray);
                let name = self.variable(array);
                self.put(name);
                self.put("[");
                self.value(Kind::Long);
                self.put("] = ");
                self.value(array.element().unwrap_or(Kind::Long));
                self.put("; ");
            }
            16 => {
                let grow = self.pick(&[
                    "s += s; ",
                    "r = r + s; ",
                    "m2.put('m', m); ",
                    "m.put('m2', m2); ",
                ]);
                self.put(grow);
            }
            _ => {
                self.any();
                self.put("; ");
            }
        }
    }

    fn declaration(&mut self) {
        const TYPES: &[(&str, Kind)] = &[
            ("int", Kind::Long),
            ("Long", Kind::Long),
            ("double", Kind::Double),
            ("Float", Kind::Double),
            ("boolean", Kind::Boolean),
            ("String", Kind::String),
            ("long[]", Kind::LongArray),
            ("double[]", Kind::DoubleArray),
            ("boolean[]", Kind::BooleanArray),
            ("String[]", Kind::StringArray),
            ("Map", Kind::Map),
            ("DateTime", Kind::DateTime),
            ("DateTimeZone", Kind::DateTimeZone),
            ("Days", Kind::DateTimeDays),
            ("UUID", Kind::Uuid),
        ];
        let (ty, kind) = self.u.choose(TYPES).copied().unwrap_or(TYPES[0]);
        let name = self.variable(kind);
        let _ = write!(self.out, "{ty} {name}");
        if !self.one_in(8) {
            self.put(" = ");
            self.value(kind);
        }
        self.put("; ");
    }

    fn body(&mut self) {
        self.depth += 1;
        self.blocks += 1;
        self.put("{ ");
        for _ in 0..self.upto(0, 4) {
            self.statement();
        }
        self.put("} ");
        self.blocks -= 1;
        self.depth -= 1;
    }

    fn loop_body(&mut self) {
        self.loops += 1;
        self.body();
        self.loops -= 1;
    }

    fn any(&mut self) {
        let kind = self.kind();
        self.value(kind);
    }

    /// An expression that usually has this kind.
    fn value(&mut self, kind: Kind) {
        if self.full() {
            self.leaf(kind);
            return;
        }
        self.depth += 1;
        match self.upto(0, 11) {
            0 | 1 => self.leaf(kind),
            2 if matches!(
                kind,
                Kind::DateTimeZone
                    | Kind::DateTimeFormatter
                    | Kind::DateTimeProperty
                    | Kind::DateTimeDays
                    | Kind::Uuid
            ) =>
            {
                self.leaf(kind)
            }
            2 => {
                let name = self.variable(kind);
                self.put(name);
            }
            3 | 4 => self.operation(kind),
            5 => {
                self.put("(");
                self.value(Kind::Boolean);
                self.put(" ? ");
                self.value(kind);
                self.put(" : ");
                self.value(kind);
                self.put(")");
            }
            6 if self.one_in(15) => self.any(),
            6 => self.element(kind),
            7 if self.one_in(3) => {
                let name = self.variable(kind);
                self.put("(");
                self.put(name);
                self.put(" = ");
                self.value(kind);
                self.put(")");
            }
            _ => self.call(kind),
        }
        self.depth -= 1;
    }

    fn leaf(&mut self, kind: Kind) {
        const TEXTS: &[&str] = &[
            "''",
            "'a'",
            "'aab'",
            "' b '",
            "'a,b,c'",
            "'[a-z]+'",
            "'(a|b)*'",
            "'%s %d'",
            "'%5.1f'",
            "'\u{1F600}'",
            "'\u{df}\u{e9}'",
            "'yyyy-MM-dd'",
            "'UTC'",
            "'America/New_York'",
            "'2017-02-03T04:05:06Z'",
            "'12'",
            "'-1.5e3'",
            "'key'",
            "\"x\\ty\"",
            "'$0'",
            "'\\ud83d'",
            "'2 days'",
        ];
        const WHOLES: &[&str] = &[
            "0",
            "1",
            "2",
            "3",
            "7",
            "10",
            "100",
            "-1",
            "20170203",
            "1500000000000",
            "2147483647",
            "-2147483648",
            "9223372036854775807",
            "(0-9223372036854775807)",
            "4294967296",
            "0x10",
        ];
        let text = match kind {
            Kind::Long if self.one_in(3) => {
                let n: i32 = self.u.arbitrary().unwrap_or(0);
                let _ = write!(self.out, "({n})");
                return;
            }
            Kind::Long => self.pick(WHOLES),
            Kind::Double if self.one_in(3) => {
                let n: f64 = self.u.arbitrary().unwrap_or(0.0);
                let n = if n.is_finite() { n } else { 0.5 };
                let _ = write!(self.out, "({n:e})");
                return;
            }
            Kind::Double => self.pick(&[
                "0.0",
                "1.5",
                "-0.25",
                "1e300",
                "4.9E-324",
                "(0.0 / 0)",
                "(1.0 / 0)",
                ".5",
            ]),
            Kind::Boolean => self.pick(&["true", "false", "t"]),
            Kind::String => self.pick(TEXTS),
            Kind::LongArray => self.pick(&["new long[] {3, 1, 2}", "new int[4]", "longs"]),
            Kind::DoubleArray => self.pick(&["new double[] {1.5, 2}", "new double[2]", "doubles"]),
            Kind::BooleanArray => self.pick(&["new boolean[] {true, false}", "new boolean[3]"]),
            Kind::StringArray => self.pick(&["new String[] {'b', 'a'}", "new String[2]", "names"]),
            Kind::Map => self.pick(&["new Map()", "m"]),
            Kind::DateTime => self.pick(&[
                "new DateTime(0)",
                "new DateTime(1500000000000)",
                "new DateTime('2017-03-12T02:30:00Z')",
                "new DateTime()",
                "new DateTime(9223372036854775807)",
            ]),
            Kind::DateTimeZone => self.pick(&[
                "DateTimeZone.UTC",
                "DateTimeZone.forID('America/Los_Angeles')",
                "DateTimeZone.forID('Asia/Kolkata')",
            ]),
            Kind::DateTimeFormatter => self.pick(&[
                "DateTimeFormat.forPattern('yyyy-MM-dd HH:mm:ss')",
                "DateTimeFormat.forPattern('xxxx-ww e')",
            ]),
            Kind::DateTimeProperty => {
                self.pick(&["new DateTime(0).dayOfWeek()", "new DateTime(0).monthOfYear()"])
            }
            Kind::DateTimeDays => {
                self.pick(&["Days.daysBetween(new DateTime(0), new DateTime(1500000000000))"])
            }
            Kind::Uuid => self.pick(&["UUID.randomUUID()"]),
            Kind::Null | Kind::Void => "null",
        };
        self.put(text);
    }

    fn operation(&mut self, kind: Kind) {
        let (left, op, right) = match kind {
            Kind::Long => (Kind::Long, self.pick(&[" + ", " - ", " * ", " / ", " % "]), Kind::Long),
            Kind::Double => {
                let other = if self.one_in(2) { Kind::Long } else { Kind::Double };
                (Kind::Double, self.pick(&[" + ", " - ", " * ", " / ", " % "]), other)
            }
            Kind::String => {
                let other = self.kind();
                (Kind::String, " + ", other)
            }
            Kind::Boolean => match self.upto(0, 3) {
                0 => (Kind::Boolean, self.pick(&[" && ", " || ", " == ", " != "]), Kind::Boolean),
                1 => (Kind::String, self.pick(&[" == ", " != "]), Kind::String),
                2 => {
                    self.put("!");
                    self.put("(");
                    self.value(Kind::Boolean);
                    self.put(")");
                    return;
                }
                _ => (
                    Kind::Long,
                    self.pick(&[" < ", " <= ", " > ", " >= ", " == ", " != "]),
                    Kind::Double,
                ),
            },
            _ => return self.leaf(kind),
        };
        let bare = self.one_in(4);
        if !bare {
            self.put("(");
        }
        self.value(left);
        self.put(op);
        self.value(right);
        if !bare {
            self.put(")");
        }
    }

    /// An argument that this parameter can do something with.
    fn fitting(&mut self, method: &str, param: &str) -> Option<&'static str> {
        Some(match (method, param) {
            (_, "id") => self.pick(&["'Europe/Paris'", "'UTC'", "'+02:00'", "'Asia/Kolkata'"]),
            ("forPattern" | "toString", "pattern") => {
                self.pick(&["'yyyyMMdd'", "'E d MMM y HH:mm:ss.SSS Z'", "'xxxx-ww-e'"])
            }
            (_, "regex") => self.pick(&["'[a-z]+'", "'(.)'", "', *'", "''", "'(a|b)*?c'"]),
            ("format", "format") => self.pick(&["'%s'", "'%5s|%-8s|'", "'%b %h'", "'x%n%%'"]),
            (
                "parseLong" | "parseInt" | "valueOf" | "parseDouble" | "parseFloat" | "Long"
                | "Double",
                "text" | "value",
            ) => self.pick(&["'12'", "'-7'", "'0'"]),
            (_, "dateInt" | "from" | "to") => self.pick(&["20240229", "20240331", "20231231"]),
            (_, "step" | "days" | "amount" | "begin" | "index") => {
                self.pick(&["0", "1", "7", "-1", "i"])
            }
            (_, "duration") => self.pick(&["'2 days'", "'3 hours'", "'1 day 2 hours'"]),
            (_, "instant") => self.pick(&["0", "1500000000000", "'2017-03-12T02:30:00Z'", "when"]),
            (_, "count") => self.pick(&["0", "3", "100"]),
            _ => return None,
        })
    }

    /// An element of an array or a map.
    fn element(&mut self, kind: Kind) {
        match kind.array() {
            Some(array) => {
                let name = self.variable(array);
                self.put(name);
                self.put("[");
                if self.one_in(6) {
                    self.value(Kind::Long);
                } else {
                    self.put("0");
                }
            }
            // What a map holds has any kind: that is no more than one of many.
            None if !self.one_in(4) => return self.leaf(kind),
            None => {
                let name = self.variable(Kind::Map);
                self.put(name);
                self.put("[");
                self.value(Kind::String);
            }
        }
        self.put("]");
    }

    /// A call of a row that gives this kind.
    fn call(&mut self, kind: Kind) {
        // What a map holds may be of any kind, and seldom is of this one.
        let open = self.one_in(10);
        let rows: Vec<(&Class, &Method)> = classes()
            .iter()
            .flat_map(|class| class.methods.iter().map(move |method| (*class, method)))
            .filter(|(_, method)| method.returns.has(kind) && (open || method.returns != Ty::ANY))
            .collect();
        if rows.is_empty() {
            return self.leaf(kind);
        }
        let Ok(&(class, method)) = self.u.choose(&rows) else { return self.leaf(kind) };
        match method.form {
            Form::Static | Form::Constant => {
                let _ = write!(self.out, "{}.{}", class.name, method.name);
            }
            Form::Constructor => {
                let _ = write!(self.out, "new {}", class.name);
            }
            Form::Method | Form::Field => {
                let receiver = class.kind.unwrap_or(Kind::String);
                self.put("(");
                self.value(receiver);
                let _ = write!(self.out, ").{}", method.name);
            }
        }
        if matches!(method.form, Form::Constant | Form::Field) {
            return;
        }
        self.put("(");
        let more = method.rest.map_or(0, |_| self.upto(0, 3));
        let rest = std::iter::repeat_n(("", method.rest.unwrap_or(Ty::ANY)), more);
        for (i, (name, ty)) in method.params.iter().copied().chain(rest).enumerate() {
            if i > 0 {
                self.put(", ");
            }
            if !self.one_in(4)
                && let Some(text) = self.fitting(method.name, name)
            {
                self.put(text);
                continue;
            }
            let kinds: Vec<Kind> = ty.kinds().collect();
            let kind = self.u.choose(&kinds).copied().unwrap_or(Kind::Long);
            self.value(kind);
        }
        self.put(")");
    }
}
