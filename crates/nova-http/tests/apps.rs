//! `testing::App`: tests of applications read like conversations.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use nova_http::testing::App;
use nova_http::{
    Answered, Call, Exchange, Flowing, Limits, OwnedAnswer, OwnedStreamed, Receive, Reply, Request,
    RequestHead, Response, Router, Status,
};
use nova_io::sim::Network;

fn echo(request: &Request<'_>, response: Response<'_>) -> Answered {
    let fields = [("x-one", "1"), ("x-two", "a"), ("X-Two", "b")];
    response.status(Status::ACCEPTED).fields(&fields).send(request.content)
}

/// Status, fields and content of an answer can be asked for.
#[test]
fn an_answer_is_parsed() {
    let answer = App::new(echo).post("/").content("hello").send();
    assert_eq!(answer.status(), 202);
    assert_eq!(answer.field("X-One"), Some("1"));
    assert_eq!(answer.field("x-three"), None);
    let twos: Vec<_> =
        answer.fields().iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-two")).collect();
    assert_eq!(twos.len(), 2);
    assert_eq!((answer.content(), answer.text()), (&b"hello"[..], "hello"));
    assert_eq!((answer.trailers().len(), answer.interim().len()), (0, 0));
}

/// Every method that has a name, and any other; HEAD and 204 have no content.
#[test]
fn methods_are_sent() {
    fn method(request: &Request<'_>, response: Response<'_>) -> Answered {
        response.send(request.head.method.as_bytes())
    }
    let app = App::new(method);
    assert_eq!(app.get("/").send().text(), "GET");
    assert_eq!(app.put("/").send().text(), "PUT");
    assert_eq!(app.patch("/").send().text(), "PATCH");
    assert_eq!(app.delete("/").send().text(), "DELETE");
    assert_eq!(app.request("PURGE", "/").send().text(), "PURGE");
    let head = app.head("/").send();
    assert_eq!((head.text(), head.field("content-length")), ("", Some("4")));
    let app = App::new(Router::new().get("/", method));
    assert_eq!(app.request("OPTIONS", "/").send().status(), 204);
}

/// One connection is enough for one request after the other; a second one is for two at once, and one
/// that the server will close is not used again.
#[test]
fn connections_are_used_again() {
    let app = App::new(echo);
    for _ in 0..3 {
        app.get("/").send();
    }
    assert_eq!(app.counters().accepted.get(), 1);
    app.get("/").field("connection", "close").send();
    app.get("/").send();
    assert_eq!(app.counters().accepted.get(), 2);
    // The server closes an idle connection after a while; the next request does not meet it.
    app.advance(Limits::default().idle * 2);
    assert_eq!(app.get("/").send().status(), 202);
    assert_eq!(app.counters().accepted.get(), 3);
}

/// Limits are the test's, and what crosses them is answered.
#[test]
fn limits_can_be_set() {
    let message = nova_http1::Limits { content_bytes: 4, ..Default::default() };
    let app = App::new(echo).limits(Limits { message, ..Limits::default() });
    assert_eq!(app.post("/").content("four").send().status(), 202);
    assert_eq!(app.post("/").content("fives").send().status(), 413);
}

/// A rough network changes nothing but the way.
#[test]
fn a_rough_network_changes_nothing() {
    for seed in 0..20 {
        let app = App::new(echo).network(Network::rough(seed));
        let content = "rough ".repeat(5_000);
        assert_eq!(app.post("/").content(&content).send().text(), content);
        assert_eq!(app.post("/").chunked().content(&content).send().text(), content);
    }
}

/// The client has an address if the test wants it to.
#[test]
fn a_client_has_an_address() {
    fn who(request: &Request<'_>, response: Response<'_>) -> Answered {
        response.send(request.peer.unwrap().to_string().as_bytes())
    }
    let app = App::new(who);
    let answer = app.get("/").from("192.0.2.7:4000".parse().unwrap()).send();
    assert_eq!(answer.text(), "192.0.2.7:4000");
    assert_ne!(app.get("/").send().text(), "");
}

