//! What all peers answer, and where: said once, for the peers and for who verifies them.
//!
//! Every other path is answered with [`HELLO`].
#![forbid(unsafe_code)]

use std::time::Duration;

/// The content of the small answer, with [`TEXT`] as its type.
pub const HELLO: &str = "Hello World";

/// `Content-Type` of everything but the stream.
pub const TEXT: &str = "text/plain";

/// A POST whose handler wants the content as one slice; answered with [`counted`].
pub const POST: &str = "/post";

/// A POST whose handler takes the content piece by piece and keeps nothing; answered with [`counted`].
pub const COUNT: &str = "/count";

/// A GET that is answered with [`PIECES`] times [`PIECE`], chunked.
pub const STREAM: &str = "/stream";

/// `Content-Type` of the stream.
pub const OCTETS: &str = "application/octet-stream";

/// A GET that is answered with [`HELLO`] after [`NAP`].
pub const SLEEP: &str = "/sleep";

/// How long a handler sleeps for [`SLEEP`].
pub const NAP: Duration = Duration::from_millis(1);

/// What the stream is made of: 64 KiB in the program's read-only data.
pub static PIECE: [u8; 64 * 1024] = piece();

/// How often [`PIECE`] comes in the stream: 1 MiB in all.
pub const PIECES: usize = 16;

/// A period of 251 octets, which divides no power of two: a piece that is lost, doubled or moved shows.
const fn piece() -> [u8; 64 * 1024] {
    let mut piece = [0; 64 * 1024];
    let mut at = 0;
    while at < piece.len() {
        piece[at] = (at % 251) as u8;
        at += 1;
    }
    piece
}

/// The answer to content of `octets` octets, which proves that they were counted.
pub fn counted(octets: usize) -> String {
    format!("{octets} octets")
}

/// A GET that is answered with [`Message`] as JSON.
pub const JSON: &str = "/json";

/// `Content-Type` of JSON.
pub const JSON_TYPE: &str = "application/json";

/// What every peer makes JSON of anew for each request to [`JSON`], with the serialiser of its own world.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Message {
    /// [`HELLO`].
    pub message: &'static str,
}

/// The only message.
pub const MESSAGE: Message = Message { message: HELLO };
