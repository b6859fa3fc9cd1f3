//! The list of mutants: files of TOML in `list/`, one for each kind of fault.

use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

/// What the handlers of the simulated server are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handlers {
    /// The engine's own.
    #[default]
    Engine,
    /// A tower service.
    Tower,
}

impl Handlers {
    /// As the simulator is told.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Tower => "tower",
        }
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mutant {
    /// What it is called.
    pub name: String,
    /// What it breaks, in a sentence.
    pub breaks: String,
    /// What somebody who uses the server would suffer.
    pub suffers: String,
    /// The file, from the root of the tree.
    pub file: PathBuf,
    /// What the server's handlers are: the engine's own, or a tower service.
    #[serde(default)]
    pub handlers: Handlers,
    /// Which oracle is expected to find it.
    pub oracle: String,
    /// What stands in the file, once.
    pub before: String,
    /// What stands there instead.
    pub after: String,
}

#[derive(Deserialize)]
struct Kind {
    mutant: Vec<Mutant>,
}

impl Mutant {
    /// The file's text with the fault in it.
    ///
    /// # Errors
    /// The text to be replaced is not there exactly once: the engine has changed since.
    pub fn apply(&self, text: &str) -> Result<String, String> {
        match text.matches(&self.before).count() {
            1 => Ok(text.replacen(&self.before, &self.after, 1)),
            count => Err(format!(
                "{}: its text is there {count} times in {}",
                self.name,
                self.file.display()
            )),
        }
    }
}

/// All mutants, in the order of the files' names.
///
/// # Errors
/// The list cannot be read, or is none.
pub fn load() -> io::Result<Vec<Mutant>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("list");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|it| it.path())).collect::<io::Result<_>>()?;
    files.sort();
    let mut mutants = Vec::new();
    for file in files {
        let kind: Kind = toml::from_str(&fs::read_to_string(&file)?)
            .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))?;
        mutants.extend(kind.mutant);
    }
    Ok(mutants)
}

/// Those of `all` that are named; all, if nobody is.
///
/// # Errors
/// A name that no mutant has.
pub fn choose(all: Vec<Mutant>, names: &[String]) -> Result<Vec<Mutant>, String> {
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|it| it.name == **name)) {
        return Err(format!("there is no mutant {unknown}"));
    }
    Ok(all.into_iter().filter(|it| names.is_empty() || names.contains(&it.name)).collect())
}
