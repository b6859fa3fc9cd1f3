//! tower-http's layers around an axum router, as they are used.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::services::ServeDir;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::served::serve;

/// A long answer is compressed for those who take it so.
#[tokio::test]
async fn compression() {
    let app = Router::new()
        .route("/", get(|| async { "hello ".repeat(10_000) }))
        .layer(CompressionLayer::new());
    let served = serve(app);
    let client = reqwest::Client::new();
    let answer = client.get(&served.url).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    let octets = answer.bytes().await.unwrap();
    assert!(octets.starts_with(&[0x1F, 0x8B]) && octets.len() < 10_000, "{} octets", octets.len());
    assert_eq!(served.text("/").await.len(), 60_000);
}

/// A preflight is answered by the layer.
#[tokio::test]
async fn cors() {
    let app = Router::new().route("/", get(|| async { "hello" })).layer(CorsLayer::permissive());
    let served = serve(app);
    let request = reqwest::Client::new().request(reqwest::Method::OPTIONS, &served.url);
    let request =
        request.header("origin", "http://a").header("access-control-request-method", "PUT");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    assert_eq!(served.get("/").await.headers()["access-control-allow-origin"], "*");
}

/// What takes too long, what is too much and what panics is answered by the layers.
#[tokio::test]
async fn timeout_limit_and_panic() {
    async fn panics() {
        panic!("on purpose");
    }
    let span = Duration::from_millis(10);
    let app = Router::new()
        .route("/never", get(std::future::pending::<()>))
        .route("/much", post(|content: Bytes| async move { content.len().to_string() }))
        .route("/panic", get(panics))
        .layer(RequestBodyLimitLayer::new(10))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, span))
        .layer(CatchPanicLayer::new())
        .layer(TraceLayer::new_for_http());
    let served = serve(app);
    assert_eq!(served.get("/never").await.status(), 408);
    let client = reqwest::Client::new();
    let much = client.post(served.at("/much")).body("01234567890").send().await.unwrap();
    assert_eq!(much.status(), 413);
    let little = client.post(served.at("/much")).body("0123456789").send().await.unwrap();
    assert_eq!(little.text().await.unwrap(), "10");
    let panicked = served.get("/panic").await;
    assert_eq!(panicked.status(), 500);
    assert_eq!(panicked.text().await.unwrap(), "Service panicked");
}

/// A folder is served, with ranges and conditions.
#[tokio::test]
async fn a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let long = "0123456789".repeat(100_000);
    std::fs::write(folder.path().join("long.txt"), &long).unwrap();
    std::fs::write(folder.path().join("index.html"), "<p>hello</p>").unwrap();
    let served = serve(Router::new().fallback_service(ServeDir::new(folder.path())));
    let index = served.get("/").await;
    assert_eq!(index.headers()["content-type"], "text/html");
    assert_eq!(index.text().await.unwrap(), "<p>hello</p>");
    let whole = served.get("/long.txt").await;
    assert_eq!(whole.headers()["content-length"], "1000000");
    let changed = whole.headers()["last-modified"].clone();
    assert_eq!(whole.text().await.unwrap(), long);
    let client = reqwest::Client::new();
    let part = client.get(served.at("/long.txt")).header("range", "bytes=999995-").send();
    let part = part.await.unwrap();
    assert_eq!((part.status().as_u16(), part.text().await.unwrap().as_str()), (206, "56789"));
    let same = client.get(served.at("/long.txt")).header("if-modified-since", changed).send();
    assert_eq!(same.await.unwrap().status(), 304);
    let head = client.head(served.at("/long.txt")).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], "1000000");
    assert_eq!(served.get("/nothing").await.status(), 404);
}
