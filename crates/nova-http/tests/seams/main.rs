//! The seams hold: a transport with records, a protocol with interleaved exchanges and a tunnel
//! through both run on the worker as it is, over the simulated network.
//!
//! TLS, HTTP/2 and WebSocket will come through these seams; what they need is tried here with the
//! smallest things that need the same: a handshake and records that do not match the network's
//! pieces (`record`), four exchanges at once that are answered in another order (`toy`), and octets
//! without messages after them.

mod record;
mod toy;

use std::collections::HashMap;
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{
    Answer, Application, Exchange, ExchangeId, Fields, Gone, Incoming, Limits, Opening,
    OwnedAnswer, RequestHead, Responder, Stack, Status,
};
use nova_io::sim::{ClientState, Network};

use record::{Record, RecordClient};
use toy::Toy;

struct ToyOverRecords;

impl Stack for ToyOverRecords {
    type Transport = Record;
    type Protocol = Toy;

    fn open(&mut self, _: &Opening<'_>) -> (Record, Toy) {
        (Record::default(), Toy::new())
    }
}

/// Answers in an order that is not the order of the requests:
/// `/now` at once, `/echo` with its content when that is complete, `/later` when `/release` asks
/// for it, through its responder; what is neither is a tunnel that shouts back.
#[derive(Default)]
struct Interleaving {
    contents: HashMap<u32, Vec<u8>>,
    later: Option<Responder>,
    tunnels: Vec<ExchangeId>,
    gone: Vec<(u32, Gone)>,
    closed: usize,
}

impl Application for Interleaving {
    fn request(&mut self, head: &RequestHead<'_>, _: Incoming<'_>, exchange: &mut Exchange<'_>) {
        match head.path() {
            b"/now" => exchange.respond(&Answer::new(Status::OK).bytes(b"at once")).unwrap(),
            b"/later" => self.later = Some(exchange.defer()),
            b"/release" => {
                let later = self.later.take().expect("/later came before");
                // From another thread, as deferred answers do.
                std::thread::spawn(move || {
                    later.respond(OwnedAnswer::new(Status::OK, "released")).unwrap();
                })
                .join()
                .unwrap();
                exchange.respond(&Answer::new(Status::OK).bytes(b"done")).unwrap();
            }
            b"/echo" => {
                self.contents.insert(exchange.id().number, Vec::new());
                exchange.grant(1 << 20);
            }
            b"/tunnel" => {
                self.tunnels.push(exchange.id());
                exchange.grant(8);
            }
            path => panic!("nobody asks for {path:?}"),
        }
    }

    fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
        if self.tunnels.contains(&exchange.id()) {
            assert!(octets.len() <= 8, "never more than was granted");
            let shouted = octets.to_ascii_uppercase();
            assert_eq!(exchange.write(&shouted).unwrap().octets, shouted.len());
            exchange.grant(octets.len() as u64);
        } else {
            self.contents.get_mut(&exchange.id().number).unwrap().extend_from_slice(octets);
        }
    }

    fn trailers(&mut self, _: &mut Exchange<'_>, _: Fields<'_>) {}

    fn end(&mut self, exchange: &mut Exchange<'_>) {
        match self.contents.remove(&exchange.id().number) {
            Some(content) => {
                exchange.respond(&Answer::new(Status::OK).bytes(&content)).unwrap();
            }
            None => {
                exchange.write(b"bye").unwrap();
                exchange.finish().unwrap();
            }
        }
    }

    fn gone(&mut self, id: ExchangeId, why: Gone) {
        self.gone.push((id.number, why));
    }

    fn closed(&mut self, _: nova_io::Key) {
        self.closed += 1;
    }
}

fn bench(network: Network) -> Bench<ToyOverRecords, Interleaving> {
    Bench::new(network, Limits::default(), 1, |_| (ToyOverRecords, Interleaving::default()))
}

