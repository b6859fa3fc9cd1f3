//! What the RFCs ask of a server: `docs/compliance.toml`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result};
use serde::Deserialize;

/// The file with the list.
pub(crate) const PATH: &str = "docs/compliance.toml";

/// The RFCs that the list is about.
pub(crate) const DOCUMENTS: [u16; 2] = [9112, 9110];

/// A requirement's name: `9112-6.3-a` is the first one of RFC 9112 §6.3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub(crate) document: u16,
    pub(crate) section: Vec<u16>,
    letter: char,
}

impl FromStr for Id {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no id such as 9112-6.3-a");
        let mut parts = text.split('-');
        let (Some(document), Some(section), Some(letter), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let document = document.parse().map_err(|_| wrong())?;
        let section: Result<_, _> = section.split('.').map(str::parse).collect();
        let letter = letter.parse().ok().filter(char::is_ascii_lowercase).ok_or_else(wrong)?;
        match DOCUMENTS.contains(&document) {
            true => Ok(Self { document, section: section.map_err(|_| wrong())?, letter }),
            false => Err(wrong()),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let section: Vec<_> = self.section.iter().map(u16::to_string).collect();
        write!(f, "{}-{}-{}", self.document, section.join("."), self.letter)
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// How strongly it is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// MUST, MUST NOT, SHALL, REQUIRED.
    #[default]
    Must,
    /// SHOULD, SHOULD NOT, and what a server "ought to".
    Should,
}

/// How we stand to it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    /// The engine does it: a place in the sources and a test say so.
    Obeyed,
    /// It falls on whoever writes the application, and why.
    Application(String),
    /// Nothing that Nova does is concerned, and why.
    NotApplicable(String),
    /// We do something else, and why. A place in the sources and a test say so.
    Departed(String),
}

impl Standing {
    /// Its name in reports.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Obeyed => "obeyed",
            Self::Application(_) => "left to the application",
            Self::NotApplicable(_) => "not applicable",
            Self::Departed(_) => "departed",
        }
    }

    /// Why it is not simply obeyed.
    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Self::Obeyed => None,
            Self::Application(why) | Self::NotApplicable(why) | Self::Departed(why) => Some(why),
        }
    }

    /// Whether a place in the sources and a test must cite it.
    pub(crate) fn needs_proof(&self) -> bool {
        matches!(self, Self::Obeyed | Self::Departed(_))
    }
}

/// One requirement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requirement {
    pub(crate) id: Id,
    #[serde(default)]
    pub(crate) level: Level,
    /// What is asked for, in our words.
    pub(crate) asks: String,
    pub(crate) standing: Standing,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    requirement: Vec<Requirement>,
}

/// Reads the list, and says which ids are in it more than once, and what is out of order.
pub(crate) fn parse(text: &str) -> Result<(Vec<Requirement>, Vec<String>)> {
    let List { requirement: list } = toml::from_str(text).context(PATH)?;
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for Requirement { id, asks, standing, .. } in &list {
        if !seen.insert(id) {
            problems.push(format!("{id} is listed twice"));
        }
        if asks.trim().is_empty() || standing.reason().is_some_and(|why| why.trim().is_empty()) {
            problems.push(format!("{id} says nothing"));
        }
    }
    Ok((list, problems))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An id is a document, a section and a letter.
    #[test]
    fn ids_are_read() {
        for good in ["9112-6.3-a", "9110-15.3.7.2-z", "9110-8-b"] {
            assert_eq!(good.parse::<Id>().unwrap().to_string(), good);
        }
        for bad in
            ["", "9112-6.3", "9112-6.3-", "9112-6.3-A", "9112-6.3-ab", "9112-6.-a", "9111-1-a"]
        {
            assert!(bad.parse::<Id>().is_err(), "{bad}");
        }
    }

    /// Sections are numbers and not text.
    #[test]
    fn ids_have_an_order() {
        let id = |text: &str| text.parse::<Id>().unwrap();
        assert!(id("9112-9.3-a") < id("9112-10.1-a"));
        assert!(id("9110-9-b") < id("9110-9.3-a"));
    }

    /// What is not obeyed has a reason, and nothing is said twice.
    #[test]
    fn a_list_is_read() {
        let (list, problems) = parse(
            "[[requirement]]\nid = '9112-6.3-a'\nasks = 'x'\nstanding = 'obeyed'\n\
             [[requirement]]\nid = '9112-6.3-b'\nasks = 'y'\nlevel = 'should'\n\
             standing.departed = 'because'\n",
        )
        .unwrap();
        assert!(problems.is_empty());
        assert_eq!(list[0].standing, Standing::Obeyed);
        assert_eq!(list[1].standing, Standing::Departed("because".into()));
        assert_eq!((list[0].level, list[1].level), (Level::Must, Level::Should));

        let row = "[[requirement]]\nid = '9112-6.3-a'\nasks = 'x'\n";
        for bad in ["standing = 'departed'\n", "standing = 'fine'\n", "", "obeyed = true\n"] {
            assert!(parse(&format!("{row}{bad}")).is_err(), "{bad}");
        }
        let twice = format!("{row}standing = 'obeyed'\n").repeat(2);
        assert_eq!(parse(&twice).unwrap().1, ["9112-6.3-a is listed twice"]);
        let silent = format!("{row}standing.application = ' '\n");
        assert_eq!(parse(&silent).unwrap().1, ["9112-6.3-a says nothing"]);
    }
}
