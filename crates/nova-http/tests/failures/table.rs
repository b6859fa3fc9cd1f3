//! All cells: those that can be are provoked, the others have a reason.

use nova_http::Phase::{
    self, Accept, Answer, Content, Handler, Handshake, Head, Idle, Linger, Tunnel,
};
use nova_http::Reason::{
    self, Aborted, BrokenPromise, Crowded, Incomplete, InvalidAnswer, Malformed, Panicked, Reset,
    Shed, Stalled, Stopped, TimedOut, TooLarge, Unanswered, Unopened,
};

use crate::{Case, application, client, server, time};

/// Every cell that can be.
pub(crate) fn cases() -> Vec<Case> {
    [client::cases(), time::cases(), application::cases(), server::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// Every cell that cannot be, and why.
pub(crate) const IMPOSSIBLE: &[(Reason, &[Phase], &str)] = &[
    (Reset, &[Accept], "who resets before being accepted is no connection yet"),
    (Incomplete, &[Accept, Idle], "an end is allowed between requests, and nothing is read before"),
    (Incomplete, &[Handler], "the request is complete: its client may end its stream"),
    (Incomplete, &[Tunnel], "an end is the application's to judge"),
    (Incomplete, &[Linger], "the end is what is waited for"),
    (Malformed, &[Accept, Handshake], "HTTP has not begun; see unopened"),
    (Malformed, &[Idle], "an octet that is wrong is an octet of a head"),
    (Malformed, &[Handler], "nothing is read while the application is waited for"),
    (Malformed, &[Tunnel, Linger], "no messages are read any more"),
    (TooLarge, &[Accept, Handshake], "HTTP has not begun; see unopened"),
    (TooLarge, &[Idle], "an octet that is too many is an octet of a head"),
    (TooLarge, &[Handler], "nothing is read while the application is waited for"),
    (TooLarge, &[Tunnel, Linger], "no messages are read any more"),
    (TimedOut, &[Accept], "the handshake's or the idle time begins with the connection"),
    (TimedOut, &[Idle, Linger], "that such a time ends is not a failure"),
    (Stalled, &[Accept, Handshake], "nothing has been sent"),
    (Stalled, &[Idle, Head, Content, Handler], "an answer that is not taken is under way"),
    (Stalled, &[Linger], "lingering begins when everything has been taken"),
    (Panicked, &[Accept, Idle, Linger], "callbacks about no exchange count as callback_panics"),
    (Panicked, &[Handshake, Head], "no application is called"),
    (Panicked, &[Content], "while content comes it is the application that runs: handler"),
    (Unanswered, &[Accept, Handshake, Idle, Head, Linger], "there is no exchange"),
    (Unanswered, &[Content], "the application may still answer"),
    (Unanswered, &[Answer, Tunnel], "it has answered"),
    (InvalidAnswer, &[Accept, Handshake, Idle, Head, Linger], "there is no exchange"),
    (InvalidAnswer, &[Content], "while content comes it is the application that runs: handler"),
    (InvalidAnswer, &[Tunnel], "the answer was valid"),
    (BrokenPromise, &[Accept, Handshake, Idle, Head, Linger], "there is no exchange"),
    (BrokenPromise, &[Content, Handler], "nothing has been promised"),
    (BrokenPromise, &[Tunnel], "a tunnel has no length"),
    (Aborted, &[Accept, Handshake, Idle, Head, Linger], "there is no exchange"),
    (Aborted, &[Content], "while content comes it is the application that runs: handler"),
    (Stopped, &[Accept], "connections that are handed over are served like the others"),
    (Stopped, &[Handshake, Idle, Linger], "nothing is owed: closing costs nobody anything"),
    (Shed, &[Accept], "nothing is held"),
    (Shed, &[Linger], "nothing is kept of what is discarded"),
    (Crowded, &[Handshake, Idle, Head, Content], "decided before anything is read"),
    (Crowded, &[Handler, Answer, Tunnel, Linger], "decided before anything is read"),
    (Unopened, &[Accept], "nothing has been read"),
    (Unopened, &[Idle, Head, Content, Handler], "a PROXY header comes first; TLS may fail later"),
    (Unopened, &[Answer, Tunnel, Linger], "a PROXY header comes first; TLS may fail later"),
];
