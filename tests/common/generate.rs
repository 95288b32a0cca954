//! Programs of the grammar's shape, made from bytes: the same bytes give the same program, whether a
//! property test or a fuzzer chose them. When the bytes run out the simplest choices are made, so
//! shrinking the bytes shrinks the program.

/// Makes programs.
#[derive(Debug)]
pub struct Generator<'b> {
    bytes: &'b [u8],
    tokens: Vec<String>,
    depth: usize,
}

const NAMES: [&str; 8] = ["x", "a", "params", "i", "été", "$", "_", "Long"];
const MEMBERS: [&str; 8] =
    ["length", "toString", "get", "put", "substring", "plusDays", "x", "MAX_VALUE"];
const CLASSES: [&str; 6] = ["DateTime", "String", "HashMap", "Long", "UUID", "Foo"];
const TYPES: [&str; 7] = ["int", "long", "double", "float", "boolean", "String", "DateTime"];
const LITERALS: [&str; 22] = [
    "1",
    "0",
    "null",
    "true",
    "false",
    "'a'",
    "\"b\"",
    "1.5",
    "''",
    "007",
    "1e3",
    ".5",
    "5.",
    "2L",
    "0x1F",
    "3f",
    "'it\\'s'",
    "'\\\\'",
    "'\\u0041'",
    "'\\ud83d'",
    "9223372036854775807",
    "'变量 /* */ // '",
];
const INFIX: [&str; 13] = ["+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"];
const ASSIGN: [&str; 6] = ["=", "+=", "-=", "*=", "/=", "%="];
const GAPS: [&str; 8] =
    [" ", "\n", "\t", " /* c */ ", " // d\n", "\n\n\n", "\r\n", " /* e\n   f */ "];

impl<'b> Generator<'b> {
    /// A generator that chooses by these bytes.
    #[must_use]
    pub fn new(bytes: &'b [u8]) -> Self {
        Generator { bytes, tokens: Vec::new(), depth: 0 }
    }

    /// The tokens of a program.
    #[must_use]
    pub fn program(mut self) -> Vec<String> {
        while self.choose(6) == 5 {
            self.put(&["import", "org", ".", "joda", ".", "*", ";"]);
        }
        for _ in 0..=self.choose(4) {
            self.statement(true);
        }
        self.tokens
    }

