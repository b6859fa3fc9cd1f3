//! What a handler does with a request. The request-target says it, so that a request tells its own
//! story: `/stream/5000/700/known`.

use std::fmt;
use std::time::Duration;

/// When something happens to a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once.
    First,
    /// While content comes, if there is any.
    Content,
    /// While its own answer is being sent.
    Answer,
    /// When it has answered.
    After,
}

/// What becomes of an answer that was deferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Later {
    /// It is given, some time.
    Answer,
    /// It is given in pieces.
    Pieces,
    /// It is begun in pieces, and then dropped.
    Breaks,
    /// The responder is dropped.
    Drop,
    /// Two responders are made, and both are used.
    Twice,
    /// The responder is kept and never used.
    Never,
}

/// What a handler does. Lengths are octets of the answer behind its receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Answers with borrowed octets.
    Plain(usize),
    /// Answers with octets that have other owners.
    Shared(usize),
    /// Answers with a prepared answer.
    Prepared(usize),
    /// Answers without content, with this status.
    Bare(u16),
    /// Sends 103, then answers.
    Hinted(usize),
    /// Writes its answer in pieces as there is room; says the length first, or not.
    Stream {
        /// Octets behind the receipt.
        length: usize,
        /// Octets of a piece.
        piece: usize,
        /// Whether the length is promised.
        known: bool,
    },
    /// Promises more than it writes.
    Short(usize),
    /// Begins to write and gives up.
    Cut(usize),
    /// Reads content with so much credit at a time, then answers.
    Taste {
        /// Octets of credit.
        credit: usize,
        /// Octets behind the receipt.
        length: usize,
    },
    /// Answers before it has read anything.
    Early(usize),
    /// Promises the answer for later.
    Late(Later, usize),
    /// Panics.
    Panics(When),
    /// Gives an answer that HTTP does not allow.
    Invalid,
    /// Becomes a tunnel that echoes, with so much credit at a time.
    Tunnel(usize),
    /// A future that is ready at once.
    Soon(usize),
    /// A future that sleeps so many milliseconds.
    Sleep(u64, usize),
    /// A future that awaits all content.
    Gather(usize),
    /// A future that reads and writes in pieces.
    Chunks {
        /// Octets behind the receipt.
        length: usize,
        /// Octets of a piece.
        piece: usize,
    },
    /// A future that goes without an answer.
    Forget,
    /// A future that drops its writer.
    Drops(usize),
    /// A future that panics.
    Bursts(When),
    /// A future that is a tunnel.
    Pipe,
}

/// What the client of an act is due, if nothing else comes between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// A receipt.
    Receipt {
        /// With this status.
        status: u16,
        /// Octets behind it.
        length: usize,
        /// The receipt is for the request's content, not for none.
        read: bool,
    },
    /// An answer with the mark and no content.
    Bare(u16),
    /// 500, made by the server.
    Error,
    /// A reset, so that nobody takes the part for the whole.
    Cut,
    /// Nothing.
    Silence,
    /// 101.
    Tunnel,
}

impl Act {
    /// What its client is due.
    pub fn due(self, head: bool) -> Due {
        let receipt = |length, read| Due::Receipt { status: 200, length, read };
        match self {
            Self::Plain(length)
            | Self::Shared(length)
            | Self::Prepared(length)
            | Self::Hinted(length)
            | Self::Stream { length, .. }
            | Self::Taste { length, .. }
            | Self::Gather(length)
            | Self::Chunks { length, .. } => receipt(length, true),
            Self::Early(length) | Self::Soon(length) | Self::Sleep(_, length) => {
                receipt(length, false)
            }
            Self::Late(Later::Answer | Later::Pieces | Later::Twice, length) => {
                receipt(length, true)
            }
            Self::Late(Later::Breaks, _) => Due::Cut,
            Self::Late(Later::Drop, _) => Due::Error,
            Self::Late(Later::Never, _) => Due::Silence,
            Self::Bare(status) => Due::Bare(status),
            // Nothing of the content is sent to HEAD, and so nothing is missing.
            Self::Short(length) if head => receipt(length, true),
            Self::Short(_) | Self::Cut(_) | Self::Drops(_) => Due::Cut,
            Self::Panics(When::Answer) | Self::Bursts(When::Answer) => Due::Cut,
            Self::Panics(When::After) => receipt(0, true),
            Self::Panics(_) | Self::Bursts(_) | Self::Invalid | Self::Forget => Due::Error,
            Self::Tunnel(_) | Self::Pipe => Due::Tunnel,
        }
    }

    /// Whether the handler does what it should not.
    pub fn fails(self) -> bool {
        let fails = |head| matches!(self.due(head), Due::Error | Due::Cut);
        fails(false) || fails(true) || self == Self::Panics(When::After)
    }

    /// Whether it answers from a later moment on only, or never.
    pub const fn is_slow(self) -> bool {
        matches!(self, Self::Late(..) | Self::Sleep(..))
    }

