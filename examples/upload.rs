//! Uploads that go to disk piece by piece, within a limit, and come back as files.
//!
//! ```text
//! cargo run -p nova-examples --bin upload -- uploads
//! curl -i -T picture.png http://127.0.0.1:3000/picture.png
//! curl -o copy.png http://127.0.0.1:3000/picture.png
//! ```

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nova_examples::{Outcome, arguments, until_stopped};
use nova_http::{
    Bounds, Call, FileContent, Method, OwnedAnswer, OwnedStreamed, Reply, Server, Status,
};
use tempfile::NamedTempFile;

/// Octets that one upload may have, and the time that it may take.
const BOUNDS: Bounds = Bounds {
    content_bytes: Some(16 * 1024 * 1024),
    content_within: Some(Duration::from_secs(10 * 60)),
    answer_within: None,
};

/// A name that is safe to be one: few characters, no dot at the front, no slash anywhere.
fn file_name(call: &Call) -> Option<String> {
    let name = str::from_utf8(call.head().path().strip_prefix(b"/")?).ok()?;
    let safe = |octet: u8| octet.is_ascii_alphanumeric() || b".-_".contains(&octet);
    let good = !name.is_empty() && name.len() <= 100 && !name.starts_with('.');
    (good && name.bytes().all(safe)).then(|| name.to_owned())
}

async fn answer(mut call: Call, folder: Arc<Path>) -> Reply {
    let Some(name) = file_name(&call) else {
        return OwnedAnswer::new(Status::NOT_FOUND, "names are made of a-z, 0-9, '.', '-', '_'")
            .into();
    };
    let path = folder.join(name);
    match call.head().method {
        Method::Put => match receive(&mut call, &folder, path).await {
            Ok(octets) => OwnedAnswer::new(Status::CREATED, format!("{octets} octets\n")).into(),
            Err(error) => failed(&error),
        },
        Method::Get | Method::Head => send(call, path).await,
        _ => Reply::from(
            OwnedAnswer::empty(Status::METHOD_NOT_ALLOWED).field("allow", "GET, HEAD, PUT"),
        ),
    }
}

/// Writes the content into a file without a name yet, so that nobody sees half of an upload. If the
/// client leaves, or sends too much, this future is dropped, and with it the file.
async fn receive(call: &mut Call, folder: &Arc<Path>, path: PathBuf) -> io::Result<u64> {
    // Crossed, the client gets 413 or 408, and we never see the rest.
    call.bound(BOUNDS);
    let folder = folder.clone();
    // Disks block, workers must not: the file is sent to the server's pool for each piece and back.
    let mut file =
        call.blocking(move || NamedTempFile::new_in(folder)).await.map_err(io::Error::other)??;
    let mut octets = 0;
    while let Some(piece) = call.chunk().await {
        let piece = piece.map_err(io::Error::other)?;
        octets += piece.len() as u64;
        let write = move || file.write_all(&piece).map(|()| file);
        file = call.blocking(write).await.map_err(io::Error::other)??;
    }
    let keep = move || {
        file.as_file().sync_all()?;
        file.persist(path).map_err(io::Error::from).map(drop)
    };
    call.blocking(keep).await.map_err(io::Error::other)??;
    Ok(octets)
}

/// The engine reads the file while it is sent; it is never in memory as a whole.
async fn send(call: Call, path: PathBuf) -> Reply {
    let open = call.blocking(move || FileContent::whole(File::open(path)?)).await;
    match open {
        Ok(Ok(content)) => {
            let head = OwnedStreamed::new(Status::OK)
                .field("content-type", "application/octet-stream")
                .field("x-content-type-options", "nosniff");
            call.send_file(head, content)
        }
        Ok(Err(error)) => failed(&error),
        // The pool is full: 503.
        Err(error) => error.into(),
    }
}

fn failed(error: &io::Error) -> Reply {
    match error.kind() {
        io::ErrorKind::NotFound => Status::NOT_FOUND.into(),
        // The client need not know more; the operator does.
        _ => {
            eprintln!("upload: {error}");
            Status::INTERNAL_SERVER_ERROR.into()
        }
    }
}

fn main() -> Outcome {
    let arguments = arguments("127.0.0.1:3000")?;
    let folder = arguments.rest.first().ok_or("name a folder for the uploads")?;
    let folder: Arc<Path> = Path::new(folder).into();
    let running = Server::bind(arguments.bind)?
        .workers(2)
        .start_async(move |call| answer(call, folder.clone()))?;
    until_stopped(running)?;
    Ok(())
}