    /// A number below `n`.
    fn choose(&mut self, n: usize) -> usize {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        usize::from(*first) % n
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.choose(of.len())]
    }

    fn put(&mut self, tokens: &[&str]) {
        self.tokens.extend(tokens.iter().map(|t| (*t).to_owned()));
    }

    fn put_one(&mut self, of: &[&str]) {
        let token = self.one(of);
        self.put(&[token]);
    }

    /// Whether another level may begin.
    fn deeper(&mut self) -> bool {
        self.depth < 8 && self.choose(3) > 0
    }

    fn statement(&mut self, declaration: bool) {
        if !self.deeper() {
            self.expr();
            return self.put(&[";"]);
        }
        self.depth += 1;
        match self.choose(if declaration { 11 } else { 10 }) {
            0 => {
                self.put_one(&NAMES);
                if self.choose(3) == 1 {
                    self.put(&["["]);
                    self.expr();
                    self.put(&["]"]);
                }
                self.put_one(&ASSIGN);
                self.expr();
                self.put(&[";"]);
            }
            1 => {
                self.put(&["{"]);
                for _ in 0..self.choose(4) {
                    self.statement(true);
                }
                self.put(&["}"]);
            }
            2 => {
                self.put(&["if", "("]);
                self.expr();
                self.put(&[")"]);
                self.statement(false);
                while self.choose(3) == 1 {
                    self.put(&["else", "if", "("]);
                    self.expr();
                    self.put(&[")"]);
                    self.statement(false);
                }
                if self.choose(2) == 1 {
                    self.put(&["else"]);
                    self.statement(false);
                }
            }
            3 => {
                self.put(&["while", "("]);
                self.expr();
                self.put(&[")"]);
                self.statement(false);
            }
            4 => {
                self.put(&["for", "("]);
                match self.choose(3) {
                    0 => self.put(&["int", "i", "=", "0"]),
                    1 => self.put(&["i", "=", "0"]),
                    _ => {}
                }
                self.put(&[";"]);
                if self.choose(2) == 1 {
                    self.expr();
                }
                self.put(&[";"]);
                match self.choose(3) {
                    0 => self.put(&["i", "+=", "1"]),
                    1 => self.put(&["x", ".", "y", "(", ")"]),
                    _ => {}
                }
                self.put(&[")"]);
                self.statement(false);
            }
            5 => {
                self.put(&["return"]);
                self.expr();
                self.put(&[";"]);
            }
            6 => {
                self.put(&["throw"]);
                self.expr();
                self.put(&[";"]);
            }
            7 => self.put(&["break", ";"]),
            8 => self.put(&["continue", ";"]),
            9 => {
                self.expr();
                self.put(&[";"]);
            }
            _ => self.declaration(),
        }
        self.depth -= 1;
    }

    fn declaration(&mut self) {
        self.put_one(&TYPES);
        if self.choose(4) == 1 {
            self.put(&["[", "]"]);
        }
        loop {
            self.put_one(&NAMES);
            if self.choose(3) > 0 {
                self.put(&["="]);
                self.expr();
            }
            if self.choose(4) < 3 {
                break;
            }
            self.put(&[","]);
        }
        self.put(&[";"]);
    }

    fn expr(&mut self) {
        if !self.deeper() {
            return self.operand();
        }
        self.depth += 1;
        match self.choose(8) {
            0..=3 => {
                self.operand();
                for _ in 0..=self.choose(3) {
                    self.put_one(&INFIX);
                    self.operand();
                }
            }
            4 => {
                self.operand();
                self.put_one(&INFIX);
                self.operand();
                self.put(&["?"]);
                self.expr();
                self.put(&[":"]);
                self.expr();
            }
            5 => {
                self.put_one(&NAMES);
                if self.choose(3) == 1 {
                    self.put(&["["]);
                    self.expr();
                    self.put(&["]"]);
                }
                self.put_one(&ASSIGN);
                self.expr();
            }
            _ => self.operand(),
        }
        self.depth -= 1;
    }

    fn operand(&mut self) {
        while self.choose(6) == 5 {
            self.put_one(&["-", "!", "+"]);
        }
        if !self.deeper() {
            return if self.choose(2) == 0 {
                self.put_one(&NAMES);
            } else {
                self.put_one(&LITERALS);
            };
        }
        self.depth += 1;
        match self.choose(7) {
            0 => self.put_one(&NAMES),
            1 => self.put_one(&LITERALS),
            2 | 3 => {
                self.put(&["("]);
                self.expr();
                self.put(&[")"]);
            }
            4 => {
                self.put(&["new"]);
                self.put_one(&CLASSES);
                self.arguments();
            }
            5 => {
                self.put(&["new"]);
                self.put_one(&TYPES);
                self.put(&["["]);
                self.expr();
                self.put(&["]"]);
            }
            _ => {
                self.put(&["new"]);
                self.put_one(&TYPES);
                self.put(&["[", "]", "{"]);
                for _ in 0..self.choose(3) {
                    self.expr();
                    self.put(&[","]);
                }
                self.put(&["}"]);
            }
        }
        for _ in 0..self.choose(4) {
            match self.choose(3) {
                0 => {
                    self.put(&["."]);
                    self.put_one(&MEMBERS);
                    self.arguments();
                }
                1 => {
                    self.put(&["."]);
                    self.put_one(&MEMBERS);
                }
                _ => {
                    self.put(&["["]);
                    self.expr();
                    self.put(&["]"]);
                }
            }
        }
        self.depth -= 1;
    }

    fn arguments(&mut self) {
        self.put(&["("]);
        let count = self.choose(4);
        for i in 0..count {
            if i > 0 {
                self.put(&[","]);
            }
            self.expr();
        }
        self.put(&[")"]);
    }
}

/// The tokens with gaps between them that these bytes choose: spaces, line ends, comments.
#[must_use]
pub fn join(tokens: &[String], bytes: &[u8]) -> String {
    let mut gaps = bytes.iter();
    let mut out = String::new();
    let mut gap = |out: &mut String| {
        out.push_str(gaps.next().map_or(" ", |b| GAPS[usize::from(*b) % GAPS.len()]));
    };
    for token in tokens {
        gap(&mut out);
        out.push_str(token);
    }
    gap(&mut out);
    out
}
