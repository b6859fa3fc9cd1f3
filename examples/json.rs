//! JSON in and out, with serde (the feature `json`).
//!
//! ```text
//! cargo run -p nova-examples --bin json
//! curl -i http://127.0.0.1:3000/ --json '{"article": "tea", "count": 3}'
//! ```

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{Answered, Request, Response, Router, Server};
use serde::{Deserialize, Serialize};

/// What clients send. A text that needs no unescaping could even be borrowed as `&str`.
#[derive(Deserialize)]
struct Order {
    article: String,
    count: u32,
}

/// What they get.
#[derive(Serialize)]
struct Receipt {
    article: String,
    /// In cents.
    total: u64,
}

fn order(request: &Request<'_>, response: Response<'_>) -> Answered {
    match request.json::<Order>() {
        Ok(Order { article, count }) => {
            response.json(&Receipt { article, total: u64::from(count) * 250 })
        }
        // 415 for what is not called JSON, 400 for what is none, 422 for JSON of another shape,
        // each with a sentence that says what to repair.
        Err(error) => response.json_error(&error),
    }
}

fn main() -> Outcome {
    let bind = arguments("127.0.0.1:3000")?.bind;
    let running = Server::bind(bind)?.start(Router::new().post("/", order))?;
    until_stopped(running)?;
    Ok(())
}
