//! Maps and arrays.

use super::table::{Class, Context, Form, Method};
use crate::eval::ops;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::syntax::ast::BinaryOp;
use crate::value::kind::{Kind, Ty};
use crate::value::text::Text;
use crate::value::val::{Array, Map, Val};

use Form::{Constructor, Field, Method as Instance, Static};

const ARRAY: Ty = Ty::of(Kind::LongArray)
    .or(Ty::of(Kind::DoubleArray))
    .or(Ty::of(Kind::BooleanArray))
    .or(Ty::of(Kind::StringArray));

/// `Map`; `HashMap` and `LinkedHashMap` are the same class.
pub(crate) static MAP: Class = Class {
    name: "Map",
    aliases: &["HashMap", "LinkedHashMap"],
    kind: Some(Kind::Map),
    doc: "Values by STRING keys, in the order of insertion.",
    methods: &[
        Method::new(
            Constructor,
            "Map",
            &[],
            Ty::MAP,
            "An empty map.",
            ("new Map().size();", "0"),
            new_map,
        ),
        Method::new(
            Instance,
            "get",
            &[("key", Ty::STRING)],
            Ty::ANY,
            "The value, or NULL.",
            ("m = new Map(); m.put('a', 1); m.get('a');", "1"),
            get,
        ),
        Method::new(
            Instance,
            "getOrDefault",
            &[("key", Ty::STRING), ("otherwise", Ty::ANY)],
            Ty::ANY,
            "The value, or `otherwise` where the key is missing.",
            ("new Map().getOrDefault('a', 5);", "5"),
            get_or_default,
        ),
        Method::new(
            Instance,
            "put",
            &[("key", Ty::STRING), ("value", Ty::ANY)],
            Ty::ANY,
            "Sets the value; gives the previous one or NULL.",
            ("m = new Map(); m.put('a', 1); m.put('a', 2);", "1"),
            put,
        ),
        Method::new(
            Instance,
            "remove",
            &[("key", Ty::STRING)],
            Ty::ANY,
            "Removes the entry; gives its value or NULL.",
            ("m = new Map(); m.put('a', 1); m.remove('a');", "1"),
            remove,
        ),
        Method::new(
            Instance,
            "containsKey",
            &[("key", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether the key is there.",
            ("new Map().containsKey('a');", "false"),
            contains_key,
        ),
        Method::new(
            Instance,
            "size",
            &[],
            Ty::LONG,
            "The number of entries.",
            ("new Map().size();", "0"),
            size,
        ),
        Method::new(
            Instance,
            "isEmpty",
            &[],
            Ty::BOOLEAN,
            "Whether there are no entries.",
            ("new Map().isEmpty();", "true"),
            is_empty,
        ),
        Method::new(
            Instance,
            "keys",
            &[],
            Ty::of(Kind::StringArray),
            "The keys, sorted.",
            ("m = new Map(); m.put('b', 1); m.put('a', 2); String.join(',', m.keys());", "a,b"),
            keys,
        ),
    ],
};

/// What all arrays offer; the class has no name of its own in an expression.
pub(crate) const ARRAY_METHODS: &[Method] = &[
    Method::new(
        Field,
        "length",
        &[],
        Ty::LONG,
        "The number of elements.",
        ("new int[]{5, 6}.length;", "2"),
        length,
    ),
    Method::new(
        Instance,
        "contains",
        &[("element", Ty::ANY)],
        Ty::BOOLEAN,
        "Whether an element is equal to it.",
        ("'a,b'.split(',').contains('b');", "true"),
        contains,
    ),
];

macro_rules! array_class {
    ($id:ident, $name:literal, $kind:ident) => {
        pub(crate) static $id: Class = Class {
            name: $name,
            aliases: &[],
            kind: Some(Kind::$kind),
            doc: "An array of fixed length.",
            methods: ARRAY_METHODS,
        };
    };
}
array_class!(LONG_ARRAY, "long[]", LongArray);
array_class!(DOUBLE_ARRAY, "double[]", DoubleArray);
array_class!(BOOLEAN_ARRAY, "boolean[]", BooleanArray);
array_class!(STRING_ARRAY, "String[]", StringArray);

/// `Arrays`.
pub(crate) static ARRAYS: Class = Class {
    name: "Arrays",
    aliases: &[],
    kind: None,
    doc: "Kept for Java's habits.",
    methods: &[Method::new(
        Static,
        "asList",
        &[("array", ARRAY)],
        ARRAY,
        "The array itself.",
        ("Arrays.asList('a,b'.split(','))[0];", "a"),
        as_list,
    )],
};

fn map<'v, 'a>(args: &'v [Val<'a>]) -> Result<&'v std::rc::Rc<Map<'a>>, Fault> {
    match args.first() {
        Some(Val::Map(map)) => Ok(map),
        _ => Err(Fault::error("the MAP is null")),
    }
}

fn key<'v, 'a>(args: &'v [Val<'a>]) -> Result<&'v Text<'a>, Fault> {
    match args.get(1) {
        Some(Val::Str(key)) => Ok(key),
        _ => Err(Fault::error("the key is null")),
    }
}

