//! Content that futures read.

use std::time::Duration;

use nova_http::{Bounds, Call, ContentError, OwnedStreamed, Reply, Status};
use nova_io::sim::{ClientState, Network};

use super::*;

/// Says how it got its content: whole, or the pieces' lengths.
async fn read(mut call: Call) -> Result<String, ContentError> {
    if call.head().path() == b"/whole" {
        let content = call.content().await?;
        return Ok(String::from_utf8(content).unwrap());
    }
    let mut all = String::new();
    while let Some(piece) = call.chunk().await {
        all += str::from_utf8(&piece?).unwrap();
    }
    let trailers = call.trailers();
    Ok(trailers.into_iter().fold(all, |all, (name, value)| format!("{all} {name}={value}")))
}

/// Content arrives the same, whole and in pieces, with its head and after it, chunked and not, however
/// it is cut.
#[test]
fn content_arrives_however_it_is_cut() {
    let chunked = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
             3\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n"
        )
    };
    let cases = [
        (post("/whole", "hello"), "hello"),
        (post("/pieces", "hello"), "hello"),
        (post("/pieces", ""), ""),
        (chunked("/whole"), "abcde"),
        (chunked("/pieces"), "abcde T=v"),
    ];
    let requests: String = cases.iter().map(|(request, _)| request.as_str()).collect();
    let expected: String = cases.iter().map(|(_, content)| ok(content)).collect();
    let mut bench = server(read);
    for cut in 0..requests.len() {
        let mut client = bench.connect();
        let first = ask(&mut bench, &mut client, &requests.as_bytes()[..cut]);
        let second = ask(&mut bench, &mut client, &requests.as_bytes()[cut..]);
        assert_eq!(first + &second, expected, "cut at {cut}");
    }
    for seed in 0..200 {
        let mut bench = with(Network::rough(seed), Limits::default(), read);
        let mut client = bench.connect();
        assert_eq!(ask(&mut bench, &mut client, requests.as_bytes()), expected, "seed {seed}");
        assert_eq!(bench.worker(0).application().running(), 0, "seed {seed}");
    }
}

/// What is larger than the server allows is refused with 413, and the future dropped; a request may
/// have a bound of its own, smaller or larger, also for what has come with the head.
#[test]
fn content_has_a_bound() {
    let dropped = Dropped::default();
    let mut bench = {
        let mut limits = Limits::default();
        limits.message.content_bytes = 10;
        with(
            Network::calm(),
            limits,
            sharing(&dropped, async |guards: Dropped, mut call: Call| {
                let _guard = guards.guard();
                let content_bytes = match call.head().path() {
                    b"/small" => Some(5),
                    b"/large" => Some(20),
                    _ => None,
                };
                call.bound(Bounds { content_bytes, ..Bounds::default() });
                call.content().await.map(|content| content.len().to_string())
            }),
        )
    };
    let chunked = "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n9\r\n123456789\r\n0\r\n\r\n";
    let head = |path: &str| format!("POST {path} HTTP/1.1\r\nHost: h\r\n");
    for (request, expected) in [
        (post("/", "123456"), "200"),
        (post("/", "12345678901"), "413"),
        (head("/") + chunked, "413"),
        (post("/small", "12345"), "200"),
        (post("/small", "123456"), "413"),
        (head("/small") + chunked, "413"),
        (head("/large") + chunked, "200"),
        (head("/large") + "Content-Length: 20\r\n\r\n12345678901234567890", "200"),
        (head("/large") + "Content-Length: 21\r\n\r\n123456789012345678901", "413"),
    ] {
        let mut client = bench.connect();
        assert_eq!(
            status(&ask(&mut bench, &mut client, request.as_bytes())),
            expected,
            "{request}"
        );
        // The head alone, first.
        let mut client = bench.connect();
        let (head, content) = request.split_once("\r\n\r\n").unwrap();
        let mut answer = ask(&mut bench, &mut client, format!("{head}\r\n\r\n").as_bytes());
        answer += &ask(&mut bench, &mut client, content.as_bytes());
        assert_eq!(status(&answer), expected, "{request}");
    }
    assert_eq!(bench.worker(0).application().running(), 0);
    assert!(dropped.count() > 9);
}

