//! Calls and writers that have gone to other tasks: here the test itself is one, and polls by hand.

use std::sync::Arc;
use std::task::Wake;
use std::time::Duration;

use nova_http::{OwnedStreamed, Reply, Status, Writer};
use nova_io::sim::ClientState;

use super::*;

/// A server whose handler gives its call away.
fn giving(place: &Place<Call>) -> Server<impl AsyncHandler> {
    let place = place.clone();
    server(move |call: Call| {
        place.put(call);
        std::future::ready(Reply::Written)
    })
}

/// Another task can do all that the handler's future could, when that is long done.
#[test]
fn another_task_can_answer() {
    let place = Place::default();
    let mut bench = giving(&place);
    let mut client = bench.connect();
    for _ in 0..3 {
        let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
        assert_eq!(ask(&mut bench, &mut client, head), "");
        let mut call = place.take();
        {
            let mut content = Box::pin(call.content());
            assert!(poll(content.as_mut()).is_pending());
            bench.settle();
            client.write(b"hello");
            bench.settle();
            assert_eq!(poll(content.as_mut()), Poll::Ready(Ok(b"hello".to_vec())));
        }
        let mut writer = call.start(OwnedStreamed::new(Status::OK).length(5));
        assert!(poll(writer.write(b"wor")).is_ready());
        assert!(content(&String::from_utf8(bench.drain(&mut client)).unwrap()).ends_with("wor"));
        assert!(poll(writer.write(b"ld")).is_ready());
        writer.finish();
        assert_eq!(bench.drain(&mut client), b"ld");
        assert_eq!(bench.worker(0).application().running(), 0);
        // Kept too long, it says nothing any more, and stands in nobody's way.
        call.start(OwnedStreamed::new(Status::OK)).finish();
        call.interim(Status::new(103).unwrap(), &[]);
        place.put(call);
    }
    assert!(failures(bench.counters(0)).is_empty());
}

/// A call that is dropped unanswered is 500, wherever that happens, so that no client waits for
/// nothing; and so is a handler that says it has written what it has not.
#[test]
fn a_forgotten_call_is_answered() {
    let place = Place::default();
    let mut bench = giving(&place);
    let mut client = bench.connect();
    assert_eq!(ask(&mut bench, &mut client, GET), "");
    drop(place.take());
    assert_eq!(status(&String::from_utf8(bench.drain(&mut client)).unwrap()), "500");
    // A part of the answer has left.
    let mut client = bench.connect();
    assert_eq!(ask(&mut bench, &mut client, GET), "");
    let mut call = place.take();
    let mut writer = call.start(OwnedStreamed::new(Status::OK));
    assert!(poll(writer.write(b"half")).is_ready());
    drop(call);
    bench.settle();
    drop(writer);
    bench.settle();
    assert_eq!(client.state(), ClientState::Reset);
    assert_eq!(bench.worker(0).application().running(), 0);
    let mut bench = server(async |_: Call| Reply::Written);
    let mut client = bench.connect();
    assert_eq!(status(&ask(&mut bench, &mut client, GET)), "500");
    assert_eq!(bench.worker(0).application().running(), 0);
}

/// What another task holds of an exchange that has ended does not touch the next one in its slot.
#[test]
fn an_old_call_does_not_reach_the_next_exchange() {
    let place = Place::<Call>::default();
    let mut bench = server(sharing(&place, async |left: Place<Call>, call: Call| -> Reply {
        if call.head().path() == b"/first" {
            left.put(call);
            return std::future::pending().await;
        }
        call.sleep(Duration::from_millis(5)).await;
        "second".into()
    }));
    let mut first = bench.connect();
    ask(&mut bench, &mut first, b"GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
    first.reset();
    bench.settle();
    let mut second = bench.connect();
    assert_eq!(ask(&mut bench, &mut second, GET), "");
    let mut old = place.take();
    assert_eq!(old.head().path(), b"/first");
    old.start(OwnedStreamed::new(Status::NO_CONTENT)).finish();
    assert!(poll(old.content()).is_ready(), "there was none to wait for");
    bench.settle();
    assert_eq!(text(&mut second), "");
    bench.advance(Duration::from_millis(5));
    assert_eq!(text(&mut second), ok("second"));
}

/// A waker may run anything, and so may the drop of one: what it holds may be the last of a task that
/// writes into the same exchange.
#[test]
fn a_waker_may_own_the_rest_of_the_call() {
    // A waker is `Send`, and a writer is not: it lies in a place that only this thread has.
    thread_local! {
        static WRITER: RefCell<Option<Writer>> = const { RefCell::new(None) };
    }
    fn drop_writer() {
        let writer = WRITER.with(|writer| writer.borrow_mut().take());
        drop(writer);
    }
    struct Owner;
    impl Wake for Owner {
        fn wake(self: Arc<Self>) {
            drop_writer();
        }
    }
    impl Drop for Owner {
        fn drop(&mut self) {
            drop_writer();
        }
    }

    let place = Place::default();
    let mut bench = giving(&place);
    for replaced in [false, true] {
        let mut client = bench.connect();
        let head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
        ask(&mut bench, &mut client, head);
        let mut call = place.take();
        let writer = call.start(OwnedStreamed::new(Status::OK));
        WRITER.with(|place| *place.borrow_mut() = Some(writer));
        let waker = Arc::new(Owner).into();
        let mut content = Box::pin(call.content());
        assert!(content.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        if replaced {
            // The last reference to the waker goes where another takes its place.
            assert!(poll(content.as_mut()).is_pending());
        } else {
            client.write(b"hello");
        }
        bench.settle();
        assert_eq!(client.state(), ClientState::Reset, "the writer was dropped");
    }
}
