//! What can go wrong in date arithmetic, before it becomes a message.

use super::field::Field;
use super::zone::Zone;
use crate::fault::Fault;

/// A failed operation on dates: small, so that results stay in registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The instant leaves the range of a `long`.
    Overflow,
    /// A field got a value that it cannot have.
    Range { field: Field, value: i64, min: i64, max: i64 },
    /// The local time does not exist in the zone.
    Gap { zone: Zone },
}

/// The result of an operation on dates.
pub(super) type Outcome<T> = Result<T, Trouble>;

impl From<Trouble> for Fault {
    #[cold]
    fn from(trouble: Trouble) -> Fault {
        match trouble {
            Trouble::Overflow => Fault::error("the date is out of the range of a DateTime"),
            Trouble::Range { field, value, min, max } => Fault::error(format!(
                "`{value}` is not a {}: expected {min} to {max}",
                field.name()
            )),
            Trouble::Gap { zone } => Fault::with_help(
                format!("the local time does not exist in `{zone}`: the clocks skip it"),
                "use a time after the change, or compute with hours instead of fields",
            ),
        }
    }
}
