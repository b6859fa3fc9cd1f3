//! axum's WebSockets, with a client that is not ours.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{CloseFrame, Message as Sent, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::{SinkExt, StreamExt};
use nova_tower::{Limits, Running, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::served::{Served, serve};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

const MUCH: usize = 1024 * 1024;

/// An echo, and what one would do to it.
fn app() -> Router {
    Router::new()
        .route("/echo", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(echo)))
        .route("/close", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(close)))
        .route("/drop", get(async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(async |_| {})))
        .route("/guarded", get(guarded))
        .route("/plain", get(async || "hello"))
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(message, Sent::Text(_) | Sent::Binary(_)) && socket.send(message).await.is_err()
        {
            break;
        }
    }
}

async fn close(mut socket: WebSocket) {
    let frame = CloseFrame { code: 4_000, reason: "enough".into() };
    socket.send(Sent::Close(Some(frame))).await.unwrap();
    // The client's answer to it.
    assert!(matches!(socket.recv().await, Some(Ok(Sent::Close(_)))));
    assert!(socket.recv().await.is_none());
}

/// Who is not known gets no socket.
async fn guarded(fields: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if fields.contains_key("authorization") {
        return upgrade.on_upgrade(echo);
    }
    (StatusCode::FORBIDDEN, "not you").into_response()
}

async fn connect(served: &Served, path: &str) -> Client {
    let url = served.at(path).replace("http://", "ws://");
    let (client, response) = connect_async(url).await.unwrap();
    assert_eq!(response.status(), 101);
    client
}

/// Text, binary, ping and pong, and both sides of the close.
#[tokio::test]
async fn a_socket_talks() {
    let served = serve(app());
    let mut client = connect(&served, "/echo").await;
    for message in [
        Message::text("hello"),
        Message::text(""),
        Message::binary(vec![0, 255]),
        Message::text("ä".repeat(40_000)),
    ] {
        client.send(message.clone()).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), message);
    }
    client.send(Message::Ping("are you there?".into())).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Message::Pong("are you there?".into()));
    client.close(None).await.unwrap();
    assert!(matches!(client.next().await, Some(Ok(Message::Close(None)))));
    assert!(client.next().await.is_none());
}

/// The server closes, with a code; or it just drops its socket.
#[tokio::test]
async fn a_server_may_close() {
    let served = serve(app());
    let mut client = connect(&served, "/close").await;
    let Some(Ok(Message::Close(Some(frame)))) = client.next().await else { panic!("no close") };
    assert_eq!((frame.code, &*frame.reason), (CloseCode::Library(4_000), "enough"));
    assert!(client.next().await.is_none());
    let mut client = connect(&served, "/drop").await;
    assert!(matches!(client.next().await, Some(Err(Error::Protocol(_)))));
}

/// An echo that says whenever it has to wait for its client to read.
async fn waiting_echo(mut socket: WebSocket, waits: UnboundedSender<()>) {
    while let Some(Ok(message @ Sent::Binary(_))) = socket.recv().await {
        let mut sends = pin!(socket.send(message));
        let sent = poll_fn(|cx| {
            let sent = sends.as_mut().poll(cx);
            if sent.is_pending() {
                waits.send(()).unwrap();
            }
            sent
        });
        sent.await.unwrap();
    }
}

/// Messages of a mebibyte both ways, past a client that does not read until the server has to wait for
/// it: nobody keeps 32 MiB.
#[tokio::test]
async fn much_goes_both_ways_past_a_slow_reader() {
    let (tell, mut waits) = unbounded_channel();
    let socket = async move |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(|socket| waiting_echo(socket, tell))
    };
    let served = serve(Router::new().route("/", get(socket)));
    let (mut sender, mut receiver) = connect(&served, "/").await.split();
    let message = |number: usize| {
        Message::binary((0..MUCH).map(|at| (at / 3 + at * number) as u8).collect::<Vec<_>>())
    };
    let sends = tokio::spawn(async move {
        for number in 0..32 {
            sender.send(message(number)).await.unwrap();
        }
        sender
    });
    waits.recv().await.unwrap();
    for number in 0..32 {
        assert!(receiver.next().await.unwrap().unwrap() == message(number), "{number}");
    }
    drop(sends.await.unwrap());
}

/// Sockets on one worker do not wait for each other, nor do requests for them.
#[tokio::test]
async fn many_sockets_share_a_worker() {
    let served = serve(app());
    let mut clients = Vec::new();
    for _ in 0..32 {
        clients.push(connect(&served, "/echo").await);
    }
    for round in 0..4 {
        for (number, client) in clients.iter_mut().enumerate() {
            client.send(Message::text(format!("{round} of {number}"))).await.unwrap();
        }
        assert_eq!(served.text("/plain").await, "hello");
        for (number, client) in clients.iter_mut().enumerate().rev() {
            let expected = Message::text(format!("{round} of {number}"));
            assert_eq!(client.next().await.unwrap().unwrap(), expected);
        }
    }
}