fn array<'v, 'a>(args: &'v [Val<'a>]) -> Result<&'v Array<'a>, Fault> {
    match args.first() {
        Some(Val::Array(array)) => Ok(array),
        _ => Err(Fault::error("the array is null")),
    }
}

fn new_map<'a>(cx: &Context<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Map(Map::new(cx.meter)?))
}

fn get<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    map(args)?.get(key(args)?)
}

fn get_or_default<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (map, key) = (map(args)?, key(args)?);
    if map.contains(key)? {
        return map.get(key);
    }
    Ok(args.get(2).cloned().unwrap_or(Val::Null))
}

fn put<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    cx.meter.step(1)?;
    let value = args.get(2).cloned().unwrap_or(Val::Null);
    map(args)?.put(key(args)?.clone(), value)
}

fn remove<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(map(args)?.remove(key(args)?)?.unwrap_or(Val::Null))
}

fn contains_key<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Bool(map(args)?.contains(key(args)?)?))
}

fn size<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Long(map(args)?.len() as i64))
}

fn is_empty<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Bool(map(args)?.len() == 0))
}

fn keys<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let map = map(args)?;
    cx.meter.array(map.len())?;
    let keys = map.entries()?.into_iter().map(|(key, _)| key).collect();
    let keys = sorted(keys, cx.meter)?;
    Ok(Val::Array(Array::texts(keys.len(), keys.into_iter().map(|k| Ok(Some(k))), cx.meter)?))
}

/// Sorts by merging, so that it can stop between two comparisons: keys may be long and much alike.
fn sorted<'a>(mut keys: Vec<Text<'a>>, meter: &Meter) -> Result<Vec<Text<'a>>, Fault> {
    let mut width = 1;
    while width < keys.len() {
        let mut merged = Vec::with_capacity(keys.len());
        for pair in keys.chunks(width * 2) {
            let (mut a, mut b) = pair.split_at(width.min(pair.len()));
            while let ([x, after_x @ ..], [y, after_y @ ..]) = (a, b) {
                meter.step_units(x.len().min(y.len()))?;
                if x <= y {
                    merged.push(x.clone());
                    a = after_x;
                } else {
                    merged.push(y.clone());
                    b = after_y;
                }
            }
            merged.extend_from_slice(a);
            merged.extend_from_slice(b);
        }
        keys = merged;
        width *= 2;
    }
    Ok(keys)
}

fn length<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Long(array(args)?.len() as i64))
}

fn contains<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let array = array(args)?;
    let wanted = args.get(1).unwrap_or(&Val::Null);
    for i in 0..array.len() {
        cx.meter.step(1)?;
        let element = array.get(i).unwrap_or(Val::Null);
        if let Val::Bool(true) = ops::binary(BinaryOp::Equal, &element, wanted, cx.meter)? {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn as_list<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    args.first().cloned().ok_or_else(|| Fault::error("the array is null"))
}
