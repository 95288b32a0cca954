use super::*;
use crate::fault::FaultKind;
use crate::limits::{LimitKind, Limits};
use crate::stdlib::datetime::{DateTime, Days, Zone};
use crate::value::val::{Array, Map};

fn text<'a>(s: &str, meter: &'a Meter) -> Text<'a> {
    Text::new(s, meter).expect("fits")
}

/// Formats both ways, which must agree.
fn formatted<'a>(pattern: &str, args: &[Val<'a>], meter: &'a Meter) -> Result<String, Fault> {
    let pattern = text(pattern, meter);
    let direct = format(pattern.units(), args, meter).map(|t| t.to_string_lossy());
    let parsed = Pattern::parse(pattern.units()).and_then(|p| p.run(args, meter));
    match (&direct, parsed.map(|t| t.to_string_lossy())) {
        // A fault of the pattern may come later when it is parsed while it runs.
        (Err(_), Err(_)) => {}
        (direct, parsed) => assert_eq!(*direct, parsed),
    }
    direct
}

/// An argument of the oracle's rows: `n`, `i42`, `d<bits>`, `btrue`, `stext`.
fn argument<'a>(code: &str, meter: &'a Meter) -> Val<'a> {
    match code.split_at(1) {
        ("i", n) => Val::Long(n.parse().expect("a number")),
        ("d", bits) => Val::Double(f64::from_bits(u64::from_str_radix(bits, 16).expect("bits"))),
        ("b", b) => Val::Bool(b == "true"),
        ("s", s) => Val::Str(text(s, meter)),
        _ => Val::Null,
    }
}

fn rows(rows: &str) {
    let meter = Meter::unlimited();
    for row in rows.lines() {
        let [pattern, args, expected] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let codes = args.split(';').filter(|code| !code.is_empty());
        let args: Vec<_> = codes.map(|code| argument(code, &meter)).collect();
        match (expected.strip_prefix('='), formatted(pattern, &args, &meter)) {
            (Some(expected), Ok(text)) => assert_eq!(text.replace('\n', "\\n"), expected, "{row}"),
            (None, Err(_)) => {}
            (_, got) => panic!("{row}: {got:?}"),
        }
    }
}

/// Written by a JDK: a pattern, the arguments, the result or the class of the exception.
#[test]
fn rows_of_the_oracle() {
    rows(include_str!("../../../tests/data/format.tsv"));
}

fn message(fault: Fault) -> String {
    match fault.kind() {
        FaultKind::Error { message, .. } => message.clone(),
        FaultKind::Limit(kind) => format!("{kind:?}"),
    }
}

