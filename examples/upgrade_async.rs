//! The same echo as `upgrade`, by a handler that is a future: its state is where it waits.
//!
//! ```text
//! cargo run -p nova-examples --bin upgrade_async
//! ```

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{Call, OwnedAnswer, OwnedStreamed, Reply, Server, Status};

async fn upgrade(call: Call) -> Reply {
    let wanted = call.head().fields.get("upgrade").map(<[u8]>::to_ascii_lowercase);
    if !call.head().upgrade || wanted.as_deref() != Some(b"echo") {
        let text = "this server speaks echo";
        return OwnedAnswer::new(Status::UPGRADE_REQUIRED, text).field("upgrade", "echo").into();
    }
    let head = OwnedStreamed::new(Status::SWITCHING_PROTOCOLS).field("upgrade", "echo");
    let mut tunnel = call.tunnel(head);
    while let Some(Ok(piece)) = tunnel.read().await {
        if tunnel.write(&piece).await.is_err() {
            break;
        }
    }
    tunnel.finish()
}

fn main() -> Outcome {
    let bind = arguments("127.0.0.1:3000")?.bind;
    let running = Server::bind(bind)?.start_async(upgrade)?;
    until_stopped(running)?;
    Ok(())
}