/// Work on other threads is waited for.
#[test]
fn other_threads_are_waited_for() {
    fn work(_: &Request<'_>, response: Response<'_>) -> Answered {
        response.blocking(|| OwnedAnswer::text("worked"))
    }
    assert_eq!(App::new(work).get("/").send().text(), "worked");

    fn defer(_: &Request<'_>, response: Response<'_>) -> Answered {
        let (responder, answered) = response.defer();
        std::thread::spawn(move || {
            let mut content = responder.start(OwnedStreamed::new(Status::OK)).unwrap();
            for word in ["from ", "a ", "thread"] {
                content.write(word).unwrap();
            }
            content.finish()
        });
        answered
    }
    assert_eq!(App::new(defer).get("/").send().text(), "from a thread");
}

/// What sleeps is woken at its moment, even if the test takes large steps.
#[test]
fn time_goes_from_one_deadline_to_the_next() {
    async fn ticks(mut call: Call) -> Reply {
        let mut stream = call.start(OwnedStreamed::new(Status::OK));
        for number in 0..5 {
            let _ = stream.write(format!("{number}").as_bytes()).await;
            call.sleep(Duration::from_millis(250)).await;
        }
        stream.finish()
    }
    let app = App::new_async(ticks);
    let answer = app.get("/").begin();
    assert_eq!((answer.status(), &*answer.read_text()), (Some(200), "0"));
    app.advance(Duration::from_millis(249));
    assert_eq!(answer.read_text(), "");
    app.advance(Duration::from_millis(751));
    assert_eq!(answer.read_text(), "1234");
    assert!(!answer.is_complete());
    app.advance(Duration::from_millis(250));
    assert!(answer.is_complete());
    assert_eq!(answer.finish().status(), 200);
}

/// Content can be sent in pieces, and the answer looked at between them.
#[test]
fn content_comes_in_pieces() {
    #[derive(Debug)]
    struct Lengths;

    impl Flowing for Lengths {
        fn begin(&mut self, exchange: &mut Exchange<'_>) {
            exchange.grant(1_000);
            let head = nova_http::Answer::new(Status::OK);
            let _ = exchange.start(&nova_http::Streamed::new(head.status));
        }

        fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
            let _ = exchange.write(format!("{};", octets.len()).as_bytes());
        }

        fn end(&mut self, exchange: &mut Exchange<'_>) {
            let _ = exchange.finish();
        }
    }

    #[derive(Clone)]
    struct Pieces;

    impl nova_http::Handler for Pieces {
        fn handle(&mut self, _: &Request<'_>, response: Response<'_>) -> Answered {
            response.send(b"whole")
        }

        fn receive(&mut self, _: &RequestHead<'_>, _: &mut nova_http::Bounds) -> Receive {
            Receive::Flow(Box::new(Lengths))
        }
    }

    let app = App::new(Pieces);
    let answer = app.post("/").chunked().begin();
    assert_eq!(answer.status(), Some(200));
    answer.write("four");
    answer.write("seven..");
    assert_eq!(answer.read_text(), "4;7;");
    answer.end();
    assert_eq!(answer.finish().text(), "");
    // Complete, so the connection was given back.
    assert_eq!(app.get("/").send().text(), "whole");
    assert_eq!(app.counters().accepted.get(), 1);
}

/// A client that does not read makes a writer wait; one that leaves ends it.
#[test]
fn a_client_can_be_slow_and_leave() {
    #[derive(Debug)]
    struct Endless(Rc<Cell<usize>>);

    impl Flowing for Endless {
        fn writable(&mut self, exchange: &mut Exchange<'_>) {
            while let Ok(written) = exchange.write(&[b'.'; 1_000])
                && written.octets > 0
            {
                self.0.set(self.0.get() + written.octets);
            }
        }
    }

    let written = Rc::new(Cell::new(0));
    let count = written.clone();
    let app = App::new(move |_: &Request<'_>, response: Response<'_>| {
        response.stream(None, Endless(count.clone()))
    });
    let slow = app.get("/").begin();
    let before = written.get();
    assert!((1_000..4 << 20).contains(&before), "{before} octets for a client that does not read");
    app.settle();
    assert_eq!(written.get(), before);
    assert!(!slow.read().is_empty());
    app.settle();
    assert!(written.get() > before);
    assert_eq!(Rc::strong_count(&written), 3);
    drop(slow);
    assert_eq!(Rc::strong_count(&written), 2);
}

