//! Content with several owners is sent from where it lies: the octets are the same, in order, whatever
//! the network does, and nothing of them is kept afterwards.

use bytes::Bytes;
use nova_http::testing::Bench;
use nova_http::{
    Answered, Call, Exchange, Flowing, Limits, Lost, OwnedAnswer, OwnedStreamed, Reply, Request,
    Response, Status,
};
use nova_io::sim::Network;

/// Pieces of these sizes: copied ones, shared ones, and one that is more than is taken at once.
const SIZES: [usize; 7] = [10, 20_000, 8_192, 8_191, 0, 400_000, 70_000];

fn piece(number: usize) -> Bytes {
    (0..SIZES[number]).map(|at| (at * 7 + number) as u8).collect()
}

fn all() -> Vec<u8> {
    (0..SIZES.len()).flat_map(|number| piece(number).to_vec()).collect()
}

#[derive(Debug)]
struct Pieces {
    next: usize,
    rest: Bytes,
}

impl Flowing for Pieces {
    fn writable(&mut self, exchange: &mut Exchange<'_>) {
        loop {
            let written = exchange.write_shared(&self.rest).unwrap().octets;
            drop(self.rest.split_to(written));
            if !self.rest.is_empty() {
                return;
            }
            if self.next == SIZES.len() {
                return exchange.finish().unwrap();
            }
            self.rest = piece(self.next);
            self.next += 1;
        }
    }
}

fn handler(request: &Request<'_>, response: Response<'_>) -> Answered {
    match request.head.path() {
        b"/chunked" => response.stream(None, Pieces { next: 0, rest: Bytes::new() }),
        b"/length" => {
            let length = SIZES.iter().sum::<usize>() as u64;
            response.stream(Some(length), Pieces { next: 0, rest: Bytes::new() })
        }
        b"/whole" => {
            let (responder, answered) = response.defer();
            responder.respond(OwnedAnswer::new(Status::OK, all())).unwrap();
            answered
        }
        path => panic!("nobody asks for {path:?}"),
    }
}

/// The content of one answer, without its framing.
fn content(answer: &[u8], chunked: bool) -> Vec<u8> {
    let head = answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    let mut rest = &answer[head..];
    if !chunked {
        return rest.to_vec();
    }
    let mut content = Vec::new();
    loop {
        let line = rest.windows(2).position(|end| end == b"\r\n").unwrap();
        let size = usize::from_str_radix(str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        content.extend_from_slice(&rest[line + 2..line + 2 + size]);
        assert_eq!(&rest[line + 2 + size..line + 4 + size], b"\r\n");
        rest = &rest[line + 4 + size..];
        if size == 0 {
            assert_eq!(rest, b"");
            return content;
        }
    }
}

#[test]
fn shared_pieces_arrive_in_order() {
    for seed in 0..16 {
        let network = if seed == 0 { Network::calm() } else { Network::rough(seed) };
        let mut bench = Bench::http(network, Limits::default(), handler);
        for path in ["/chunked", "/length", "/whole"] {
            let mut client = bench.connect();
            client.set_window(1 + 9_973 * seed as usize);
            client.write(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n").as_bytes());
            let answer = bench.drain(&mut client);
            assert_eq!(content(&answer, path == "/chunked"), all(), "seed {seed} {path}");
            // The connection goes on.
            client.write(b"HEAD /length HTTP/1.1\r\nHost: h\r\n\r\n");
            assert!(bench.drain(&mut client).starts_with(b"HTTP/1.1 200 OK\r\n"), "seed {seed}");
            assert_eq!(bench.worker(0).spilled_bytes(), 0, "seed {seed} {path}");
        }
    }
}

/// More pieces at once than the kernel is told of in one call, for a client that takes all of them: what
/// the first call has not told must not wait for room, because there was no lack of it.
#[test]
fn pieces_beyond_those_of_one_call_leave_without_being_waited_for() {
    #[derive(Debug)]
    struct Many(usize);

    impl Flowing for Many {
        fn writable(&mut self, exchange: &mut Exchange<'_>) {
            while self.0 > 0 {
                if exchange.write_shared(&Bytes::from(vec![b'x'; 8_192])).unwrap().octets == 0 {
                    return;
                }
                self.0 -= 1;
            }
            exchange.finish().unwrap();
        }
    }

    for pieces in [7, 8, 9, 31, 40, 100] {
        let mut bench = Bench::http(
            Network::calm(),
            Limits::default(),
            move |_: &Request<'_>, response: Response<'_>| response.stream(None, Many(pieces)),
        );
        let mut client = bench.connect();
        client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        let answer = bench.drain(&mut client);
        assert_eq!(content(&answer, true).len(), pieces * 8_192);
    }
}

/// A client that leaves in the middle leaves nothing behind.
#[test]
fn a_client_that_leaves_frees_what_was_shared() {
    let mut bench = Bench::http(Network::calm(), Limits::default(), handler);
    let mut client = bench.connect();
    client.set_window(1_000);
    client.write(b"GET /chunked HTTP/1.1\r\nHost: h\r\n\r\n");
    bench.settle();
    assert!(bench.worker(0).spilled_bytes() > 8_000);
    client.reset();
    bench.settle();
    assert_eq!((bench.worker(0).spilled_bytes(), bench.worker(0).connections()), (0, 0));
}

async fn future(mut call: Call) -> Result<Reply, Lost> {
    let mut writer = call.start(OwnedStreamed::new(Status::OK));
    for number in 0..SIZES.len() {
        writer.write_shared(piece(number)).await?;
    }
    Ok(writer.finish())
}

/// A future's pieces, too.
#[test]
fn a_future_shares_its_pieces() {
    for seed in 0..16 {
        let network = if seed == 0 { Network::calm() } else { Network::rough(seed) };
        let mut bench = Bench::tasks(network, Limits::default(), future);
        let mut client = bench.connect();
        client.set_window(1 + 9_973 * seed as usize);
        client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        let answer = bench.drain(&mut client);
        assert_eq!(content(&answer, true), all(), "seed {seed}");
        assert_eq!(bench.worker(0).spilled_bytes(), 0, "seed {seed}");
    }
}
