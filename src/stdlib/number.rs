//! The number and boolean classes: `Long`, `Double`, `Boolean`, `Math`.

use std::cmp::Ordering;

use super::table::{Class, Context, Form, Method};
use crate::eval::ops::{text as show, total};
use crate::fault::Fault;
use crate::value::kind::{Kind, Ty};
use crate::value::number::{parse_double, parse_int, parse_long, round, to_long};
use crate::value::text::{Text, Units};
use crate::value::val::Val;

use Form::{Constant, Constructor, Method as Instance, Static};

const TEXT_OR_LONG: Ty = Ty::STRING.or(Ty::LONG);
const TEXT_OR_NUMBER: Ty = Ty::STRING.or(Ty::NUMBER);
const TEXT_OR_BOOLEAN: Ty = Ty::STRING.or(Ty::BOOLEAN);

/// `Long`, and `Integer`, which is the same 64-bit class.
pub(crate) static LONG: Class = Class {
    name: "Long",
    aliases: &["Integer"],
    kind: Some(Kind::Long),
    doc: "Whole numbers of 64 bits; arithmetic wraps.",
    methods: &[
        Method::new(
            Instance,
            "toString",
            &[],
            Ty::STRING,
            "The decimal digits.",
            ("(5).toString();", "5"),
            to_text,
        ),
        Method::new(
            Static,
            "toString",
            &[("value", Ty::LONG)],
            Ty::STRING,
            "The decimal digits.",
            ("Long.toString(5);", "5"),
            to_text,
        ),
        Method::new(
            Static,
            "valueOf",
            &[("value", TEXT_OR_LONG)],
            Ty::LONG,
            "The number that the text says.",
            ("Long.valueOf('12');", "12"),
            long_of,
        ),
        Method::new(
            Static,
            "parseLong",
            &[("text", Ty::STRING)],
            Ty::LONG,
            "The number that the text says.",
            ("Long.parseLong('-7');", "-7"),
            long_of,
        ),
        Method::new(
            Static,
            "parseInt",
            &[("text", Ty::STRING)],
            Ty::LONG,
            "The number that the text says, which must fit in 32 bits.",
            ("Integer.parseInt('42');", "42"),
            int_of,
        ),
        Method::new(
            Instance,
            "intValue",
            &[],
            Ty::LONG,
            "The number itself.",
            ("(7).intValue();", "7"),
            long_of,
        ),
        Method::new(
            Instance,
            "longValue",
            &[],
            Ty::LONG,
            "The number itself.",
            ("(7).longValue();", "7"),
            long_of,
        ),
        Method::new(
            Instance,
            "doubleValue",
            &[],
            Ty::DOUBLE,
            "The nearest DOUBLE.",
            ("(7).doubleValue();", "7.0"),
            double_of,
        ),
        Method::new(
            Constant,
            "MAX_VALUE",
            &[],
            Ty::LONG,
            "2^63 - 1, also of `Integer`, which is 64-bit here.",
            ("Long.MAX_VALUE;", "9223372036854775807"),
            |_, _| Ok(Val::Long(i64::MAX)),
        ),
        Method::new(
            Constant,
            "MIN_VALUE",
            &[],
            Ty::LONG,
            "-2^63, also of `Integer`, which is 64-bit here.",
            ("Long.MIN_VALUE;", "-9223372036854775808"),
            |_, _| Ok(Val::Long(i64::MIN)),
        ),
        Method::new(
            Constructor,
            "Long",
            &[("value", TEXT_OR_LONG)],
            Ty::LONG,
            "The number that the text says.",
            ("new Long('5');", "5"),
            long_of,
        ),
    ],
};

/// `Double`, and `Float`, which is the same 64-bit class.
pub(crate) static DOUBLE: Class = Class {
    name: "Double",
    aliases: &["Float"],
    kind: Some(Kind::Double),
    doc: "Floating-point numbers of 64 bits (IEEE 754).",
    methods: &[
        Method::new(
            Instance,
            "toString",
            &[],
            Ty::STRING,
            "The shortest digits that give the number back.",
            ("(1e7).toString();", "1.0E7"),
            to_text,
        ),
        Method::new(
            Static,
            "toString",
            &[("value", Ty::NUMBER)],
            Ty::STRING,
            "The shortest digits that give the number back.",
            ("Double.toString(0.1);", "0.1"),
            double_text,
        ),
        Method::new(
            Static,
            "valueOf",
            &[("value", TEXT_OR_NUMBER)],
            Ty::DOUBLE,
            "The number that the text says.",
            ("Double.valueOf('1.5');", "1.5"),
            double_of,
        ),
        Method::new(
            Static,
            "parseDouble",
            &[("text", Ty::STRING)],
            Ty::DOUBLE,
            "The number that the text says.",
            ("Double.parseDouble('1e3');", "1000.0"),
            double_of,
        ),
        Method::new(
            Static,
            "parseFloat",
            &[("text", Ty::STRING)],
            Ty::DOUBLE,
            "The number that the text says.",
            ("Float.parseFloat('2.5');", "2.5"),
            double_of,
        ),
        Method::new(
            Instance,
            "intValue",
            &[],
            Ty::LONG,
            "Truncated towards zero, kept within 64 bits: an int is a LONG here.",
            ("(5.7).intValue();", "5"),
            long_value,
        ),
        Method::new(
            Instance,
            "longValue",
            &[],
            Ty::LONG,
            "Truncated towards zero, kept within 64 bits (JLS 5.1.3).",
            ("(5.7).longValue();", "5"),
            long_value,
        ),
        Method::new(
            Instance,
            "doubleValue",
            &[],
            Ty::DOUBLE,
            "The number itself.",
            ("(5.7).doubleValue();", "5.7"),
            double_of,
        ),
        Method::new(
            Instance,
            "isNaN",
            &[],
            Ty::BOOLEAN,
            "Whether it is not a number.",
            ("(0.0 / 0).isNaN();", "true"),
            is_nan,
        ),
        Method::new(
            Constructor,
            "Double",
            &[("value", TEXT_OR_NUMBER)],
            Ty::DOUBLE,
            "The number that the text says.",
            ("new Double('1.5');", "1.5"),
            double_of,
        ),
    ],
};

