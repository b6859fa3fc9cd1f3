//! What was agreed for the field, as an axum application would have it.

use std::convert::Infallible;

use agreed::{HELLO, JSON, MESSAGE, OCTETS, PIECE, PIECES, POST, STREAM, TEXT, counted};
use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::stream;

/// The application.
pub(crate) fn app() -> Router {
    Router::new()
        .route("/", get(hello))
        .route("/articles/{id}", get(hello))
        .route(JSON, get(|| async { Json(MESSAGE) }))
        .route(POST, post(|content: Bytes| async move { text(counted(content.len())) }))
        .route(STREAM, get(pieces))
}

async fn hello() -> impl IntoResponse {
    text(HELLO)
}

fn text(content: impl IntoResponse) -> impl IntoResponse {
    ([(CONTENT_TYPE, TEXT)], content)
}

async fn pieces() -> impl IntoResponse {
    let pieces = (0..PIECES).map(|_| Ok::<_, Infallible>(Bytes::from_static(&PIECE)));
    ([(CONTENT_TYPE, OCTETS)], Body::from_stream(stream::iter(pieces)))
}
