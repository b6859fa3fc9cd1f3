//! Routes of async handlers.

use nova_http::{AsyncRouter, Call, Method, OwnedStreamed, Status};

use super::*;

async fn user(call: Call) -> String {
    let known = call.param("name").is_none();
    format!("user {} {:?} {known}", call.param("id").unwrap(), call.raw_param("id").unwrap())
}

fn router() -> AsyncRouter {
    AsyncRouter::new()
        .get("/", async |_| "root")
        .get("/users/{id}", user)
        .post("/users", async |mut call: Call| call.content().await.map(|it| it.len().to_string()))
        .connect(async |call: Call| call.tunnel(OwnedStreamed::new(Status::OK)).finish())
}

fn ask_for(bench: &mut Server<AsyncRouter>, method: &str, path: &str) -> String {
    let mut client = bench.connect();
    ask(bench, &mut client, format!("{method} {path} HTTP/1.1\r\nHost: h:1\r\n\r\n").as_bytes())
}

/// Each call goes to the handler of its method and path, which knows what the path's parameters stand
/// for.
#[test]
fn a_call_goes_to_its_handler() {
    let mut bench = server(router());
    assert_eq!(content(&ask_for(&mut bench, "GET", "/")), "root");
    assert_eq!(content(&ask_for(&mut bench, "GET", "/users/a%2Fb?x=y")), "user a/b \"a%2Fb\" true");
    assert_eq!(status(&ask_for(&mut bench, "HEAD", "/users/7")), "200");
    assert_eq!(status(&ask_for(&mut bench, "CONNECT", "h:1")), "200");
    let mut client = bench.connect();
    assert_eq!(content(&ask(&mut bench, &mut client, post("/users", "12345").as_bytes())), "5");
}

/// What has no handler is answered as by every router of ours; a fallback takes unknown paths.
/// Shows [9110-10.2.1-a] [9110-15.5.6-a].
#[test]
fn what_has_no_handler_is_answered() {
    let mut bench = server(router());
    let answer = ask_for(&mut bench, "DELETE", "/users/7");
    assert!(
        answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: GET, HEAD, OPTIONS\r\n")
    );
    let answer = ask_for(&mut bench, "OPTIONS", "/users");
    assert!(answer.starts_with("HTTP/1.1 204 ") && answer.contains("allow: OPTIONS, POST\r\n"));
    assert_eq!(status(&ask_for(&mut bench, "GET", "/nothing")), "404");
    let mut bench = server(router().fallback(async |_| "fallback"));
    assert_eq!(content(&ask_for(&mut bench, "GET", "/nothing")), "fallback");
    let mut bench = server(AsyncRouter::new());
    assert_eq!(status(&ask_for(&mut bench, "CONNECT", "h:1")), "501");
}

/// A route that cannot be is an error that names the other one.
#[test]
fn routes_may_not_conflict() {
    let router = router().try_route(Method::Get, "/users/{name}", async |_| "other");
    assert!(router.unwrap_err().to_string().contains("/users/{id}"));
}