/// A future that writes without an end waits for its client, and ends with it.
#[test]
fn a_future_waits_for_a_slow_client() {
    let written = Rc::new(Cell::new(0));
    let count = written.clone();
    let app = App::new_async(move |mut call: Call| {
        let count = count.clone();
        async move {
            let mut stream = call.start(OwnedStreamed::new(Status::OK));
            while stream.write(&[b'.'; 1_000]).await.is_ok() {
                count.set(count.get() + 1_000);
            }
            stream.finish()
        }
    });
    let slow = app.get("/").begin();
    let before = written.get();
    assert!((1_000..4 << 20).contains(&before), "{before} octets for a client that does not read");
    assert!(!slow.read().is_empty());
    app.settle();
    assert!(written.get() > before);
    drop(slow);
    assert_eq!(Rc::strong_count(&written), 2);
}

/// An answer that is cut short is not taken for a whole one.
#[test]
fn a_cut_answer_is_told() {
    async fn cut(mut call: Call) -> Reply {
        let mut stream = call.start(OwnedStreamed::new(Status::OK));
        let _ = stream.write(b"half").await;
        call.sleep(Duration::from_secs(1)).await;
        drop(stream);
        Reply::Written
    }
    let app = App::new_async(cut);
    let answer = app.get("/").begin();
    assert_eq!(answer.so_far().unwrap().text(), "half");
    assert!(!answer.is_cut());
    app.advance(Duration::from_secs(1));
    assert!(answer.is_cut() && !answer.is_complete());
}

/// A tunnel takes what is written and gives back what comes.
#[test]
fn a_tunnel_is_spoken_through() {
    #[derive(Debug)]
    struct Shout;

    impl Flowing for Shout {
        fn begin(&mut self, exchange: &mut Exchange<'_>) {
            exchange.grant(u64::MAX);
        }

        fn content(&mut self, exchange: &mut Exchange<'_>, octets: &[u8]) {
            let _ = exchange.write(&octets.to_ascii_uppercase());
        }

        fn end(&mut self, exchange: &mut Exchange<'_>) {
            let _ = exchange.finish();
        }
    }

    fn upgrade(_: &Request<'_>, response: Response<'_>) -> Answered {
        response.fields(&[("upgrade", "shout")]).tunnel(Shout)
    }
    let app = App::new(upgrade);
    let tunnel = app.get("/").field("connection", "upgrade").field("upgrade", "shout").begin();
    assert_eq!(tunnel.status(), Some(101));
    tunnel.write("hello");
    assert_eq!(tunnel.read_text(), "HELLO");
    tunnel.end();
    assert!(tunnel.is_complete());
}

/// Interim answers and trailers are kept.
#[test]
fn interim_answers_and_trailers_are_kept() {
    async fn all(mut call: Call) -> Reply {
        call.interim(Status::EARLY_HINTS, &[("link", "</style.css>; rel=preload")]);
        let mut stream = call.start(OwnedStreamed::new(Status::OK));
        let _ = stream.write(b"content").await;
        stream.finish_with(&[("x-sum", "7")])
    }
    let answer = App::new_async(all).get("/").send();
    assert_eq!(answer.interim(), [103]);
    assert_eq!(answer.text(), "content");
    assert_eq!(answer.trailers(), [("x-sum".to_owned(), "7".to_owned())]);
}

/// A stop is announced to whoever is served, and nobody else comes in.
#[test]
fn a_server_can_be_stopped() {
    async fn slow(call: Call) -> &'static str {
        call.sleep(Duration::from_secs(1)).await;
        "done"
    }
    let app = App::new_async(slow);
    let answer = app.get("/").begin();
    app.stop(Duration::from_secs(10));
    app.advance(Duration::from_secs(1));
    let answer = answer.finish();
    assert_eq!((answer.text(), answer.field("connection")), ("done", Some("close")));
}

#[test]
#[should_panic(expected = "the answer to GET / was cut short")]
fn an_answer_that_is_cut_is_a_panic() {
    async fn cut(mut call: Call) -> Reply {
        drop(call.start(OwnedStreamed::new(Status::OK).length(7)));
        Reply::Written
    }
    App::new_async(cut).get("/").send();
}
