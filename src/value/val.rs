//! Values inside one evaluation: small, cheap to clone, borrowed from the program and the inputs
//! where they can be, and gone when the evaluation ends. [`crate::Value`] is what crosses the
//! border.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use indexmap::IndexMap;

use super::kind::{Kind, Ty};
use super::text::Text;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::stdlib::datetime::{DateTime, Days, Formatter, Property, Zone};

/// A value of the running expression.
#[derive(Debug, Clone)]
#[repr(u64)]
pub(crate) enum Val<'a> {
    Void,
    /// A variable that nothing was assigned to yet: it may be an input.
    Unset,
    Null,
    /// A variable of this kind that holds nothing: `String s;`.
    NullOf(Kind),
    Long(i64),
    Double(f64),
    Bool(bool),
    Str(Text<'a>),
    Array(Rc<Array<'a>>),
    Map(Rc<Map<'a>>),
    DateTime(DateTime),
    Zone(Zone),
    Formatter(Cow<'a, Formatter>),
    Property(Property),
    Days(Days),
    Uuid([u8; 16]),
}

impl<'a> Val<'a> {
    #[inline]
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Val::Void => Kind::Void,
            Val::Unset => Kind::Null,
            Val::Null => Kind::Null,
            Val::NullOf(kind) => *kind,
            Val::Long(_) => Kind::Long,
            Val::Double(_) => Kind::Double,
            Val::Bool(_) => Kind::Boolean,
            Val::Str(_) => Kind::String,
            Val::Array(a) => a.kind(),
            Val::Map(_) => Kind::Map,
            Val::DateTime(_) => Kind::DateTime,
            Val::Zone(_) => Kind::DateTimeZone,
            Val::Formatter(_) => Kind::DateTimeFormatter,
            Val::Property(_) => Kind::DateTimeProperty,
            Val::Days(_) => Kind::DateTimeDays,
            Val::Uuid(_) => Kind::Uuid,
        }
    }

    /// The kind of what is there: NULL for `null` of whatever type, as messages tell it.
    #[inline]
    pub(crate) fn held(&self) -> Kind {
        match self {
            Val::NullOf(_) => Kind::Null,
            value => value.kind(),
        }
    }

    /// Puts a value where VOID is: there is nothing to drop.
    #[inline(always)]
    pub(crate) fn fill(&mut self, value: Val<'a>) {
        debug_assert!(matches!(self, Val::Void));
        std::mem::forget(std::mem::replace(self, value));
    }

    /// Makes it VOID. Nearly all that calls are given holds nothing that must be given back.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        if self.is_plain() {
            std::mem::forget(std::mem::replace(self, Val::Void));
        } else {
            *self = Val::Void;
        }
    }

    /// Whether it is of one of these kinds.
    #[inline(always)]
    pub(crate) fn is_of(&self, ty: Ty) -> bool {
        match self {
            Val::Str(_) => ty.has(Kind::String),
            value => ty.has(value.held()),
        }
    }

    /// Whether the value holds nothing that dropping it would give back.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        match self {
            Val::Str(text) => text.is_plain(),
            Val::Array(_) | Val::Map(_) | Val::Formatter(Cow::Owned(_)) => false,
            _ => true,
        }
    }

    /// Whether there is nothing: `null` of whatever type.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Val::Null | Val::NullOf(_))
    }
}

const _: () = assert!(size_of::<Val<'_>>() == 32 && size_of::<Result<Val<'_>, Fault>>() == 32);

/// What an array object costs beside its elements, in bytes.
const ARRAY_OVERHEAD: usize = 64;
/// What an entry of a map costs: key, value, hash and index.
const ENTRY: usize = 80;
/// What an empty map costs.
const MAP_OVERHEAD: usize = 112;

/// An array: of fixed length, shared by reference within the evaluation (JLS 10).
#[derive(Debug)]
pub(crate) struct Array<'a> {
    pub(crate) items: Items<'a>,
    charged: usize,
    meter: &'a Meter,
}

