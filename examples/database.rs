//! A small service with routes, JSON and a database: async handlers on Tokio, SQLite through sqlx.
//!
//! ```text
//! cargo run -p nova-examples --bin database -- notes.db
//! curl -i http://127.0.0.1:3000/notes --json '{"text": "buy tea"}'
//! curl -i http://127.0.0.1:3000/notes
//! curl -i http://127.0.0.1:3000/notes/1
//! ```
//!
//! Without a file the notes are kept in memory.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{
    Bounds, Call, Lookup, Method, OwnedAnswer, Reply, Request, Routes, Server, Status,
};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::runtime::Builder;

/// Notes that there may be, so that nobody fills the disk.
const MOST_NOTES: i64 = 10_000;

/// Notes in one answer.
const PAGE: i64 = 100;

/// What a request may have and take.
const BOUNDS: Bounds = Bounds {
    content_bytes: Some(16 * 1024),
    content_within: Some(Duration::from_secs(10)),
    answer_within: Some(Duration::from_secs(5)),
};

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

#[derive(Serialize)]
struct Note {
    id: i64,
    text: String,
}

impl From<(i64, String)> for Note {
    fn from((id, text): (i64, String)) -> Self {
        Self { id, text }
    }
}

/// What can be asked for.
#[derive(Clone, Copy)]
enum Route {
    List,
    Add,
    One,
}

fn routes() -> Result<Routes<Route>, Box<dyn std::error::Error>> {
    let mut routes = Routes::new();
    routes.insert(Method::Get, "/notes", Route::List)?;
    routes.insert(Method::Post, "/notes", Route::Add)?;
    routes.insert(Method::Get, "/notes/{id}", Route::One)?;
    Ok(routes)
}

async fn answer(mut call: Call, routes: Arc<Routes<Route>>, pool: SqlitePool) -> Reply {
    call.bound(BOUNDS);
    let (route, id) = {
        let head = call.head();
        match routes.find(head.method, head.path()) {
            Lookup::Found { value, params } => {
                (*value, params.get("id").and_then(|id| id.parse::<i64>().ok()))
            }
            Lookup::NotAllowed { allow } => {
                let allow = allow.to_owned();
                return OwnedAnswer::empty(Status::METHOD_NOT_ALLOWED).field("allow", allow).into();
            }
            Lookup::NotFound => return Status::NOT_FOUND.into(),
        }
    };
    let answer = match route {
        Route::List => list(&pool).await,
        Route::Add => return add(&mut call, &pool).await,
        Route::One => one(&pool, id).await,
    };
    answer.unwrap_or_else(failed).into()
}

async fn list(pool: &SqlitePool) -> sqlx::Result<OwnedAnswer> {
    let notes: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, text FROM notes ORDER BY id DESC LIMIT ?")
            .bind(PAGE)
            .fetch_all(pool)
            .await?;
    Ok(json(Status::OK, &notes.into_iter().map(Note::from).collect::<Vec<_>>()))
}

async fn one(pool: &SqlitePool, id: Option<i64>) -> sqlx::Result<OwnedAnswer> {
    let note: Option<(i64, String)> = sqlx::query_as("SELECT id, text FROM notes WHERE id = ?")
        .bind(id)
        .fetch_optional(pool)
        .await?;
    Ok(match note {
        Some(note) => json(Status::OK, &Note::from(note)),
        None => OwnedAnswer::empty(Status::NOT_FOUND),
    })
}

async fn add(call: &mut Call, pool: &SqlitePool) -> Reply {
    let content = match call.content().await {
        Ok(content) => content,
        Err(error) => return error.into(),
    };
    // What a sync handler gets is what an async one can put together.
    let note: NewNote = match Request::new(call.head(), &content).json() {
        Ok(note) => note,
        Err(error) => return OwnedAnswer::new(error.status(), error.to_string()).into(),
    };
    let added: sqlx::Result<Option<(i64,)>> = sqlx::query_as(
        "INSERT INTO notes (text) SELECT ? WHERE (SELECT count(*) FROM notes) < ? RETURNING id",
    )
    .bind(&note.text)
    .bind(MOST_NOTES)
    .fetch_optional(pool)
    .await;
    match added {
        Ok(Some((id,))) => json(Status::CREATED, &Note { id, text: note.text })
            .field("location", format!("/notes/{id}"))
            .into(),
        Ok(None) => Status::INSUFFICIENT_STORAGE.into(),
        Err(error) => failed(error).into(),
    }
}

fn json(status: Status, value: &impl Serialize) -> OwnedAnswer {
    match serde_json::to_vec(value) {
        Ok(text) => OwnedAnswer::new(status, text).field("content-type", "application/json"),
        Err(_) => OwnedAnswer::empty(Status::INTERNAL_SERVER_ERROR),
    }
}

/// The operator learns what has happened; the client, whether it is worth trying again.
fn failed(error: sqlx::Error) -> OwnedAnswer {
    eprintln!("database: {error}");
    match error {
        sqlx::Error::PoolTimedOut => {
            OwnedAnswer::empty(Status::SERVICE_UNAVAILABLE).field("retry-after", "1")
        }
        _ => OwnedAnswer::empty(Status::INTERNAL_SERVER_ERROR),
    }
}

async fn open(file: Option<&str>) -> sqlx::Result<SqlitePool> {
    let (options, connections) = match file {
        Some(file) => (SqliteConnectOptions::new().filename(file).create_if_missing(true), 4),
        // Each connection to memory has a database of its own: so there is one, which stays.
        None => (SqliteConnectOptions::from_str("sqlite::memory:")?, 1),
    };
    let pool = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(2))
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        .execute(&pool)
        .await?;
    Ok(pool)
}

fn main() -> Outcome {
    let arguments = arguments("127.0.0.1:3000")?;
    // The workers have runtimes of their own. This one is for what begins before and ends after them;
    // it has a thread, since the pool leaves tasks on it that must go on.
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let pool = runtime.block_on(open(arguments.rest.first().map(String::as_str)))?;
    let (routes, handlers) = (Arc::new(routes()?), pool.clone());
    let running = Server::bind(arguments.bind)?
        .workers(2)
        .tokio() // Each worker is a guest of a Tokio runtime: what needs one works in handlers.
        .start_async(move |call| answer(call, routes.clone(), handlers.clone()))?;
    until_stopped(running)?;
    runtime.block_on(pool.close());
    Ok(())
}
