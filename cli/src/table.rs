//! Columns of text that stand below each other, and times as people read them.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

/// The widest column that others are lined up behind.
const WIDEST: usize = 48;

/// Rows of cells.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.push(cells.iter().map(|cell| crate::report::clean(cell)).collect());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the rows, each behind `margin`; a cell that is too wide pushes the rest of its row.
    pub(crate) fn write(&self, out: &mut impl Write, margin: &str) -> io::Result<()> {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let cells = |column: usize| self.0.iter().filter_map(move |row| row.get(column));
        let fits = |cell: &String| Some(cell.width()).filter(|width| *width <= WIDEST);
        let widths: Vec<usize> =
            (0..columns).map(|n| cells(n).filter_map(fits).max().unwrap_or(0)).collect();
        for row in &self.0 {
            let mut line = margin.to_owned();
            for (cell, width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(width.saturating_sub(cell.width()).saturating_add(2)));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A time of the engine's clock, in UTC.
pub(crate) fn time(millis: i64) -> String {
    let at = chrono::DateTime::from_timestamp_millis(millis).unwrap_or_default();
    at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut table = Table::default();
        table.row(["a".to_owned(), "1".to_owned(), String::new()]);
        table.row(["变量".to_owned(), "22".to_owned(), "x".to_owned()]);
        table.row(["w".repeat(60), "3".to_owned(), "\u{1b}[2J".to_owned()]);
        let mut out = Vec::new();
        table.write(&mut out, " ").unwrap();
        let text = String::from_utf8(out).unwrap();
        let wide = "w".repeat(60);
        assert_eq!(text, format!(" a     1\n 变量  22  x\n {wide}  3   \u{fffd}[2J\n"));
        assert_eq!(time(0), "1970-01-01 00:00:00.000");
    }
}