/// While a future does something else its client's octets wait, but for about two receives' worth;
/// when it reads again, they come.
#[test]
fn a_future_that_does_not_read_holds_its_client_back() {
    let mut bench = server(async |mut call: Call| {
        let first = call.chunk().await.unwrap()?;
        call.sleep(Duration::from_secs(1)).await;
        let mut count = first.len();
        while let Some(piece) = call.chunk().await {
            count += piece?.len();
        }
        Ok::<_, ContentError>(count.to_string())
    });
    let mut client = bench.connect();
    let total = 600_000;
    let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: {total}\r\n\r\n");
    client.write(head.as_bytes());
    client.write(&vec![b'x'; total]);
    bench.settle();
    let taken = total - client.unreceived();
    assert!(taken <= 3 * 64 * 1024, "{taken} octets were taken ahead");
    bench.advance(Duration::from_secs(1));
    assert_eq!(content(&text(&mut client)), total.to_string());
}

/// 100 (Continue) is sent when content is awaited, and never to those who have not asked.
#[test]
fn continue_is_said_when_content_is_awaited() {
    let mut bench = server(async |mut call: Call| -> Reply {
        if call.head().path() == b"/refused" {
            return Status::UNAUTHORIZED.into();
        }
        call.sleep(Duration::from_millis(5)).await;
        call.content().await.map(|it| it.len().to_string()).into()
    });
    let head = |path| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    let mut client = bench.connect();
    assert_eq!(ask(&mut bench, &mut client, head("/").as_bytes()), "");
    bench.advance(Duration::from_millis(5));
    assert_eq!(text(&mut client), "HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(content(&ask(&mut bench, &mut client, b"hi")), "2");
    // An early answer is the last one: nobody knows whether the content will come.
    let answer = ask(&mut bench, &mut client, head("/refused").as_bytes());
    assert_eq!(status(&answer), "401");
    assert!(answer.contains("Connection: close\r\n"));
}

/// An answer may come before the content has been read: a little is read on and thrown away, much ends
/// the connection. Who reads after it learns that there is nothing any more.
#[test]
fn an_early_answer_does_not_wait_for_content() {
    let place = Place::default();
    let mut bench = server(sharing(&place, async |left: Place<_>, mut call: Call| -> Reply {
        if call.head().path() == b"/after" {
            call.start(OwnedStreamed::new(Status::OK)).finish();
            call.sleep(Duration::from_millis(1)).await;
            left.put((call.chunk().await.unwrap().unwrap_err(), call.content().await.unwrap_err()));
        }
        "early".into()
    }));
    let mut client = bench.connect();
    let small = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(ask(&mut bench, &mut client, small.as_bytes()), ok("early"));
    assert_eq!(ask(&mut bench, &mut client, b"12345"), "");
    assert_eq!(ask(&mut bench, &mut client, GET), ok("early"), "the connection goes on");
    ask(&mut bench, &mut client, small.replace("/ ", "/after ").as_bytes());
    bench.advance(Duration::from_millis(1));
    assert_eq!(place.take(), (ContentError::Answered, ContentError::Answered));
    let large = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n";
    let mut client = bench.connect();
    assert!(ask(&mut bench, &mut client, large.as_bytes()).contains("Connection: close\r\n"));
    assert_eq!(client.state(), ClientState::Ended);
    assert_eq!(bench.worker(0).application().running(), 0);
}

/// A future that gave up waiting for all of its content can take it in pieces.
#[test]
fn whole_and_pieces_can_follow_each_other() {
    let mut bench = server(async |mut call: Call| {
        {
            let mut whole = std::pin::pin!(call.content());
            assert!(poll(whole.as_mut()).is_pending());
        }
        let first = call.chunk().await.unwrap()?;
        let rest = call.content().await?;
        Ok::<_, ContentError>(format!("{} and {}", first.len(), rest.len()))
    });
    let mut client = bench.connect();
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
    assert_eq!(ask(&mut bench, &mut client, head.as_bytes()), "");
    assert_eq!(ask(&mut bench, &mut client, b"ab"), "");
    assert_eq!(content(&ask(&mut bench, &mut client, b"cde")), "2 and 3");
}
