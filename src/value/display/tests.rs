use std::rc::Rc;

use super::*;
use crate::limits::Limits;

fn text<'a>(s: &str, meter: &'a Meter) -> Text<'a> {
    Text::new(s, meter).expect("fits")
}

fn shown<'a>(value: Val<'a>, meter: &'a Meter) -> String {
    display(&value, meter).expect("can be shown").to_string_lossy()
}

fn map<'a>(entries: &[(&str, Val<'a>)], meter: &'a Meter) -> Rc<Map<'a>> {
    let map = Map::new(meter).expect("fits");
    for (key, value) in entries {
        map.put(text(key, meter), value.clone()).expect("fits");
    }
    map
}

#[test]
fn scalars_show_as_in_java() {
    let meter = Meter::unlimited();
    assert_eq!(shown(Val::Null, &meter), "null");
    assert_eq!(shown(Val::NullOf(crate::Kind::String), &meter), "null");
    assert_eq!(shown(Val::Long(-7), &meter), "-7");
    assert_eq!(shown(Val::Double(1e7), &meter), "1.0E7");
    assert_eq!(shown(Val::Bool(true), &meter), "true");
    assert_eq!(shown(Val::Str(text("é", &meter)), &meter), "é");
    assert_eq!(shown(Val::Uuid([0xAB; 16]), &meter), "abababab-abab-abab-abab-abababababab");
}

#[test]
fn arrays_show_their_elements() {
    let meter = Meter::unlimited();
    let longs = Array::longs(2, [1, -2], &meter).expect("fits");
    assert_eq!(shown(Val::Array(longs), &meter), "[1, -2]");
    let doubles = Array::doubles(1, [0.1], &meter).expect("fits");
    assert_eq!(shown(Val::Array(doubles), &meter), "[0.1]");
    let bools = Array::bools(2, [true, false], &meter).expect("fits");
    assert_eq!(shown(Val::Array(bools), &meter), "[true, false]");
    let texts = [Ok(Some(text("a", &meter))), Ok(None)];
    let texts = Array::texts(2, texts, &meter).expect("fits");
    assert_eq!(shown(Val::Array(texts), &meter), "[a, null]");
    let empty = Array::longs(0, [], &meter).expect("fits");
    assert_eq!(shown(Val::Array(empty), &meter), "[]");
}

#[test]
fn maps_show_nested_values() {
    let meter = Meter::unlimited();
    let inner = map(&[("k", Val::Null), ("s", Val::NullOf(crate::Kind::String))], &meter);
    let list = Array::longs(2, [1, 2], &meter).expect("fits");
    let outer = map(&[("b", Val::Map(inner)), ("a", Val::Array(list))], &meter);
    assert_eq!(shown(Val::Map(outer), &meter), "{a=[1, 2], b={s=null, k=NULL}}");
    assert_eq!(shown(Val::Map(map(&[], &meter)), &meter), "{}");
}

/// Keys in insertion order and the order of a JDK's `HashMap`, as indices into the keys.
#[test]
fn maps_show_in_the_order_of_hash_map() {
    let meter = Meter::unlimited();
    for line in include_str!("../../../tests/data/hash_map_order.tsv").lines() {
        let (keys, order) = line.split_once('\t').expect("two columns");
        let keys: Vec<&str> = keys.split(' ').filter(|k| !k.is_empty()).collect();
        let entries: Vec<_> = keys.iter().map(|k| (*k, Val::Long(0))).collect();
        let expected: Vec<String> = order
            .split(' ')
            .filter(|i| !i.is_empty())
            .map(|i| format!("{}=0", keys[i.parse::<usize>().expect("an index")]))
            .collect();
        let expected = format!("{{{}}}", expected.join(", "));
        assert_eq!(shown(Val::Map(map(&entries, &meter)), &meter), expected);
    }
}

#[test]
fn depth_is_counted() {
    let meter = Meter::unlimited();
    let nest = |levels| {
        let mut value = Val::Long(1);
        for _ in 0..levels {
            value = Val::Map(map(&[("m", value)], &meter));
        }
        value
    };
    assert!(display(&nest(MAX_DEPTH), &meter).is_ok());
    let fault = display(&nest(MAX_DEPTH + 1), &meter).expect_err("too deep");
    assert_eq!(fault, Fault::limit(LimitKind::Depth));
}

#[test]
fn maps_that_share_maps_end_at_a_limit() {
    let limits = Limits { memory: 1_000_000, ..Limits::default() };
    let meter = Meter::new(&limits, None);
    let mut value = Val::Map(map(&[], &meter));
    for _ in 0..60 {
        value = Val::Map(map(&[("a", value.clone()), ("b", value)], &meter));
    }
    let live = meter.peak_bytes();
    let fault = display(&value, &meter).expect_err("too large");
    assert_eq!(fault, Fault::limit(LimitKind::Memory));
    assert!(meter.peak_bytes() > live && meter.peak_bytes() <= 1_000_000);
    // Nothing of the attempt is left.
    drop(value);
    assert!(meter.charge(1_000_000).is_ok());
}

#[test]
fn steps_bound_the_work() {
    let limits = Limits { steps: 50, ..Limits::default() };
    let meter = Meter::new(&limits, None);
    let array = Array::longs(1000, 0..1000, &meter).expect("fits");
    let fault = display(&Val::Array(array), &meter).expect_err("too much");
    assert_eq!(fault, Fault::limit(LimitKind::Steps));
}
