//! Where in a file a line is: in which item of Rust, in which test, in which conformance case.
//!
//! Names and not numbers of lines, so that what is written about places stays true while files change.

use std::fmt;

/// A place in the repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A conversation of the conformance suite, by the number in its name.
    Case(String),
    /// A test function.
    Test { path: String, name: String },
    /// An item of a source file; none for what stands outside of all items.
    Source { path: String, item: Option<String> },
    /// Neither the one nor the other: a line of a test file that belongs to no test.
    Nowhere { path: String, line: usize },
}

impl Place {
    /// Whether it can show that something is obeyed.
    pub(crate) fn is_test(&self) -> bool {
        matches!(self, Self::Case(_) | Self::Test { .. })
    }

    /// Whether it is where something is obeyed.
    pub(crate) fn is_source(&self) -> bool {
        matches!(self, Self::Source { .. })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(number) => write!(f, "case {number}"),
            Self::Test { path, name } => write!(f, "{}::{name}", short(path)),
            Self::Source { path, item: Some(item) } => write!(f, "{}: {item}", short(path)),
            Self::Source { path, item: None } => write!(f, "{}", short(path)),
            Self::Nowhere { path, line } => write!(f, "{}, line {line}", short(path)),
        }
    }
}

/// Everybody knows where the crates are.
fn short(path: &str) -> &str {
    path.strip_prefix("crates/").unwrap_or(path)
}

/// The place of the line with this index.
pub(crate) fn of(path: &str, text: &str, index: usize) -> Place {
    let lines: Vec<_> = text.lines().collect();
    if path.ends_with(".md") {
        let above = lines.iter().take(index + 1).rev();
        return match above.filter_map(|line| case(line)).next() {
            Some(number) => Place::Case(number.to_owned()),
            None => Place::Nowhere { path: path.to_owned(), line: index + 1 },
        };
    }
    let item = item_at(&lines, index);
    if !is_test_area(path, &lines, index) {
        let item = item.and_then(|at| name(lines[at])).map(|(_, name)| name.to_owned());
        return Place::Source { path: path.to_owned(), item };
    }
    match item.filter(|&at| is_test(&lines, at)).and_then(|at| name(lines[at])) {
        Some((_, name)) => Place::Test { path: path.to_owned(), name: name.to_owned() },
        None => Place::Nowhere { path: path.to_owned(), line: index + 1 },
    }
}

/// All tests and cases of a file.
pub(crate) fn tests(path: &str, text: &str) -> Vec<Place> {
    let lines: Vec<_> = text.lines().collect();
    if path.ends_with(".md") {
        let cases = lines.iter().filter_map(|line| case(line));
        return cases.map(|number| Place::Case(number.to_owned())).collect();
    }
    let items = lines.iter().enumerate().filter(|&(at, _)| is_test(&lines, at));
    items
        .filter_map(|(_, line)| match name(line)? {
            ("fn", name) => Some(Place::Test { path: path.to_owned(), name: name.to_owned() }),
            _ => None,
        })
        .collect()
}

/// The number in the heading of a case, such as `122a`.
fn case(line: &str) -> Option<&str> {
    let number = line.strip_prefix("## ")?.split(' ').next()?;
    number.starts_with(|first: char| first.is_ascii_digit()).then_some(number)
}

/// The item that a line belongs to: a comment to what it stands above, if that is an item, everything
/// else to what it is indented in.
fn item_at(lines: &[&str], index: usize) -> Option<usize> {
    if lines.get(index)?.trim_start().starts_with("//!") {
        return None;
    }
    if is_comment(lines[index]) {
        let below = (index + 1..lines.len()).find(|&at| !is_around(lines[at]));
        if let Some(below) = below.filter(|&at| name(lines[at]).is_some()) {
            return Some(below);
        }
    }
    let indent = indentation(lines[index]);
    let mut above = (0..=index).rev().filter(|&at| !lines[at].trim().is_empty());
    above.find(|&at| {
        (at == index || indentation(lines[at]) < indent)
            && name(lines[at]).is_some_and(|(kind, _)| kind != "impl" && kind != "mod")
    })
}

