//! Citations: `[9112-6.3-a]` in a comment of a source or a test, or in the source of a case.

use crate::Tree;
use crate::place::{self, Place};
use crate::requirement::{DOCUMENTS, Id};

/// A requirement is cited at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Citation {
    pub(crate) id: Id,
    pub(crate) place: Place,
}

/// All citations of the tree, in order and each once, and what is wrong with others.
pub(crate) fn all(tree: &Tree) -> (Vec<Citation>, Vec<String>) {
    let (mut citations, mut problems) = (Vec::new(), Vec::new());
    let cites = |path: &str| path.ends_with(".rs") || path.starts_with("conformance/cases/");
    for (path, text) in tree.files().filter(|(path, _)| cites(path)) {
        for (index, line) in text.lines().enumerate() {
            for cited in cited(line) {
                let place = place::of(path, text, index);
                match cited.parse() {
                    Err(error) => problems.push(format!("{path}, line {}: {error}", index + 1)),
                    Ok(id) if matches!(place, Place::Nowhere { .. }) => {
                        problems.push(format!("{place}: {id} is cited by no test"));
                    }
                    Ok(id) => citations.push(Citation { id, place }),
                }
            }
        }
    }
    citations.sort();
    citations.dedup();
    (citations, problems)
}

/// Everything in a line that can be meant as a citation, well-formed or not.
fn cited(line: &str) -> impl Iterator<Item = &str> {
    line.split('[').skip(1).filter_map(|rest| {
        let (text, _) = rest.split_once(']')?;
        let (document, _) = text.split_once('-')?;
        DOCUMENTS.iter().any(|known| known.to_string() == document).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sources, tests and cases cite; other documents only speak of citations.
    #[test]
    fn citations_are_found_where_they_count() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "// RFC 9112 §6.3 [9112-6.3-a] [9112-6.3-b]\nfn decide() {}\n"),
            ("crates/a/tests/t.rs", "// [9112-6.3-a]\n#[test]\nfn shows() {}\n"),
            ("conformance/cases/01.md", "## 7 x\nmust, RFC 9112 §6.3 [9112-6.3-a]: `400`\n"),
            ("docs/TEXT.md", "as in `[9112-6.3-a]`\n"),
        ]);
        let (citations, problems) = all(&tree);
        assert!(problems.is_empty(), "{problems:?}");
        let text = |it: &Citation| format!("{} {}", it.id, it.place);
        let texts: Vec<_> = citations.iter().map(text).collect();
        assert_eq!(
            texts,
            [
                "9112-6.3-a case 7",
                "9112-6.3-a a/tests/t.rs::shows",
                "9112-6.3-a a/src/lib.rs: decide",
                "9112-6.3-b a/src/lib.rs: decide",
            ]
        );
    }

    /// A slip of the pen is not taken for silence, nor a helper for a test.
    #[test]
    fn what_cannot_be_a_citation_is_a_problem() {
        for (path, text) in [
            ("crates/a/src/lib.rs", "// [9112-6.3]\nfn decide() {}\n"),
            ("crates/a/src/lib.rs", "// [9112-6.3-A]\nfn decide() {}\n"),
            ("crates/a/tests/t.rs", "// [9112-6.3-a]\nfn helps() {}\n"),
            ("conformance/cases/01.md", "# Title [9112-6.3-a]\n"),
        ] {
            let (citations, problems) = all(&Tree::of(&[(path, text)]));
            assert!(citations.is_empty() && problems.len() == 1, "{text}");
        }
        let other = Tree::of(&[("crates/a/src/lib.rs", "// [1970-01-01] [x] [9112]\n")]);
        assert_eq!(all(&other), (Vec::new(), Vec::new()));
    }
}
