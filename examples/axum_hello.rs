//! An axum application on Nova: the router is axum's, and nothing in it knows who serves it.
//!
//! ```text
//! cargo run -p nova-examples --bin axum_hello -- 3000
//! curl -i http://127.0.0.1:3000/json/7
//! ```

#[path = "axum/app.rs"]
mod app;

use nova_examples::{Outcome, arguments, until_stopped};
use nova_tower::Server;

fn main() -> Outcome {
    let arguments = arguments("127.0.0.1:3000")?;
    let bind = match arguments.rest.first() {
        Some(port) => format!("127.0.0.1:{port}"),
        None => arguments.bind,
    };
    // In a program that has a runtime: `nova_tower::serve(bind, app::app()).await?`.
    let running = Server::bind(bind)?.workers(1).start(app::app())?;
    until_stopped(running)?;
    Ok(())
}