/// A handshake, with more behind it; and what it is answered with.
const HANDSHAKE: &str = "GET /echo HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The head of the next answer.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// A frame that comes in one piece with the handshake is not lost. Key and answer are those of RFC 6455
/// §1.3, the frame that of §5.7.
#[tokio::test]
async fn a_frame_may_come_with_the_handshake() {
    let served = serve(app());
    let mut stream = TcpStream::connect(served.url.trim_start_matches("http://")).await.unwrap();
    let frame = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    stream.write_all(&[HANDSHAKE.as_bytes(), &frame].concat()).await.unwrap();
    let head = head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), "{head}");
    assert!(head.contains("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
    let mut echoed = [0; 7];
    stream.read_exact(&mut echoed).await.unwrap();
    assert_eq!(&echoed, b"\x81\x05Hello");
}

/// A refusal, the extractor's or the handler's, is an answer like any other: the connection is kept, and
/// may become a socket later.
#[tokio::test]
async fn a_refused_socket_keeps_its_connection() {
    let served = serve(app());
    let mut stream = TcpStream::connect(served.url.trim_start_matches("http://")).await.unwrap();
    let without_version = HANDSHAKE.replace("Version: 13", "Version: 12");
    let guarded = HANDSHAKE.replace("/echo", "/guarded");
    for (request, status) in [(without_version, "400"), (guarded, "403")] {
        stream.write_all(request.as_bytes()).await.unwrap();
        let head = head(&mut stream).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        let length = head.split_once("Content-Length: ").unwrap().1.lines().next().unwrap();
        let mut content = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut content).await.unwrap();
    }
    stream.write_all(HANDSHAKE.as_bytes()).await.unwrap();
    assert!(head(&mut stream).await.starts_with("HTTP/1.1 101 "));
}

/// Tells how each socket's task ends.
fn watched(ends: UnboundedSender<String>) -> Router {
    let watch = move |upgrade: WebSocketUpgrade| async move {
        upgrade.on_upgrade(async move |mut socket: WebSocket| {
            let end = match socket.recv().await {
                Some(Ok(message)) => format!("{message:?}"),
                Some(Err(error)) => error.to_string(),
                None => "the end".to_owned(),
            };
            ends.send(end).unwrap();
        })
    };
    Router::new().route("/", get(watch))
}

fn start(limits: Limits, app: Router) -> (Running, String) {
    let server = Server::bind("127.0.0.1:0").unwrap().workers(1).limits(limits);
    let running = server.start(app).unwrap();
    let url = format!("ws://{}", running.handle().local_addr());
    (running, url)
}

/// A client that vanishes without a word, and one that is silent for longer than `tunnel_silence`: the
/// socket's task learns of it.
#[tokio::test]
async fn a_socket_learns_that_its_client_has_gone() {
    let (tell, mut ends) = unbounded_channel();
    let limits = Limits { tunnel_silence: Duration::from_millis(200), ..Server::default_limits() };
    let (running, url) = start(limits, watched(tell));
    let (client, _) = connect_async(&url).await.unwrap();
    drop(client);
    let end = ends.recv().await.unwrap();
    assert!(end.contains("without closing handshake"), "{end}");
    let (mut client, _) = connect_async(&url).await.unwrap();
    let end = ends.recv().await.unwrap();
    assert!(end.contains("silent for too long"), "{end}");
    assert!(client.next().await.unwrap().is_err());
    running.stop(Duration::from_secs(5)).unwrap();
}

/// A stop gives sockets its grace; the report says that they were cut, and their tasks learn of it.
#[tokio::test]
async fn a_stop_cuts_what_is_open_after_its_grace() {
    let (tell, mut ends) = unbounded_channel();
    let (running, url) = start(Server::default_limits(), watched(tell));
    let (mut ends_itself, _) = connect_async(&url).await.unwrap();
    let (mut stays, _) = connect_async(&url).await.unwrap();
    let stopped = tokio::task::spawn_blocking(move || running.stop(Duration::from_millis(500)));
    ends_itself.send(Message::text("last")).await.unwrap();
    assert!(ends.recv().await.unwrap().contains("last"));
    assert!(ends_itself.next().await.unwrap().is_err());
    drop(ends_itself);
    assert!(stays.next().await.unwrap().is_err());
    let report = stopped.await.unwrap().unwrap();
    assert_eq!(report.cut, 1, "{report}");
}