    /// Whether it makes a tunnel.
    pub const fn is_tunnel(self) -> bool {
        matches!(self, Self::Tunnel(_) | Self::Pipe)
    }

    /// Whether it can leave content unread.
    pub const fn ignores_content(self) -> bool {
        matches!(
            self,
            Self::Early(_)
                | Self::Soon(_)
                | Self::Sleep(..)
                | Self::Bursts(_)
                | Self::Forget
                | Self::Drops(_)
                | Self::Pipe
                | Self::Panics(When::Content)
        )
    }

    /// Whether a future answers.
    pub const fn is_async(self) -> bool {
        matches!(
            self,
            Self::Soon(_)
                | Self::Sleep(..)
                | Self::Gather(_)
                | Self::Chunks { .. }
                | Self::Forget
                | Self::Drops(_)
                | Self::Bursts(_)
                | Self::Pipe
        )
    }

    /// How long it sleeps.
    pub const fn sleeps(self) -> Duration {
        match self {
            Self::Sleep(millis, _) => Duration::from_millis(millis),
            _ => Duration::ZERO,
        }
    }

    /// What a request-target says.
    pub fn parse(target: &str) -> Option<Self> {
        let mut words = target.split('/').skip(1);
        let name = words.next()?;
        let words: Vec<&str> = words.collect();
        let number = |at: usize| words.get(at)?.parse::<usize>().ok();
        let when = || When::ALL.into_iter().find(|when| Some(&when.name()) == words.first());
        Some(match name {
            "plain" => Self::Plain(number(0)?),
            "shared" => Self::Shared(number(0)?),
            "prepared" => Self::Prepared(number(0)?),
            "bare" => Self::Bare(number(0)? as u16),
            "hinted" => Self::Hinted(number(0)?),
            "stream" => {
                let known = words.get(2) == Some(&"known");
                Self::Stream { length: number(0)?, piece: number(1)?, known }
            }
            "short" => Self::Short(number(0)?),
            "cut" => Self::Cut(number(0)?),
            "taste" => Self::Taste { credit: number(0)?, length: number(1)? },
            "early" => Self::Early(number(0)?),
            "late" => {
                let later = Later::ALL.into_iter().find(|it| Some(&it.name()) == words.first())?;
                Self::Late(later, number(1)?)
            }
            "panics" => Self::Panics(when()?),
            "invalid" => Self::Invalid,
            "tunnel" => Self::Tunnel(number(0)?),
            "soon" => Self::Soon(number(0)?),
            "sleep" => Self::Sleep(number(0)? as u64, number(1)?),
            "gather" => Self::Gather(number(0)?),
            "chunks" => Self::Chunks { length: number(0)?, piece: number(1)? },
            "forget" => Self::Forget,
            "drops" => Self::Drops(number(0)?),
            "bursts" => Self::Bursts(when()?),
            "pipe" => Self::Pipe,
            _ => return None,
        })
    }
}

impl When {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::First, Self::Content, Self::Answer, Self::After];

    const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Content => "content",
            Self::Answer => "answer",
            Self::After => "after",
        }
    }
}

impl Later {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Answer, Self::Pieces, Self::Breaks, Self::Drop, Self::Twice, Self::Never];

    const fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Pieces => "pieces",
            Self::Breaks => "breaks",
            Self::Drop => "drop",
            Self::Twice => "twice",
            Self::Never => "never",
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(length) => write!(f, "/plain/{length}"),
            Self::Shared(length) => write!(f, "/shared/{length}"),
            Self::Prepared(length) => write!(f, "/prepared/{length}"),
            Self::Bare(status) => write!(f, "/bare/{status}"),
            Self::Hinted(length) => write!(f, "/hinted/{length}"),
            Self::Stream { length, piece, known } => {
                let known = if *known { "known" } else { "unknown" };
                write!(f, "/stream/{length}/{piece}/{known}")
            }
            Self::Short(length) => write!(f, "/short/{length}"),
            Self::Cut(length) => write!(f, "/cut/{length}"),
            Self::Taste { credit, length } => write!(f, "/taste/{credit}/{length}"),
            Self::Early(length) => write!(f, "/early/{length}"),
            Self::Late(later, length) => write!(f, "/late/{}/{length}", later.name()),
            Self::Panics(when) => write!(f, "/panics/{}", when.name()),
            Self::Invalid => f.write_str("/invalid"),
            Self::Tunnel(credit) => write!(f, "/tunnel/{credit}"),
            Self::Soon(length) => write!(f, "/soon/{length}"),
            Self::Sleep(millis, length) => write!(f, "/sleep/{millis}/{length}"),
            Self::Gather(length) => write!(f, "/gather/{length}"),
            Self::Chunks { length, piece } => write!(f, "/chunks/{length}/{piece}"),
            Self::Forget => f.write_str("/forget"),
            Self::Drops(length) => write!(f, "/drops/{length}"),
            Self::Bursts(when) => write!(f, "/bursts/{}", when.name()),
            Self::Pipe => f.write_str("/pipe"),
        }
    }
}
