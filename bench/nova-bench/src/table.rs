//! Tables for the terminal.

use comfy_table::{CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};

/// Columns apart, and one line under the head.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::new(' ', ' ', ' '))
    .header_separator(LineStyle::new('─', '─', '─', '─'))
    .content_lines(ContentLineStyle::new(' ', ' ', ' '));

/// A table whose first `left` columns are words and the others figures.
pub(crate) fn table(head: &[&str], left: usize, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    table.set_header(head.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in left..head.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// A number with its thousands apart.
pub(crate) fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How many times as much, or by how many per cent more: as a person would say it.
pub(crate) fn gain(ratio: f64) -> String {
    if ratio >= 1.95 { format!("{ratio:.1}×") } else { format!("{:+.1} %", (ratio - 1.0) * 100.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers are grouped from the right.
    #[test]
    fn numbers_are_grouped() {
        let shown = [0.0, 999.4, 1000.0, 1_234_567.0].map(thousands);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
    }

    /// Large gains are factors, small ones are per cents, losses are negative.
    #[test]
    fn gains_are_said() {
        assert_eq!([15.0, 1.07, 0.9].map(gain), ["15.0×", "+7.0 %", "-10.0 %"]);
    }
}
