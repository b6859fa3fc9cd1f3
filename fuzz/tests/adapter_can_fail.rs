//! The check of the adapter is handed adapters that are wrong in one small way each, and finds that.

use std::sync::Arc;

use fuzz::checks::adapter::{Adapter, Behind};
use fuzz::checks::{Check, Kind};
use fuzz::generate::{Corpus, Generator};
use fuzz::run::look;
use nova_http::{
    Application, Exchange, ExchangeId, Fields, Gone, Incoming, Key, Post, RequestHead, Time,
};

/// What is wrong.
const NOTHING: u8 = 0;
const LAST_FIELD: u8 = 1;
const WHOLE_CONTENT: u8 = 2;
const LAST_OCTET: u8 = 3;
const TRAILERS: u8 = 4;
const END: u8 = 5;
const GONE: u8 = 6;

/// The right adapter, and what it is not told.
struct Spoilt<const WRONG: u8>(Behind);

impl<const WRONG: u8> Application for Spoilt<WRONG> {
    fn attach(&mut self, worker: u16, post: &Arc<dyn Post>) {
        self.0.attach(worker, post);
    }

    fn next_ready(&mut self, now: Time) -> Option<ExchangeId> {
        self.0.next_ready(now)
    }

    fn resume(&mut self, exchange: &mut Exchange<'_>) {
        self.0.resume(exchange);
    }

    fn request(
        &mut self,
        head: &RequestHead<'_>,
        content: Incoming<'_>,
        exchange: &mut Exchange<'_>,
    ) {
        let mut fields: Vec<_> = head.fields.iter().collect();
        if WRONG == LAST_FIELD && fields.len() > 1 {
            fields.pop();
        }
        let head = RequestHead { fields: Fields::from_slices(&fields), ..*head };
        let content = match content {
            Incoming::Whole(octets) if WRONG == WHOLE_CONTENT => Incoming::Whole(&octets[1..]),
            content => content,
        };
        self.0.request(&head, content, exchange);
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        let lost = usize::from(WRONG == LAST_OCTET);
        self.0.content(exchange, &octets[..octets.len() - lost]);
    }

    fn trailers(&mut self, exchange: &mut Exchange<'_>, fields: Fields<'_>) {
        if WRONG != TRAILERS {
            self.0.trailers(exchange, fields);
        }
    }

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        if WRONG != END {
            self.0.end(exchange);
        }
    }

    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        self.0.writable(exchange);
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        if WRONG != GONE {
            self.0.gone(id, why);
        }
    }

    fn closed(&mut self, connection: Key) {
        self.0.closed(connection);
    }
}

/// Whether something is found among the first inputs.
fn finds<const WRONG: u8>(corpus: &Corpus) -> bool {
    let mut generator = Generator::new(corpus.clone());
    let mut check = Adapter::of(Spoilt::<WRONG>);
    (0..1_000).any(|index| {
        let input = generator.input(Kind::Adapter.diet(), 1, index);
        look(&mut check as &mut dyn Check, input).is_err()
    })
}

/// Each of these is found, and nothing where nothing is wrong.
#[test]
fn adapters_that_lose_something_are_found() {
    let corpus = Corpus::of_the_cases().expect("the cases are readable");
    assert!(!finds::<NOTHING>(&corpus), "nothing is wrong");
    assert!(finds::<LAST_FIELD>(&corpus), "the last field line is lost");
    assert!(finds::<WHOLE_CONTENT>(&corpus), "an octet of content that is at hand is lost");
    assert!(finds::<LAST_OCTET>(&corpus), "an octet of content that follows is lost");
    assert!(finds::<TRAILERS>(&corpus), "the trailer section is lost");
    assert!(finds::<END>(&corpus), "the end of the content is lost");
    assert!(finds::<GONE>(&corpus), "a future outlives its client");
}
