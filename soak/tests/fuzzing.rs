//! A slice of the generated inputs, and proofs that something can be found.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use nova_http::{Answered, Request, Response, Running, Server};
use soak::fuzzing::{Corpus, Found, Scripts, Siege, aftermath, echo};
use soak::traffic::Notes;

/// Reading the cases takes longer than any of these tests.
static CORPUS: LazyLock<Corpus> = LazyLock::new(|| Corpus::of_the_cases().expect("sound cases"));

fn scripts() -> Scripts {
    Scripts::new(1, CORPUS.clone())
}

/// Some of everything, and a server that is as new afterwards.
#[test]
fn nothing_is_found_in_a_slice() {
    let mut scripts = scripts();
    let server = echo::start(2).expect("a server");
    let siege = Siege { inputs: 2_000, patience: Duration::from_secs(20), ..Siege::default() };
    let mut found = siege.lay(server.handle().local_addr(), &mut scripts).expect("a siege");
    aftermath(&server.handle(), Duration::from_secs(20), &mut found.notes);
    assert_eq!(found.notes.count, 0, "{:#?}", found.notes.first);
    assert!(found.inputs >= 2_000 && found.next > 1_000, "{found:?}");
    server.stop(Duration::from_secs(8)).expect("a stop");
}

/// A few scripts against a server of which something is to be found.
fn lay(address: SocketAddr) -> Found {
    let mut scripts = scripts();
    let patience = Duration::from_secs(1);
    let siege = Siege { scripts: 20, connections: 20, patience, ..Siege::default() };
    siege.lay(address, &mut scripts).expect("a siege")
}

fn serving(handler: fn(&Request<'_>, Response<'_>) -> Answered) -> Running {
    Server::bind("127.0.0.1:0").expect("a port").start(handler).expect("a server")
}

fn says(notes: &Notes, what: &str) -> bool {
    notes.first.iter().any(|note| note.contains(what))
}

#[test]
fn an_answer_to_something_else_is_found() {
    let server = serving(|_, response| response.send(b"GET 00000000 00000000 0\n"));
    let found = lay(server.handle().local_addr());
    assert!(says(&found.notes, "answer 0 is"), "{:?}", found.notes);
    // A finding begins with what makes it come again.
    assert!(found.notes.first[0].starts_with("1:"), "{:?}", found.notes);
    server.stop(Duration::ZERO).expect("a stop");
}

#[test]
fn a_panic_is_found() {
    let server = serving(|_, _| panic!("planted"));
    let mut found = lay(server.handle().local_addr());
    assert!(says(&found.notes, "500 instead of 200"), "{:?}", found.notes);
    found.notes.first.clear();
    aftermath(&server.handle(), Duration::from_secs(20), &mut found.notes);
    assert!(says(&found.notes, "panicked"), "{:?}", found.notes);
    server.stop(Duration::ZERO).expect("a stop");
}

#[test]
fn a_handler_that_never_answers_is_found() {
    let server = serving(|_, response| {
        let (responder, answered) = response.defer();
        std::mem::forget(responder);
        answered
    });
    let found = lay(server.handle().local_addr());
    assert!(says(&found.notes, "silence"), "{:?}", found.notes);
    server.stop(Duration::ZERO).expect("a stop");
}

#[test]
fn a_connection_that_stays_is_found() {
    let server = serving(|_, response| response.send(b""));
    let mut stream = TcpStream::connect(server.handle().local_addr()).expect("a connection");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n").expect("sent");
    stream.read_exact(&mut [0]).expect("an answer");
    let mut notes = Notes::default();
    aftermath(&server.handle(), Duration::ZERO, &mut notes);
    assert!(says(&notes, "connections that stay"), "{notes:?}");
    server.stop(Duration::ZERO).expect("a stop");
}

/// A server that is none, which treats each connection with `serve`.
fn fake(serve: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || serve(stream));
        }
    });
    address
}

/// Reads until the client has nothing more to say.
fn drain(stream: &mut TcpStream) {
    let mut buffer = [0; 4_096];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}

#[test]
fn a_server_that_says_nothing_is_found() {
    let found = lay(fake(|mut stream| {
        drain(&mut stream);
        thread::park();
    }));
    assert!(says(&found.notes, "silence"), "{:?}", found.notes);
}

#[test]
fn a_reset_is_found() {
    let found = lay(fake(drop)); // With unread octets the kernel makes a reset of it, or an end.
    assert!(says(&found.notes, " with 0 of "), "{:?}", found.notes);
}

#[test]
fn octets_that_are_no_response_are_found() {
    let found = lay(fake(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n");
        drain(&mut stream);
    }));
    assert!(says(&found.notes, "no token"), "{:?}", found.notes);
}

#[test]
fn an_answer_too_many_is_found() {
    const REFUSAL: &[u8] = b"HTTP/1.1 400 Bad Request\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
                    Connection: close\r\nContent-Length: 0\r\n\r\n";
    let found = lay(fake(|mut stream| {
        let _ = stream.write_all(&REFUSAL.repeat(2));
        drain(&mut stream);
    }));
    assert!(says(&found.notes, "400 after the last answer"), "{:?}", found.notes);
}
