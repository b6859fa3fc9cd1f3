//! How a request stands, and the sums.

use std::fmt;
use std::ops::AddAssign;

/// How one request stands. See the crate's text for what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Its own receipt came back.
    Answered,
    /// The server made an error of it.
    Refused,
    /// The client left first.
    Left,
    /// Never read whole by the server.
    Apart {
        /// The client had sent all of it.
        sent: bool,
        /// The handler had begun.
        ran: bool,
    },
    /// What must never be.
    Fault(Fault),
}

/// What must never be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Read whole, or owed by the client's judgement; not answered, and the client had not left.
    Lost,
    /// Another request's receipt came back.
    Crossed,
    /// The handler ran twice, or the answer came twice.
    Doubled,
    /// Its own receipt, but of other octets than were sent; or no receipt at all.
    Corrupted,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Crossed => "crossed",
            Self::Doubled => "doubled",
            Self::Corrupted => "corrupted",
        })
    }
}

/// How many requests stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// All of them.
    pub opened: u64,
    /// See [`Standing::Answered`].
    pub answered: u64,
    /// See [`Standing::Refused`].
    pub refused: u64,
    /// See [`Standing::Left`].
    pub left: u64,
    /// See [`Standing::Apart`].
    pub apart: u64,
    /// See [`Fault::Lost`].
    pub lost: u64,
    /// See [`Fault::Crossed`].
    pub crossed: u64,
    /// See [`Fault::Doubled`].
    pub doubled: u64,
    /// See [`Fault::Corrupted`].
    pub corrupted: u64,
    /// Entries under a mark that no client had opened.
    pub forged: u64,
}

impl Balance {
    /// Whether nothing is in it that must never be.
    pub const fn is_clean(&self) -> bool {
        self.lost + self.crossed + self.doubled + self.corrupted + self.forged == 0
    }

    /// Every sum with its name, for reports and records.
    pub fn sums(&self) -> [(&'static str, u64); 10] {
        [
            ("opened", self.opened),
            ("answered", self.answered),
            ("refused", self.refused),
            ("left", self.left),
            ("apart", self.apart),
            ("lost", self.lost),
            ("crossed", self.crossed),
            ("doubled", self.doubled),
            ("corrupted", self.corrupted),
            ("forged", self.forged),
        ]
    }

    pub(crate) const fn add(&mut self, standing: Standing) {
        self.opened += 1;
        *match standing {
            Standing::Answered => &mut self.answered,
            Standing::Refused => &mut self.refused,
            Standing::Left => &mut self.left,
            Standing::Apart { .. } => &mut self.apart,
            Standing::Fault(Fault::Lost) => &mut self.lost,
            Standing::Fault(Fault::Crossed) => &mut self.crossed,
            Standing::Fault(Fault::Doubled) => &mut self.doubled,
            Standing::Fault(Fault::Corrupted) => &mut self.corrupted,
        } += 1;
    }
}

impl AddAssign for Balance {
    /// The books of two rounds together.
    fn add_assign(&mut self, other: Self) {
        self.opened += other.opened;
        self.answered += other.answered;
        self.refused += other.refused;
        self.left += other.left;
        self.apart += other.apart;
        self.lost += other.lost;
        self.crossed += other.crossed;
        self.doubled += other.doubled;
        self.corrupted += other.corrupted;
        self.forged += other.forged;
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} requests: {} answered, {} refused, {} left, {} apart; \
             {} lost, {} crossed, {} doubled, {} corrupted, {} forged",
            self.opened,
            self.answered,
            self.refused,
            self.left,
            self.apart,
            self.lost,
            self.crossed,
            self.doubled,
            self.corrupted,
            self.forged,
        )
    }
}
