//! `System` and `UUID`: what the host's clock and random source give.

use super::table::{Class, Context, Form, Method};
use crate::eval::ops::text as show;
use crate::fault::Fault;
use crate::value::kind::{Kind, Ty};
use crate::value::val::Val;

use Form::{Method as Instance, Static};

/// `System`.
pub(crate) static SYSTEM: Class = Class {
    name: "System",
    aliases: &[],
    kind: None,
    doc: "The clock.",
    methods: &[Method::new(
        Static,
        "currentTimeMillis",
        &[],
        Ty::LONG,
        "Milliseconds since 1970-01-01T00:00Z, by the host's clock.",
        ("System.currentTimeMillis() > 0;", "true"),
        now,
    )],
};

/// `UUID`.
pub(crate) static UUID: Class = Class {
    name: "UUID",
    aliases: &[],
    kind: Some(Kind::Uuid),
    doc: "Universally unique identifiers (RFC 9562).",
    methods: &[
        Method::new(
            Static,
            "randomUUID",
            &[],
            Ty::of(Kind::Uuid),
            "A random one (version 4), from the host's random source.",
            ("UUID.randomUUID().toString().length();", "36"),
            random,
        ),
        Method::new(
            Instance,
            "toString",
            &[],
            Ty::STRING,
            "The 36 characters, in lower case.",
            ("UUID.randomUUID().toString().charAt(14);", "4"),
            to_text,
        ),
    ],
};

fn now<'a>(cx: &Context<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Long(cx.host.now()))
}

fn random<'a>(cx: &Context<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let bits = (u128::from(cx.host.random()) << 64) | u128::from(cx.host.random());
    Ok(Val::Uuid(*uuid::Builder::from_random_bytes(bits.to_be_bytes()).as_uuid().as_bytes()))
}

fn to_text<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Str(show(args.first().unwrap_or(&Val::Null), cx.meter)?))
}
