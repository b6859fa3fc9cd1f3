//! The security model against the tree: what it says to be shown by a test is shown by one.
//!
//! `docs/SECURITY-MODEL.md` has a section (`### …`) for each class of attack. A section names what
//! shows its answer in a paragraph that begins with `Shown by:`, or says `Not there yet:` or
//! `Not applicable:` and why. In backticks, everywhere in the document: `case 114`, a test as
//! `nova-http/tests/limits/time.rs::its_name`, a limit as `Limits::head`, a counter as
//! `Counters::answers_cut`, a reason as `Reason::Stalled`. Each of them must exist.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use crate::Tree;
use crate::place;

const MODEL: &str = "docs/SECURITY-MODEL.md";

/// Which files declare what can be named.
const NAMES: [(&str, &[&str]); 3] = [
    ("Limits", &["crates/nova-http/src/limits.rs", "crates/nova-http1/src/limits.rs"]),
    ("Counters", &["crates/nova-http/src/counters.rs"]),
    ("Reason", &["crates/nova-http/src/failures.rs"]),
];

/// How many classes and references there are, and what is wrong.
///
/// # Errors
/// That there is no security model.
pub fn check(tree: &Tree) -> Result<(String, Vec<String>)> {
    let model = tree.text(MODEL).context(MODEL)?;
    let is_test = |path: &str| path.ends_with(".rs") || path.starts_with("conformance/cases/");
    let files = tree.files().filter(|(path, _)| is_test(path));
    let tests = files.flat_map(|(path, text)| place::tests(path, text));
    let tests: BTreeSet<_> = tests.map(|place| place.to_string()).collect();

    let mut problems = Vec::new();
    let mut references = 0;
    for (number, line) in (1..).zip(model.lines()) {
        for code in line.split('`').skip(1).step_by(2) {
            match exists(tree, &tests, code) {
                None => {}
                Some(true) => references += 1,
                Some(false) => problems.push(format!("{MODEL}, line {number}: no {code}")),
            }
        }
    }
    let classes: Vec<_> = model.split("\n### ").skip(1).collect();
    if classes.is_empty() {
        problems.push(format!("{MODEL}: no class of attack is in it"));
    }
    for class in &classes {
        let class = class.split("\n## ").next().unwrap_or(class);
        let (title, text) = class.split_once('\n').unwrap_or((class, ""));
        if !is_answered(text, |code| exists(tree, &tests, code).is_some()) {
            problems.push(format!("{MODEL}: nothing shows the answer to {title:?}"));
        }
    }
    let summary = format!("{} classes of attack, {references} references\n", classes.len());
    Ok((summary, problems))
}

/// Whether the section of a class ends in what shows its answer, or says why nothing does.
fn is_answered(text: &str, is_reference: impl Fn(&str) -> bool) -> bool {
    text.split("\n\n").map(str::trim).any(|paragraph| {
        let shows = |rest: &str| rest.split('`').skip(1).step_by(2).any(&is_reference);
        let says = |rest: &str| !rest.trim().is_empty();
        paragraph.strip_prefix("Shown by:").is_some_and(shows)
            || paragraph.strip_prefix("Not there yet:").is_some_and(says)
            || paragraph.strip_prefix("Not applicable:").is_some_and(says)
    })
}

/// Whether what `code` names exists; `None` if it is nothing that can be looked up.
fn exists(tree: &Tree, tests: &BTreeSet<String>, code: &str) -> Option<bool> {
    if code.starts_with("case ") || code.contains(".rs::") {
        return Some(tests.contains(code));
    }
    let (kind, name) = code.split_once("::")?;
    let (_, files) = NAMES.iter().find(|(known, _)| *known == kind)?;
    let declares = |line: &str| {
        let line = line.trim().trim_start_matches("pub ");
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ',', ' ']))
    };
    let mut texts = files.iter().filter_map(|path| tree.text(path));
    Some(texts.any(|text| text.lines().any(declares)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: [(&str, &str); 3] = [
        ("crates/nova-http/src/limits.rs", "pub struct Limits {\n    pub head: Duration,\n}\n"),
        ("crates/nova-http/tests/a.rs", "#[test]\nfn it_ends() {}\n"),
        ("conformance/cases/1.md", "## 7 x\n"),
    ];

    const GOOD: &str = "# Model\n\n## Attacks\n\n### Slow heads\n\n`Limits::head` ends them.\n\n\
        Shown by: `case 7`,\n`nova-http/tests/a.rs::it_ends`.\n\n### HTTP/2\n\nNot there yet: no \
        HTTP/2.\n\n## More\n";

    fn problems(model: &str) -> Vec<String> {
        let files: Vec<_> = TREE.into_iter().chain([(MODEL, model)]).collect();
        check(&Tree::of(&files)).unwrap().1
    }

    /// What is named exists.
    #[test]
    fn a_true_model_passes() {
        assert_eq!(problems(GOOD), [""; 0]);
    }

    /// What is gone, or never was, is told; and so is a class that nothing answers.
    #[test]
    fn what_is_not_there_is_told() {
        for (good, bad) in [
            ("case 7", "case 8"),
            ("::it_ends", "::it_does_not"),
            ("tests/a.rs", "tests/b.rs"),
            ("Limits::head", "Limits::heads"),
            ("Limits::head", "Counters::head"),
            ("Not there yet: no HTTP/2.", "It will come."),
            ("Not there yet: no HTTP/2.", "Not there yet:"),
        ] {
            assert!(GOOD.contains(good));
            assert_eq!(problems(&GOOD.replace(good, bad)).len(), 1, "{bad}");
        }
        assert_eq!(problems("# Model\n\n## Attacks\n").len(), 1, "nothing is no model");
        let unproved = GOOD.replace("`case 7`,\n`nova-http/tests/a.rs::it_ends`", "good will");
        assert_eq!(problems(&unproved).len(), 1);
    }
}