/// `Boolean`.
pub(crate) static BOOLEAN: Class = Class {
    name: "Boolean",
    aliases: &[],
    kind: Some(Kind::Boolean),
    doc: "`true` or `false`.",
    methods: &[
        Method::new(
            Instance,
            "toString",
            &[],
            Ty::STRING,
            "`true` or `false`.",
            ("(1 < 2).toString();", "true"),
            to_text,
        ),
        Method::new(
            Static,
            "toString",
            &[("value", Ty::BOOLEAN)],
            Ty::STRING,
            "`true` or `false`.",
            ("Boolean.toString(true);", "true"),
            to_text,
        ),
        Method::new(
            Static,
            "valueOf",
            &[("value", TEXT_OR_BOOLEAN)],
            Ty::BOOLEAN,
            "Whether the text says `true`, in any case.",
            ("Boolean.valueOf('TRUE');", "true"),
            boolean_of,
        ),
        Method::new(
            Static,
            "parseBoolean",
            &[("text", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether the text says `true`, in any case.",
            ("Boolean.parseBoolean('yes');", "false"),
            boolean_of,
        ),
        Method::new(
            Constructor,
            "Boolean",
            &[("value", TEXT_OR_BOOLEAN)],
            Ty::BOOLEAN,
            "Whether the text says `true`, in any case.",
            ("new Boolean('true');", "true"),
            boolean_of,
        ),
    ],
};

/// `Math`.
pub(crate) static MATH: Class = Class {
    name: "Math",
    aliases: &[],
    kind: None,
    doc: "Arithmetic beyond the operators.",
    methods: &[
        Method::new(
            Static,
            "min",
            &[("a", Ty::LONG), ("b", Ty::LONG)],
            Ty::LONG,
            "The smaller.",
            ("Math.min(3, 2);", "2"),
            min,
        ),
        Method::new(
            Static,
            "min",
            &[("a", Ty::NUMBER), ("b", Ty::NUMBER)],
            Ty::DOUBLE,
            "The smaller.",
            ("Math.min(1.5, 2);", "1.5"),
            min,
        ),
        Method::new(
            Static,
            "max",
            &[("a", Ty::LONG), ("b", Ty::LONG)],
            Ty::LONG,
            "The larger.",
            ("Math.max(3, 2);", "3"),
            max,
        ),
        Method::new(
            Static,
            "max",
            &[("a", Ty::NUMBER), ("b", Ty::NUMBER)],
            Ty::DOUBLE,
            "The larger.",
            ("Math.max(1.5, 2);", "2.0"),
            max,
        ),
        Method::new(
            Static,
            "abs",
            &[("a", Ty::LONG)],
            Ty::LONG,
            "Without its sign; of `Long.MIN_VALUE` itself.",
            ("Math.abs(-3);", "3"),
            abs,
        ),
        Method::new(
            Static,
            "abs",
            &[("a", Ty::DOUBLE)],
            Ty::DOUBLE,
            "Without its sign.",
            ("Math.abs(-1.5);", "1.5"),
            abs,
        ),
        Method::new(
            Static,
            "floor",
            &[("a", Ty::NUMBER)],
            Ty::DOUBLE,
            "The largest whole DOUBLE that is not above.",
            ("Math.floor(-1.5);", "-2.0"),
            floor,
        ),
        Method::new(
            Static,
            "ceil",
            &[("a", Ty::NUMBER)],
            Ty::DOUBLE,
            "The smallest whole DOUBLE that is not below.",
            ("Math.ceil(1.2);", "2.0"),
            ceil,
        ),
        Method::new(
            Static,
            "round",
            &[("a", Ty::NUMBER)],
            Ty::LONG,
            "The nearest LONG; halves go up.",
            ("Math.round(2.5);", "3"),
            rounded,
        ),
        Method::new(
            Static,
            "sqrt",
            &[("a", Ty::NUMBER)],
            Ty::DOUBLE,
            "The square root.",
            ("Math.sqrt(9);", "3.0"),
            sqrt,
        ),
        Method::new(
            Static,
            "pow",
            &[("base", Ty::NUMBER), ("exponent", Ty::NUMBER)],
            Ty::DOUBLE,
            "The power.",
            ("Math.pow(2, 10);", "1024.0"),
            pow,
        ),
        Method::new(
            Static,
            "random",
            &[],
            Ty::DOUBLE,
            "A random DOUBLE from 0.0 up to but not including 1.0.",
            ("Math.random() < 1.0;", "true"),
            random,
        ),
    ],
};

#[cold]
fn null() -> Fault {
    Fault::error("the value is null")
}

fn number(args: &[Val<'_>], i: usize) -> Result<f64, Fault> {
    match args.get(i) {
        Some(Val::Long(v)) => Ok(*v as f64),
        Some(Val::Double(v)) => Ok(*v),
        _ => Err(null()),
    }
}

fn to_text<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Str(show(args.first().ok_or_else(null)?, cx.meter)?))
}

fn double_text<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Str(show(&Val::Double(number(args, 0)?), cx.meter)?))
}