/// The elements; each cell is written in place.
#[derive(Debug)]
pub(crate) enum Items<'a> {
    Long(Box<[Cell<i64>]>),
    Double(Box<[Cell<f64>]>),
    Bool(Box<[Cell<bool>]>),
    /// A `None` is a null string.
    Str(RefCell<Box<[Option<Text<'a>>]>>),
}

impl<'a> Array<'a> {
    /// Checks the length and accounts for the elements *before* `make` allocates them.
    ///
    /// # Errors
    /// When the length limit or the memory limit is reached, or `make` fails.
    pub(crate) fn build(
        len: usize,
        element_bytes: usize,
        meter: &'a Meter,
        make: impl FnOnce() -> Result<Items<'a>, Fault>,
    ) -> Result<Rc<Self>, Fault> {
        meter.array(len)?;
        meter.step_units(len)?;
        let charged = len.saturating_mul(element_bytes).saturating_add(ARRAY_OVERHEAD);
        meter.charge(charged)?;
        match make() {
            Ok(items) => Ok(Rc::new(Array { items, charged, meter })),
            Err(fault) => {
                meter.release(charged);
                Err(fault)
            }
        }
    }

    pub(crate) fn longs(
        len: usize,
        values: impl IntoIterator<Item = i64>,
        meter: &'a Meter,
    ) -> Result<Rc<Self>, Fault> {
        Self::build(len, 8, meter, || Ok(Items::Long(values.into_iter().map(Cell::new).collect())))
    }

    pub(crate) fn doubles(
        len: usize,
        values: impl IntoIterator<Item = f64>,
        meter: &'a Meter,
    ) -> Result<Rc<Self>, Fault> {
        Self::build(len, 8, meter, || {
            Ok(Items::Double(values.into_iter().map(Cell::new).collect()))
        })
    }

    pub(crate) fn bools(
        len: usize,
        values: impl IntoIterator<Item = bool>,
        meter: &'a Meter,
    ) -> Result<Rc<Self>, Fault> {
        Self::build(len, 1, meter, || Ok(Items::Bool(values.into_iter().map(Cell::new).collect())))
    }

    pub(crate) fn texts(
        len: usize,
        values: impl IntoIterator<Item = Result<Option<Text<'a>>, Fault>>,
        meter: &'a Meter,
    ) -> Result<Rc<Self>, Fault> {
        Self::build(len, 24, meter, || {
            let items: Result<Box<[_]>, Fault> = values.into_iter().collect();
            Ok(Items::Str(RefCell::new(items?)))
        })
    }

    pub(crate) fn kind(&self) -> Kind {
        match &self.items {
            Items::Long(_) => Kind::LongArray,
            Items::Double(_) => Kind::DoubleArray,
            Items::Bool(_) => Kind::BooleanArray,
            Items::Str(_) => Kind::StringArray,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.items {
            Items::Long(v) => v.len(),
            Items::Double(v) => v.len(),
            Items::Bool(v) => v.len(),
            Items::Str(v) => v.borrow().len(),
        }
    }

    /// The element at `i`, or `None` past the end.
    pub(crate) fn get(&self, i: usize) -> Option<Val<'a>> {
        match &self.items {
            Items::Long(v) => v.get(i).map(|c| Val::Long(c.get())),
            Items::Double(v) => v.get(i).map(|c| Val::Double(c.get())),
            Items::Bool(v) => v.get(i).map(|c| Val::Bool(c.get())),
            Items::Str(v) => v.borrow().get(i).map(|t| match t {
                Some(t) => Val::Str(t.clone()),
                None => Val::NullOf(Kind::String),
            }),
        }
    }
}

impl Drop for Array<'_> {
    fn drop(&mut self) {
        self.meter.release(self.charged);
    }
}

/// The map type inside a [`Map`].
pub(crate) type Entries<'a> = IndexMap<Text<'a>, Val<'a>, foldhash::fast::RandomState>;

/// A map: keeps insertion order, shared by reference within the evaluation.
///
/// A map never contains itself, directly or through others: [`Map::put`] refuses it, so that
/// printing, converting and dropping end.
pub(crate) struct Map<'a> {
    entries: RefCell<Entries<'a>>,
    /// Whether some map has ever held this one: only then can a `put` close a cycle.
    held: Cell<bool>,
    charged: Cell<usize>,
    meter: &'a Meter,
}

impl<'a> Map<'a> {
    pub(crate) fn new(meter: &'a Meter) -> Result<Rc<Self>, Fault> {
        meter.charge(MAP_OVERHEAD)?;
        Ok(Rc::new(Map {
            entries: RefCell::default(),
            held: Cell::new(false),
            charged: Cell::new(MAP_OVERHEAD),
            meter,
        }))
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.borrow().len()
    }

