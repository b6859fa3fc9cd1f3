//! The packages against the tree: what is published can be, and says what somebody has to know.
//!
//! Published is what `PUBLISHED` lists and nothing else. Such a package describes itself, carries its
//! own page and both licences, holds nothing but its sources, reaches for no file outside of itself, and
//! names each of its features in `src/lib.rs` and on its page with whether it is on by default. Whether
//! the packages compile is Cargo's to say (`.ci/packages`).

mod manifest;

use anyhow::{Context, Result};

use crate::Tree;
use manifest::{Manifest, Package};

/// The folders of what is published, in the order in which they depend on each other.
const PUBLISHED: [&str; 5] = [
    "crates/nova-http1",
    "crates/nova-io",
    "crates/nova-http",
    "crates/nova-tower",
    "crates/nova-cli",
];

const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// What a package holds. Tests need crates that are not published.
const INCLUDE: [&str; 3] = ["/src/**", "/README.md", "/LICENSE-*"];

/// How many packages there are, and what is wrong.
///
/// # Errors
/// A manifest that is none, or is not there.
pub fn check(tree: &Tree) -> Result<(String, Vec<String>)> {
    let mut problems = Vec::new();
    let mut unpublished = 0;
    for (path, text) in tree.files() {
        let Some(folder) = path.strip_suffix("/Cargo.toml") else { continue };
        let manifest: Manifest = toml::from_str(text).with_context(|| path.to_owned())?;
        let Some(package) = &manifest.package else { continue };
        match (PUBLISHED.contains(&folder), package.is_published()) {
            (true, true) => problems.extend(faults(tree, folder, package, &manifest)),
            (true, false) => problems.push(format!("{path}: it is to be published")),
            (false, true) => problems.push(format!("{path}: it says no `publish = false`")),
            (false, false) => unpublished += 1,
        }
    }
    for folder in PUBLISHED {
        tree.text(&format!("{folder}/Cargo.toml")).with_context(|| folder.to_owned())?;
    }
    let published = PUBLISHED.len();
    Ok((format!("{published} packages are published, {unpublished} are not\n"), problems))
}

/// What is wrong with a package that is published.
fn faults(tree: &Tree, folder: &str, package: &Package, manifest: &Manifest) -> Vec<String> {
    let mut faults = Vec::new();
    let name = &package.name;
    let mut require = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{folder} ({name}): {what}"));
        }
    };
    require(!package.description.is_empty(), "no description");
    require(package.readme == "README.md", "its readme is not its README.md");
    require((1..=5).contains(&package.keywords.len()), "one to five keywords are allowed");
    require((1..=5).contains(&package.categories.len()), "one to five categories are allowed");
    require(package.include == INCLUDE, "its include is not what packages hold");
    for licence in LICENCES {
        let own = tree.text(&format!("{folder}/{licence}"));
        require(
            own.is_some() && own == tree.text(licence),
            &format!("{licence} is not the root's"),
        );
    }
    for (path, text) in tree.files().filter(|(path, _)| path.starts_with(&format!("{folder}/src/")))
    {
        for file in included(text).filter(|file| leaves(path, file, folder)) {
            require(false, &format!("{path} includes {file}, which is not in the package"));
        }
    }
    let page = tree.text(&format!("{folder}/README.md")).unwrap_or_default();
    require(page.starts_with(&format!("# {name}\n")), "its README.md does not begin with its name");
    let documentation = tree.text(&format!("{folder}/src/lib.rs")).unwrap_or_default();
    for (feature, on) in manifest.features() {
        let default = if on { "on" } else { "off" };
        let row = format!("\n| `{feature}` | {default} | ");
        require(page.contains(&row), &format!("no row {:?} in README.md", row.trim()));
        let line = format!("\n//! - `{feature}` ({default} by default): ");
        require(documentation.contains(&line), &format!("no {:?} in src/lib.rs", line.trim()));
    }
    faults
}

/// The files that a source includes, as it writes them.
fn included(text: &str) -> impl Iterator<Item = &str> {
    text.split("include").skip(1).filter_map(|rest| {
        let call =
            ["_str!(\"", "_bytes!(\"", "!(\""].iter().find_map(|it| rest.strip_prefix(it))?;
        call.split_once('"').map(|(file, _)| file)
    })
}

/// Whether `file`, seen from the source at `path`, is outside of what the package in `folder` holds.
fn leaves(path: &str, file: &str, folder: &str) -> bool {
    let mut at: Vec<_> = path.split('/').collect();
    at.pop();
    for part in file.split('/') {
        match part {
            "." => {}
            ".." => drop(at.pop()),
            _ => at.push(part),
        }
    }
    let at = at.join("/");
    !at.starts_with(&format!("{folder}/src/")) && at != format!("{folder}/README.md")
}

#[cfg(test)]
mod tests;
