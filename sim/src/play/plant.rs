//! Faults that a test plants, so that each oracle is seen to find something.

/// What goes wrong on purpose, in what is seen of the server or in how it is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A client takes another octet than the server has sent.
    Octet,
    /// A client forgets that it has left an answer unread: its request is lost.
    Lost,
    /// Something of a handler's is never dropped.
    Kept,
    /// The oracles believe in shorter deadlines than the server does.
    Hasty,
    /// The oracles believe in longer deadlines than the server does.
    Patient,
    /// The application sees content of an exchange that is not open.
    Callback,
    /// A worker is not turned although it was woken.
    Asleep,
    /// A worker says that it has work left, and has none.
    Restless,
    /// A request is counted twice.
    Miscounted,
    /// A failure is told that nobody has had.
    MadeUp,
    /// A turn panics.
    Panic,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Octet,
        Self::Lost,
        Self::Kept,
        Self::Hasty,
        Self::Patient,
        Self::Callback,
        Self::Asleep,
        Self::Restless,
        Self::Miscounted,
        Self::MadeUp,
        Self::Panic,
    ];
}
