//! What is counted adds up, and is what was seen.

use std::rc::Rc;

use nova_http::{Counters, Reason};

use super::Oracle;
use crate::play::Books;

/// What others have counted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) connected: u64,
    pub(crate) closed: u64,
    pub(crate) requests: u64,
    pub(crate) accept_failures: u64,
    pub(crate) adopt_failures: u64,
    pub(crate) failures: u64,
    /// Answers that `on_response` was told of, if it watches.
    pub(crate) responses: Option<u64>,
    /// Octets that clients have written and taken.
    pub(crate) written: u64,
    pub(crate) taken: u64,
}

/// The server has come to rest.
pub(crate) fn end(total: &Counters, seen: &Seen, books: &Rc<Books>) {
    let equal = |what: &str, counted: u64, expected: u64| {
        if counted != expected {
            books.wrong(Oracle::Counters, format!("{what}: {counted} counted, {expected} seen"));
        }
    };
    let failures: u64 = total.failures.all().map(|(_, _, count)| count).sum();
    let crowded = total.failures.by_reason(Reason::Crowded);
    let taken_in = total.accepted.get() - crowded - seen.adopt_failures;
    equal("connections", total.connections.get(), seen.connected);
    equal("connections of those accepted", total.connections.get(), taken_in);
    equal("closed", total.closed.get(), seen.closed);
    equal("closed of those connected", total.closed.get(), total.connections.get());
    equal("requests", total.requests.get(), seen.requests);
    equal(
        "accept failures",
        total.accept_failures.get(),
        seen.accept_failures + seen.adopt_failures,
    );
    equal("failures", failures, seen.failures);
    equal("panics of callbacks", total.callback_panics.get(), 0);
    if let Some(responses) = seen.responses {
        equal("answers that were watched", responses, seen.requests);
    }
    let at_most = |what: &str, less: u64, more: u64| {
        if less > more {
            books.wrong(Oracle::Counters, format!("{what}: {less} of {more}"));
        }
    };
    let answers = [&total.answers_2xx, &total.answers_3xx, &total.answers_4xx, &total.answers_5xx];
    let answers = answers.into_iter().map(nova_http::Counter::get).sum::<u64>();
    // To HEAD, an answer that is cut is whole.
    at_most("answers taken", books.answers.get(), answers + total.answers_cut.get());
    at_most("tunnels seen", books.tunnels.get(), total.tunnels.get());
    // What was refused before the application saw it has been told of.
    let outcomes = answers + total.answers_cut.get() + total.tunnels.get();
    at_most("outcomes", outcomes, total.requests.get() + failures);
    at_most("octets in", total.octets_in.get(), seen.written);
    at_most("octets taken", seen.taken, total.octets_out.get());
}
