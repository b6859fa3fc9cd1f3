//! A made-up tree with five packages; one thing at a time is wrong with it.

use super::*;

const MANIFEST: &str = r#"
[package]
name = "NAME"
description = "It serves"
readme = "README.md"
keywords = ["http"]
categories = ["network-programming"]
include = ["/src/**", "/README.md", "/LICENSE-*"]

[features]
default = ["axum"]
axum = []
json = []
"#;

const PAGE: &str = "# NAME\n\n| `axum` | on | axum |\n| `json` | off | JSON |\n";

const LIBRARY: &str = "//! # Features\n//! - `axum` (on by default): axum.\n\
    //! - `json` (off by default): JSON.\n\n#[doc = include_str!(\"../README.md\")]\nmod readme {}\n";

/// The files of a tree in which nothing is wrong.
fn good() -> Vec<(String, String)> {
    let mut files = vec![("Cargo.toml".to_owned(), "[workspace]\n".to_owned())];
    for folder in PUBLISHED {
        let name = folder.rsplit('/').next().unwrap();
        for (path, text) in [("Cargo.toml", MANIFEST), ("README.md", PAGE), ("src/lib.rs", LIBRARY)]
        {
            files.push((format!("{folder}/{path}"), text.replace("NAME", name)));
        }
        files.extend(LICENCES.map(|it| (format!("{folder}/{it}"), it.to_owned())));
    }
    files.extend(LICENCES.map(|it| (it.to_owned(), it.to_owned())));
    let unpublished = "[package]\nname = \"xtask\"\npublish = false\n";
    files.push(("xtask/Cargo.toml".to_owned(), unpublished.to_owned()));
    files
}

fn problems(files: &[(String, String)]) -> Vec<String> {
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    check(&Tree::of(&files)).unwrap().1
}

/// A tree that is as it should be passes.
#[test]
fn good_packages_pass() {
    assert_eq!(problems(&good()), [""; 0]);
}

/// What would make a package that cannot be published, or does not say what it must, is told.
#[test]
fn what_is_wrong_is_told() {
    for (path, before, after) in [
        ("crates/nova-io/Cargo.toml", "description = \"It serves\"\n", ""),
        ("crates/nova-io/Cargo.toml", "readme = \"README.md\"\n", ""),
        ("crates/nova-io/Cargo.toml", "keywords = [\"http\"]\n", ""),
        ("crates/nova-io/Cargo.toml", "[\"http\"]", "[\"a\", \"b\", \"c\", \"d\", \"e\", \"f\"]"),
        ("crates/nova-io/Cargo.toml", "[\"network-programming\"]", "[]"),
        ("crates/nova-io/Cargo.toml", ", \"/LICENSE-*\"", ""),
        ("crates/nova-io/Cargo.toml", "\n[features]", "publish = false\n[features]"),
        ("crates/nova-io/LICENSE-MIT", "LICENSE", "LICENCE"),
        ("crates/nova-io/src/lib.rs", "../README.md", "../../../README.md"),
        ("crates/nova-io/src/lib.rs", "../README.md", "../tests/a.rs"),
        ("crates/nova-io/README.md", "# nova-io", "# nova"),
        ("crates/nova-io/README.md", "| `json` | off |", "| `json` | on |"),
        ("crates/nova-io/src/lib.rs", "`axum` (on ", "`axum` (off "),
        ("crates/nova-io/src/lib.rs", "//! - `json`", "//! `json`"),
        ("xtask/Cargo.toml", "publish = false", ""),
    ] {
        let mut files = good();
        let (_, text) = files.iter_mut().find(|(it, _)| it == path).unwrap();
        assert!(text.contains(before), "{path} has no {before}");
        *text = text.replace(before, after);
        assert_eq!(problems(&files).len(), 1, "{path}: {before} is {after}");
    }
}

/// A feature that nobody has written about is told twice: its page and its documentation lack it.
#[test]
fn a_feature_is_named_in_both_places() {
    let mut files = good();
    let (_, text) = files.iter_mut().find(|(it, _)| it == "crates/nova-http/Cargo.toml").unwrap();
    text.push_str("secret = []\n");
    assert_eq!(problems(&files).len(), 2);
}

/// A package that has moved away is no package.
#[test]
fn all_of_them_are_there() {
    let files: Vec<_> =
        good().into_iter().filter(|(path, _)| !path.starts_with("crates/nova-tower/")).collect();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert!(check(&Tree::of(&files)).is_err());
}
