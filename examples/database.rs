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

use std::time::Duration;

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{AsyncRouter, Bounds, Call, OwnedAnswer, Reply, Server, Status};
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

/// Whatever goes wrong is an answer, so that handlers can use `?`.
struct Failed(Reply);

impl From<sqlx::Error> for Failed {
    /// The operator learns what has happened; the client, whether it is worth trying again.
    fn from(error: sqlx::Error) -> Self {
        eprintln!("database: {error}");
        Self(match error {
            sqlx::Error::PoolTimedOut => {
                let busy = OwnedAnswer::empty(Status::SERVICE_UNAVAILABLE);
                busy.field("retry-after", "1").into()
            }
            _ => Status::INTERNAL_SERVER_ERROR.into(),
        })
    }
}

impl From<Failed> for Reply {
    fn from(failed: Failed) -> Self {
        failed.0
    }
}

async fn list(mut call: Call, pool: SqlitePool) -> Result<OwnedAnswer, Failed> {
    call.bound(BOUNDS);
    let notes: Vec<(i64, String)> =
        sqlx::query_as("SELECT id, text FROM notes ORDER BY id DESC LIMIT ?")
            .bind(PAGE)
            .fetch_all(&pool)
            .await?;
    Ok(OwnedAnswer::json(&notes.into_iter().map(Note::from).collect::<Vec<_>>()))
}

async fn one(mut call: Call, pool: SqlitePool) -> Result<OwnedAnswer, Failed> {
    call.bound(BOUNDS);
    let id = call.param("id").and_then(|id| id.parse::<i64>().ok());
    let note: Option<(i64, String)> = sqlx::query_as("SELECT id, text FROM notes WHERE id = ?")
        .bind(id)
        .fetch_optional(&pool)
        .await?;
    Ok(match note {
        Some(note) => OwnedAnswer::json(&Note::from(note)),
        None => OwnedAnswer::empty(Status::NOT_FOUND),
    })
}

async fn add(mut call: Call, pool: SqlitePool) -> Result<OwnedAnswer, Failed> {
    call.bound(BOUNDS);
    // The client's mistakes are 413, 415, 400 or 422, each with a sentence.
    let note: NewNote = call.json().await.map_err(|error| Failed(error.into()))?;
    let added: Option<(i64,)> = sqlx::query_as(
        "INSERT INTO notes (text) SELECT ? WHERE (SELECT count(*) FROM notes) < ? RETURNING id",
    )
    .bind(&note.text)
    .bind(MOST_NOTES)
    .fetch_optional(&pool)
    .await?;
    let Some((id,)) = added else {
        return Ok(OwnedAnswer::empty(Status::INSUFFICIENT_STORAGE));
    };
    let mut answer = OwnedAnswer::json(&Note { id, text: note.text });
    answer.status = Status::CREATED;
    Ok(answer.field("location", format!("/notes/{id}")))
}

async fn open(file: Option<&str>) -> sqlx::Result<SqlitePool> {
    let (options, connections) = match file {
        Some(file) => (SqliteConnectOptions::new().filename(file).create_if_missing(true), 4),
        // Each connection to memory has a database of its own: so there is one, which stays.
        None => (SqliteConnectOptions::new().in_memory(true), 1),
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
    let (listed, added, found) = (pool.clone(), pool.clone(), pool.clone());
    let router = AsyncRouter::new()
        .get("/notes", move |call| list(call, listed.clone()))
        .post("/notes", move |call| add(call, added.clone()))
        .get("/notes/{id}", move |call| one(call, found.clone()));
    let running = Server::bind(arguments.bind)?
        .workers(2)
        .tokio() // Each worker is a guest of a Tokio runtime: what needs one works in handlers.
        .start_async(router)?;
    until_stopped(running)?;
    runtime.block_on(pool.close());
    Ok(())
}
