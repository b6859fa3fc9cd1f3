//! `report`: one page that says what was compared and who won, and pictures for a README, out of the
//! records of a folder.
//!
//! `report/input.rs` reads the records, `report/contest.rs` tells the field, `report/stairs.rs` the ladder,
//! `report/memory.rs` the sustained run; how it looks is said in `templates/`.

mod contest;
mod input;
mod memory;
mod number;
mod stairs;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use askama::Template;
use clap::Args;

use contest::Contest;
use input::Records;
use memory::Memory;
use stairs::Stairs;

use crate::record;

/// One self-contained page, and pictures for a README, out of what was recorded.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The folder with the records. Without it: bench/record/.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,

    /// Where the page and the pictures go. Without it: beside the records.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
}

/// The page.
#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    contest: Option<Contest>,
    stairs: Option<Stairs>,
    memories: Vec<Memory>,
    machines: Vec<Machine>,
}

/// The field for a README: Nova against the best of the others, workload by workload.
#[derive(Template)]
#[template(path = "field.svg", escape = "html")]
struct FieldPicture<'a> {
    contest: &'a Contest,
}

/// The ladder for a README.
#[derive(Template)]
#[template(path = "ladder.svg", escape = "html")]
struct LadderPicture<'a> {
    stairs: &'a Stairs,
}

/// What a record was measured on, and with.
#[derive(Debug)]
struct Machine {
    kind: String,
    lines: Vec<(String, String)>,
}

/// Reads the records and writes what they say.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let from = options.from.clone().unwrap_or_else(record::folder);
    let to = options.to.clone().unwrap_or_else(|| from.clone());
    let records = Records::read(&from)?;
    ensure!(
        !records.is_empty(),
        "there is no record in {}; measure with --record.",
        from.display()
    );
    for (name, text) in render(&records)? {
        let file = to.join(name);
        record::write(&file, &text)?;
        println!("{}", file.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Every file by its name.
fn render(records: &Records) -> anyhow::Result<Vec<(&'static str, String)>> {
    let page = Page {
        contest: records.field.as_ref().map(Contest::of),
        stairs: records.ladder.as_ref().and_then(Stairs::of),
        memories: records.sustained.iter().filter_map(Memory::of).collect(),
        machines: records.machines(),
    };
    let mut files = vec![("report.html", page.render()?)];
    if let Some(contest) = &page.contest {
        files.push(("field.svg", FieldPicture { contest }.render()?));
    }
    if let Some(stairs) = &page.stairs {
        files.push(("ladder.svg", LadderPicture { stairs }.render()?));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn fixtures() -> Records {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/invented");
        Records::read(&folder).unwrap()
    }

    fn file(records: &Records, name: &str) -> String {
        let files = render(records).unwrap();
        files.into_iter().find(|(other, _)| *other == name).unwrap().1
    }

    /// The page needs nothing from anywhere: no address is in it but those of name spaces.
    #[test]
    fn the_page_is_self_contained() {
        let page = file(&fixtures(), "report.html");
        for outside in ["<script src", "<link", "@import", "url(", "<img src=\"http"] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("prefers-color-scheme: dark"));
    }

    /// A loss is on the page as a win is, and so is who was not measured, and what somebody leaves out.
    #[test]
    fn losses_and_absences_are_shown() {
        let page = file(&fixtures(), "report.html");
        for expected in [
            "behind may_minihttp",
            "ahead of",
            "not measured: it is not installed",
            "ignores Transfer-Encoding",
        ] {
            assert!(page.contains(expected), "{expected}");
        }
    }

    /// What others wrote into a record is text on the page, whatever it looks like.
    #[test]
    fn text_is_escaped() {
        let mut records = fixtures();
        let rows = &mut records.field.as_mut().unwrap().workloads[0].rows;
        rows[0].remarks.push("adds `server: <script>`".to_owned());
        rows[1].title = "<b>bold</b>".to_owned();
        for name in ["report.html", "field.svg"] {
            let text = file(&records, name);
            assert!(!text.contains("<script>") && !text.contains("<b>bold"), "{name}");
        }
    }

    /// A record that is not there is a part that is not there.
    #[test]
    fn parts_may_be_missing() {
        let mut records = fixtures();
        records.field = None;
        let files = render(&records).unwrap();
        assert_eq!(
            files.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
            ["report.html", "ladder.svg"]
        );
        records.ladder = None;
        records.sustained.clear();
        assert!(records.is_empty());
    }
}
