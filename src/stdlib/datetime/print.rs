//! Printing an instant by a pattern.

use super::civil::{self, Date};
use super::digits::Digits;
use super::field::Field;
use super::names;
use super::offset::Printed;
use super::pattern::{Element, Pattern};
use super::sink::{Line, ROOM, Sink};
use super::words;
use super::zone::Zone;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::{Text, TextBuilder, Units};

/// Most digits of a fraction that is not zero: more would leave the range of a `long`.
const FRACTION: u32 = 15;

/// An instant taken apart.
struct View {
    utc: i64,
    zone: Zone,
    offset: i32,
    local: i64,
    date: Date,
    time: i64,
}

impl View {
    fn new(utc: i64, zone: Zone) -> View {
        let offset = zone.offset_at(utc);
        // At the ends of the range, where the zone can't show it, Joda shows UTC.
        let (zone, offset, local) = match utc.checked_add(i64::from(offset)) {
            Some(local) => (zone, offset, local),
            None => (Zone::Utc, 0, utc),
        };
        let (days, time) = civil::split(local);
        View { utc, zone, offset, local, date: civil::date_of(days), time }
    }

    #[inline]
    fn get(&self, field: Field) -> i64 {
        match field {
            Field::Year => self.date.year,
            Field::MonthOfYear => self.date.month,
            Field::DayOfMonth => self.date.day,
            Field::HourOfDay => self.time / 3_600_000,
            Field::MinuteOfHour => self.time / 60_000 % 60,
            Field::SecondOfMinute => self.time / 1_000 % 60,
            Field::MillisOfSecond => self.time % 1_000,
            _ => field.get(self.local),
        }
    }
}

/// The instant as text.
///
/// # Errors
/// When memory or steps run out.
pub(super) fn text<'a>(
    pattern: &Pattern,
    utc: i64,
    zone: Zone,
    meter: &'a Meter,
) -> Result<Text<'a>, Fault> {
    let view = View::new(utc, zone);
    meter.step(1 + pattern.elements().len() as u64)?;
    if pattern.ascii_width().is_some_and(|width| width <= ROOM) {
        let mut line = Line::new();
        print(pattern, &view, &mut line)?;
        return line.text(meter);
    }
    let mut out = TextBuilder::new(meter);
    print(pattern, &view, &mut out)?;
    Ok(out.finish())
}

fn print<S: Sink>(pattern: &Pattern, view: &View, out: &mut S) -> Result<(), Fault> {
    for element in pattern.elements() {
        match element {
            Element::Number { field, min, .. } => number(view.get(*field), *min as usize, out)?,
            Element::TwoDigitYear { field, .. } => number(view.get(*field).abs() % 100, 2, out)?,
            Element::Text { field, short } => {
                let value = view.get(*field);
                let word =
                    if *short { words::short(*field, value) } else { words::long(*field, value) };
                out.ascii(word.unwrap_or("?").as_bytes())?;
            }
            Element::Fraction { digits } => {
                fraction(view.get(Field::MillisOfSecond), *digits, out)?
            }
            Element::Literal(text) => out.ascii(text)?,
            Element::WideLiteral(text) => out.units(Units::Wide(text))?,
            Element::ZoneShort => names::write(view.zone, view.utc, false, out)?,
            Element::ZoneLong => names::write(view.zone, view.utc, true, out)?,
            Element::ZoneId => {
                let mut result = Ok(());
                view.zone.write_id(&mut |bytes| result = out.ascii(bytes));
                result?;
            }
            Element::Offset(style) => out.ascii(Printed::new(view.offset, *style).bytes())?,
        }
    }
    Ok(())
}

#[inline]
fn number<S: Sink>(value: i64, width: usize, out: &mut S) -> Result<(), Fault> {
    if width == 2 && (0..100).contains(&value) {
        return out.ascii(&[b'0' + (value / 10) as u8, b'0' + (value % 10) as u8]);
    }
    if width <= 4 && (1000..10_000).contains(&value) {
        let (high, low) = (value / 100, value % 100);
        return out.ascii(&[high / 10, high % 10, low / 10, low % 10].map(|d| b'0' + d as u8));
    }
    if width <= 20 {
        return out.ascii(Digits::new(value, width).bytes());
    }
    if value < 0 {
        out.ascii(b"-")?;
    }
    out.zeros(width - 20)?;
    out.ascii(Digits::new(value.saturating_abs(), 20).bytes())
}

fn fraction<S: Sink>(millis: i64, digits: u32, out: &mut S) -> Result<(), Fault> {
    if millis == 0 {
        return out.zeros(digits as usize);
    }
    let shown = Digits::new(millis, 3);
    let kept = (digits as usize).min(3);
    out.ascii(shown.bytes().get(..kept).unwrap_or_default())?;
    out.zeros((digits.min(FRACTION) as usize).saturating_sub(3))
}
