//! What is answered at once.

use nova_http::{Fields, FileContent, Method, OwnedAnswer, OwnedStreamed, Prepared, Reply, Status};
use nova_io::sim::Network;

use super::*;

/// A future that is ready at once has its answer sent like any other, pipelined ones in their order;
/// and the same slot serves all of them.
#[test]
fn a_ready_future_is_answered_at_once() {
    let mut bench =
        server(async |call: Call| String::from_utf8_lossy(call.head().target.raw).into_owned());
    let mut client = bench.connect();
    assert_eq!(ask(&mut bench, &mut client, GET), ok("/"));
    let many: String = (0..200).map(|n| format!("GET /{n} HTTP/1.1\r\nHost: h\r\n\r\n")).collect();
    let answers: String = (0..200).map(|n| ok(&format!("/{n}"))).collect();
    assert_eq!(ask(&mut bench, &mut client, many.as_bytes()), answers);
    assert_eq!(bench.worker(0).application().running(), 0);
}

/// Whatever can become an answer can be returned.
#[test]
fn a_reply_comes_of_many_things() {
    let fields = [("content-type", "text/plain; charset=utf-8")];
    let prepared = Prepared::new(Status::OK, Fields::from_pairs(&fields), b"prepared").unwrap();
    let mut bench = server(async |call: Call| -> Reply {
        match call.head().path() {
            b"/status" => Status::NO_CONTENT.into(),
            b"/text" => "text".into(),
            b"/string" => String::from("string").into(),
            b"/prepared" => prepared.clone().into(),
            b"/err" => Err::<&str, Status>(Status::CONFLICT).into(),
            _ => Ok::<&str, Status>("fine").into(),
        }
    });
    let mut client = bench.connect();
    let mut get = |path: &str| {
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        ask(&mut bench, &mut client, request.as_bytes())
    };
    assert_eq!(status(&get("/status")), "204");
    assert_eq!(get("/text"), ok("text"));
    assert_eq!(get("/string"), ok("string"));
    assert_eq!(get("/prepared"), ok("prepared"));
    assert_eq!(status(&get("/err")), "409");
    assert_eq!(get("/"), ok("fine"));
}

/// HEAD gets what GET would get, without the content: of a whole answer, of pieces, of a file.
#[test]
fn head_gets_no_content() {
    let mut bench = server(async |mut call: Call| -> Reply {
        assert_eq!(call.head().method, Method::Head);
        let head = OwnedStreamed::new(Status::OK);
        match call.head().path() {
            b"/pieces" => {
                let mut writer = call.start(head);
                writer.write(b"one").await.unwrap();
                writer.write(&[b'x'; 200_000]).await.unwrap();
                writer.finish()
            }
            b"/file" => call.send_file(head, file(b"in a file")),
            _ => "whole".into(),
        }
    });
    let mut client = bench.connect();
    let mut head = |path: &str| {
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        ask(&mut bench, &mut client, request.as_bytes())
    };
    assert_eq!(head("/"), ok("whole").replace("whole", "").replace(": 0", ": 5"));
    for path in ["/pieces", "/file"] {
        let answer = head(path);
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\n"), "{answer}");
    }
    assert!(head("/file").contains("Content-Length: 9\r\n"));
}

fn file(octets: &[u8]) -> FileContent {
    use std::io::Write;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(octets).unwrap();
    FileContent::whole(file).unwrap()
}

/// A file is sent by the worker, however long its client takes; the future and its slot are free as
/// soon as it has been handed over.
#[test]
fn a_file_is_left_to_the_worker() {
    for seed in 0..8 {
        let network = if seed == 0 { Network::calm() } else { Network::rough(seed) };
        let octets: Vec<u8> = (0..300_000_u32).map(|n| (n / 3) as u8).collect();
        let content = file(&octets);
        let mut bench = with(
            network,
            Limits::default(),
            sharing(&content, async |content: FileContent, call: Call| {
                call.send_file(OwnedStreamed::new(Status::OK), content)
            }),
        );
        let (mut reads, mut stalls) = (bench.connect(), bench.connect());
        stalls.set_window(0);
        for client in [&mut stalls, &mut reads] {
            client.write(GET);
        }
        let answer = bench.drain(&mut reads);
        assert!(answer.ends_with(&octets), "seed {seed}");
        assert_eq!(bench.worker(0).application().running(), 0, "seed {seed}: nothing is left");
        stalls.reset();
        bench.settle();
        assert_eq!(bench.worker(0).connections(), 1, "seed {seed}");
        // The slots are used again.
        reads.write(GET);
        assert!(bench.drain(&mut reads).ends_with(&octets), "seed {seed}");
    }
}

/// Interim answers go before the final one, from a future that waits in between, and never to a
/// client that knows none.
#[test]
fn interim_answers_go_first() {
    let mut bench = server(async |mut call: Call| {
        call.interim(Status::new(103).unwrap(), &[("link", "</a.css>; rel=preload")]);
        call.sleep(std::time::Duration::from_millis(5)).await;
        "final"
    });
    let mut client = bench.connect();
    let early = ask(&mut bench, &mut client, GET);
    assert_eq!(early, "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n");
    bench.advance(std::time::Duration::from_millis(5));
    assert_eq!(text(&mut client), ok("final"));
    let mut old = bench.connect();
    assert_eq!(ask(&mut bench, &mut old, b"GET / HTTP/1.0\r\n\r\n"), "");
    bench.advance(std::time::Duration::from_millis(5));
    assert!(text(&mut old).ends_with("\r\n\r\nfinal"));
}

/// An answer that HTTP does not allow becomes 500, and the connection goes on; so does an interim
/// answer that is none, which is only left out.
#[test]
fn an_answer_that_is_not_valid_becomes_500() {
    let mut bench = server(async |mut call: Call| -> Reply {
        match call.head().path() {
            b"/whole" => OwnedAnswer::text("x").field("x", "a\r\nSet-Cookie: b").into(),
            b"/pieces" => {
                let mut writer = call.start(OwnedStreamed::new(Status::OK).field("a b", "c"));
                let _ = writer.write(b"octets").await;
                writer.finish()
            }
            _ => {
                call.interim(Status::new(103).unwrap(), &[("a b", "c")]);
                "fine".into()
            }
        }
    });
    let mut client = bench.connect();
    for path in ["whole", "pieces"] {
        let request = format!("GET /{path} HTTP/1.1\r\nHost: h\r\n\r\n");
        let answer = ask(&mut bench, &mut client, request.as_bytes());
        assert_eq!(status(&answer), "500", "{path}");
        assert!(!answer.contains("Set-Cookie") && !answer.contains("octets"), "{answer}");
    }
    assert_eq!(failures(bench.counters(0)), ["2 invalid-answer in handler"]);
    assert_eq!(ask(&mut bench, &mut client, GET), ok("fine"));
    assert_eq!(bench.worker(0).application().running(), 0);
}
