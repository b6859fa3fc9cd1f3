//! A tunnel in a future.

use std::fmt;
use std::rc::Rc;

use bytes::Bytes;

use super::content::ContentError;
use super::line::{Line, Order};
use super::reply::Reply;
use super::writer::write;
use crate::remote::Lost;

/// Both directions of a tunnel. Dropped before [`TunnelEnds::finish`] it resets the connection.
///
/// ```
/// use nova_http::{Call, OwnedStreamed, Reply, Status};
///
/// async fn echo(call: Call) -> Reply {
///     let head = OwnedStreamed::new(Status::SWITCHING_PROTOCOLS).field("upgrade", "echo");
///     let mut ends = call.tunnel(head);
///     while let Some(Ok(octets)) = ends.read().await {
///         if ends.write(&octets).await.is_err() {
///             break;
///         }
///     }
///     ends.finish()
/// }
/// # fn takes(_: impl nova_http::AsyncHandler) {}
/// # takes(echo);
/// ```
#[derive(Debug)]
#[must_use = "dropping it resets the connection"]
pub struct TunnelEnds {
    reader: TunnelReader,
    writer: TunnelWriter,
}

impl TunnelEnds {
    pub(super) fn new(line: Rc<Line>) -> Self {
        let reader = TunnelReader { line: line.clone() };
        Self { reader, writer: TunnelWriter { line, finished: false } }
    }

    /// The next octets of the client; `None` when it has ended its direction. The other one goes on.
    pub async fn read(&mut self) -> Option<Result<Bytes, ContentError>> {
        self.reader.read().await
    }

    /// Writes all of `octets`, waiting for room as often as needed.
    ///
    /// # Errors
    /// [`Lost`] if the tunnel has ended.
    pub async fn write(&mut self, octets: &[u8]) -> Result<(), Lost> {
        self.writer.write(octets).await
    }

    /// Ends our direction, and with it the connection.
    pub fn finish(self) -> Reply {
        self.writer.finish()
    }

    /// Each direction for itself, so that one can wait while the other goes on.
    pub fn split(self) -> (TunnelReader, TunnelWriter) {
        (self.reader, self.writer)
    }
}

/// What comes through a tunnel. Made by [`TunnelEnds::split`].
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Call, OwnedStreamed, Reply, Status};
///
/// async fn shout(call: Call) -> Reply {
///     let head = OwnedStreamed::new(Status::SWITCHING_PROTOCOLS).field("upgrade", "shout");
///     let (mut reader, mut writer) = call.tunnel(head).split();
///     while let Some(Ok(octets)) = reader.read().await {
///         if writer.write(&octets.to_ascii_uppercase()).await.is_err() {
///             break;
///         }
///     }
///     writer.finish()
/// }
///
/// let app = App::new_async(shout);
/// let tunnel = app.get("/").field("connection", "upgrade").field("upgrade", "shout").begin();
/// tunnel.write("hello");
/// assert_eq!(tunnel.read_text(), "HELLO");
/// ```
pub struct TunnelReader {
    line: Rc<Line>,
}

impl TunnelReader {
    /// As [`TunnelEnds::read`].
    pub async fn read(&mut self) -> Option<Result<Bytes, ContentError>> {
        self.line.chunk().await
    }
}

impl fmt::Debug for TunnelReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelReader").field("id", &self.line.id).finish_non_exhaustive()
    }
}

/// What goes into a tunnel. Made by [`TunnelEnds::split`]. Dropped before [`TunnelWriter::finish`] it
/// resets the connection.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Call, OwnedStreamed, Reply, Status};
///
/// async fn greet(call: Call) -> Reply {
///     let head = OwnedStreamed::new(Status::SWITCHING_PROTOCOLS).field("upgrade", "greet");
///     let (_, mut writer) = call.tunnel(head).split();
///     match writer.write(b"hello").await {
///         Ok(()) => writer.finish(),
///         Err(lost) => lost.into(), // The client has left.
///     }
/// }
///
/// let app = App::new_async(greet);
/// let tunnel = app.get("/").field("connection", "upgrade").field("upgrade", "greet").begin();
/// assert_eq!(tunnel.read_text(), "hello");
/// assert!(tunnel.is_complete());
/// ```
#[must_use = "dropping it resets the connection"]
pub struct TunnelWriter {
    line: Rc<Line>,
    finished: bool,
}

impl TunnelWriter {
    /// As [`TunnelEnds::write`].
    ///
    /// # Errors
    /// [`Lost`] if the tunnel has ended.
    pub async fn write(&mut self, octets: &[u8]) -> Result<(), Lost> {
        write(&self.line, octets).await
    }

    /// As [`TunnelEnds::finish`].
    pub fn finish(mut self) -> Reply {
        self.finished = true;
        self.line.order(Order::Finish(Vec::new()));
        Reply::Written
    }
}

impl Drop for TunnelWriter {
    fn drop(&mut self) {
        if !self.finished {
            self.line.order(Order::Abort);
        }
    }
}

impl fmt::Debug for TunnelWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TunnelWriter").field("finished", &self.finished).finish_non_exhaustive()
    }
}
