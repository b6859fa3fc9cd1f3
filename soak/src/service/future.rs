//! Futures: all of the content at once, or in pieces.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ledger::{Ledger, Receipt};
use nova_http::{AsyncHandler, Call, ContentError, OwnedAnswer, OwnedStreamed, Reply, Status};

use super::handler::PIECE;
use super::{Door, Entry};

/// The handler of everything that is a future.
#[derive(Clone, Debug)]
pub(super) struct Futures(pub(super) Arc<Ledger>);

impl AsyncHandler for Futures {
    type Future = Pin<Box<dyn Future<Output = Reply>>>;

    fn call(&self, call: Call) -> Self::Future {
        let Some(entry) = Entry::of(&call.head()) else {
            return Box::pin(async { Status::NOT_FOUND.into() });
        };
        self.0.ran(entry.mark);
        let books = self.0.clone();
        match entry.door {
            Door::FuturePieces => Box::pin(async move { pieces(call, books, entry).await.into() }),
            _ => Box::pin(async move { whole(call, books, entry).await.into() }),
        }
    }
}

async fn whole(
    mut call: Call,
    books: Arc<Ledger>,
    entry: Entry,
) -> Result<OwnedAnswer, ContentError> {
    let content = call.content().await?;
    books.read(entry.mark);
    Ok(OwnedAnswer::new(Status::OK, entry.answer(&Receipt::of(entry.mark, &content))))
}

async fn pieces(mut call: Call, books: Arc<Ledger>, entry: Entry) -> Result<Reply, ContentError> {
    let mut reading = Receipt::reading();
    while let Some(piece) = call.chunk().await {
        reading.update(&piece?);
    }
    books.read(entry.mark);
    if entry.mark.tag.is_multiple_of(8) {
        call.sleep(Duration::from_millis(1)).await;
    }
    let content = entry.answer(&reading.receipt(entry.mark));
    let mut writer = call.start(OwnedStreamed::new(Status::OK));
    for piece in content.chunks(PIECE) {
        if writer.write(piece).await.is_err() {
            return Ok(Reply::Written);
        }
    }
    Ok(writer.finish())
}
