//! Which handler a request is for: the first segment of its path.

/// A kind of handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A function that gets all of the content and answers at once.
    Whole,
    /// A function that gets all of the content and writes its answer in pieces.
    Stream,
    /// A flow that gets the content in pieces.
    Flow,
    /// A function whose answer comes from another thread.
    Deferred,
    /// A function whose answer comes from another thread, in pieces.
    DeferredPieces,
    /// A future that waits for all of the content.
    Future,
    /// A future that takes the content in pieces, sleeps, and writes its answer in pieces.
    FuturePieces,
}

impl Door {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Whole,
        Self::Stream,
        Self::Flow,
        Self::Deferred,
        Self::DeferredPieces,
        Self::Future,
        Self::FuturePieces,
    ];

    /// Its segment.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Stream => "stream",
            Self::Flow => "flow",
            Self::Deferred => "deferred",
            Self::DeferredPieces => "deferred-pieces",
            Self::Future => "future",
            Self::FuturePieces => "future-pieces",
        }
    }

    /// Whether its handler is a future.
    pub(super) const fn is_async(self) -> bool {
        matches!(self, Self::Future | Self::FuturePieces)
    }

    /// The handler that `path` is for, and how many octets are to follow the receipt.
    pub(super) fn of(path: &[u8]) -> Option<(Self, usize)> {
        let path = std::str::from_utf8(path).ok()?;
        let (name, fill) = path.strip_prefix('/')?.split_once('/')?;
        let door = Self::ALL.into_iter().find(|door| door.name() == name)?;
        Some((door, fill.parse().ok()?))
    }
}
