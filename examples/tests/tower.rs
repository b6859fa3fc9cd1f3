//! axum on Nova: the example, and an application with a database.

#![cfg(unix)]

mod common;

use std::net::TcpStream;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use common::{Client, Example};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// The example's routes answer, and a signal ends it.
#[test]
fn axum_hello_answers() {
    let example = Example::start(env!("CARGO_BIN_EXE_axum_hello"), &[]);
    let mut client = example.connect();
    for (request, kind, content) in [
        ("GET /", "text/plain; charset=utf-8", "Hello, World!"),
        ("GET /user/ada", "text/plain; charset=utf-8", "ada"),
        ("GET /sleep", "text/plain; charset=utf-8", "Hello, World!"),
        (
            "GET /json/7",
            "application/json",
            r#"{"id":7,"name":"Ada Lovelace","admin":true,"tags":["first","of","all"]}"#,
        ),
    ] {
        let answer = client.ask(request);
        assert_eq!((answer.status, answer.text()), (200, content), "{request}");
        assert_eq!(answer.field("content-type"), Some(kind));
    }
    assert_eq!(client.ask_with("POST /post", b"hello").text(), "5 octets");
    let order = br#"{"items":[{"name":"tea","count":3}]}"#;
    let answer = client.ask_with("POST /orders\nContent-Type: application/json", order);
    assert_eq!(answer.text(), "3 things, 3 letters");
    assert_eq!(client.ask("GET /nowhere").status, 404);
    assert_eq!(client.ask("GET /json/x").status, 400);
    example.stop();
}

#[derive(Debug, Deserialize, Serialize)]
struct Note {
    text: String,
}

async fn add(State(pool): State<SqlitePool>, Json(note): Json<Note>) -> (StatusCode, String) {
    let query = sqlx::query_as("INSERT INTO notes (text) VALUES (?) RETURNING id");
    let (id,): (i64,) = query.bind(note.text).fetch_one(&pool).await.expect("it is added");
    (StatusCode::CREATED, id.to_string())
}

async fn read(
    State(pool): State<SqlitePool>,
    Path(id): Path<i64>,
) -> Result<Json<Note>, StatusCode> {
    let query = sqlx::query_as("SELECT text FROM notes WHERE id = ?");
    let found: Option<(String,)> = query.bind(id).fetch_optional(&pool).await.expect("it is read");
    found.map(|(text,)| Json(Note { text })).ok_or(StatusCode::NOT_FOUND)
}

/// A pool of database connections belongs to the runtime that awaits the server, and is used from the
/// workers' runtimes.
#[test]
fn handlers_use_a_database() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (tell, address) = std::sync::mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = std::thread::spawn(move || {
        runtime.block_on(async {
            let options = SqliteConnectOptions::new().in_memory(true);
            let pool =
                SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
            let table = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
            sqlx::query(table).execute(&pool).await.unwrap();
            let app = Router::new().route("/notes", post(add)).route("/notes/{id}", get(read));
            let serving = nova_tower::serve("127.0.0.1:0", app.with_state(pool));
            tell.send(serving.local_addr().unwrap()).unwrap();
            serving.with_graceful_shutdown(async { drop(stopped.await) }).await
        })
    });
    let address = address.recv_timeout(Duration::from_secs(10)).unwrap();
    let mut client = Client::new(TcpStream::connect(address).unwrap());
    for number in 1..=20 {
        let json = format!(r#"{{"text":"note {number}"}}"#);
        let request = "POST /notes\nContent-Type: application/json";
        let added = client.ask_with(request, json.as_bytes());
        assert_eq!((added.status, added.text()), (201, number.to_string().as_str()));
        assert_eq!(client.ask(&format!("GET /notes/{number}")).text(), json);
    }
    assert_eq!(client.ask("GET /notes/21").status, 404);
    stop.send(()).unwrap();
    let report = serving.join().unwrap().unwrap();
    assert_eq!(report.cut, 0);
}
