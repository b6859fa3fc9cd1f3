//! An axum application, as it would be on any server: the example's, and the instrument's rivals' too.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::Path;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

/// What `/json/{id}` answers.
#[derive(Debug, Serialize)]
struct User {
    id: u64,
    name: &'static str,
    admin: bool,
    tags: [&'static str; 3],
}

/// What `/orders` takes.
#[derive(Debug, Deserialize)]
struct Order {
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    name: String,
    count: u64,
}

/// The application.
pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(|| async { "Hello, World!" }))
        .route("/user/{id}", get(user))
        .route("/json/{id}", get(json))
        .route("/post", post(octets))
        .route("/orders", post(orders))
        .route("/sleep", get(sleep))
        .route("/articles", post(octets))
        .route("/articles/{id}", get(|| async { "Hello, World!" }))
}

async fn user(Path(id): Path<String>) -> String {
    id
}

async fn json(Path(id): Path<u64>) -> Json<User> {
    Json(User { id, name: "Ada Lovelace", admin: true, tags: ["first", "of", "all"] })
}

async fn octets(content: Bytes) -> String {
    format!("{} octets", content.len())
}

async fn orders(Json(order): Json<Order>) -> String {
    let names: usize = order.items.iter().map(|item| item.name.len()).sum();
    let count: u64 = order.items.iter().map(|item| item.count).sum();
    format!("{count} things, {names} letters")
}

async fn sleep() -> &'static str {
    tokio::time::sleep(Duration::from_millis(1)).await;
    "Hello, World!"
}
