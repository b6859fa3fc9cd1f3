//! A stop that ends: what runs is finished, what is idle is closed, what is late is cut off, and a
//! report says how many of each.
//!
//! ```text
//! cargo run -p nova-examples --bin stop
//! curl -N http://127.0.0.1:3000/     # and Ctrl-C in the other terminal
//! ```

use std::time::Duration;

use nova_examples::{Outcome, arguments};
use nova_http::{Call, OwnedStreamed, Reply, Server, Status};

/// How long requests have to finish after the first signal. Less than the time after which those who
/// started us will kill us: 10 s for many.
const GRACE: Duration = Duration::from_secs(8);

/// An answer that takes a while: its last line comes two seconds after its first one.
async fn slow(mut call: Call) -> Reply {
    let mut answer = call.start(OwnedStreamed::new(Status::OK).field("content-type", "text/plain"));
    if answer.write(b"working\n").await.is_ok() {
        call.sleep(Duration::from_secs(2)).await;
        let _ = answer.write(b"done\n").await;
    }
    answer.finish()
}

fn main() -> Outcome {
    let bind = arguments("127.0.0.1:3000")?.bind;
    let running = Server::bind(bind)?.workers(2).start_async(slow)?;
    // A handle can go to any thread. To stop twice is allowed; it can only shorten the grace, so a
    // program could give the impatient a second Ctrl-C.
    let handle = running.handle();
    ctrlc::set_handler(move || handle.stop(GRACE))?;
    println!("listening on {}", running.handle().local_addr());
    // Waits for the end of all workers, which comes `GRACE` after the signal at the latest.
    let report = running.join()?;
    println!("{report}");
    Ok(())
}
