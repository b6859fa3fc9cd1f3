//! The files of the repository that the chores look at.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What is not looked at: what was built.
const LEFT_OUT: [&str; 1] = ["target"];
/// Where only manifests are looked at, since the rest belongs to nobody's proof. The chores' own tests
/// cite requirements that do not exist.
const MANIFESTS_ONLY: [&str; 2] = ["bench/", "xtask/"];
const KINDS: [&str; 3] = ["rs", "md", "toml"];

/// Texts by their path from the root, with `/` between folders. They are read once; a chore that is
/// tested gets a tree that was made up.
#[derive(Debug, Default)]
pub struct Tree {
    root: PathBuf,
    texts: BTreeMap<String, String>,
}

impl Tree {
    /// The root of this repository.
    pub fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// Reads the tree below `root`.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn read(root: PathBuf) -> Result<Self> {
        let mut tree = Self { root, texts: BTreeMap::new() };
        tree.walk("")?;
        Ok(tree)
    }

    /// Reads a folder; the root is the one without a name.
    fn walk(&mut self, folder: &str) -> Result<()> {
        let entries = fs::read_dir(self.root.join(folder)).with_context(|| folder.to_owned())?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let kind = entry.file_type()?;
            if kind.is_dir() && !name.starts_with('.') && !LEFT_OUT.contains(&name.as_str()) {
                self.walk(&path)?;
            } else if is_wanted(&path, &name) && self.root.join(&path).is_file() {
                // A link to a file is that file: packages have their licences so.
                self.take(&path)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, path: &str) -> Result<()> {
        let text = fs::read_to_string(self.root.join(path)).with_context(|| path.to_owned())?;
        self.texts.insert(path.to_owned(), text);
        Ok(())
    }

    /// A tree that was made up.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let texts = files.iter().map(|&(path, text)| (path.to_owned(), text.to_owned()));
        Self { root: PathBuf::new(), texts: texts.collect() }
    }

    /// The text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// All files with their texts, in the order of their paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Writes a file.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<()> {
        fs::write(self.root.join(path), text).with_context(|| path.to_owned())
    }
}

/// Whether the chores want to see a file.
fn is_wanted(path: &str, name: &str) -> bool {
    if MANIFESTS_ONLY.iter().any(|folder| path.starts_with(folder)) {
        return name == "Cargo.toml";
    }
    let kind = name.rsplit_once('.').map_or("", |(_, kind)| kind);
    KINDS.contains(&kind) || name.starts_with("LICENSE-")
}
