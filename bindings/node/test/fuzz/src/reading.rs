//! What somebody has read on one connection, in words that both sides have.

use std::fmt;

/// A field line: name and value.
pub type Line = (Vec<u8>, Vec<u8>);

/// A request's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The method.
    pub method: Vec<u8>,
    /// The request-target, as it came.
    pub target: Vec<u8>,
    /// Ten times the major version and the minor one.
    pub version: u32,
    /// Field lines, in order.
    pub lines: Vec<Line>,
    /// The connection persists behind this request.
    pub keep_alive: bool,
    /// It asks to leave HTTP.
    pub upgrade: bool,
}

/// Something that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saw {
    /// A request begins.
    Head(Head),
    /// Content, all that has come one after the other.
    Content(Vec<u8>),
    /// A trailer section with lines.
    Trailers(Vec<Line>),
    /// The request is complete.
    End,
}

/// How the reading has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With the stream, where it may end.
    Over,
    /// With the stream, within something.
    Unfinished(String),
    /// With a fault.
    Fault(String),
    /// CONNECT: what follows so many octets is not HTTP.
    Left(usize),
    /// The next request is somebody else's to read.
    HandedOver,
}

/// All that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What was read, in order.
    pub saw: Vec<Saw>,
    /// How it has ended.
    pub ending: Ending,
}

impl Default for Reading {
    fn default() -> Self {
        Self { saw: Vec::new(), ending: Ending::Over }
    }
}

impl Reading {
    /// Notes content: what comes in several pieces is one.
    pub fn content(&mut self, octets: &[u8]) {
        match self.saw.last_mut() {
            Some(Saw::Content(content)) => content.extend_from_slice(octets),
            _ => self.saw.push(Saw::Content(octets.to_vec())),
        }
    }

    /// How many requests have begun.
    pub fn requests(&self) -> usize {
        self.saw.iter().filter(|saw| matches!(saw, Saw::Head(_))).count()
    }

    /// Whether the last request was said to be the last one, and is complete.
    pub fn is_closed(&self) -> bool {
        let last = self.saw.iter().rev().find_map(|saw| match saw {
            Saw::Head(head) => Some(head),
            _ => None,
        });
        last.is_some_and(|head| !head.keep_alive) && self.saw.last() == Some(&Saw::End)
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for saw in &self.saw {
            writeln!(f, "    {saw}")?;
        }
        write!(f, "    {:?}", self.ending)
    }
}

impl fmt::Display for Saw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |f: &mut fmt::Formatter<'_>, lines: &[Line]| {
            lines.iter().try_for_each(|(name, value)| {
                write!(f, " | {}: {}", name.escape_ascii(), value.escape_ascii())
            })
        };
        match self {
            Self::Head(head) => {
                let (method, target) = (head.method.escape_ascii(), head.target.escape_ascii());
                write!(f, "{method} {target} {}", head.version)?;
                lines(f, &head.lines)?;
                f.write_str(if head.keep_alive { " [keeps]" } else { " [closes]" })?;
                f.write_str(if head.upgrade { " [upgrade]" } else { "" })
            }
            Self::Content(octets) => write!(f, "content {}", octets.escape_ascii()),
            Self::Trailers(trailers) => {
                f.write_str("trailers")?;
                lines(f, trailers)
            }
            Self::End => f.write_str("end"),
        }
    }
}
