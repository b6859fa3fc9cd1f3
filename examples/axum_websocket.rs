//! An axum application with a WebSocket, and a page whose script talks to it.
//!
//! ```text
//! cargo run -p nova-examples --bin axum_websocket
//! xdg-open http://127.0.0.1:3000/
//! ```

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::{Html, Response};
use axum::routing::get;
use nova_examples::{Outcome, arguments, until_stopped};
use nova_tower::Server;

async fn page() -> Html<&'static str> {
    Html(include_str!("axum/websocket.html"))
}

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    // 101 leaves now; the rest is a task of the same worker.
    upgrade.on_upgrade(echo)
}

async fn echo(mut socket: WebSocket) {
    // An error is a client that has left, or the end of the server's grace.
    while let Some(Ok(message)) = socket.recv().await {
        let answer = match message {
            Message::Text(text) => Message::text(text.to_uppercase()),
            Message::Binary(_) => message,
            // axum answers pings, and closes when the client does.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => continue,
        };
        if socket.send(answer).await.is_err() {
            break;
        }
    }
}

fn main() -> Outcome {
    let app = Router::new().route("/", get(page)).route("/socket", get(socket));
    let bind = arguments("127.0.0.1:3000")?.bind;
    let running = Server::bind(bind)?.start(app)?;
    until_stopped(running)?;
    Ok(())
}