#[test]
fn faults_say_what_is_wrong() {
    let meter = Meter::unlimited();
    let long = Val::Long(1);
    let cases: &[(&str, &[Val<'_>], &str)] = &[
        ("%d", &[Val::Double(1.0)], "`%d` expects a LONG, found a DOUBLE"),
        ("%.1f", std::slice::from_ref(&long), "`%f` expects a DOUBLE, found a LONG"),
        (
            "%s %s",
            std::slice::from_ref(&long),
            "`%s` asks for argument 2, but there is only 1 after the pattern",
        ),
        ("%s", &[], "`%s` asks for argument 1, but there are only 0 after the pattern"),
        ("%<s", std::slice::from_ref(&long), "`%<s` has no argument before it"),
        ("a%q", &[], "`%q` is no conversion"),
        ("a%5😀b", &[], "`%5😀` is no conversion"),
        ("%tq", &[], "`%tq` is no conversion"),
        ("%5", &[], "`%5` ends before its conversion"),
        ("%-d", &[], "the flag `-` of `%d` needs a width"),
        ("%--5d", &[], "`%--`: a flag is there twice"),
        ("%+ d", &[], "`%d` cannot have both flags `+` and a space"),
        ("%.5d", &[], "`%d` takes no precision"),
        ("%.d", &[], "`%.d`: the precision is missing after the point"),
        ("%,X", &[], "`%X` does not take the flag `,`"),
        ("%+x", std::slice::from_ref(&long), "`%x` does not take the flag `+`"),
        ("%99999999999d", &[], "`%9999999999`: a number is too large"),
        ("%0$d", &[], "`%0$`: arguments are counted from 1"),
        ("%5n", &[], "`%n` takes no width"),
        ("%c", &[Val::Long(-1)], "`-1` is no character"),
        ("%c", &[Val::Long(1 << 32)], "`4294967296` is no character"),
    ];
    for (pattern, args, expected) in cases {
        let fault = formatted(pattern, args, &meter).expect_err(pattern);
        assert_eq!(message(fault), *expected, "{pattern}");
    }
}

#[test]
fn a_long_is_an_int_unless_it_is_too_large_for_one() {
    let meter = Meter::unlimited();
    let show = |pattern, v| formatted(pattern, &[Val::Long(v)], &meter).expect(pattern);
    assert_eq!(show("%x", -42), "ffffffd6");
    assert_eq!(show("%x", 9_876_543_210), "24cb016ea");
    assert_eq!(show("%o", -42), "37777777726");
    assert_eq!(show("%d", i64::MAX), "9223372036854775807");
    // The reference narrows what is too small.
    assert_eq!(show("%d", -3_000_000_000), "1294967296");
    assert_eq!(show("%s", -3_000_000_000), "1294967296");
}

#[test]
fn any_value_can_be_text() {
    let meter = Meter::unlimited();
    let map = Map::new(&meter).expect("fits");
    map.put(text("k", &meter), Val::Long(-3_000_000_000)).expect("fits");
    let array = Val::Array(Array::longs(2, [1, 2], &meter).expect("fits"));
    let args = [Val::Map(map), array, Val::Void, Val::NullOf(Kind::Map)];
    let shown = formatted("%s %12s|%-8S|%.2s|%2$b", &args, &meter).expect("fits");
    assert_eq!(shown, "{k=-3000000000}       [1, 2]|NULL    |nu|true");
}

#[test]
fn text_counts_utf_16_units() {
    let meter = Meter::unlimited();
    let smile = Val::Str(text("😀z", &meter));
    assert_eq!(formatted("%5s|", std::slice::from_ref(&smile), &meter), Ok("  😀z|".to_owned()));
    assert_eq!(formatted("%.2s|", std::slice::from_ref(&smile), &meter), Ok("😀|".to_owned()));
    let half = format(Units::Ascii(b"%.1s"), &[smile], &meter).expect("fits");
    assert_eq!(half.units().iter().collect::<Vec<_>>(), [0xD83D]);
    let half = format(Units::Ascii(b"%c"), &[Val::Long(0xDC00)], &meter).expect("fits");
    assert_eq!(half.units().iter().collect::<Vec<_>>(), [0xDC00]);
    assert_eq!(formatted("%C", &[Val::Long(0xDF)], &meter), Ok("SS".to_owned()));
}

#[test]
fn hashes_are_java_s() {
    let meter = Meter::unlimited();
    let map = Map::new(&meter).expect("fits");
    let entries = [
        ("a", Val::Long(-1)),
        ("b", Val::Str(text("x", &meter))),
        ("c", Val::Double(2.5)),
        ("d", Val::NullOf(Kind::String)),
        ("e", Val::Bool(true)),
    ];
    for (key, value) in entries {
        map.put(text(key, &meter), value).expect("fits");
    }
    let outer = Map::new(&meter).expect("fits");
    outer.put(text("m", &meter), Val::Map(map.clone())).expect("fits");
    let days = Val::Days(Days(5));
    let uuid = Val::Uuid(*b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff");
    let args = [Val::Map(map), Val::Map(outer), days, uuid, Val::Double(f64::NAN)];
    let shown = formatted("%h %h %h %h %H", &args, &meter);
    assert_eq!(shown, Ok("400405ec 40040581 3170 0 7FF80000".to_owned()));
    let zone = Zone::find("America/New_York").expect("a zone");
    let at = |millis, zone| Val::DateTime(DateTime::new(millis, zone));
    let args = [
        at(1_700_000_000_123, Zone::Utc),
        at(-5, Zone::Fixed(-10_800_000)),
        Val::Zone(Zone::Fixed(19_800_000)),
        Val::Zone(zone),
    ];
    let shown = formatted("%h %h %h %h", &args, &meter);
    assert_eq!(shown, Ok("cff2ebcb 23ccb525 9c5e31a7 b5e7d288".to_owned()));
    let array = Val::Array(Array::longs(0, [], &meter).expect("fits"));
    assert!(formatted("%h", &[array], &meter).is_err());
}

#[test]
fn large_longs_are_times() {
    let meter = Meter::unlimited();
    let cases = [
        (951_782_400_000, "%tj %<tF %<ta", "060 2000-02-29 Tue"),
        (951_868_800_000, "%tj %<tF %<ta", "061 2000-03-01 Wed"),
        (4_102_444_799_999, "%tj %<tF %<tc", "365 2099-12-31 Thu Dec 31 23:59:59 UTC 2099"),
        (4_107_542_400_000, "%tj %<tF %<tr %<tl", "060 2100-03-01 12:00:00 AM 12"),
        (i64::MAX, "%tj %<tF %<tT", "229 292278994-08-17 07:12:55"),
        (2_147_483_648, "%tj %<tF", "025 1970-01-25"),
        (
            1_700_000_000_123,
            "%tQ %<ts %<tN %<tL %<tp %<tz %<tZ %<tD %<tR %<te %<tk %<tC %<ty %<tB %<tA %<tm %<td",
            "1700000000123 1700000000 123000000 123 pm +0000 UTC 11/14/23 22:13 14 22 20 23 \
             November Tuesday 11 14",
        ),
        (1_700_000_000_123, "%-8Tb|%8tY|%tI %<tM %<tS", "NOV     |    2023|"),
    ];
    for (millis, pattern, expected) in cases {
        let args = [Val::Long(millis), Val::Long(millis), Val::Long(millis)];
        let shown = formatted(pattern, &args, &meter).expect(pattern);
        assert!(shown.starts_with(expected), "{shown}");
    }
    assert_eq!(formatted("%tY", &[Val::Null], &meter), Ok("null".to_owned()));
    assert!(formatted("%tY", &[Val::Long(i64::from(i32::MAX))], &meter).is_err());
}

#[test]
fn patterns_know_their_arguments() {
    let meter = Meter::unlimited();
    let parse = |p: &str| Pattern::parse(text(p, &meter).units()).expect(p);
    let pattern = parse("é %d%% %s%n %4$f %<s %2$x");
    assert_eq!(pattern.arguments(), 4);
    assert!(pattern.accepts(0).has(Kind::Long) && !pattern.accepts(0).has(Kind::Double));
    assert!(pattern.accepts(1).has(Kind::Long) && !pattern.accepts(1).has(Kind::String));
    assert_eq!(pattern.accepts(2), Ty::ANY);
    assert!(pattern.accepts(3).has(Kind::Double) && !pattern.accepts(3).has(Kind::Long));
    assert_eq!(parse("no arguments").arguments(), 0);
}

#[test]
fn widths_end_at_the_memory_limit_before_they_allocate() {
    let limits = Limits { memory: 10_000, ..Limits::default() };
    let meter = Meter::new(&limits, None);
    let one = Val::Double(1.0);
    for pattern in [
        "%2147483647s",
        "%-100000000s",
        "%.2147483647f",
        "%.100000000e",
        "%0100000000f",
        "%.2147483647a",
        "%2147483647.2147483647g",
        "%1000s%1$1000s%1$1000s%1$1000s%1$1000s%1$1000s%1$1000s%1$1000s%1$1000s%1$1000s",
    ] {
        let fault = formatted(pattern, std::slice::from_ref(&one), &meter).expect_err(pattern);
        assert_eq!(fault, Fault::limit(LimitKind::Memory), "{pattern}");
    }
    assert!(meter.peak_bytes() <= 10_000);
    // Nothing of the attempts is left.
    assert!(meter.charge(10_000).is_ok());
}

#[test]
fn a_fault_while_widening_gives_back_what_was_taken() {
    let limits = Limits { memory: 1_000, ..Limits::default() };
    let meter = Meter::new(&limits, None);
    let fault = formatted("%400s%c", &[Val::Long(1), Val::Long(0xE9)], &meter).expect_err("full");
    assert_eq!(fault, Fault::limit(LimitKind::Memory));
    assert!(meter.charge(1_000).is_ok());
}
