//! A slice of the ledger's traffic, and proofs that it can fail.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use ledger::{Balance, FIELD, Ledger, Mark, Receipt};
use nova_http::{Answered, Request, Response, Running, Server};
use soak::round::Round;
use soak::service::{self, Door};
use soak::traffic::{Crowd, Manners, Mix, Notes, Stop};

/// Everything at once, and a stop in the midst of it.
#[test]
fn the_books_of_a_slice_are_clean() {
    for stop in [false, true] {
        let mix = Mix { connections: 64, ..Mix::default() };
        let round = Round { requests: 10_000, workers: 2, seed: 1, stop, mix };
        let outcome = round.run().expect("a round");
        assert!(outcome.is_clean(), "{}: {:#?}", outcome.balance, outcome.notes);
        let Balance { opened, answered, refused, left, .. } = outcome.balance;
        assert_eq!(opened, 10_000);
        assert!(answered > 7_000 && refused > 0 && left > 0, "{}", outcome.balance);
    }
}

/// One request at a time, from a polite client, so that a fault is what the server makes of it.
fn simple() -> Mix {
    Mix {
        connections: 1,
        pipeline: 1,
        content: 100,
        fill: 0,
        errands: vec![Door::Whole.into()],
        manners: Manners::Polite,
        patience: Duration::from_secs(1),
    }
}

fn visit(address: SocketAddr, books: &Ledger, mix: &Mix) -> (Balance, Notes) {
    let crowd = Crowd::visit(address, books, mix, 1, None::<Stop<fn()>>).expect("a crowd");
    (books.balance(), crowd.notes)
}

/// A server that answers with what `answer` makes of the request's own receipt.
fn serving(books: &Arc<Ledger>, answer: fn(Receipt, usize) -> Option<String>) -> Running {
    let (books, count) = (books.clone(), Arc::new(AtomicUsize::new(0)));
    let handler = move |request: &Request<'_>, response: Response<'_>| -> Answered {
        let text = std::str::from_utf8(request.head.fields.get(FIELD).expect("a mark"));
        let mark: Mark = text.expect("a text").parse().expect("a mark");
        books.ran(mark);
        books.read(mark);
        let receipt = Receipt::of(mark, request.content);
        match answer(receipt, count.fetch_add(1, Ordering::Relaxed)) {
            Some(text) => response.send(text.as_bytes()),
            None => response.defer().1,
        }
    };
    Server::bind("127.0.0.1:0").expect("a port").start(handler).expect("a server")
}

fn books() -> Arc<Ledger> {
    Arc::new(Ledger::with_room_for(100))
}

#[test]
fn a_neighbours_receipt_is_crossed() {
    let books = books();
    let server = serving(&books, |mut receipt, count| {
        receipt.mark.number ^= u64::from(count == 30);
        Some(receipt.to_string())
    });
    let (balance, _) = visit(server.handle().local_addr(), &books, &simple());
    assert_eq!((balance.crossed, balance.answered), (1, 99), "{balance}");
    server.stop(Duration::ZERO).expect("a stop");
}

#[test]
fn a_changed_octet_is_corrupted() {
    let books = books();
    let server = serving(&books, |mut receipt, count| {
        receipt.sum ^= u32::from(count == 30);
        Some(receipt.to_string())
    });
    let (balance, _) = visit(server.handle().local_addr(), &books, &simple());
    assert_eq!((balance.corrupted, balance.answered), (1, 99), "{balance}");
    server.stop(Duration::ZERO).expect("a stop");
}

#[test]
fn an_octet_behind_the_receipt_is_corrupted() {
    let books = books();
    let server = serving(&books, |receipt, count| {
        Some(format!("{receipt}{}", if count == 30 { "x" } else { "" }))
    });
    let (balance, _) = visit(server.handle().local_addr(), &books, &simple());
    assert_eq!((balance.corrupted, balance.answered), (1, 99), "{balance}");
    server.stop(Duration::ZERO).expect("a stop");
}

#[test]
fn what_is_no_receipt_is_corrupted() {
    let books = books();
    let server = serving(&books, |receipt, count| {
        Some(if count == 30 { "?".into() } else { receipt.to_string() })
    });
    let (balance, notes) = visit(server.handle().local_addr(), &books, &simple());
    assert_eq!((balance.corrupted, notes.count), (1, 1), "{balance}");
    server.stop(Duration::ZERO).expect("a stop");
}

/// The engine makes a 500 of it, which is an answer, but none that these clients expect.
#[test]
fn a_request_that_nobody_answers_is_noticed() {
    let books = books();
    let server = serving(&books, |receipt, count| (count != 30).then(|| receipt.to_string()));
    let (balance, notes) = visit(server.handle().local_addr(), &books, &simple());
    assert_eq!((balance.refused, balance.answered), (1, 99), "{balance}");
    assert_eq!(notes.count, 1, "{notes:?}");
    server.stop(Duration::ZERO).expect("a stop");
}

