//! The list of requirements against the citations: every requirement that we say to obey is cited
//! where it is obeyed and by a test that shows it, and nothing else is cited.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::citation::{self, Citation};
use crate::place::Place;
use crate::requirement::{self, Id, Requirement};
use crate::{Tree, report};

/// What the command writes.
const OUTPUT: &str = "docs/COMPLIANCE.md";

/// A requirement with the places that cite it.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) requirement: Requirement,
    pub(crate) places: Vec<Place>,
}

/// All rows for people to read, and what is wrong.
///
/// # Errors
/// That the list cannot be read.
pub fn print(tree: &Tree) -> Result<(String, Vec<String>)> {
    let (rows, problems) = rows(tree)?;
    Ok((format!("{}\n{}", report::table(&rows), report::summary(&rows)), problems))
}

/// As [`print()`], and writes the document.
///
/// # Errors
/// That the list cannot be read, or the document not be written.
pub fn write(tree: &Tree) -> Result<(String, Vec<String>)> {
    let (rows, problems) = rows(tree)?;
    tree.write(OUTPUT, &report::markdown(&rows))?;
    Ok((report::summary(&rows), problems))
}

/// A summary, and what is wrong: with the list, the citations, or the document.
///
/// # Errors
/// That the list cannot be read.
pub fn check(tree: &Tree) -> Result<(String, Vec<String>)> {
    let (rows, mut problems) = rows(tree)?;
    if tree.text(OUTPUT) != Some(&report::markdown(&rows)) {
        problems.push(format!("{OUTPUT} is stale: `cargo xtask compliance --write` makes it anew"));
    }
    Ok((report::summary(&rows), problems))
}

/// The rows in the order of the list, and what is wrong.
fn rows(tree: &Tree) -> Result<(Vec<Row>, Vec<String>)> {
    let list = tree.text(requirement::PATH).context(requirement::PATH)?;
    let (list, mut problems) = requirement::parse(list)?;
    let (citations, wrong) = citation::all(tree);
    problems.extend(wrong);

    let mut places: BTreeMap<Id, Vec<Place>> = BTreeMap::new();
    for Citation { id, place } in citations {
        match list.iter().any(|requirement| requirement.id == id) {
            true => places.entry(id).or_default().push(place),
            false => problems.push(format!("{place} cites {id}, which is not listed")),
        }
    }
    let row = |requirement: Requirement| {
        let places = places.get(&requirement.id).cloned().unwrap_or_default();
        Row { requirement, places }
    };
    let rows: Vec<_> = list.into_iter().map(row).collect();
    problems.extend(rows.iter().flat_map(unproved));
    Ok((rows, problems))
}

/// What a row lacks.
fn unproved(row: &Row) -> Vec<String> {
    let Requirement { id, standing, .. } = &row.requirement;
    if !standing.needs_proof() {
        return Vec::new();
    }
    let mut problems = Vec::new();
    if !row.places.iter().any(Place::is_source) {
        problems.push(format!("{id} is {}, but no source cites it", standing.name()));
    }
    if !row.places.iter().any(Place::is_test) {
        problems.push(format!("{id} is {}, but no test cites it", standing.name()));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: (&str, &str) = ("crates/a/src/lib.rs", "// [9112-6.3-a]\nfn decide() {}\n");
    const TEST: (&str, &str) =
        ("conformance/cases/1.md", "## 7 x\nmust, RFC [9112-6.3-a]: `400`\n");
    const LIST: (&str, &str) = (
        requirement::PATH,
        "[[requirement]]\nid = '9112-6.3-a'\nasks = 'x'\nstanding = 'obeyed'\n",
    );

    fn problems(files: &[(&str, &str)]) -> Vec<String> {
        print(&Tree::of(files)).unwrap().1
    }

    /// A citation at each end is all that is asked for.
    #[test]
    fn what_is_cited_and_tested_is_obeyed() {
        assert_eq!(problems(&[LIST, SOURCE, TEST]), [""; 0]);
    }

    /// To say so is not enough.
    #[test]
    fn what_no_source_cites_is_not_obeyed() {
        assert_eq!(problems(&[LIST, TEST]), ["9112-6.3-a is obeyed, but no source cites it"]);
    }

    /// Nor is it enough to mean well.
    #[test]
    fn what_no_test_shows_is_not_obeyed() {
        assert_eq!(problems(&[LIST, SOURCE]), ["9112-6.3-a is obeyed, but no test cites it"]);
    }

    /// A departure is as visible as obedience.
    #[test]
    fn a_departure_is_cited_and_tested_too() {
        let list = LIST.1.replace("standing = 'obeyed'", "standing.departed = 'y'");
        let list = (requirement::PATH, list.as_str());
        assert_eq!(problems(&[list]).len(), 2);
        assert_eq!(problems(&[list, SOURCE, TEST]), [""; 0]);
    }

    /// What the engine leaves to others needs no place.
    #[test]
    fn what_is_left_to_others_needs_no_citation() {
        for standing in ["application", "not-applicable"] {
            let list = LIST.1.replace("standing = 'obeyed'", &format!("standing.{standing} = 'y'"));
            assert_eq!(problems(&[(requirement::PATH, &list)]), [""; 0]);
        }
    }

    /// A citation of something that nobody has listed is a slip, or a requirement that was lost.
    #[test]
    fn unknown_ids_are_told() {
        let stray = ("crates/a/src/b.rs", "// [9112-6.3-b]\nfn stray() {}\n");
        let found = problems(&[LIST, SOURCE, TEST, stray]);
        assert_eq!(found, ["a/src/b.rs: stray cites 9112-6.3-b, which is not listed"]);
    }

    /// Two requirements of one name would hide behind each other.
    #[test]
    fn doubled_ids_are_told() {
        let list = LIST.1.repeat(2);
        let found = problems(&[(requirement::PATH, &list), SOURCE, TEST]);
        assert_eq!(found, ["9112-6.3-a is listed twice"]);
    }

    /// The document is what the list and the citations say, and nothing older.
    #[test]
    fn a_stale_document_is_told() {
        let files = [LIST, SOURCE, TEST];
        let current = report::markdown(&rows(&Tree::of(&files)).unwrap().0);
        let with = |text| {
            let files: Vec<_> = files.into_iter().chain([(OUTPUT, text)]).collect();
            check(&Tree::of(&files)).unwrap().1
        };
        assert_eq!(with(&current), [""; 0]);
        assert_eq!(with("something else").len(), 1);
        assert_eq!(check(&Tree::of(&files)).unwrap().1.len(), 1, "there is no document");
    }
}
