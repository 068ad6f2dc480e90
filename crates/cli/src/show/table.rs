//! Tables: columns as wide as what is in them, the last one as long as it is.

use super::Paint;

/// On which side of a column its words stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table in the making.
pub(crate) struct Table {
    heads: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(heads: &[(&'static str, Align)]) -> Self {
        Self { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a word for each column; an empty word is shown as `-`.
    pub(crate) fn row(&mut self, words: impl IntoIterator<Item = String>) {
        let shown = |word: String| if word.is_empty() { "-".to_owned() } else { word };
        self.rows.push(words.into_iter().map(shown).collect());
    }

    /// The lines, each behind `indent` spaces; none for a table without rows.
    pub(crate) fn text(&self, indent: usize, paint: Paint) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let heads: Vec<String> = self.heads.iter().map(|(head, _)| (*head).to_owned()).collect();
        let widths: Vec<_> = (0..heads.len()).map(|column| self.width(column)).collect();
        let mut text = paint.dim(&self.line(&heads, &widths, indent)) + "\n";
        for row in &self.rows {
            text += &self.line(row, &widths, indent);
            text.push('\n');
        }
        text
    }

    fn line(&self, words: &[String], widths: &[usize], indent: usize) -> String {
        let mut line = " ".repeat(indent);
        for ((word, width), (_, align)) in words.iter().zip(widths).zip(&self.heads) {
            let gap = " ".repeat(width.saturating_sub(word.chars().count()));
            match align {
                Align::Left => line += &format!("{word}{gap}  "),
                Align::Right => line += &format!("{gap}{word}  "),
            }
        }
        line.trim_end().to_owned()
    }

    fn width(&self, column: usize) -> usize {
        let words = self.rows.iter().filter_map(|row| row.get(column));
        let widest = words.map(|word| word.chars().count()).max().unwrap_or(0);
        widest.max(self.heads[column].0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_words() {
        let mut table =
            Table::new(&[("NAME", Align::Left), ("N", Align::Right), ("BY", Align::Left)]);
        assert_eq!(table.text(0, Paint::of_stderr()), "");
        table.row(["a".into(), "10".into(), String::new()]);
        table.row(["bcdefü".into(), "1".into(), "x y".into()]);
        let expected = " NAME     N  BY\n a       10  -\n bcdefü   1  x y\n";
        assert_eq!(table.text(1, Paint::of_stderr()), expected);
    }
}