    /// The value of a key, or NULL.
    ///
    /// # Errors
    /// When the steps run out: a long key takes some to be hashed.
    pub(crate) fn get(&self, key: &Text<'_>) -> Result<Val<'a>, Fault> {
        self.hashing(key)?;
        // The key type of the map is covariant: a key of any lifetime can be looked up by view.
        match self.entries.borrow().get(&ByUnits(key)) {
            Some(Val::Long(v)) => Ok(Val::Long(*v)),
            Some(value) => Ok(value.clone()),
            None => Ok(Val::Null),
        }
    }

    /// # Errors
    /// As [`Map::get`].
    pub(crate) fn contains(&self, key: &Text<'_>) -> Result<bool, Fault> {
        self.hashing(key)?;
        Ok(self.entries.borrow().contains_key(&ByUnits(key)))
    }

    /// Steps for hashing a key; none for one of a usual length.
    #[inline]
    fn hashing(&self, key: &Text<'_>) -> Result<(), Fault> {
        match key.units().len() {
            0..64 => Ok(()),
            len => self.meter.step_units(len),
        }
    }

    /// Puts an entry and gives the value it replaced, or NULL.
    ///
    /// # Errors
    /// When the map would contain itself, or memory runs out.
    pub(crate) fn put(self: &Rc<Self>, key: Text<'a>, value: Val<'a>) -> Result<Val<'a>, Fault> {
        if let Val::Map(inner) = &value {
            if Rc::ptr_eq(inner, self) || (self.held.get() && inner.reaches(self)?) {
                return Err(Fault::with_help(
                    "a map cannot contain itself",
                    "put a copy of the entries that are needed instead",
                ));
            }
            inner.held.set(true);
        }
        self.hashing(&key)?;
        let mut entries = self.entries.borrow_mut();
        if entries.len() == entries.capacity() {
            if let Some(slot) = entries.get_mut(&key) {
                return Ok(std::mem::replace(slot, value));
            }
            self.grow(&mut entries)?;
        }
        Ok(entries.insert(key, value).unwrap_or(Val::Null))
    }

    /// Makes room. Grown by us, so that the whole of the growth is accounted before it happens.
    #[inline(never)]
    fn grow(&self, entries: &mut Entries<'a>) -> Result<(), Fault> {
        // Small maps grow faster: to hash their keys anew costs more than the room.
        let len = entries.len();
        let more = if len < 64 { len.saturating_mul(3).max(8) } else { len };
        let bytes = more.saturating_mul(ENTRY);
        self.meter.charge(bytes)?;
        self.meter.step_units(bytes)?;
        self.charged.set(self.charged.get() + bytes);
        entries.reserve_exact(more);
        Ok(())
    }

    /// Removes an entry, keeping the order of the others, and gives its value.
    ///
    /// # Errors
    /// When the steps run out: the entries behind it move up.
    pub(crate) fn remove(&self, key: &Text<'_>) -> Result<Option<Val<'a>>, Fault> {
        self.hashing(key)?;
        self.meter.step_units(self.len())?;
        Ok(self.entries.borrow_mut().shift_remove(&ByUnits(key)))
    }

    /// A copy of the entries, in insertion order.
    ///
    /// # Errors
    /// When the steps run out.
    pub(crate) fn entries(&self) -> Result<Vec<(Text<'a>, Val<'a>)>, Fault> {
        self.meter.step(self.len() as u64)?;
        Ok(self.entries.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    /// The entries in place. Nothing may be put while they are borrowed.
    pub(crate) fn borrow(&self) -> std::cell::Ref<'_, Entries<'a>> {
        self.entries.borrow()
    }

    /// Whether `target` is among the maps inside this one.
    fn reaches(self: &Rc<Self>, target: &Rc<Map<'a>>) -> Result<bool, Fault> {
        let mut seen = std::collections::HashSet::new();
        let mut work = vec![self.clone()];
        while let Some(map) = work.pop() {
            for value in map.entries.borrow().values() {
                self.meter.step(1)?;
                if let Val::Map(inner) = value {
                    if Rc::ptr_eq(inner, target) {
                        return Ok(true);
                    }
                    if seen.insert(Rc::as_ptr(inner)) {
                        work.push(inner.clone());
                    }
                }
            }
        }
        Ok(false)
    }
}

/// Drops nested maps one after the other, not one inside the other: depth costs no stack.
impl Drop for Map<'_> {
    fn drop(&mut self) {
        self.meter.release(self.charged.get());
        let mut work = Vec::new();
        take_maps(self.entries.get_mut(), &mut work);
        while let Some(map) = work.pop() {
            if let Some(mut map) = Rc::into_inner(map) {
                take_maps(map.entries.get_mut(), &mut work);
            }
        }
    }
}

/// Empties a map into the list of maps that it held.
fn take_maps<'a>(entries: &mut Entries<'a>, work: &mut Vec<Rc<Map<'a>>>) {
    if !entries.values().any(|value| matches!(value, Val::Map(_))) {
        return;
    }
    for (_, value) in entries.drain(..) {
        if let Val::Map(inner) = value {
            work.push(inner);
        }
    }
}

impl std::fmt::Debug for Map<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Map of {}", self.len())
    }
}

/// A key for look-ups, equal to a [`Text`] of any lifetime with the same units.
struct ByUnits<'t, 'b>(&'t Text<'b>);

impl std::hash::Hash for ByUnits<'_, '_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl indexmap::Equivalent<Text<'_>> for ByUnits<'_, '_> {
    fn equivalent(&self, key: &Text<'_>) -> bool {
        self.0.same(key)
    }
}
