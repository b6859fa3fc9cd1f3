//! What is promised of serving: an application as it is, an address, a stop that ends.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Everything that `address` answers to `request` until it closes.
async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

const GET: &str = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

/// A router is served as it is, on the runtime of `#[tokio::main]`, and a signal stops it.
#[tokio::test]
async fn a_router_is_served_until_the_signal() {
    let app = Router::new().route("/", get(|| async { "Hello, World!" }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        nova_tower::serve(listener, app)
            .with_graceful_shutdown(async { drop(stopped.await) })
            .grace(Duration::from_secs(5))
            .await
    });
    let answer = ask(address, GET).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\nDate: "), "{answer}");
    assert!(answer.ends_with("\r\n\r\nHello, World!"), "{answer}");
    assert!(answer.contains("\r\ncontent-length: 13\r\n"), "{answer}");
    stop.send(()).unwrap();
    let report = serving.await.unwrap().unwrap();
    assert_eq!(report.cut, 0);
}

/// axum's `ConnectInfo` is the address from which the client has connected.
#[tokio::test]
async fn connect_info_is_the_peer() {
    async fn peer(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
        peer.to_string()
    }
    let app = Router::new().route("/", get(peer));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = nova_tower::Server::bind("127.0.0.1:0").unwrap().workers(1);
    let running = server.start(app).unwrap();
    let mut stream = TcpStream::connect(running.handle().local_addr()).await.unwrap();
    stream.write_all(GET.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let me = stream.local_addr().unwrap().to_string();
    assert!(answer.ends_with(&format!("\r\n\r\n{me}")), "{answer}");
    running.stop(Duration::from_secs(5)).unwrap();
}
