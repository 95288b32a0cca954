use super::*;
use crate::value::text::Text;

fn shown(value: f64) -> String {
    double_text(value).as_str().to_owned()
}

/// The expectations were written by a JDK, less the doubles that JDKs before 19 show too long.
#[test]
fn doubles_show_as_in_java() {
    for line in include_str!("../../../tests/data/double_to_string.tsv").lines() {
        let (bits, text) = line.split_once('\t').expect("two columns");
        let value = f64::from_bits(u64::from_str_radix(bits, 16).expect("bits"));
        assert_eq!(shown(value), text, "{bits}");
        assert_eq!(shown(-value), format!("-{text}"), "{bits}");
    }
}

#[test]
fn doubles_at_the_edges() {
    let cases = [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (100.0, "100.0"),
        (9_999_999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12_345_678.9, "1.23456789E7"),
        (1e-3, "0.001"),
        (9.999e-4, "9.999E-4"),
        (0.012, "0.012"),
        // Halfway between two shortest decimals: the even one.
        (f64::from_bits(0x3eba_0000_0000_0000), "1.5497207641601562E-6"),
        (1e23, "1.0E23"),
        (2e23, "2.0E23"),
        (8.41e21, "8.41E21"),
        (2.0_f64.powi(-44), "5.684341886080802E-14"),
        (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
        (f64::MAX, "1.7976931348623157E308"),
        (f64::from_bits(1), "4.9E-324"),
        (f64::from_bits(2), "9.9E-324"),
        (f64::from_bits(3), "1.5E-323"),
        (f64::from_bits(4), "2.0E-323"),
        (f64::INFINITY, "Infinity"),
        (f64::NEG_INFINITY, "-Infinity"),
        (f64::NAN, "NaN"),
        (-f64::NAN, "NaN"),
    ];
    for (value, text) in cases {
        assert_eq!(shown(value), text);
    }
}

#[test]
fn longs_show_in_decimal() {
    let mut cases = vec![0, i64::MIN, i64::MAX];
    for power in 0..18 {
        let p = 10_i64.pow(power);
        cases.extend([p - 1, p, p + 1, -p, 7 * p + 13, -42 * p]);
    }
    for value in cases {
        assert_eq!(long_text(value).as_str(), value.to_string());
    }
}

#[test]
fn rounding_is_half_up_on_the_digits() {
    let rounded = |value, keep| {
        let d = Decimal::shortest(value).round(keep);
        (String::from_utf8_lossy(d.digits()).into_owned(), d.point)
    };
    let is = |digits: &str, point| (digits.to_owned(), point);
    assert_eq!(rounded(1.005, 3), is("101", 1));
    assert_eq!(rounded(2.675, 3), is("268", 1));
    assert_eq!(rounded(9.996, 3), is("1", 2));
    assert_eq!(rounded(0.5, 0), is("1", 1));
    assert_eq!(rounded(0.49, 0), is("0", 0));
    assert_eq!(rounded(0.007, -1), is("0", -2));
    assert_eq!(rounded(1.25, 9), is("125", 1));
    assert_eq!(rounded(0.0, 0), is("0", 1));
}

fn long(text: &str) -> Option<i64> {
    let meter = crate::limits::Meter::unlimited();
    parse_long(Text::new(text, &meter).expect("fits").units()).ok()
}

#[test]
fn longs_parse_as_in_java() {
    assert_eq!(long("12"), Some(12));
    assert_eq!(long("+12"), Some(12));
    assert_eq!(long("-12"), Some(-12));
    assert_eq!(long("-0"), Some(0));
    assert_eq!(long(&format!("{:0>300}", 7)), Some(7));
    assert_eq!(long("9223372036854775807"), Some(i64::MAX));
    assert_eq!(long("-9223372036854775808"), Some(i64::MIN));
    assert_eq!(long("٣٤"), Some(34));
    assert_eq!(long("-９0"), Some(-90));
    let bad = [
        "",
        "+",
        "-",
        "+-1",
        " 1",
        "1 ",
        "1.5",
        "0x1F",
        "1L",
        "1_0",
        "abc",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999999999999",
        "𝟙",
        "²",
    ];
    for text in bad {
        assert_eq!(long(text), None, "{text}");
    }
}

#[test]
fn ints_have_32_bits() {
    assert_eq!(parse_int(Units::Ascii(b"-2147483648")), Ok(i32::MIN));
    assert!(parse_int(Units::Ascii(b"2147483648")).is_err());
    assert!(parse_int(Units::Ascii(b"")).is_err());
}

fn double(text: &str) -> Option<f64> {
    let meter = crate::limits::Meter::unlimited();
    parse_double(Text::new(text, &meter).expect("fits").units()).ok()
}

#[test]
fn doubles_parse_as_in_java() {
    let cases = [
        ("1.5", 1.5),
        ("  \t-2.5e1\n\u{0}", -25.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("1.e2", 100.0),
        ("+.5E-1d", 0.05),
        ("1f", 1.0),
        ("2.5D", 2.5),
        ("-0", -0.0),
        ("Infinity", f64::INFINITY),
        ("-Infinity", f64::NEG_INFINITY),
        ("1e999999999999", f64::INFINITY),
        ("-1e-999999999999", -0.0),
        ("4.9E-324", f64::from_bits(1)),
        ("2.4703282292062327e-324", 0.0),
        ("2.4703282292062328e-324", f64::from_bits(1)),
        ("0x1p3", 8.0),
        ("0X1.8P+1F", 3.0),
        ("-0x.8p0", -0.5),
        ("0x10.p-4", 1.0),
        ("0x1p1024", f64::INFINITY),
        ("0x1p-1074", f64::from_bits(1)),
        ("0x1p-1075", 0.0),
        ("0x1.00000000000000000000001p-1075", f64::from_bits(1)),
        ("0x1p-99999999999999999999", 0.0),
        ("0x0p99999999999999999999", 0.0),
        ("0x1.fffffffffffff8p0", 2.0),
        ("0x1.fffffffffffffp1023", f64::MAX),
        ("0x1.fffffffffffff7ffffp1023", f64::MAX),
        ("0x1.fffffffffffff8p1023", f64::INFINITY),
        ("0x1.00000000000008p0", 1.0),
        ("0x1.000000000000080000001p0", 1.0 + f64::EPSILON),
        ("0x123456789abcdef01p0", 20_988_295_479_420_645_377.0),
        ("0x0.0000000000000000000000001p100", 1.0),
        ("0x0.fffffffffffffp-1022", f64::from_bits((1 << 52) - 1)),
        ("0x0.fffffffffffff8p-1022", f64::MIN_POSITIVE),
    ];
    for (text, value) in cases {
        assert_eq!(double(text).map(f64::to_bits), Some(value.to_bits()), "{text}");
    }
    assert!(double(" -NaN ").is_some_and(f64::is_nan));
    let long = format!("1{}", "0".repeat_for_test(5000));
    assert_eq!(double(&long), Some(f64::INFINITY));
    let bad = [
        "",
        " ",
        "+",
        ".",
        "e5",
        ".e5",
        "1e",
        "1e+",
        "1 2",
        "nan",
        "infinity",
        "NaNd",
        "Infinityf",
        "1ff",
        "1_0",
        "0x1",
        "0x",
        "0xp1",
        "0x.p1",
        "0x1p",
        "0x1pf",
        "0xgp1",
        "1e1.5",
        "--1",
        "٣",
        "\u{a0}1",
        "1,5",
        "f",
        "0xd",
    ];
    for text in bad {
        assert_eq!(double(text), None, "{text}");
    }
}

/// `str::repeat` is for metered code; tests have this.
trait Repeat {
    fn repeat_for_test(&self, n: usize) -> String;
}
impl Repeat for str {
    fn repeat_for_test(&self, n: usize) -> String {
        std::iter::repeat_n(self, n).collect()
    }
}

#[test]
fn conversions_are_java_s() {
    assert_eq!(to_long(f64::NAN), 0);
    assert_eq!(to_long(1e300), i64::MAX);
    assert_eq!(to_long(-3.9), -3);
    for (value, rounded) in [
        (0.5, 1),
        (-0.5, 0),
        (-1.5, -1),
        (2.5, 3),
        (0.499_999_999_999_999_94, 0),
        (4_503_599_627_370_497.0, 4_503_599_627_370_497),
        (-1e-20, 0),
        (1e300, i64::MAX),
        (f64::NEG_INFINITY, i64::MIN),
        (f64::NAN, 0),
    ] {
        assert_eq!(round(value), rounded, "{value}");
    }
}
