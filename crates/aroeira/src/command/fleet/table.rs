//! Columns in a terminal.

/// Prints rows: the first column to the left, the others to the right, each as wide as its longest text.
pub(super) fn print(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|text| text.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (text, width))| match at {
            0 => format!("{text:<width$}"),
            _ => format!("{text:>width$}"),
        });
        put!("  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// A number as people of the language write it, with so many decimals.
pub(super) fn number(value: f64, decimals: usize, language: aroeira_fleet::Language) -> String {
    language.number(value, decimals)
}
