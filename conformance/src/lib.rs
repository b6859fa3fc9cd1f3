//! Conversations with required outcomes, and what holds a server to them.
//!
//! `cases/*.md` say what a client sends and what must come of it; `README.md` explains how they are
//! written. The rooms, in the order in which a case walks through them:
//!
//! - [`text`]: octets as people can read and write them;
//! - [`case`] and [`markdown`]: a file becomes cases, a case becomes inputs;
//! - [`in_process`] and [`tcp`]: a server gets an input, cut in some way, and a [`Transcript`] of the
//!   conversation comes back;
//! - [`answers`]: the transcript's octets become answers, read by a parser that is not ours;
//! - [`outcome`] and [`mod@judge`]: is that what was required?
//!
//! [`splits`] holds deliveries of the same octets against each other. [`llhttp`] and [`h2o`] read other projects' test data, where it is at hand.

#![forbid(unsafe_code)]

pub mod answers;
pub mod case;
pub mod h2o;
pub mod in_process;
pub mod judge;
pub mod llhttp;
pub mod markdown;
pub mod outcome;
pub mod server;
pub mod splits;
pub mod tcp;
pub mod text;
pub mod transcript;

pub use answers::Answer;
pub use case::{Input, Step};
pub use judge::judge;
pub use outcome::Outcome;
pub use transcript::{End, Transcript};

use std::path::{Path, PathBuf};

/// Every input of the suite; `NOVA_CASE` in the environment keeps those whose name contains it.
///
/// # Errors
/// The first sentence that is wrong with a file.
pub fn all() -> Result<Vec<Input>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    let mut inputs = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{name}: {error}"))?;
        let cases = markdown::cases(&text).map_err(|error| format!("{name}: {error}"))?;
        for case in cases {
            inputs.extend(case.inputs().map_err(|error| format!("{name}: {error}"))?);
        }
    }
    if let Ok(only) = std::env::var("NOVA_CASE") {
        inputs.retain(|input| input.name.contains(&only));
    }
    Ok(inputs)
}

/// Foreign test data, where it lies beside the repository, or in the folder that `NOVA_FOREIGN` in
/// the environment names.
pub fn foreign(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let path = std::env::var_os("NOVA_FOREIGN").map_or_else(beside, PathBuf::from).join(name);
    path.is_dir().then_some(path)
}
