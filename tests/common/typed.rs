//! Programs that mostly run, made from bytes: expressions of a wanted type, over the inputs `x` LONG,
//! `s` STRING, `b` BOOLEAN, `d` DOUBLE, `xs` LONG_ARRAY, `m` MAP and the variables `u`, `v`, `w`; now
//! and then of another type, or over a name that nothing defines.

/// A type to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Long,
    Text,
    Bool,
    Double,
    Any,
}

const WANTS: [Want; 5] = [Want::Long, Want::Text, Want::Bool, Want::Double, Want::Any];
const VARS: [&str; 3] = ["u", "v", "w"];

/// Makes programs.
#[derive(Debug)]
pub struct Typed<'b> {
    bytes: &'b [u8],
    depth: usize,
}

impl<'b> Typed<'b> {
    /// A generator that chooses by these bytes.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Typed { bytes, depth: 0 }
    }

    /// A program.
    #[must_use]
    pub fn program(mut self) -> String {
        let mut out = String::new();
        for _ in 0..=self.choose(6) {
            out += &self.statement(false);
        }
        let want = self.want();
        out + &format!("return {};", self.expr(want))
    }

    fn choose(&mut self, n: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        usize::from(*first) % n
    }

    fn var(&mut self) -> &'static str {
        VARS[self.choose(VARS.len())]
    }

    fn want(&mut self) -> Want {
        WANTS[self.choose(WANTS.len())]
    }

    fn statement(&mut self, in_loop: bool) -> String {
        self.depth += 1;
        let out = match self.choose(if self.depth > 4 { 7 } else { 14 }) {
            0..=2 => {
                let want = self.want();
                format!("{} = {}; ", self.var(), self.expr(want))
            }
            3 => {
                let op = ["+=", "-=", "*=", "/="][self.choose(4)];
                let want = self.want();
                format!("{} {op} {}; ", self.var(), self.expr(want))
            }
            4 => format!("m['k'] = {}; ", self.expr(Want::Any)),
            5 => format!("xs[{}] = {}; ", self.choose(4), self.expr(Want::Long)),
            6 if in_loop => ["break; ", "continue; "][self.choose(2)].to_owned(),
            6 => format!("x = {}; ", self.expr(Want::Long)),
            7 => {
                let (ty, want) = [
                    ("int", Want::Long),
                    ("String", Want::Text),
                    ("boolean", Want::Bool),
                    ("double", Want::Double),
                    ("Long", Want::Long),
                ][self.choose(5)];
                match self.choose(3) {
                    0 => format!("{ty} {}; ", self.var()),
                    _ => format!("{ty} {} = {}; ", self.var(), self.expr(want)),
                }
            }
            8 | 9 => {
                let condition = self.expr(Want::Bool);
                let then = self.block(in_loop);
                match self.choose(3) {
                    0 => format!("if ({condition}) {then} "),
                    1 => format!("if ({condition}) {then} else {} ", self.block(in_loop)),
                    _ => {
                        let second = self.expr(Want::Bool);
                        let (a, b) = (self.block(in_loop), self.block(in_loop));
                        format!("if ({condition}) {then} else if ({second}) {a} else {b} ")
                    }
                }
            }
            10 => format!("for (i = 0; i < {}; i += 1) {} ", self.choose(4), self.block(true)),
            11 => format!("while ({}) {} ", self.expr(Want::Bool), self.block(true)),
            12 => match self.choose(3) {
                0 => {
                    let want = self.want();
                    format!("return {}; ", self.expr(want))
                }
                1 => format!("throw {}; ", self.expr(Want::Text)),
                _ => format!("while (true) {{ {} break; }} ", self.statement(true)),
            },
            _ => {
                let want = self.want();
                format!("{}; ", self.expr(want))
            }
        };
        self.depth -= 1;
        out
    }

    fn block(&mut self, in_loop: bool) -> String {
        let mut out = String::from("{ ");
        for _ in 0..self.choose(3) {
            out += &self.statement(in_loop);
        }
        out + "}"
    }

    fn expr(&mut self, want: Want) -> String {
        self.depth += 1;
        // Now and then something else than was wanted.
        let want = if self.choose(24) == 23 { self.want() } else { want };
        let leaf = self.depth > 6;
        let out = match want {
            Want::Long => match self.choose(if leaf { 4 } else { 13 }) {
                0 => "x".to_owned(),
                1 => self.choose(4).to_string(),
                2 => self.var().to_owned(),
                3 => "xs[0]".to_owned(),
                4 => format!("({} + {})", self.expr(Want::Long), self.expr(Want::Long)),
                5 => format!("{} * {}", self.expr(Want::Long), self.expr(Want::Long)),
                6 => format!("({}).length()", self.expr(Want::Text)),
                7 => format!("Math.max({}, {})", self.expr(Want::Long), self.expr(Want::Long)),
                8 => format!(
                    "({} ? {} : {})",
                    self.expr(Want::Bool),
                    self.expr(Want::Long),
                    self.expr(Want::Long)
                ),
                9 => format!("({} / {})", self.expr(Want::Long), self.expr(Want::Long)),
                10 => format!("xs[{}]", self.expr(Want::Long)),
                11 => "m.size()".to_owned(),
                _ => format!("({} = {})", self.var(), self.expr(Want::Long)),
            },
            Want::Text => match self.choose(if leaf { 3 } else { 11 }) {
                0 => "s".to_owned(),
                1 => ["'a'", "''", "'1,2'"][self.choose(3)].to_owned(),
                2 => self.var().to_owned(),
                3 => format!("({} + {})", self.expr(Want::Text), self.expr(Want::Any)),
                4 => format!("({}).trim()", self.expr(Want::Text)),
                5 => format!("({}).substring({})", self.expr(Want::Text), self.choose(3)),
                6 => format!("String.valueOf({})", self.expr(Want::Any)),
                7 => format!("String.format('%d', {})", self.expr(Want::Long)),
                8 => format!(
                    "({}).replaceAll('a', {})",
                    self.expr(Want::Text),
                    self.expr(Want::Text)
                ),
                9 => format!("new DateTime({}).toString('yyyy')", self.expr(Want::Long)),
                _ => format!("({}).split(',')[0]", self.expr(Want::Text)),
            },
            Want::Bool => match self.choose(if leaf { 3 } else { 11 }) {
                0 => "b".to_owned(),
                1 => ["true", "false"][self.choose(2)].to_owned(),
                2 => format!("x < {}", self.choose(3)),
                3 => format!("({} < {})", self.expr(Want::Long), self.expr(Want::Long)),
                4 => format!("({} == {})", self.expr(Want::Any), self.expr(Want::Any)),
                5 => format!("({} && {})", self.expr(Want::Bool), self.expr(Want::Bool)),
                6 => format!("({} || {})", self.expr(Want::Bool), self.expr(Want::Bool)),
                7 => format!("!({})", self.expr(Want::Bool)),
                8 => format!("({}).contains({})", self.expr(Want::Text), self.expr(Want::Text)),
                9 => format!("({} != null)", self.var()),
                _ => format!("m.containsKey({})", self.expr(Want::Text)),
            },
            Want::Double => match self.choose(if leaf { 2 } else { 5 }) {
                0 => "d".to_owned(),
                1 => "0.5".to_owned(),
                2 => format!("({} / {})", self.expr(Want::Double), self.expr(Want::Long)),
                3 => format!("Math.pow({}, 2)", self.expr(Want::Double)),
                _ => format!("Double.valueOf({})", self.expr(Want::Text)),
            },
            Want::Any => match self.choose(8) {
                0 => self.expr(Want::Long),
                1 => self.expr(Want::Text),
                2 => self.expr(Want::Bool),
                3 => self.var().to_owned(),
                4 => "m['k']".to_owned(),
                5 => "params['x']".to_owned(),
                6 => "null".to_owned(),
                _ => "nothing".to_owned(),
            },
        };
        self.depth -= 1;
        out
    }
}
