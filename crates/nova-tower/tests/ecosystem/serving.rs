//! What is promised of serving: an application as it is, an address, a stop that ends.

use std::future::IntoFuture;
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
    assert!(answer.contains("\r\nContent-Length: 13\r\n"), "{answer}");
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

/// A listener of the standard library's is taken as it is, and so is an address; one that is taken
/// already is an error of the future.
#[tokio::test]
async fn what_can_be_listened_on() {
    let app = Router::new().route("/", get(|| async { "hello" }));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = nova_tower::serve(listener, app.clone());
    let address = serving.local_addr().unwrap();
    let serving = tokio::spawn(serving.into_future());
    assert!(ask(address, GET).await.ends_with("hello"));
    let error = nova_tower::serve(address, app.clone()).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    serving.abort();
    assert!(nova_tower::serve("not an address", app).await.is_err());
}

/// A future that is dropped stops its server.
#[tokio::test]
async fn a_dropped_future_stops_its_server() {
    let app = Router::new().route("/", get(|| async { "hello" }));
    let serving = nova_tower::serve("127.0.0.1:0", app).into_future();
    let address = serving.handle().unwrap().local_addr();
    assert!(ask(address, GET).await.ends_with("hello"));
    drop(serving);
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

/// A stop waits for what runs, cuts what is left after the grace, and says so.
#[tokio::test]
async fn a_stop_ends_and_says_what_it_has_cut() {
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let waits = begun.clone();
    let (refused, seen) = tokio::sync::watch::channel(false);
    let app = Router::new()
        .route(
            "/short",
            get(move || async move {
                begun.send(()).unwrap();
                let mut seen = seen.clone();
                seen.wait_for(|refused| *refused).await.unwrap();
                "short"
            }),
        )
        .route(
            "/never",
            get(move || async move {
                waits.send(()).unwrap();
                std::future::pending::<()>().await;
            }),
        );
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = nova_tower::serve("127.0.0.1:0", app);
    let address = serving.local_addr().unwrap();
    let serving =
        serving.with_graceful_shutdown(async { drop(stopped.await) }).grace(Duration::from_secs(2));
    let serving = tokio::spawn(serving.into_future());
    let ask_for = |path: &'static str| async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let get = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        stream.write_all(get.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset is the end, too.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    let (short, never) = (tokio::spawn(ask_for("/short")), tokio::spawn(ask_for("/never")));
    begins.recv().await.unwrap();
    begins.recv().await.unwrap();
    stop.send(()).unwrap();
    // When nobody is let in any more, the stop has begun.
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    refused.send(true).unwrap();
    let short = short.await.unwrap();
    assert!(short.contains("Connection: close") && short.ends_with("short"), "{short}");
    let report = serving.await.unwrap().unwrap();
    assert_eq!(report.cut, 1);
    assert!(!never.await.unwrap().contains(" 200 "));
}

/// Workers have instances of their own, made on their threads, which need not be `Send`.
#[tokio::test]
async fn each_worker_has_an_instance_of_its_own() {
    let app = nova_tower::per_worker(|worker| {
        let served = std::rc::Rc::new(std::cell::Cell::new(0));
        tower::service_fn(move |_request: http::Request<nova_tower::Body>| {
            let served = served.clone();
            async move {
                // Within the worker's runtime and its `LocalSet`.
                let served = tokio::task::spawn_local(async move {
                    served.set(served.get() + 1);
                    served.get()
                });
                let text = format!("{} of {worker}", served.await.unwrap());
                Ok::<_, std::convert::Infallible>(http::Response::new(text))
            }
        })
    });
    let server = nova_tower::Server::bind("127.0.0.1:0").unwrap().workers(1);
    let running = server.start(app).unwrap();
    let address = running.handle().local_addr();
    assert!(ask(address, GET).await.ends_with("\r\n\r\n1 of 0"));
    assert!(ask(address, GET).await.ends_with("\r\n\r\n2 of 0"));
    running.stop(Duration::from_secs(5)).unwrap();
}

/// The names of a request's fields are kept as they were sent, for who asks for that; who asks for no
/// connection gets none.
#[tokio::test]
async fn what_extensions_a_request_has() {
    async fn tell(request: axum::extract::Request) -> String {
        let names = request.extensions().get::<nova_tower::FieldNames>().map(|names| {
            let names = names.iter().map(String::from_utf8_lossy).collect::<Vec<_>>();
            names.join(",")
        });
        let connection = request.extensions().get::<nova_tower::Connection>();
        format!("{names:?} {}", connection.is_some())
    }
    let app = Router::new().route("/", get(tell));
    for (kept, told) in [(true, "Some(\"Host,Connection\") false"), (false, "None true")] {
        let server = nova_tower::Server::bind("127.0.0.1:0").unwrap().workers(1);
        let server = server.field_names(kept).connection_extension(!kept);
        let running = server.start(app.clone()).unwrap();
        let answer = ask(running.handle().local_addr(), GET).await;
        assert!(answer.ends_with(&format!("\r\n\r\n{told}")), "{answer}");
        running.stop(Duration::from_secs(5)).unwrap();
    }
}
