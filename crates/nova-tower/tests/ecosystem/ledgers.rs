//! Nothing is lost, doubled, crossed or corrupted on the way through axum, whatever clients and
//! handlers do.
//!
//! A slice of it for each run of the tests. Much more of it:
//!
//! ```text
//! NOVA_TOWER_REQUESTS=1000000 cargo test --release -p nova-tower --test ecosystem ledger -- --nocapture
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::{StreamExt, stream};
use ledger::{FIELD, Ledger, Mark, Receipt};
use nova_tower::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Requests of a usual run.
const FEW: usize = 2_000;

/// Connections at a time.
const CONNECTIONS: usize = 16;

/// What a request is to do, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Content that comes with the head, taken as `Bytes`.
    Whole,
    /// Content in pieces, long, taken as it comes.
    Pieces,
    /// The handler waits before it reads.
    Late,
    /// The handler panics: 500.
    Panics,
    /// The client leaves in the middle of its content.
    Short,
    /// The client leaves before it has the answer.
    Leaves,
}

impl Kind {
    const fn of(number: usize) -> Self {
        match number % 16 {
            0 | 1 => Self::Pieces,
            2 => Self::Late,
            3 => Self::Panics,
            4 => Self::Short,
            5 => Self::Leaves,
            _ => Self::Whole,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Whole | Self::Leaves => "/whole",
            Self::Pieces | Self::Short => "/pieces",
            Self::Late => "/late",
            Self::Panics => "/panics",
        }
    }

    const fn length(self, number: usize) -> usize {
        match self {
            Self::Pieces | Self::Short => 20_000 + number * 7_919 % 200_000,
            _ => 64 + number * 104_729 % 5_000,
        }
    }
}

fn mark(request: &Request) -> Mark {
    let field = request.headers()[FIELD].to_str().expect("marks are text");
    field.parse().expect("a mark")
}

async fn whole(State(ledger): State<Arc<Ledger>>, request: Request) -> Response {
    let mark = mark(&request);
    ledger.ran(mark);
    let Ok(content) = axum::body::to_bytes(request.into_body(), usize::MAX).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    ledger.read(mark);
    Receipt::of(mark, &content).to_string().into_response()
}

async fn pieces(State(ledger): State<Arc<Ledger>>, request: Request) -> Response {
    let mark = mark(&request);
    ledger.ran(mark);
    let (mut content, mut reading) = (request.into_body().into_data_stream(), Receipt::reading());
    while let Some(piece) = content.next().await {
        match piece {
            Ok(piece) => reading.update(&piece),
            Err(_) => return StatusCode::BAD_REQUEST.into_response(),
        }
    }
    ledger.read(mark);
    // In pieces, too.
    let receipt = reading.receipt(mark).to_string();
    let (first, second) = receipt.split_at(receipt.len() / 2);
    let halves = [first, second].map(|half| Bytes::from(half.to_owned()));
    Body::from_stream(stream::iter(halves.map(Ok::<_, std::convert::Infallible>))).into_response()
}

async fn late(state: State<Arc<Ledger>>, request: Request) -> Response {
    tokio::time::sleep(Duration::from_millis(1)).await;
    let task = tokio::spawn(whole(state, request));
    task.await.expect("it does not panic")
}

async fn panics() {
    panic!("on purpose");
}

/// One client: the requests that it gets from `next`, until there is none.
async fn client(
    address: std::net::SocketAddr,
    ledger: Arc<Ledger>,
    next: Arc<AtomicUsize>,
    last: usize,
) {
    let mut connection = None;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= last {
            return;
        }
        let mark = ledger.open(number as u64 ^ 0xA5A5_5A5A).expect("room for all");
        let kind = Kind::of(number);
        let content = mark.content(kind.length(number));
        let mut stream = match connection.take() {
            Some(stream) => stream,
            None => TcpStream::connect(address).await.unwrap(),
        };
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: h\r\n{FIELD}: {mark}\r\nContent-Length: {}\r\n\r\n",
            kind.path(),
            content.len()
        );
        let mut octets = head.into_bytes();
        octets.extend_from_slice(&content);
        let cut = if kind == Kind::Short { octets.len() - content.len() / 2 } else { octets.len() };
        if kind == Kind::Short || kind == Kind::Leaves {
            ledger.left(mark);
        }
        // A server that answers early may end a connection in the middle of what is sent.
        let sent = stream.write_all(&octets[..cut]).await;
        if kind == Kind::Short || kind == Kind::Leaves {
            let _ = stream.set_zero_linger();
            continue;
        }
        ledger.sent(mark);
        match answer(&mut stream).await {
            Some((200, text)) => match text.parse() {
                Ok(receipt) => ledger.answered(mark, receipt, &content),
                Err(_) => ledger.corrupted(mark),
            },
            Some((500, _)) if kind == Kind::Panics => {
                ledger.refused(mark);
                // The engine ends a connection whose handler has panicked.
                continue;
            }
            answer => panic!("{kind:?} {number}: {answer:?}, sent: {sent:?}"),
        }
        connection = Some(stream);
    }
}

/// Status and content of an answer.
async fn answer(stream: &mut TcpStream) -> Option<(u16, String)> {
    let mut octets = Vec::new();
    loop {
        if let Some(found) = complete(&octets) {
            return Some(found);
        }
        if stream.read_buf(&mut octets).await.ok()? == 0 {
            return None;
        }
    }
}

fn complete(octets: &[u8]) -> Option<(u16, String)> {
    let text = std::str::from_utf8(octets).ok()?;
    let (head, mut rest) = text.split_once("\r\n\r\n")?;
    let status = head.get(9..12)?.parse().ok()?;
    let head = head.to_ascii_lowercase();
    if let Some((_, length)) = head.split_once("content-length: ") {
        let length: usize = length.lines().next()?.parse().ok()?;
        return Some((status, rest.get(..length)?.to_owned()));
    }
    let mut content = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return after.starts_with("\r\n").then_some((status, content));
        }
        content.push_str(after.get(..size)?);
        rest = after.get(size + 2..)?;
    }
}

/// The books are clean: what was read whole was answered, once, with its own receipt.
#[test]
fn the_ledger_balances() {
    let requests = std::env::var("NOVA_TOWER_REQUESTS").ok().and_then(|text| text.parse().ok());
    let requests = requests.unwrap_or(FEW);
    let ledger = Arc::new(Ledger::with_room_for(requests));
    let app = Router::new()
        .route("/whole", post(whole))
        .route("/pieces", post(pieces))
        .route("/late", post(late))
        .route("/panics", post(panics))
        .with_state(ledger.clone());
    let server = Server::bind("127.0.0.1:0").unwrap().workers(2);
    let running = server.start(app).unwrap();
    let (address, next) = (running.handle().local_addr(), Arc::new(AtomicUsize::new(0)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clients = (0..CONNECTIONS)
            .map(|_| tokio::spawn(client(address, ledger.clone(), next.clone(), requests)));
        for client in clients.collect::<Vec<_>>() {
            client.await.unwrap();
        }
    });
    drop(runtime);
    let report = running.stop(Duration::from_secs(10)).unwrap();
    let balance = ledger.balance();
    println!("{balance}; {report}");
    assert!(balance.is_clean(), "{balance}");
    assert_eq!(balance.opened, requests as u64);
    let answered = (0..requests)
        .filter(|&number| matches!(Kind::of(number), Kind::Whole | Kind::Pieces | Kind::Late));
    assert_eq!(balance.answered, answered.count() as u64);
    assert_eq!(report.cut, 0);
}
