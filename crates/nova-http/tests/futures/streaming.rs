//! Answers that are written in pieces.

use std::time::Duration;

use nova_http::{Lost, OwnedStreamed, Reply, Status, Writer};
use nova_io::sim::{ClientState, Network};

use super::*;

fn lines(count: u32) -> String {
    (0..count).map(|n| format!("line {n}\n")).collect()
}

async fn count(mut call: Call) -> Result<Reply, Lost> {
    let number: u32 = str::from_utf8(&call.head().path()[1..]).unwrap().parse().unwrap();
    let mut writer = call.start(OwnedStreamed::new(Status::OK));
    for n in 0..number {
        writer.write(format!("line {n}\n").as_bytes()).await?;
    }
    Ok(writer.finish_with(&[("lines", &number.to_string())]))
}

/// Takes chunks apart: the content and the trailer section.
fn unchunk(mut rest: &str) -> (String, String) {
    let mut all = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n").expect("a size line");
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (all, after.strip_suffix("\r\n").expect("an empty line").to_owned());
        }
        all += &after[..size];
        rest = after[size..].strip_prefix("\r\n").expect("a line end after the chunk");
    }
}

/// A streamed answer arrives whole, with its trailers, whatever the network does, and the connection
/// serves the next request.
#[test]
fn a_streamed_answer_arrives() {
    for seed in 0..12 {
        let network = if seed == 0 { Network::calm() } else { Network::rough(seed) };
        let mut bench = with(network, Limits::default(), count);
        let mut client = bench.connect();
        for number in [0, 1, 10_000, 2] {
            let request = format!("GET /{number} HTTP/1.1\r\nHost: h\r\n\r\n");
            let answer = ask(&mut bench, &mut client, request.as_bytes());
            let (got, trailers) = unchunk(content(&answer));
            assert!(got == lines(number), "seed {seed}, {number} lines");
            assert_eq!(trailers, format!("lines: {number}\r\n"), "seed {seed}");
        }
        assert_eq!(bench.worker(0).application().running(), 0);
        assert_eq!(bench.worker(0).spilled_bytes(), 0);
    }
}

/// A client that does not read holds the writer back: neither memory nor turns are spent, however
/// much the future has to say. When it reads, the rest comes.
#[test]
fn a_client_that_does_not_read_holds_the_writer_back() {
    let (polls, written) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (counts, writes) = (polls.clone(), written.clone());
    let mut bench = server(move |mut call: Call| {
        let (polls, written) = (counts.clone(), writes.clone());
        let mut answer = Box::pin(async move {
            let mut writer = call.start(OwnedStreamed::new(Status::OK).length(10_000_000));
            for _ in 0..1_000 {
                writer.write(&[b'x'; 10_000]).await?;
                written.set(written.get() + 10_000);
            }
            Ok::<_, Lost>(writer.finish())
        });
        std::future::poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            answer.as_mut().poll(cx)
        })
    });
    let mut client = bench.connect();
    client.set_window(100_000);
    client.write(GET);
    bench.settle();
    let (held, asked) = (bench.worker(0).spilled_bytes(), polls.get());
    assert!(held <= 128 * 1024, "{held} octets wait");
    assert!(written.get() <= 100_000 + 2 * 64 * 1024, "{} octets are ahead", written.get());
    assert!(asked <= 8, "{asked} polls for a client that does not read");
    for _ in 0..50 {
        bench.turn();
    }
    assert_eq!(polls.get(), asked, "nobody polls a future that waits for its client");
    let mut got = client.drain().len();
    loop {
        bench.settle();
        match client.drain().len() {
            0 => break,
            more => got += more,
        }
    }
    assert!(got > 10_000_000, "{got} octets have come");
    assert_eq!(bench.worker(0).application().running(), 0);
}

/// An answer that is dropped halfway, or that says less than it has promised, is a reset; before its
/// head has left, too, since what it would have been nobody knows.
#[test]
fn a_broken_answer_is_seen_as_one() {
    let mut bench = server(async |mut call: Call| -> Reply {
        let short = call.head().path() == b"/short";
        let mut writer = call.start(OwnedStreamed::new(Status::OK).length(100));
        call.sleep(Duration::from_millis(1)).await;
        let _ = writer.write(b"half").await;
        call.sleep(Duration::from_millis(1)).await;
        if short { writer.finish() } else { Reply::Written }
    });
    for path in ["/dropped", "/short"] {
        let mut client = bench.connect();
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        ask(&mut bench, &mut client, request.as_bytes());
        bench.advance(Duration::from_millis(1));
        assert_eq!(text(&mut client), "half");
        bench.advance(Duration::from_millis(1));
        assert_eq!(client.state(), ClientState::Reset, "{path}");
    }
    assert_eq!(bench.worker(0).application().running(), 0);
    let failures = failures(bench.counters(0));
    assert_eq!(failures, ["1 broken-promise in answer", "1 aborted in answer"]);
}

/// Content goes through: what is read is written back while more comes, no faster than the client
/// takes it.
#[test]
fn an_echo_streams_both_ways() {
    async fn echo(mut call: Call) -> Result<Reply, Lost> {
        let mut writer = call.start(OwnedStreamed::new(Status::OK));
        while let Some(Ok(piece)) = call.chunk().await {
            writer.write(&piece).await?;
        }
        Ok(writer.finish())
    }
    for seed in 0..10 {
        let network = if seed == 0 { Network::calm() } else { Network::rough(seed) };
        let mut bench = with(network, Limits::default(), echo);
        let mut client = bench.connect();
        client.set_window(50_000);
        let sent = lines(30_000);
        client.write(post("/", &sent).as_bytes());
        let mut got = Vec::new();
        bench.settle();
        assert!(client.unreceived() > 0, "seed {seed}: it is held back");
        loop {
            bench.settle();
            let more = client.drain();
            if more.is_empty() {
                break;
            }
            got.extend(more);
        }
        let got = String::from_utf8(got).unwrap();
        assert!(unchunk(content(&got)).0 == sent, "seed {seed}");
    }
}

/// With several exchanges open, a later one writes ahead within its bound, waits, and goes on when its
/// turn has come.
#[test]
fn a_writer_waits_for_its_turn() {
    let first = Place::<Writer>::default();
    let limits = Limits { open_exchanges: 3, ..Limits::default() };
    let mut bench = with(
        Network::calm(),
        limits,
        sharing(&first, async |left: Place<Writer>, mut call: Call| {
            if call.head().path() == b"/first" {
                left.put(call.start(OwnedStreamed::new(Status::OK)));
                return Ok(Reply::Written);
            }
            let mut writer = call.start(OwnedStreamed::new(Status::OK));
            for n in 0..10_000 {
                writer.write(format!("line {n}\n").as_bytes()).await?;
            }
            Ok::<_, Lost>(writer.finish())
        }),
    );
    let mut client = bench.connect();
    let both = b"GET /first HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n";
    let head = ask(&mut bench, &mut client, both);
    assert_eq!(content(&head), "");
    assert!(bench.worker(0).spilled_bytes() < 300_000, "{}", bench.worker(0).spilled_bytes());
    let mut writer = first.take();
    assert!(poll(writer.write(b"one")).is_ready());
    writer.finish();
    bench.settle();
    let rest = String::from_utf8(bench.drain(&mut client)).unwrap();
    let rest = rest.strip_prefix("3\r\none\r\n0\r\n\r\n").expect("the first answer comes first");
    assert!(unchunk(content(rest)).0 == lines(10_000));
}
