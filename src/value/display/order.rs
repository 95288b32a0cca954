//! The iteration order of `java.util.HashMap`, found from the keys in insertion order.
//!
//! A `HashMap` goes through its buckets, and through a bucket from the oldest entry to the
//! youngest: a new entry is put last, and growing the table splits a bucket without reordering it.
//! So the order is that of the bucket numbers in the last table, stable by insertion. Buckets that
//! Java would turn into trees (more than eight colliding keys in a table of 64 or more) are left
//! as lists.

use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::Text;
use crate::value::val::Entries;

/// Indices into the entries, accounted with the meter for as long as they live.
pub(super) struct Order<'a> {
    /// The bucket above, the index below.
    keys: Vec<u64>,
    charged: usize,
    meter: &'a Meter,
}

impl Order<'_> {
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.keys.iter().map(|key| (key & u64::from(u32::MAX)) as usize)
    }
}

impl Drop for Order<'_> {
    fn drop(&mut self) {
        self.meter.release(self.charged);
    }
}

/// `HashMap.hash(key)` (JDK): the high bits take part in small tables.
fn spread(key: &Text<'_>) -> u32 {
    let hash = key.units().java_hash() as u32;
    hash ^ (hash >> 16)
}

/// The entries' indices in `HashMap`'s order.
///
/// # Errors
/// When memory or steps run out.
pub(super) fn java_order<'a>(entries: &Entries<'_>, meter: &'a Meter) -> Result<Order<'a>, Fault> {
    let charged = entries.len().saturating_mul(size_of::<u64>());
    meter.charge(charged)?;
    let mut order = Order { keys: Vec::new(), charged, meter };
    order.keys.reserve_exact(entries.len());
    for (i, key) in entries.keys().enumerate() {
        meter.step_units(key.len())?;
        order.keys.push(u64::from(spread(key)) << 32 | i as u64);
    }
    let mask = u64::from(table(&order.keys) - 1) << 32 | u64::from(u32::MAX);
    order.keys.iter_mut().for_each(|key| *key &= mask);
    // Sorting compares each entry with about log2(n) others.
    meter.step(entries.len() as u64 / 8)?;
    order.keys.sort_unstable();
    Ok(order)
}

/// The length of the table that `HashMap` would have after these insertions.
fn table(keys: &[u64]) -> u32 {
    let mut length = 16_u32;
    for (i, key) in keys.iter().enumerate() {
        // A ninth entry in one bucket grows a table that is too small for trees.
        if length < 64 {
            let bucket = |key: u64| (key >> 32) as u32 & (length - 1);
            let before = keys.iter().take(i).filter(|k| bucket(**k) == bucket(*key)).count();
            if before >= 8 {
                length *= 2;
            }
        } else if keys.len() <= length as usize / 4 * 3 {
            break;
        }
        if i + 1 > length as usize / 4 * 3 && length < 1 << 30 {
            length *= 2;
        }
    }
    length
}
