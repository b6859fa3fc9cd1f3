//! The examples whose requests and answers are whole: hello, json, routes, database, unix.

#![cfg(unix)]

mod common;

use common::{Client, Example};

/// Every request gets the same answer, one connection after the other's request.
#[test]
fn hello_answers() {
    let example = Example::start(env!("CARGO_BIN_EXE_hello"), &[]);
    let mut client = example.connect();
    for request in ["GET /", "GET /other?x"] {
        let answer = client.ask(request);
        assert_eq!((answer.status, answer.text()), (200, "Hello World"));
        assert_eq!(answer.field("content-type"), Some("text/plain"));
        assert_eq!(answer.field("content-length"), Some("11"));
        assert!(answer.field("date").is_some_and(|date| date.ends_with(" GMT")));
    }
    let answer = client.ask("HEAD /");
    assert_eq!((answer.status, answer.field("content-length")), (200, Some("11")));
    example.stop();
}

/// An order has a receipt, and each mistake its status and a sentence.
#[test]
fn json_comes_in_and_goes_out() {
    let example = Example::start(env!("CARGO_BIN_EXE_json"), &[]);
    let mut client = example.connect();
    let json = "POST /\nContent-Type: application/json";
    let answer = client.ask_with(json, br#"{"article": "tea", "count": 3}"#);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.field("content-type"), Some("application/json"));
    assert_eq!(answer.text(), r#"{"article":"tea","total":750}"#);
    for (request, content, status) in [
        ("POST /", "{}", 415),
        (json, "tea", 400),
        (json, r#"{"article": "tea"}"#, 422),
        (json, r#"{"article": "tea", "count": -1}"#, 422),
    ] {
        let answer = client.ask_with(request, content.as_bytes());
        assert_eq!(answer.status, status, "{content}");
        assert_eq!(answer.field("content-type"), Some("application/problem+json"));
        assert!(answer.text().contains("\"detail\":"), "{}", answer.text());
    }
    assert_eq!(client.ask("GET /").status, 405);
    example.stop();
}

/// Parameters, queries, shared state, and what needs no handler.
#[test]
fn routes_lead_to_their_handlers() {
    let example = Example::start(env!("CARGO_BIN_EXE_routes"), &[]);
    let mut client = example.connect();
    for (request, status, content) in [
        ("GET /", 200, "home"),
        ("GET /users/7%20%C3%A4", 200, "user 7 ä"),
        ("GET /users/%zz", 404, ""),
        ("GET /files/a/b%2Fc/", 200, "a/b%2Fc/"),
        ("GET /search?q=green+tea", 200, "you look for green tea"),
        ("GET /search", 400, "ask with ?q=..."),
        ("GET /visits", 200, "0"),
        ("POST /visits", 204, ""),
        ("GET /nowhere", 404, "there is no /nowhere"),
    ] {
        let answer = client.ask(request);
        assert_eq!((answer.status, answer.text()), (status, content), "{request}");
    }
    let answer = client.ask("DELETE /visits");
    assert_eq!((answer.status, answer.field("allow")), (405, Some("GET, HEAD, OPTIONS, POST")));
    // Another connection may be another worker's; the state is the same.
    assert_eq!(example.ask("GET /visits").text(), "1");
    example.stop();
}

/// Notes are added, found and listed, by all workers, and mistakes are told.
#[test]
fn a_database_keeps_notes() {
    let example = Example::start(env!("CARGO_BIN_EXE_database"), &[]);
    notes(&example, 0);
    example.stop();
}

/// What is in a file is there when the program comes back.
#[test]
fn a_database_outlives_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.db");
    let start = || Example::start(env!("CARGO_BIN_EXE_database"), &[file.to_str().unwrap()]);
    let example = start();
    notes(&example, 0);
    example.stop();
    let example = start();
    assert_eq!(example.ask("GET /notes/1").text(), r#"{"id":1,"text":"note 0"}"#);
    example.stop();
}

fn notes(example: &Example, before: usize) {
    let json = "POST /notes\nContent-Type: application/json";
    for number in 0..8 {
        // Each on a connection of its own, so that both workers have some.
        let note = format!(r#"{{"text":"note {number}"}}"#);
        let answer = example.connect().ask_with(json, note.as_bytes());
        let id = before + number + 1;
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.field("location"), Some(&*format!("/notes/{id}")));
        assert_eq!(answer.text(), format!(r#"{{"id":{id},"text":"note {number}"}}"#));
    }
    let mut client = example.connect();
    let all = client.ask("GET /notes");
    assert_eq!(all.field("content-type"), Some("application/json"));
    assert!(all.text().starts_with(r#"[{"id":8,"text":"note 7"},{"id":7,"#), "{}", all.text());
    assert_eq!(client.ask("GET /notes/3").text(), r#"{"id":3,"text":"note 2"}"#);
    for (request, content, status) in [
        ("GET /notes/99", "", 404),
        ("GET /notes/x", "", 404),
        ("GET /elsewhere", "", 404),
        ("DELETE /notes", "", 405),
        (json, "no json", 400),
        (json, "{}", 422),
    ] {
        let answer = client.ask_with(request, content.as_bytes());
        assert_eq!(answer.status, status, "{request} {content}");
    }
    // More than a note may have is refused before it comes.
    client.send_head(json, 100_000);
    assert_eq!(client.head().status, 413);
}

/// The file is there while the server is, for owner and group, and gone afterwards.
#[test]
fn a_unix_socket_is_served() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http.sock");
    let path = path.to_str().unwrap();
    let example = Example::start_with(env!("CARGO_BIN_EXE_unix"), &["--bind", path]);
    assert_eq!(example.address, format!("unix:{path}"));
    assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o660);
    let mut client = Client::unix(path);
    for _ in 0..2 {
        let answer = client.ask("GET /");
        assert_eq!((answer.status, answer.text()), (200, "Hello from a socket"));
        assert_eq!(answer.field("content-type"), Some("text/plain"));
    }
    example.stop();
    assert!(!std::fs::exists(path).unwrap());
}
