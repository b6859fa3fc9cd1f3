//! Many clients on one thread: whoever has an event, or wants to go on, has its turn.

use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Registry};

/// How often it is looked for clients for which nothing moves.
const LOOK: Duration = Duration::from_millis(100);

/// What a client has in its turn.
#[derive(Debug)]
pub struct Turn<'a> {
    /// Where connections are registered, under the number of the client.
    pub registry: &'a Registry,
    /// When the turn of all began.
    pub now: Instant,
    /// A buffer to receive into.
    pub scratch: &'a mut [u8],
}

/// What a client wants after its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// An event of its connection.
    Event,
    /// To go on when the others have had their turn.
    Again,
    /// Nothing any more. Said once.
    Done,
}

/// One of the clients.
pub trait Client {
    /// What all of them share.
    type Common;

    /// Does what can be done now.
    fn step(&mut self, turn: &mut Turn<'_>, cx: &mut Self::Common) -> Next;

    /// Called ten times a second: gives up what takes too long. `true` if there was such a thing.
    fn look_at_the_clock(&mut self, now: Instant, cx: &mut Self::Common) -> bool;
}

/// Drives all `clients` until each of them is done. `between` is called again and again.
///
/// # Errors
/// What the kernel says about waiting.
pub fn drive<T: Client>(
    clients: &mut [T],
    cx: &mut T::Common,
    mut between: impl FnMut(&mut T::Common),
) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let registry = poll.registry().try_clone()?;
    let mut scratch = vec![0; 64 * 1024];
    let mut turn = Turn { registry: &registry, now: Instant::now(), scratch: &mut scratch };
    let mut events = Events::with_capacity(1_024);
    let mut ready: Vec<usize> = (0..clients.len()).collect();
    let (mut left, mut again, mut looked) = (clients.len(), Vec::new(), turn.now);
    loop {
        for number in ready.drain(..) {
            match clients[number].step(&mut turn, cx) {
                Next::Event => {}
                Next::Again => again.push(number),
                Next::Done => left -= 1,
            }
        }
        between(cx);
        if left == 0 {
            return Ok(());
        }
        let wait = if again.is_empty() { LOOK } else { Duration::ZERO };
        match poll.poll(&mut events, Some(wait)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => other?,
        }
        turn.now = Instant::now();
        std::mem::swap(&mut ready, &mut again);
        ready.extend(events.iter().map(|event| event.token().0));
        if turn.now - looked >= LOOK {
            looked = turn.now;
            for (number, client) in clients.iter_mut().enumerate() {
                if client.look_at_the_clock(turn.now, cx) {
                    ready.push(number);
                }
            }
        }
        ready.sort_unstable();
        ready.dedup();
    }
}
