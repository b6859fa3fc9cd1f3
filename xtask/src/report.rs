//! Rows for people: on the terminal, and as `docs/COMPLIANCE.md`.

use std::fmt::Write;

use crate::compliance::Row;
use crate::place::Place;
use crate::requirement::{DOCUMENTS, Level, Standing};

/// One line for each requirement.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let it = &row.requirement;
        let id = it.id.to_string();
        let _ = writeln!(text, "{id:<16} {:<24} {}", it.standing.name(), it.asks);
        let sources: Vec<_> = sources(row).collect();
        let tests = tests(row);
        for (what, places) in [("in", sources), ("shown by", tests)] {
            if !places.is_empty() {
                let _ = writeln!(text, "{:41} {what} {}", "", places.join(", "));
            }
        }
        if let Some(why) = it.standing.reason() {
            let _ = writeln!(text, "{:41} {why}", "");
        }
    }
    text
}

/// How many requirements stand how.
pub(crate) fn summary(rows: &[Row]) -> String {
    let count = |what: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| what(row)).count();
    let must = count(&|row| row.requirement.level == Level::Must);
    let mut parts = Vec::new();
    let why = String::new;
    for standing in [
        Standing::Obeyed,
        Standing::Departed(why()),
        Standing::Application(why()),
        Standing::NotApplicable(why()),
    ] {
        let name = standing.name();
        let stand = count(&|row| row.requirement.standing.name() == name);
        parts.push(format!("{stand} {name}"));
    }
    format!(
        "{} requirements ({must} MUST, {} SHOULD): {}\n",
        rows.len(),
        rows.len() - must,
        parts.join(", ")
    )
}

/// The document.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut text = String::from(
        "# Compliance\n\n\
         Made by `cargo xtask compliance --write` from [compliance.toml](compliance.toml) and from the \
         citations in\nsources, tests and [cases](../conformance/cases); do not edit. A requirement \
         that is *obeyed* or *departed* from is\ncited at the place that does so and by a test that \
         shows it; `cargo xtask compliance --check` fails otherwise.\nRequirements are put in our \
         words: the RFC's are the ones that count.\n\n",
    );
    text += &summary(rows);
    for document in DOCUMENTS {
        let _ = write!(
            text,
            "\n## RFC {document}\n\n| id | asks | standing | where | shown by |\n|---|---|---|---|---|\n"
        );
        for row in rows.iter().filter(|row| row.requirement.id.document == document) {
            let it = &row.requirement;
            let should = if it.level == Level::Should { " (should)" } else { "" };
            let code = |texts: Vec<String>| -> String {
                let code = texts.iter().map(|text| match text.starts_with("case") {
                    true => text.clone(),
                    false => format!("`{text}`"),
                });
                code.collect::<Vec<_>>().join("; ")
            };
            let mut standing = it.standing.name().to_owned();
            if let Some(why) = it.standing.reason() {
                let _ = write!(standing, ": {why}");
            }
            let (sources, tests) = (code(sources(row).collect()), code(tests(row)));
            let cells = [format!("{}{should}", it.id), it.asks.clone(), standing, sources, tests];
            let cells = cells.map(|cell| cell.replace('|', "\\|"));
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

fn sources(row: &Row) -> impl Iterator<Item = String> {
    row.places.iter().filter(|place| place.is_source()).map(Place::to_string)
}

/// The tests; cases by their numbers, all in one.
fn tests(row: &Row) -> Vec<String> {
    let mut cases = Vec::new();
    let mut tests = Vec::new();
    for place in &row.places {
        match place {
            Place::Case(number) => cases.push(number.as_str()),
            Place::Test { .. } => tests.push(place.to_string()),
            Place::Source { .. } | Place::Nowhere { .. } => {}
        }
    }
    cases.sort_by_key(|case| {
        let digits = case.find(|c: char| !c.is_ascii_digit()).unwrap_or(case.len());
        (case[..digits].parse::<u32>().unwrap_or(u32::MAX), &case[digits..])
    });
    match &cases[..] {
        [] => {}
        [case] => tests.insert(0, format!("case {case}")),
        cases => tests.insert(0, format!("cases {}", cases.join(", "))),
    }
    tests
}
