//! The table of diagnostic codes. The examples are run as a test: each gives its code and no other,
//! its mend none.

use super::Severity::{self, Error, Warning};
use super::code::Code;
use crate::value::Ty;

const fn row(
    code: &'static str,
    severity: Severity,
    title: &'static str,
    explanation: &'static str,
    example: &'static str,
    mend: &'static str,
) -> Code {
    Code { code, severity, title, explanation, example, mend, inputs: &[], expect: None }
}

impl Code {
    const fn given(mut self, inputs: &'static [(&'static str, Ty)]) -> Self {
        self.inputs = inputs;
        self
    }
    const fn expecting(mut self, ty: Ty) -> Self {
        self.expect = Some(ty);
        self
    }
}

pub(super) static TABLE: &[Code] = &[
    row(
        "SEL0101",
        Error,
        "something unexpected",
        "The text can't go on like this. The message says what was expected at this place.",
        "return new int[] {1 2};",
        "return new int[] {1, 2};",
    ),
    row(
        "SEL0102",
        Error,
        "a missing semicolon",
        "Every simple statement ends with a semicolon, the last one too.",
        "x = 1\nreturn x;",
        "x = 1;\nreturn x;",
    ),
    row(
        "SEL0103",
        Error,
        "an unclosed bracket",
        "A bracket that opens must be closed by one of its kind, before the statement ends.",
        "return (1 + 2 * 3;",
        "return (1 + 2) * 3;",
    ),
    row(
        "SEL0104",
        Error,
        "an unterminated string",
        "A string ends on the line where it begins, with the quote it began with. A quote inside \
         is written with a backslash.",
        "return 'it's';",
        "return 'it\\'s';",
    ),
    row(
        "SEL0105",
        Error,
        "an unterminated comment",
        "A comment that begins with `/*` ends with `*/`.",
        "return 1; /* why",
        "return 1; /* why */",
    ),
    row(
        "SEL0106",
        Error,
        "a reserved word as a name",
        "All words of Java 1.1 are reserved, also those that SEL has no use for.",
        "class = 1; return class;",
        "kind = 1; return kind;",
    ),
    row(
        "SEL0107",
        Error,
        "a bad number",
        "A whole number must fit a LONG (64 bits), and can't begin with 0 if it has the digits 8 or 9. \
         No letter may follow a number directly.",
        "return 08;",
        "return 8;",
    ),
    row(
        "SEL0108",
        Error,
        "an unknown escape",
        "In a string a backslash stands before one of `b n t f r \\ \" '`, or begins `\\u0041`.",
        "return 'a\\d';",
        "return 'a\\\\d';",
    ),
    row(
        "SEL0109",
        Error,
        "a bad unicode escape",
        "`\\u` is followed by exactly four hexadecimal digits, anywhere in the text.",
        "return '\\u41';",
        "return '\\u0041';",
    ),
    row(
        "SEL0110",
        Error,
        "an assignment to what is no variable",
        "Only a variable and an element of one can stand before `=`. Two equals signs compare.",
        "if (1 = 2) { return 3; }",
        "if (1.5 < 2.0 + Math.random()) { return 3; }",
    ),
    row(
        "SEL0111",
        Error,
        "something that Java has and SEL lacks",
        "SEL has no `++` and `--`, no operators on bits, no casts, no labels, no for-each, no generic \
         types, no functions of its own, and arrays of one dimension only.",
        "x = 1; x++; return x;",
        "x = 1; x += 1; return x;",
    ),
    row(
        "SEL0112",
        Error,
        "an empty statement",
        "A semicolon alone is not a statement. An empty body is written `{ }`.",
        "{ return 1; };",
        "{ return 1; }",
    ),
    row(
        "SEL0113",
        Error,
        "a character without a place",
        "This character is no part of the language outside of strings and comments. Often it comes \
         from a word processor.",
        "return “a”;",
        "return \"a\";",
    ),
    row(
        "SEL0114",
        Error,
        "a missing expression",
        "Here a value is needed.",
        "x = ;",
        "x = 1; return x;",
    ),
    row(
        "SEL0201",
        Error,
        "a value of another type",
        "A variable keeps its type, and an array the type of its elements. A LONG may be assigned to \
         a DOUBLE, nothing else is converted.",
        "int x = \"hello world\"; return x;",
        "String x = \"hello world\"; return x;",
    ),
    row(
        "SEL0202",
        Error,
        "an operator on values that it can't take",
        "Arithmetic is for numbers, `+` for numbers and strings, order for numbers, `==` for values of \
         the same type or null.",
        "return 'a' - 1;",
        "return 'a' + 1;",
    ),
    row(
        "SEL0203",
        Error,
        "an unknown method or field",
        "Values of this type have no such method or field. Names are as in Java, capitals included.",
        "return name.toUppercase();",
        "return name.toUpperCase();",
    )
    .given(&[("name", Ty::STRING)]),
    row(
        "SEL0204",
        Error,
        "arguments that a method can't take",
        "The method exists, but not with this number or these types of arguments.",
        "return name.substring('1');",
        "return name.substring(1);",
    )
    .given(&[("name", Ty::STRING)]),
    row(
        "SEL0205",
        Error,
        "an unknown class",
        "The classes are those of the library; `import` adds none. Some can't be made with `new`.",
        "return new Date();",
        "return new DateTime();",
    ),
    row(
        "SEL0206",
        Error,
        "a condition that is no BOOLEAN",
        "Conditions and the operands of `&&`, `||` and `!` are BOOLEAN. Nothing else counts as true.",
        "if (n) { return 1; } return 2;",
        "if (n != 0) { return 1; } return 2;",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0207",
        Error,
        "`throw` of what is no STRING",
        "A program ends with `throw` and the reason as a STRING.",
        "throw 404;",
        "throw 'not found: ' + 404;",
    ),
    row(
        "SEL0208",
        Error,
        "`break` or `continue` outside of a loop",
        "They belong into the body of a `while` or a `for`.",
        "break;",
        "while (true) { break; }",
    ),
    row(
        "SEL0209",
        Error,
        "a result of another type",
        "What the program gives can't be converted to the type that is expected of it.",
        "return 'a,b'.split(',');",
        "return 'a,b'.split(',').length;",
    )
    .expecting(Ty::LONG),
    row(
        "SEL0210",
        Error,
        "a division by zero",
        "A LONG can't be divided by zero. (A DOUBLE can: the result is infinite, or NaN.)",
        "return n / 0;",
        "return n / 10;",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0211",
        Error,
        "an index out of range",
        "The elements of an array are numbered from 0 to its length less one.",
        "return new int[] {1, 2}[2];",
        "return new int[] {1, 2}[1];",
    ),
    row(
        "SEL0212",
        Error,
        "an index that is none",
        "Arrays are indexed by a LONG, maps by a STRING, and nothing else has elements.",
        "return names['first'];",
        "return names[0];",
    )
    .given(&[("names", Ty::of(crate::Kind::StringArray))]),
    row(
        "SEL0213",
        Error,
        "a bad pattern",
        "The pattern of `String.format`, of a date or of a regular expression is wrong, or does not \
         fit its arguments.",
        "return name.split('a(b');",
        "return name.split('a\\\\(b');",
    )
    .given(&[("name", Ty::STRING)]),
    row(
        "SEL0214",
        Error,
        "an unknown time zone",
        "Time zones are named as in the tz database, or given as an offset: `Europe/Paris`, `+02:00`.",
        "return DateTimeZone.forID('Mars/Phobos').getOffset(new DateTime(0));",
        "return DateTimeZone.forID('Europe/Paris').getOffset(new DateTime(0));",
    ),
    row(
        "SEL0215",
        Error,
        "a name that is no variable",
        "The name of a class, and `params`, can't be assigned; a class is no value either.",
        "Math = 2; return 1;",
        "maths = 2; return maths;",
    ),
    row(
        "SEL0216",
        Error,
        "a constant expression that fails",
        "All parts of this are constants, and it fails whenever it is evaluated.",
        "return 'abc'.substring(9);",
        "return 'abc'.substring(2);",
    ),
    row(
        "SEL0217",
        Error,
        "an unknown function of the host",
        "Beside its own classes SEL has the functions that its host registers under `params` and \
         `Util`. There is no such function here.",
        "return params.exec('rm');",
        "return params.get('name');",
    )
    .given(&[("name", Ty::STRING)]),
    row(
        "SEL0250",
        Warning,
        "a name that nothing defines",
        "No input has this name, and nothing was assigned to it before: it is NULL. Perhaps it is \
         misspelt.",
        "return 'hello ' + nmae;",
        "return 'hello ' + name;",
    )
    .given(&[("name", Ty::STRING)]),
    row(
        "SEL0251",
        Warning,
        "a variable that is never read",
        "The value of this variable is computed and stored, and never used.",
        "x = 1; return 2;",
        "x = 1; return x;",
    ),
    row(
        "SEL0252",
        Warning,
        "a statement that is never reached",
        "Control can't come here: what stands before always ends the program, the loop or the round.",
        "return 1; return 2;",
        "return 1;",
    ),
    row(
        "SEL0253",
        Warning,
        "a comparison of what is never equal",
        "Values of these types are never equal, so that the answer is known beforehand.",
        "return n == 'many';",
        "return n == 42;",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0254",
        Warning,
        "a number that looks octal",
        "In Java a leading 0 makes a number octal; in SEL it does not, 017 is seventeen.",
        "return 017;",
        "return 17;",
    ),
    row(
        "SEL0255",
        Warning,
        "a comparison with itself",
        "Both sides are the same expression.",
        "return n < n;",
        "return n < n + 1;",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0256",
        Warning,
        "a condition that is always the same",
        "The condition does not depend on anything.",
        "x = 'no'; if (1 < 2) { x = 'yes'; } return x;",
        "x = 'no'; if (n < 2) { x = 'yes'; } return x;",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0257",
        Warning,
        "a loop without an exit",
        "Nothing ends this loop but a limit.",
        "while (true) { x = 1; y = x; x = y; }",
        "while (true) { break; }",
    ),
    row(
        "SEL0258",
        Warning,
        "a declaration that hides an input",
        "From here on the name means the variable; the input can't be read any more.",
        "int n = 3; return n;",
        "int count = 3; return count + n;",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0259",
        Warning,
        "a value that is thrown away",
        "The value of this statement is computed and not used. Strings, numbers and dates never \
         change: a method gives a new one.",
        "name.trim(); return name;",
        "return name.trim();",
    )
    .given(&[("name", Ty::STRING)]),
    row(
        "SEL0260",
        Warning,
        "`YYYY` in a date pattern",
        "`Y` is the year of the era. The year is `y`; the year of the week, beside `ww`, is `x`.",
        "return new DateTime(0).toString('YYYY-MM-dd');",
        "return new DateTime(0).toString('yyyy-MM-dd');",
    ),
    row(
        "SEL0300",
        Error,
        "a program that threw",
        "The program itself gave up with `throw` and a reason. It is not a fault of the program.",
        "if (n > 3) { throw 'too many: ' + n; } return n;",
        "return n;",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0301",
        Error,
        "a fault while evaluating",
        "The evaluation met something that could not be known before: an index, a number in a text, a \
         null, a date. The message says what. What the checker can know has a code of its own.",
        "return ('a,' + n).split(',')[2];",
        "return ('a,' + n).split(',')[1];",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0400",
        Error,
        "a limit on the evaluation",
        "The evaluation used up its steps, memory or time, or a loop its iterations, or an array grew \
         too long. The message says which; each limit has a flag.",
        "return 'a'.repeat(n * 1000000000);",
        "return 'a'.repeat(n);",
    )
    .given(&[("n", Ty::LONG)]),
    row(
        "SEL0401",
        Error,
        "a text that is too long",
        "The text must be shorter than the limit, by default 10 000 characters. The example is checked \
         with a limit of 20.",
        "return 1 + 1 + 1 + 1 + 1;",
        "return 5;",
    ),
    row(
        "SEL0402",
        Error,
        "too deep a nesting",
        "Brackets, bodies, conditionals and the like are nested more deeply than the limit, by default \
         256. The example is checked with a limit of 5.",
        "return ((((((1))))));",
        "return (1);",
    ),
];
