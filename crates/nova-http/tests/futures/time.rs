//! Futures that wait.

use std::time::Duration;

use nova_http::{Bounds, Call, Phase, Reason, Reply, Status};
use nova_io::sim::ClientState;

use super::*;

const MS: Duration = Duration::from_millis(1);

/// Five hundred handlers that sleep 10 ms wait at the same time.
#[test]
fn five_hundred_sleep_at_once() {
    let mut bench = server(async |call: Call| {
        call.sleep(10 * MS).await;
        "slept"
    });
    let mut clients: Vec<_> = (0..500).map(|_| bench.connect()).collect();
    clients.iter_mut().for_each(|client| client.write(GET));
    bench.settle();
    assert_eq!(bench.worker(0).application().running(), 500);
    assert!(clients.iter_mut().all(|client| client.drain().is_empty()));
    for _ in 0..29 {
        bench.advance(MS);
    }
    let kept = ok("slept");
    assert!(clients.iter_mut().all(|client| text(client) == kept), "30 ms are enough");
    assert_eq!(bench.worker(0).application().running(), 0);
}

/// A sleep lasts as long as it was told to, however long the worker has waited before: the clock that
/// it counts from is that of the turn in which it begins.
#[test]
fn a_sleep_is_never_too_short() {
    let mut bench = server(async |call: Call| {
        let begun = call.clock().now();
        call.sleep(10 * MS).await;
        format!("{:?}", call.clock().now().since(begun))
    });
    let mut client = bench.connect();
    bench.advance(Duration::from_secs(5));
    assert_eq!(ask(&mut bench, &mut client, GET), "");
    bench.advance(9 * MS);
    assert_eq!(text(&mut client), "");
    bench.advance(MS);
    assert_eq!(content(&text(&mut client)), "10ms");
}

/// Sleeps end in the order of their moments, and those that were dropped leave nothing to wait for.
#[test]
fn a_dropped_sleep_is_forgotten() {
    let mut bench = server(async |call: Call| {
        // A time-out that is not needed.
        drop(call.sleep(Duration::from_secs(3600)));
        let mut long = Box::pin(call.sleep(Duration::from_secs(3600)));
        assert!(poll(long.as_mut()).is_pending());
        call.sleep(MS).await;
        drop(long);
        "done"
    });
    let mut client = bench.connect();
    for _ in 0..100 {
        assert_eq!(ask(&mut bench, &mut client, GET), "");
        bench.advance(MS);
        assert_eq!(content(&text(&mut client)), "done");
    }
    use nova_http::Application;
    assert_eq!(bench.worker(0).application().deadline(), None, "nobody is waited for");
}

/// A sleep that another task takes over wakes that task.
#[test]
fn a_sleep_wakes_who_polled_it_last() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake};

    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    let place = Place::default();
    let mut bench = server(sharing(&place, async |left: Place<_>, call: Call| -> Reply {
        let mut sleep = Box::pin(call.sleep(10 * MS));
        assert!(poll(sleep.as_mut()).is_pending());
        left.put((sleep, call));
        Reply::Written
    }));
    let mut client = bench.connect();
    assert_eq!(ask(&mut bench, &mut client, GET), "");
    let (mut sleep, call) = place.take();
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = count.clone().into();
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    bench.advance(9 * MS);
    assert_eq!(count.0.load(Ordering::Relaxed), 0);
    bench.advance(MS);
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
    // And one that begins between turns is not shorter, though the clock stands still then.
    let mut other = Box::pin(call.sleep(10 * MS));
    assert!(other.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    bench.advance(5 * MS);
    assert!(other.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    bench.advance(10 * MS);
    assert!(other.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
}

/// A request's own deadline ends its future with 503, and drops it; so does that for its content.
#[test]
fn a_deadline_of_its_own_ends_a_future() {
    let dropped = Dropped::default();
    let mut bench = server(sharing(&dropped, async |guards: Dropped, mut call: Call| -> Reply {
        let _guard = guards.guard();
        let span = Some(20 * MS);
        if call.head().path() == b"/content" {
            call.bound(Bounds { content_within: span, ..Bounds::default() });
            let _ = call.content().await;
        } else {
            call.bound(Bounds { answer_within: span, ..Bounds::default() });
            call.sleep(Duration::from_secs(10)).await;
        }
        Status::OK.into()
    }));
    let (mut slow, mut uploads) = (bench.connect(), bench.connect());
    ask(&mut bench, &mut slow, GET);
    ask(
        &mut bench,
        &mut uploads,
        b"POST /content HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n1",
    );
    bench.advance(19 * MS);
    assert_eq!(dropped.count(), 0);
    bench.advance(Duration::from_millis(200));
    assert_eq!(dropped.count(), 2);
    assert_eq!(status(&text(&mut slow)), "503");
    assert_eq!(status(&text(&mut uploads)), "408");
    assert_eq!(slow.state(), ClientState::Ended);
    let failures = &bench.counters(0).failures;
    assert_eq!(failures.get(Reason::TimedOut, Phase::Handler), 1);
    assert_eq!(failures.get(Reason::TimedOut, Phase::Content), 1);
}