/// Calm, and with every habit that a network can have.
fn networks() -> impl Iterator<Item = (u64, Network)> {
    (0..200).map(|seed| (seed, if seed == 0 { Network::calm() } else { Network::rough(seed) }))
}

/// Four exchanges are open at once on one connection; each gets its own answer, in the order in
/// which the application gives them; then the connection becomes a tunnel.
#[test]
fn four_interleaved_exchanges_and_a_tunnel_through_records() {
    for (seed, network) in networks() {
        let mut bench = bench(network);
        let mut client = RecordClient::new(bench.connect());
        client.greet();
        client.send(&toy::open(1, b"/later"));
        client.send(&toy::open(2, b"/echo"));
        client.send(&toy::open(3, b"/echo"));
        client.send(&[toy::content(3, b"three"), toy::content(2, b"tw")].concat());
        client.send(&toy::open(4, b"/now"));
        bench.settle();
        client.send(&[toy::content(2, b"o"), toy::end(3)].concat());
        bench.settle();
        client.send(&toy::end(2));
        bench.settle();
        client.send(&toy::open(5, b"/release"));
        bench.settle();
        let mut answers = toy::answers(&client.received(&mut bench));
        // The released answer comes by mail, after the one that released it.
        let expected: [(u8, &[u8]); 5] =
            [(4, b"at once"), (3, b"three"), (2, b"two"), (5, b"done"), (1, b"released")];
        if seed != 0 {
            // A rough network may deliver requests 2 and 3 in the same turn as 4 or later ones.
            answers.sort();
            let mut expected = expected.map(|(number, text)| (number, text.to_vec()));
            expected.sort();
            assert_eq!(answers, expected, "seed {seed}");
        } else {
            assert_eq!(answers, expected.map(|(number, text)| (number, text.to_vec())));
        }

        client.send(&[toy::tunnel(6), b"hello ".to_vec()].concat());
        bench.settle();
        client.send(b"through records and beyond credit");
        bench.settle();
        client.finish();
        bench.settle();
        let text = String::from_utf8(client.received(&mut bench)).unwrap();
        assert_eq!(text, "HELLO THROUGH RECORDS AND BEYOND CREDITbye", "seed {seed}");
        assert_eq!(client.state(), ClientState::Ended, "seed {seed}");
        assert_eq!(bench.worker(0).connections(), 0, "seed {seed}");
        assert_eq!(bench.worker(0).spilled_bytes(), 0, "seed {seed}");
        assert_eq!(bench.worker(0).application().closed, 1, "seed {seed}");
    }
}

/// A client that goes while its exchanges are open is reported for each of them, and a late answer
/// finds nobody.
#[test]
fn a_reset_ends_every_open_exchange() {
    for (seed, network) in networks() {
        let mut bench = bench(network);
        let mut client = RecordClient::new(bench.connect());
        client.greet();
        client.send(&[toy::open(1, b"/later"), toy::open(2, b"/echo")].concat());
        bench.settle();
        client.reset();
        bench.settle();
        let app = bench.worker(0).application();
        app.gone.sort_by_key(|gone| gone.0);
        assert_eq!(app.gone, [(1, Gone::Reset), (2, Gone::Reset)], "seed {seed}");
        let _ = app.later.take().unwrap().respond(OwnedAnswer::new(Status::OK, "too late"));
        bench.settle();
        assert_eq!(bench.counters(0).late_answers.get(), 1, "seed {seed}");
        assert_eq!(bench.worker(0).spilled_bytes(), 0, "seed {seed}");
    }
}

/// Octets that are no record end the connection after the transport has said why.
#[test]
fn a_broken_record_is_answered_by_the_transport() {
    let mut bench = bench(Network::calm());
    let mut client = bench.connect();
    client.write(&[0xFF; 40]);
    bench.settle();
    assert_eq!(client.read(), record::ALERT);
    bench.advance(Duration::from_secs(60));
    assert_eq!(bench.worker(0).connections(), 0);
}
