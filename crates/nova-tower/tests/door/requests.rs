//! What a service gets: the request as it was sent, with the body that it takes.

use axum::Router;
use axum::ServiceExt;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use http_body_util::BodyExt;
use nova_http::testing::App;
use nova_tower::{Connection, Door, with_body};
use tower::Layer;
use tower_http::normalize_path::NormalizePathLayer;

use crate::{app, full};

/// A request is what the client has sent: method, target, version, fields in their order, content.
#[test]
fn a_request_is_what_was_sent() {
    let app = app(|request| async move {
        let (parts, body) = request.into_parts();
        let content = body.collect().await.unwrap().to_bytes();
        let fields: Vec<_> = parts.headers.get_all("x-a").iter().collect();
        let text = format!(
            "{} {} {:?} {fields:?} {}",
            parts.method,
            parts.uri,
            parts.version,
            String::from_utf8_lossy(&content)
        );
        http::Response::new(full(text))
    });
    let answer = app.post("/a%2Fb?c=d").field("X-A", "1").field("x-a", "2").content("hello");
    assert_eq!(answer.send().text(), r#"POST /a%2Fb?c=d HTTP/1.1 ["1", "2"] hello"#);
    let answer = app.request("PURGE", "http://h/p?q").field("host", "h").send();
    assert_eq!(answer.text(), "PURGE http://h/p?q HTTP/1.1 [] ");
    assert_eq!(app.request("OPTIONS", "*").send().text(), "OPTIONS * HTTP/1.1 [] ");
}

/// A router whose one route says who has connected.
fn router() -> Router {
    async fn who(ConnectInfo(connection): ConnectInfo<Connection>) -> String {
        format!("a peer: {}", connection.peer().is_some())
    }
    Router::new().route("/new", get(|| async { "new" })).route("/who", get(who))
}

/// A layer around a router that takes every kind of body is served as it is, alone and made for each
/// connection.
#[test]
fn a_layer_around_the_router() {
    let stack = || NormalizePathLayer::trim_trailing_slash().layer(router());
    let app = App::with(Door::of(&stack()));
    assert_eq!(app.get("/new/").send().text(), "new");
    let app = App::with(Door::of(&ServiceExt::<Request>::into_make_service(stack())));
    assert_eq!(app.get("/new/").send().text(), "new");
}

/// So is one that takes axum's body only, if it is given that; and so is one around that.
#[test]
fn a_layer_that_takes_axums_body() {
    async fn rewrite(mut request: Request, next: Next) -> axum::response::Response {
        if request.uri().path() == "/old" {
            *request.uri_mut() = http::Uri::from_static("/new");
        }
        next.run(request).await
    }
    let stack = || from_fn(rewrite).layer(router());
    let app = App::with(Door::of(&with_body(stack())));
    assert_eq!(app.get("/old").send().text(), "new");
    let app =
        App::with(Door::of(&with_body(NormalizePathLayer::trim_trailing_slash().layer(stack()))));
    assert_eq!(app.get("/old/").send().text(), "new");
    let app = ServiceExt::<Request>::into_make_service_with_connect_info::<Connection>(stack());
    let app = App::with(Door::of(&with_body(app)));
    assert_eq!(app.get("/old").send().text(), "new");
    assert_eq!(app.get("/who").send().text(), "a peer: true");
}
