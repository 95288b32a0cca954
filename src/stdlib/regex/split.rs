//! `String.split`.

use std::rc::Rc;

use super::Regex;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::Text;
use crate::value::val::Array;

/// `input.split(regex, limit)`: with a positive limit at most so many pieces, with 0 as many as
/// there are but no empty ones at the end, with a negative limit all of them.
///
/// # Errors
/// When a budget of the run is used up.
pub(crate) fn split<'a>(
    input: &Text<'a>,
    regex: &Regex,
    limit: i64,
    meter: &'a Meter,
) -> Result<Rc<Array<'a>>, Fault> {
    let units = input.units();
    let mut pieces = Pieces { spans: Vec::new(), meter, charged: 0 };
    let most = usize::try_from(limit).ok().filter(|most| *most > 0);
    let mut matcher = regex.matcher(units, meter)?;
    // Where the next piece starts.
    let mut index = 0;
    while most.is_none_or(|most| pieces.spans.len() + 1 < most) && matcher.find()? {
        let (start, end) = matcher.range();
        if end == 0 {
            // An empty match at the start splits off no empty piece.
            continue;
        }
        pieces.push((index, start))?;
        index = end;
    }
    drop(matcher);
    if index == 0 {
        return Array::texts(1, [Ok(Some(input.clone()))], meter);
    }
    pieces.push((index, units.len()))?;
    if limit == 0 {
        meter.step_units(pieces.spans.len())?;
        while pieces.spans.last().is_some_and(|(from, to)| from == to) {
            pieces.spans.pop();
        }
    }
    let texts = pieces.spans.iter().map(|(from, to)| {
        meter.step(1)?;
        input.substring(*from, *to, meter).map(Some)
    });
    Array::texts(pieces.spans.len(), texts, meter)
}

/// The ranges of the pieces, accounted for as they grow.
struct Pieces<'m> {
    spans: Vec<(usize, usize)>,
    meter: &'m Meter,
    charged: usize,
}

impl Pieces<'_> {
    fn push(&mut self, span: (usize, usize)) -> Result<(), Fault> {
        if self.spans.len() == self.spans.capacity() {
            let more = self.spans.len().max(8);
            let bytes = more * size_of::<(usize, usize)>();
            self.meter.charge(bytes)?;
            self.charged += bytes;
            self.spans.reserve_exact(more);
        }
        self.spans.push(span);
        Ok(())
    }
}

impl Drop for Pieces<'_> {
    fn drop(&mut self) {
        self.meter.release(self.charged);
    }
}
