//! Streaming in both directions: what comes is sent back while it comes, however much it is.
//!
//! ```text
//! cargo run -p nova-examples --bin echo
//! head -c 1G /dev/zero | curl -sT - http://127.0.0.1:3000/ | wc -c
//! ```

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{Bounds, Call, OwnedStreamed, Reply, Server, Status};

async fn echo(mut call: Call) -> Reply {
    // Nothing is kept, so there is no reason for the server's 2 MiB.
    call.bound(Bounds { content_bytes: Some(u64::MAX), ..Bounds::default() });
    // Asked for before the answer begins: who answers without a look at the content gets a connection
    // that ends with the answer, as the content may never come to its end.
    let mut next = call.chunk().await;
    let head = OwnedStreamed::new(Status::OK).field("content-type", "application/octet-stream");
    let mut answer = call.start(head);
    // Back-pressure goes through: `write` waits while the client does not read, meanwhile no piece
    // is taken, and then the client cannot send on.
    while let Some(Ok(piece)) = next {
        if answer.write(&piece).await.is_err() {
            break;
        }
        next = call.chunk().await;
    }
    answer.finish()
}

fn main() -> Outcome {
    let bind = arguments("127.0.0.1:3000")?.bind;
    let running = Server::bind(bind)?.workers(2).start_async(echo)?;
    until_stopped(running)?;
    Ok(())
}
