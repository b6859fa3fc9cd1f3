//! Answers from threads of our own: whole ones, and ones that are written in pieces.
//!
//! A handler must not block its worker. What takes long gets a `Responder`, which may go to any
//! thread, and the handler returns.
//!
//! ```text
//! cargo run -p nova-examples --bin deferred
//! curl -i http://127.0.0.1:3000/primes/100000
//! ```

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread;

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{
    Answered, Lost, OwnedAnswer, OwnedStreamed, Request, Responder, Response, Router, Server,
    Status,
};

/// What the thread is to do. The responder is the right, and the duty, to answer one request.
struct Job {
    below: u64,
    streamed: bool,
    responder: Responder,
}

/// Jobs that may wait. Without a bound a slow thread would let them pile up for ever.
const QUEUE: usize = 64;

/// The largest number that somebody may ask for.
const MOST: u64 = 1_000_000;

fn work(job: Job) -> Result<(), Lost> {
    let Job { below, streamed, responder } = job;
    let primes = (2..below).filter(|n| (2..).take_while(|d| d * d <= *n).all(|d| n % d != 0));
    if !streamed {
        return responder.respond(OwnedAnswer::text(primes.count().to_string()));
    }
    let head = OwnedStreamed::new(Status::OK).field("content-type", "text/plain");
    let mut content = responder.start(head)?;
    for prime in primes {
        // Waits while the client does not read, and fails when it has left: then we stop.
        content.write(format!("{prime}\n"))?;
    }
    content.finish()
}

/// Hands a job over. If too many wait, the client gets 503 at once.
fn hand_over(
    jobs: &SyncSender<Job>,
    request: &Request<'_>,
    response: Response<'_>,
    streamed: bool,
) -> Answered {
    let below = request.param("below").and_then(|below| below.parse().ok());
    let Some(below) = below.filter(|below| *below <= MOST) else {
        return response.status(Status::NOT_FOUND).send(b"");
    };
    let (responder, answered) = response.defer();
    if let Err(TrySendError::Full(job) | TrySendError::Disconnected(job)) =
        jobs.try_send(Job { below, streamed, responder })
    {
        let busy = OwnedAnswer::empty(Status::SERVICE_UNAVAILABLE).field("retry-after", "1");
        let _ = job.responder.respond(busy);
    }
    answered
}

fn main() -> Outcome {
    let bind = arguments("127.0.0.1:3000")?.bind;
    let (jobs, queue) = sync_channel::<Job>(QUEUE);
    let thread = thread::spawn(move || {
        // The end of the channel, when the server and its handlers are gone, ends the thread.
        for job in queue {
            // `Lost` says that nobody waits for the answer any more, which is nobody's mistake.
            let _ = work(job);
        }
    });
    let counting = jobs.clone();
    let router = Router::new()
        .get("/count/{below}", move |request, response| {
            hand_over(&counting, request, response, false)
        })
        .get("/primes/{below}", move |request, response| hand_over(&jobs, request, response, true));
    let running = Server::bind(bind)?.workers(2).start(router)?;
    until_stopped(running)?;
    thread.join().map_err(|_| "the thread has panicked")?;
    Ok(())
}
