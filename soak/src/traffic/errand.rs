//! What a request is for: the first segment of its path, and what must come back.

use crate::service::Door;

/// What a request asks of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errand {
    /// The first segment of its path.
    pub name: &'static str,
    /// What must come back.
    pub gives: Gives,
}

/// What the handler of an errand gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// The receipt of the content.
    Receipt,
    /// The receipt of no content: it answers without reading any, perhaps before all was sent.
    Blank,
    /// The receipt of the content, as an error: 500.
    Failure,
    /// Nothing: it destroys the connection.
    End,
}

impl Errand {
    /// What a server in JavaScript is asked for (`bindings/node/test/ledger`), each of them as often
    /// as it stands here: more than half are answered after an `await` or a turn.
    pub const JAVASCRIPT: [Self; 12] = [
        Self::of("whole", Gives::Receipt),
        Self::of("awaited", Gives::Receipt),
        Self::of("awaited", Gives::Receipt),
        Self::of("later", Gives::Receipt),
        Self::of("flow", Gives::Receipt),
        Self::of("flow", Gives::Receipt),
        Self::of("piped", Gives::Receipt),
        Self::of("paused", Gives::Receipt),
        Self::of("early", Gives::Receipt),
        Self::of("ignored", Gives::Blank),
        Self::of("failing", Gives::Failure),
        Self::of("run", Gives::Receipt),
    ];

    /// What destroys its connection there.
    pub const DESTROYED: Self = Self::of("destroyed", Gives::End);

    const fn of(name: &'static str, gives: Gives) -> Self {
        Self { name, gives }
    }
}

impl From<Door> for Errand {
    fn from(door: Door) -> Self {
        Self::of(door.name(), Gives::Receipt)
    }
}