/// Whether the item at this line is a test.
fn is_test(lines: &[&str], at: usize) -> bool {
    let above = lines[..at].iter().rev().take_while(|line| is_around(line));
    above.into_iter().any(|line| line.trim() == "#[test]" || line.trim().ends_with("::test]"))
}

/// Whether a line is in a file of tests, or in the module of tests at the end of another file.
fn is_test_area(path: &str, lines: &[&str], index: usize) -> bool {
    let module = |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests {");
    path.contains("/tests/")
        || path.ends_with("/tests.rs")
        || lines.windows(2).take(index).any(module)
}

/// Attributes, comments and empty lines.
fn is_around(line: &str) -> bool {
    line.trim().is_empty() || line.trim().starts_with("#[") || is_comment(line)
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What a line declares: the kind of item and its name.
fn name(line: &str) -> Option<(&str, &str)> {
    if is_comment(line) {
        return None;
    }
    let words = line.split(|c: char| !(c.is_alphanumeric() || "_!".contains(c)));
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    loop {
        match words.next()? {
            "pub" | "crate" | "super" | "in" | "async" | "unsafe" | "extern" | "C" => {}
            "const" if words.peek() == Some(&"fn") => {}
            kind @ ("fn" | "struct" | "enum" | "trait" | "const" | "static" | "type" | "impl"
            | "mod" | "macro_rules!") => return Some((kind, words.next()?)),
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
//! A room.

/// What is kept.
struct Room {
    /// Bounded.
    size: u32,
}

impl Room {
    /// Grows.
    #[inline]
    pub(crate) const fn grow(&mut self) {
        // Why.
        self.size += 1; // here
    }
}

#[cfg(test)]
mod tests {
    /// A helper.
    fn help() {}

    /// It grows.
    #[test]
    fn rooms_grow() {
        help(); // like this
    }
}
";

    fn places(path: &str, text: &str, needle: &str) -> String {
        let index = text.lines().position(|line| line.contains(needle)).unwrap();
        of(path, text, index).to_string()
    }

    /// Comments belong to what they stand above, lines to what they are in.
    #[test]
    fn a_line_has_a_place() {
        for (needle, expected) in [
            ("A room", "nova/src/room.rs"),
            ("What is kept", "nova/src/room.rs: Room"),
            ("Bounded", "nova/src/room.rs: Room"),
            ("Grows", "nova/src/room.rs: grow"),
            ("Why", "nova/src/room.rs: grow"),
            ("here", "nova/src/room.rs: grow"),
            ("It grows", "nova/src/room.rs::rooms_grow"),
            ("like this", "nova/src/room.rs::rooms_grow"),
            ("A helper", "nova/src/room.rs, line 20"),
        ] {
            assert_eq!(places("crates/nova/src/room.rs", SOURCE, needle), expected);
        }
        let in_tests = places("crates/nova/tests/a/b.rs", SOURCE, "here");
        assert_eq!(in_tests, "nova/tests/a/b.rs, line 14");
    }

    /// A line of a file of cases belongs to the case above it.
    #[test]
    fn a_case_has_a_number() {
        let text = "# Title\n\nmore\n\n## 122a something\nmust, RFC\n\n## 123 other\n";
        assert_eq!(places("conformance/cases/07.md", text, "must"), "case 122a");
        assert_eq!(
            places("conformance/cases/07.md", text, "more"),
            "conformance/cases/07.md, line 3"
        );
        assert_eq!(tests("conformance/cases/07.md", text).len(), 2);
    }

    /// Only functions that run as tests are tests.
    #[test]
    fn tests_are_found() {
        let found = tests("crates/nova/src/room.rs", SOURCE);
        let names: Vec<_> = found.iter().map(Place::to_string).collect();
        assert_eq!(names, ["nova/src/room.rs::rooms_grow"]);
    }
}
