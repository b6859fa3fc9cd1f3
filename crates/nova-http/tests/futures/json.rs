//! JSON in and out of futures.

use nova_http::{CallJsonError, OwnedAnswer};
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Deserialize)]
struct Order {
    article: String,
    count: u32,
}

#[derive(Serialize)]
struct Receipt {
    total: u32,
}

async fn order(mut call: Call) -> Result<OwnedAnswer, CallJsonError> {
    let order: Order = call.json().await?;
    let price = if order.article == "tea" { 3 } else { 0 };
    Ok(OwnedAnswer::json(&Receipt { total: order.count * price }))
}

/// A value comes in and one goes out; a mistake is answered with what the client has to repair.
#[test]
fn a_value_comes_in_and_goes_out() {
    let mut bench = server(order);
    let mut post = |kind: &str, json: &str| {
        let mut client = bench.connect();
        let head = format!("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\n");
        let length = format!("Content-Length: {}\r\n\r\n", json.len());
        ask(&mut bench, &mut client, (head + &length + json).as_bytes())
    };
    let answer = post("application/json", r#"{"article": "tea", "count": 2}"#);
    assert_eq!((status(&answer), content(&answer)), ("200", r#"{"total":6}"#));
    assert!(answer.contains("content-type: application/json\r\n"));
    let answer = post("text/plain", "{}");
    assert_eq!(status(&answer), "415");
    assert!(answer.contains("content-type: application/problem+json\r\n"));
    assert!(answer.contains("accept: application/json\r\n"));
    assert_eq!(status(&post("application/json", "{")), "400");
    let answer = post("application/json", "{}");
    assert_eq!(status(&answer), "422");
    assert!(content(&answer).contains("missing field `article`"), "{answer}");
}