/// A handler that enters a request twice, as if it had run twice.
#[test]
fn a_handler_that_runs_twice_is_doubled() {
    let books = books();
    let server = serving(&books, |receipt, _| Some(receipt.to_string()));
    let (balance, _) = visit(server.handle().local_addr(), &books, &simple());
    assert!(balance.is_clean(), "{balance}");
    books.ran(books.mark(30).expect("opened"));
    assert_eq!(books.balance().doubled, 1);
    server.stop(Duration::ZERO).expect("a stop");
}

/// A stop that leaves no time cuts off what handlers have read: so much for the stop that is clean.
#[test]
fn what_a_stop_cuts_off_is_lost() {
    let books = Arc::new(Ledger::with_room_for(2_000));
    let server = service::start(&books, 1).expect("a server");
    let handle = server.handle();
    // Each of these futures sleeps now and then, with a request that it has read.
    let mix =
        Mix { connections: 64, errands: vec![Door::FuturePieces.into()], pipeline: 64, ..simple() };
    let stop = Stop { after: 1_500, stop: || handle.stop(Duration::ZERO) };
    let crowd = Crowd::visit(handle.local_addr(), &books, &mix, 1, Some(stop)).expect("a crowd");
    assert!(books.balance().lost > 0, "{}: {:?}", books.balance(), crowd.notes);
    assert!(server.join().expect("an end").cut > 0);
}

/// Forwards to a sound server, and gives each piece that comes back to `spoil`, with its number. If
/// nothing is left of one, the connection ends.
fn proxy(server: SocketAddr, spoil: fn(&mut Vec<u8>, usize)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let count = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let upstream = TcpStream::connect(server).expect("a server");
            let count = count.clone();
            let (to, from) =
                (upstream.try_clone().expect("a copy"), client.try_clone().expect("a copy"));
            thread::spawn(move || forward(from, to, |_| {}));
            thread::spawn(move || {
                forward(upstream, client, |piece| {
                    spoil(piece, count.fetch_add(1, Ordering::Relaxed))
                });
            });
        }
    });
    address
}

fn forward(mut from: TcpStream, mut to: TcpStream, spoil: impl Fn(&mut Vec<u8>)) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let mut piece = buffer[..count].to_vec();
        spoil(&mut piece);
        if piece.is_empty() || to.write_all(&piece).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Write);
}

fn through_a_proxy(mix: &Mix, spoil: fn(&mut Vec<u8>, usize)) -> (Balance, Notes) {
    let books = books();
    let server = service::start(&books, 1).expect("a server");
    let address = proxy(server.handle().local_addr(), spoil);
    let seen = visit(address, &books, mix);
    server.stop(Duration::ZERO).expect("a stop");
    seen
}

#[test]
fn a_proxy_that_does_nothing_is_no_fault() {
    let (balance, notes) = through_a_proxy(&simple(), |_, _| {});
    assert!(balance.is_clean() && notes.count == 0, "{balance}: {notes:?}");
    assert_eq!(balance.answered, 100);
}

#[test]
fn an_answer_that_never_comes_is_lost() {
    let (balance, notes) = through_a_proxy(&simple(), |piece, count| {
        if count == 30 {
            piece.clear();
        }
    });
    assert_eq!((balance.lost, balance.answered), (1, 99), "{balance}");
    assert_eq!(notes.count, 1, "{notes:?}");
}

/// The connection of request 49 ends without its answer, when the server has been told to stop.
#[test]
fn a_request_under_way_at_the_stop_is_owed_an_answer() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    let books = books();
    let server = service::start(&books, 1).expect("a server");
    let address = proxy(server.handle().local_addr(), |piece, _| {
        if piece.windows(7).any(|window| window == b"\r\n\r\n49-") {
            while !TOLD.load(Ordering::Acquire) {
                thread::yield_now();
            }
            piece.clear();
        }
    });
    let stop = Stop { after: 50, stop: || TOLD.store(true, Ordering::Release) };
    let crowd = Crowd::visit(address, &books, &simple(), 1, Some(stop)).expect("a crowd");
    assert_eq!(books.balance().lost, 1, "{}", books.balance());
    assert!(crowd.notes.first[0].contains("under way at the stop"), "{:?}", crowd.notes);
    server.stop(Duration::ZERO).expect("a stop");
}

#[test]
fn an_answer_that_comes_twice_is_noticed() {
    let (_, notes) = through_a_proxy(&simple(), |piece, count| {
        if count == 30 {
            piece.extend_from_within(..);
        }
    });
    assert_eq!(notes.count, 1, "{notes:?}");
}

#[test]
fn an_octet_between_answers_is_noticed() {
    let (_, notes) = through_a_proxy(&simple(), |piece, count| {
        if count == 30 {
            piece.insert(0, b'\n');
        }
    });
    assert_eq!(notes.count, 1, "{notes:?}");
}

#[test]
fn an_answer_to_a_pipeline_that_is_left_out_is_crossed() {
    let mix = Mix { pipeline: 64, connections: 1, ..simple() };
    let (balance, _) = through_a_proxy(&mix, |piece, _| {
        let next = piece.windows(9).skip(1).position(|window| window == b"HTTP/1.1 ");
        if let Some(next) = next {
            piece.drain(..next + 1);
        }
    });
    assert!(balance.crossed > 0, "{balance}");
}
