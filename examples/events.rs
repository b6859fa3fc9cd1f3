//! Server-sent events: an answer without an end, for as long as its client stays.
//!
//! ```text
//! cargo run -p nova-examples --bin events
//! curl -N http://127.0.0.1:3000/events
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{Call, OwnedAnswer, OwnedStreamed, Reply, Server, Status};

/// Counts the listeners for as long as it lives.
struct Listener(Arc<AtomicUsize>);

impl Listener {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count.clone())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn events(mut call: Call, every: Duration, listeners: Arc<AtomicUsize>) -> Reply {
    // When the client leaves, this future is dropped, and everything in it.
    let _listener = Listener::new(&listeners);
    let head = OwnedStreamed::new(Status::OK)
        .field("content-type", "text/event-stream")
        .field("cache-control", "no-store");
    let mut stream = call.start(head);
    for number in 1_u64.. {
        // A client that does not read makes this wait, so nothing piles up for it: it misses events.
        // One that takes nothing for `Limits::write_stall` is cut off.
        let event = format!("id: {number}\nevent: tick\ndata: {number}\n\n");
        if stream.write(event.as_bytes()).await.is_err() {
            break;
        }
        call.sleep(every).await;
    }
    stream.finish()
}

fn main() -> Outcome {
    let arguments = arguments("127.0.0.1:3000")?;
    let every = match arguments.rest.first() {
        Some(milliseconds) => Duration::from_millis(milliseconds.parse()?),
        None => Duration::from_secs(1),
    };
    let listeners = Arc::new(AtomicUsize::new(0));
    let handler = move |call: Call| {
        let listeners = listeners.clone();
        async move {
            match call.head().path() {
                b"/events" => events(call, every, listeners).await,
                b"/listeners" => {
                    OwnedAnswer::text(listeners.load(Ordering::Relaxed).to_string()).into()
                }
                _ => Status::NOT_FOUND.into(),
            }
        }
    };
    let running = Server::bind(arguments.bind)?.start_async(handler)?;
    until_stopped(running)?;
    Ok(())
}
