//! Numbers as people read them.

/// With a thin space between thousands, and so many digits as mean something.
pub(super) fn plain(value: f64) -> String {
    let digits = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && whole.len() > 4 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// Something that is counted.
pub(super) fn whole(value: f64) -> String {
    format!("{value:.0}")
}

/// A factor, with one digit where it is large.
pub(super) fn factor(value: f64) -> String {
    if value >= 10.0 {
        format!("{value:.0}×")
    } else if value >= 2.0 {
        format!("{value:.1}×")
    } else {
        format!("{value:.2}×")
    }
}

/// Microseconds, in the unit that suits them.
pub(super) fn time(us: f64) -> String {
    if us >= 1e6 {
        format!("{} s", plain(us / 1e6))
    } else if us >= 1e3 {
        format!("{} ms", plain(us / 1e3))
    } else {
        format!("{} µs", plain(us))
    }
}

/// 1st, 2nd, 3rd, ...
pub(super) fn ordinal(place: usize) -> String {
    let ending = match (place % 10, place % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thousands are grouped where there are many, and digits end where they mean nothing.
    #[test]
    fn numbers_are_readable() {
        assert_eq!(plain(1_234_567.8), "1\u{202f}234\u{202f}568");
        assert_eq!(plain(1234.0), "1234");
        assert_eq!(plain(12.345), "12.3");
        assert_eq!(plain(1.239), "1.24");
        assert_eq!(time(1500.0), "1.50 ms");
        assert_eq!(factor(1.234), "1.23×");
        assert_eq!(factor(3.0), "3.0×");
        assert_eq!(
            ["1st", "2nd", "3rd", "4th", "11th", "22nd"],
            [1, 2, 3, 4, 11, 22].map(ordinal).as_slice()
        );
    }
}