/// The longest text that is read as a number: the reader does not look at the clock.
const LONGEST: usize = 1_000_000;

/// The units of a text that should be a number, with the steps for reading them.
fn number_text<'t>(cx: &Context<'_>, text: &'t Text<'_>) -> Result<Units<'t>, Fault> {
    cx.meter.step_units(text.len().min(LONGEST))?;
    if text.len() > LONGEST {
        let shown = text.units().shortened();
        return Err(Fault::error(format!(
            "`{shown}` is not a number: it is longer than {LONGEST} characters"
        )));
    }
    Ok(text.units())
}

fn long_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match args.first() {
        Some(Val::Long(v)) => Ok(Val::Long(*v)),
        Some(Val::Str(text)) => parse_long(number_text(cx, text)?).map(Val::Long),
        _ => Err(null()),
    }
}

fn int_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match args.first() {
        Some(Val::Str(text)) => parse_int(number_text(cx, text)?).map(|v| Val::Long(i64::from(v))),
        _ => Err(null()),
    }
}

fn double_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match args.first() {
        Some(Val::Str(text)) => parse_double(number_text(cx, text)?).map(Val::Double),
        _ => Ok(Val::Double(number(args, 0)?)),
    }
}

fn long_value<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Long(to_long(number(args, 0)?)))
}

fn is_nan<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Bool(number(args, 0)?.is_nan()))
}

fn boolean_of<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match args.first() {
        Some(Val::Bool(v)) => Ok(Val::Bool(*v)),
        Some(Val::Str(text)) => {
            let says = text.len() == 4 && text.to_string_lossy().eq_ignore_ascii_case("true");
            Ok(Val::Bool(says))
        }
        _ => Err(null()),
    }
}

fn min<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    pick(args, Ordering::Less)
}

fn max<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    pick(args, Ordering::Greater)
}

/// Of two numbers the one that compares so with the other; NaN if one is NaN (JDK).
fn pick<'a>(args: &[Val<'a>], wanted: Ordering) -> Result<Val<'a>, Fault> {
    if let [Val::Long(a), Val::Long(b)] = args {
        return Ok(Val::Long(if a.cmp(b) == wanted { *a } else { *b }));
    }
    let (a, b) = (number(args, 0)?, number(args, 1)?);
    Ok(Val::Double(match (a.is_nan() || b.is_nan(), total(a, b) == wanted) {
        (true, _) => f64::NAN,
        (false, true) => a,
        (false, false) => b,
    }))
}

fn abs<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match args.first() {
        Some(Val::Long(v)) => Ok(Val::Long(v.wrapping_abs())),
        _ => Ok(Val::Double(number(args, 0)?.abs())),
    }
}

fn floor<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Double(number(args, 0)?.floor()))
}

fn ceil<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Double(number(args, 0)?.ceil()))
}

fn rounded<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match args.first() {
        Some(Val::Long(v)) => Ok(Val::Long(*v)),
        _ => Ok(Val::Long(round(number(args, 0)?))),
    }
}

fn sqrt<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Double(number(args, 0)?.sqrt()))
}

/// `Math.pow` (JDK): as C's `pow`, but 1 to the power of NaN or an infinity is NaN.
fn pow<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (base, exponent) = (number(args, 0)?, number(args, 1)?);
    let undefined = exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite());
    Ok(Val::Double(if undefined { f64::NAN } else { base.powf(exponent) }))
}

fn random<'a>(cx: &Context<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    // 53 bits, as java.util.Random.nextDouble.
    Ok(Val::Double((cx.host.random() >> 11) as f64 / (1_u64 << 53) as f64))
}
