//! axum's extractors and responses, over sockets, as they are used.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{
    ConnectInfo, DefaultBodyLimit, MatchedPath, Multipart, OriginalUri, Path, Query, Request, State,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router, middleware};
use futures_util::{StreamExt, stream};
use nova_tower::Connection;
use serde::{Deserialize, Serialize};

use crate::served::serve;

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct Order {
    item: String,
    count: u32,
}

/// Path, query, fields, state and extensions are taken from the head.
#[tokio::test]
async fn what_the_head_says() {
    let app = Router::new()
        .route(
            "/users/{id}/{*rest}",
            get(|Path((id, rest)): Path<(u32, String)>, path: MatchedPath| async move {
                format!("{id} {rest} {}", path.as_str())
            }),
        )
        .route(
            "/query",
            get(|Query(query): Query<HashMap<String, String>>| async move { query["q"].clone() }),
        )
        .route(
            "/fields",
            get(|fields: HeaderMap| async move { fields["x-name"].to_str().unwrap().to_owned() }),
        )
        .route("/state", get(|State(state): State<&'static str>| async move { state }))
        .route(
            "/extension",
            get(|Extension(number): Extension<u32>| async move { number.to_string() }),
        )
        .nest(
            "/nested",
            Router::new()
                .route("/a", get(|OriginalUri(uri): OriginalUri| async move { uri.to_string() })),
        )
        .layer(Extension(7_u32))
        .with_state("the state");
    let served = serve(app);
    assert_eq!(served.text("/users/7/a/b%20c").await, "7 a/b c /users/{id}/{*rest}");
    assert_eq!(served.text("/query?q=a%26b").await, "a&b");
    let request = reqwest::Client::new().get(served.at("/fields")).header("X-Name", "Ada");
    assert_eq!(request.send().await.unwrap().text().await.unwrap(), "Ada");
    assert_eq!(served.text("/state").await, "the state");
    assert_eq!(served.text("/extension").await, "7");
    assert_eq!(served.text("/nested/a?b").await, "/nested/a?b");
    assert_eq!(served.get("/users/x/y").await.status(), 400);
    assert_eq!(served.get("/nowhere").await.status(), 404);
    let wrong = reqwest::Client::new().delete(served.at("/query")).send().await.unwrap();
    assert_eq!(
        (wrong.status().as_u16(), &wrong.headers()["allow"]),
        (405, &"GET,HEAD".parse().unwrap())
    );
}

/// Content is taken as octets, text, JSON, a form, several parts, and as it comes.
#[tokio::test]
async fn what_the_content_says() {
    async fn parts(mut parts: Multipart) -> String {
        let mut found = String::new();
        while let Some(part) = parts.next_field().await.unwrap() {
            let name = part.name().unwrap().to_owned();
            found += &format!("{name}={};", part.bytes().await.unwrap().len());
        }
        found
    }
    async fn pieces(request: Request) -> String {
        let mut pieces = request.into_body().into_data_stream();
        let mut octets = 0;
        while let Some(piece) = pieces.next().await {
            octets += piece.unwrap().len();
        }
        octets.to_string()
    }
    let app = Router::new()
        .route("/octets", post(|content: Bytes| async move { content.len().to_string() }))
        .route("/text", post(|text: String| async move { text }))
        .route("/json", post(|Json(order): Json<Order>| async move { Json(order) }))
        .route("/form", post(|Form(order): Form<Order>| async move { order.item }))
        .route("/parts", post(parts))
        .route("/pieces", post(pieces).layer(DefaultBodyLimit::disable()));
    let served = serve(app);
    let client = reqwest::Client::new();
    let send = |request: reqwest::RequestBuilder| async {
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let order = Order { item: "tea".to_owned(), count: 3 };
    let posted = send(client.post(served.at("/octets")).body(vec![0; 1_000_000])).await;
    assert_eq!(posted, (200, "1000000".to_owned()));
    let too_much = send(client.post(served.at("/octets")).body(vec![0; 3_000_000])).await;
    assert_eq!(too_much.0, 413);
    assert_eq!(send(client.post(served.at("/text")).body("é")).await, (200, "é".to_owned()));
    assert_eq!(send(client.post(served.at("/text")).body(vec![0xFF])).await.0, 400);
    let json = send(client.post(served.at("/json")).json(&order)).await;
    assert_eq!(json, (200, r#"{"item":"tea","count":3}"#.to_owned()));
    assert_eq!(send(client.post(served.at("/json")).body("{}")).await.0, 415);
    assert_eq!(send(client.post(served.at("/form")).form(&order)).await, (200, "tea".to_owned()));
    let parts = reqwest::multipart::Form::new().text("a", "hello").text("b", "x".repeat(100_000));
    let parts = send(client.post(served.at("/parts")).multipart(parts)).await;
    assert_eq!(parts, (200, "a=5;b=100000;".to_owned()));
    let pieces = send(client.post(served.at("/pieces")).body(vec![0; 8_000_000])).await;
    assert_eq!(pieces, (200, "8000000".to_owned()));
}

/// Redirects, tuples, streams and events are answered as on any server.
#[tokio::test]
async fn what_handlers_answer() {
    async fn events() -> impl IntoResponse {
        let numbers = stream::iter(0..3).then(|number| async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok::<_, Infallible>(Event::default().id(number.to_string()).data("tick"))
        });
        Sse::new(numbers)
    }
    async fn streamed() -> Body {
        Body::from_stream(stream::iter(0..1_000).map(|_| Ok::<_, Infallible>("0123456789")))
    }
    let app = Router::new()
        .route("/redirect", get(|| async { Redirect::temporary("/there") }))
        .route("/there", get(|| async { (StatusCode::IM_A_TEAPOT, [("x-a", "b")], "short") }))
        .route("/events", get(events))
        .route("/stream", get(streamed));
    let served = serve(app);
    let there = served.get("/redirect").await;
    assert_eq!((there.status().as_u16(), there.url().path()), (418, "/there"));
    assert_eq!(there.headers()["x-a"], "b");
    let events = served.get("/events").await;
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let events = events.text().await.unwrap();
    assert_eq!(events, "id: 0\ndata: tick\n\nid: 1\ndata: tick\n\nid: 2\ndata: tick\n\n");
    assert_eq!(served.text("/stream").await, "0123456789".repeat(1_000));
}

/// Handlers spawn, sleep, wait for each other and block elsewhere; middleware is axum's.
#[tokio::test]
async fn what_handlers_may_use_of_tokio() {
    async fn spawned() -> String {
        let (tell, told) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let _ = tell.send("told");
        });
        let local = tokio::task::spawn_local(async { "here" });
        let blocking = tokio::task::spawn_blocking(|| "blocked");
        format!("{} {} {}", told.await.unwrap(), local.await.unwrap(), blocking.await.unwrap())
    }
    async fn late() -> &'static str {
        let slow = tokio::time::sleep(Duration::from_secs(3_600));
        match tokio::time::timeout(Duration::from_millis(1), slow).await {
            Ok(()) => "slept",
            Err(_) => "in time",
        }
    }
    let named = middleware::from_fn(|request: Request, next: middleware::Next| async move {
        let path = request.uri().path().to_owned();
        ([("x-path", path)], next.run(request).await)
    });
    let app = Router::new().route("/spawned", get(spawned)).route("/late", get(late)).layer(named);
    let served = serve(app);
    assert_eq!(served.text("/spawned").await, "told here blocked");
    let late = served.get("/late").await;
    assert_eq!(late.headers()["x-path"], "/late");
    assert_eq!(late.text().await.unwrap(), "in time");
}

/// Who has connected is known, with and without axum's own way to say so.
#[tokio::test]
async fn who_has_connected() {
    async fn info(
        ConnectInfo(peer): ConnectInfo<SocketAddr>,
        Extension(connection): Extension<Connection>,
    ) -> String {
        assert_eq!(connection.peer(), Some(peer));
        format!("{} {}", connection.local().unwrap(), connection.id())
    }
    let app =
        Router::new().route("/", get(info)).into_make_service_with_connect_info::<SocketAddr>();
    let served = serve(app);
    let client = reqwest::Client::new();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let answer = client.get(&served.url).send().await.unwrap();
        answers.push(answer.text().await.unwrap());
    }
    assert!(served.url.ends_with(answers[0].split(' ').next().unwrap()));
    assert_eq!(answers[0], answers[1], "one connection has one name");
    assert_ne!(served.text("/").await, answers[0], "another has another");
}

/// A handler asks a second server, over a client whose connections live in the same runtime.
#[tokio::test]
async fn a_handler_asks_another_server() {
    let behind =
        serve(Router::new().route(
            "/{name}",
            get(|Path(name): Path<String>| async move { format!("hello {name}") }),
        ));
    let (client, url) = (reqwest::Client::new(), behind.url.clone());
    let front = serve(Router::new().route(
        "/{name}",
        get(move |Path(name): Path<String>| async move {
            let answer = client.get(format!("{url}/{name}")).send().await.unwrap();
            format!("it says: {}", answer.text().await.unwrap())
        }),
    ));
    let asked = (0..20).map(|number| front.text(if number % 2 == 0 { "/ada" } else { "/bob" }));
    let answers = futures_util::future::join_all(asked.collect::<Vec<_>>()).await;
    for (number, answer) in answers.iter().enumerate() {
        let name = if number % 2 == 0 { "ada" } else { "bob" };
        assert_eq!(*answer, format!("it says: hello {name}"));
    }
}
