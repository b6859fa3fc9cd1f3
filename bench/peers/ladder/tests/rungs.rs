//! Every rung gives the same answers; what differs is how.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use ladder::blocking::{self, After};
use ladder::copies::Copies;
use ladder::memory::{Fresh, Pooled};
use ladder::views::Views;
use ladder::{event_loop, listen};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";

/// The rungs with persistent connections, each serving.
fn persistent() -> Vec<(&'static str, SocketAddr)> {
    vec![
        serving("1", |l| blocking::serve::<Copies<Fresh>, Fresh>(l, After::KeepAlive)),
        serving("1, threads", |l| {
            blocking::serve::<Copies<Fresh>, Fresh>(l, After::KeepAliveInThreads)
        }),
        serving("2", event_loop::serve::<Copies<Fresh>, Fresh>),
        serving("3", event_loop::serve::<Copies<Pooled>, Pooled>),
        serving("4", event_loop::serve::<Views<Pooled>, Pooled>),
    ]
}

fn old() -> (&'static str, SocketAddr) {
    serving("0", |l| blocking::serve::<Copies<Fresh>, Fresh>(l, After::Close))
}

fn serving(
    name: &'static str,
    serve: impl FnOnce(&std::net::TcpListener) -> anyhow::Result<()> + Send + 'static,
) -> (&'static str, SocketAddr) {
    let listener = listen::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(&listener));
    (name, address)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// All that comes until the server ends the connection.
fn until_the_end(mut stream: TcpStream) -> String {
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    all
}

/// Requests in one write are answered in order, and the last one ends the connection.
#[test]
fn pipelined_requests_are_answered() {
    for (name, address) in persistent() {
        let mut stream = connect(address);
        stream.write_all(format!("{GET}{POST}{GET}{LAST}").as_bytes()).unwrap();
        let all = until_the_end(stream);
        assert_eq!(all.matches("HTTP/1.1 200 OK\r\n").count(), 4, "rung {name}: {all}");
        assert_eq!(all.matches("\r\ndate: ").count(), 4, "rung {name}: {all}");
        assert_eq!(all.matches("\r\nconnection: close\r\n").count(), 1, "rung {name}: {all}");
        assert!(all.ends_with("\r\n\r\nHello World"), "rung {name}: {all}");
    }
}

/// Wherever a request is cut, it is answered once.
#[test]
fn every_split_is_answered() {
    for (name, address) in persistent() {
        let mut stream = connect(address);
        let mut answers = 0;
        for cut in (1..POST.len()).step_by(5) {
            stream.write_all(&POST.as_bytes()[..cut]).unwrap();
            stream.write_all(&POST.as_bytes()[cut..]).unwrap();
            answers += 1;
        }
        stream.write_all(LAST.as_bytes()).unwrap();
        let all = until_the_end(stream);
        assert_eq!(all.matches("Hello World").count(), answers + 1, "rung {name}: {all}");
    }
}

/// The old server says that it will close, and does.
#[test]
fn the_old_server_closes() {
    let (_, address) = old();
    for _ in 0..3 {
        let mut stream = connect(address);
        stream.write_all(GET.as_bytes()).unwrap();
        let all = until_the_end(stream);
        assert!(all.contains("\r\nconnection: close\r\n"), "{all}");
        assert!(all.ends_with("\r\n\r\nHello World"), "{all}");
    }
}

/// An old client is told whether the connection goes on, and HEAD gets no content.
#[test]
fn old_clients_and_heads() {
    for (name, address) in persistent() {
        let mut stream = connect(address);
        stream.write_all(b"HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let all = until_the_end(stream);
        assert_eq!(all.matches("Hello World").count(), 1, "rung {name}: {all}");
        assert_eq!(all.matches("content-length: 11").count(), 2, "rung {name}: {all}");
        assert_eq!(all.matches("connection: keep-alive").count(), 1, "rung {name}: {all}");
    }
}

/// What is no request is refused, and the next client is served all the same.
#[test]
fn nonsense_is_refused() {
    for (name, address) in persistent().into_iter().chain([old()]) {
        let mut stream = connect(address);
        stream.write_all(b"nonsense\r\n\r\n").unwrap();
        let all = until_the_end(stream);
        assert!(all.starts_with("HTTP/1.1 400 "), "rung {name}: {all}");
        let mut stream = connect(address);
        stream.write_all(LAST.as_bytes()).unwrap();
        assert!(until_the_end(stream).ends_with("Hello World"), "rung {name}");
    }
}

/// Who reads late gets everything, also where it does not fit the kernel's buffers.
#[test]
fn late_readers_get_everything() {
    const MANY: usize = 60_000;
    for (name, address) in persistent() {
        let stream = connect(address);
        let mut writer = stream.try_clone().unwrap();
        let writing = thread::spawn(move || {
            for _ in 0..MANY / 1_000 {
                writer.write_all(GET.repeat(1_000).as_bytes()).unwrap();
            }
            writer.write_all(LAST.as_bytes()).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        let all = until_the_end(stream);
        writing.join().unwrap();
        assert_eq!(all.matches("Hello World").count(), MANY + 1, "rung {name}");
    }
}
