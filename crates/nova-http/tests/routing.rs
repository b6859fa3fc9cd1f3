//! What clients see of a server with a router, and what a look-up costs.

use nova_http::testing::Bench;
use nova_http::{Answered, Limits, Lookup, Method, Request, Response, Router, Routes};
use nova_io::sim::Network;
use nova_test_support::{CountingAllocator, allocations};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn user(request: &Request<'_>, response: Response<'_>) -> Answered {
    match request.param("id") {
        Some(id) => response.send(format!("user {id}").as_bytes()),
        None => response.send(format!("{:?} is no user", request.raw_param("id")).as_bytes()),
    }
}

fn router() -> Router {
    Router::new()
        .get("/", |_, response| response.send(b"home"))
        .get("/users/{id}", user)
        .post("/users", |request, response| response.send(request.content))
}

/// Sends each request to a server with `router`; gives back status, Allow and content of the answers.
fn ask(router: Router, requests: &[&str]) -> Vec<String> {
    let mut bench = Bench::http(Network::calm(), Limits::default(), router);
    let mut client = bench.connect();
    let mut ask = |request: &&str| {
        let (line, content) = request.split_once('|').unwrap_or((request, ""));
        let length = content.len();
        let head = format!("{line} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
        client.write((head + content).as_bytes());
        let answer = String::from_utf8(bench.drain(&mut client)).unwrap();
        let (head, content) = answer.split_once("\r\n\r\n").unwrap();
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        let (status, allow) = (&head[9..12], field("allow: ").unwrap_or(""));
        let length = field("Content-Length: ").unwrap_or("none");
        format!("{status} {length} {content}{allow}")
    };
    requests.iter().map(&mut ask).collect()
}

/// Requests of one connection come to their handlers, one after the other.
#[test]
fn requests_come_to_their_handlers() {
    let asked = ["GET /", "GET /users/7%2F%C3%A4?x=y", "POST /users|hello", "GET /users/%zz"];
    let answered =
        ["200 4 home", "200 9 user 7/ä", "200 5 hello", "200 22 Some(\"%zz\") is no user"];
    assert_eq!(ask(router(), &asked), answered);
}

/// HEAD, OPTIONS, 404 and 405 need no handler.
/// Shows [9110-10.2.1-a] [9110-15.5.6-a] [9110-9.1-a].
#[test]
fn what_needs_no_handler_is_answered() {
    let asked =
        ["HEAD /", "OPTIONS /users", "OPTIONS *", "GET /users", "PURGE /", "GET /other", "HEAD /x"];
    let answered = [
        "200 4 ",
        "204 none OPTIONS, POST",
        "204 none GET, HEAD, OPTIONS, POST",
        "405 0 OPTIONS, POST",
        "405 0 GET, HEAD, OPTIONS",
        "404 0 ",
        "404 0 ",
    ];
    assert_eq!(ask(router(), &asked), answered);
}

/// A fallback gets what no route fits, and only that.
#[test]
fn a_fallback_gets_unknown_paths() {
    let router = router().fallback(|request, response| {
        assert_eq!(request.param("id"), None);
        response.send(request.head.path())
    });
    let answered = ["200 6 /other", "405 0 GET, HEAD, OPTIONS"];
    assert_eq!(ask(router, &["GET /other", "PUT /"]), answered);
}

/// A copy of a router is the same one; what is added to one of them later is not in the other.
#[test]
fn copies_share_what_they_have() {
    let first = router();
    let second = first.clone().get("/more", user);
    assert_eq!(ask(first, &["GET /more", "GET /"]), ["404 0 ", "200 4 home"]);
    assert_eq!(ask(second, &["GET /more", "GET /"]), ["200 15 None is no user", "200 4 home"]);
}

#[test]
#[should_panic(expected = "the routes /users/{name} and /users/{id} fit the same paths")]
fn a_conflict_is_a_sentence_at_the_start_of_the_program() {
    let _ = router().get("/users/{name}", user);
}

/// Looking a route up allocates nothing: literal paths, parameters beside literal segments, rests,
/// unknown paths and methods.
#[test]
fn looking_up_allocates_nothing() {
    let mut routes = Routes::new();
    for path in
        ["/", "/users/me", "/users/{id}", "/users/{id}/posts/{post}/{part}", "/files/{*rest}"]
    {
        routes.insert(Method::Get, path, path).unwrap();
    }
    let before = allocations();
    let mut found = 0;
    for path in
        ["/", "/users/me", "/users/7", "/users/a/posts/b/c", "/files/a/b/c", "/x", "/users/a/x"]
    {
        for method in [Method::Get, Method::Head, Method::Put, Method::Other(b"PURGE")] {
            if let Lookup::Found { params, .. } = routes.find(method, path.as_bytes()) {
                found += 1 + params.iter().count();
            }
        }
    }
    assert_eq!(allocations() - before, 0);
    assert_eq!(found, 2 * (5 + 5));
    drop(vec![0; found]);
    assert!(allocations() > before, "the counting allocator counts");
}
