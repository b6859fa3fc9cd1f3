//! The handlers that are futures.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use ledger::{FIELD, Mark, Receipt};
use nova_http::{AsyncHandler, Call, Lost, OwnedAnswer, OwnedStreamed, Reply, Status};

use super::books::{Books, body, burst};
use super::desk::read_head;
use crate::oracle::Oracle;
use crate::story::{Act, When};

/// Answers, in its own time.
pub(crate) struct Study {
    pub(crate) books: Rc<Books>,
}

impl AsyncHandler for Study {
    type Future = Pin<Box<dyn Future<Output = Reply>>>;

    fn call(&self, call: Call) -> Self::Future {
        let Some((act, mark)) = read_head(&call.head()) else {
            self.books.wrong(Oracle::Ledger, "a future got a request without its mark");
            return Box::pin(async { Status::OK.into() });
        };
        self.books.ledger.ran(mark);
        Box::pin(answer(act, mark, call, self.books.clone()))
    }
}

fn owned(receipt: Receipt, length: usize) -> Reply {
    let answer = OwnedAnswer::new(Status::OK, body(receipt, length));
    answer.field(FIELD, receipt.mark.to_string()).into()
}

fn streamed(mark: Mark) -> OwnedStreamed {
    OwnedStreamed::new(Status::OK).field(FIELD, mark.to_string())
}

async fn answer(act: Act, mark: Mark, call: Call, books: Rc<Books>) -> Reply {
    let _life = books.live();
    match act {
        Act::Soon(length) => owned(Receipt::of(mark, &[]), length),
        Act::Sleep(millis, length) => {
            let promise = books.promise(mark, call.id());
            call.sleep(Duration::from_millis(millis)).await;
            drop(promise);
            owned(Receipt::of(mark, &[]), length)
        }
        Act::Bursts(When::First) => burst(),
        Act::Pipe => pipe(mark, call).await,
        Act::Forget => Reply::Written,
        act => match read(act, mark, call, &books).await {
            Ok(reply) => reply,
            Err(Lost) => Reply::Written,
        },
    }
}

async fn read(act: Act, mark: Mark, mut call: Call, books: &Rc<Books>) -> Result<Reply, Lost> {
    match act {
        Act::Gather(length) => {
            let Ok(content) = call.content().await else { return Err(Lost) };
            books.ledger.read(mark);
            Ok(owned(Receipt::of(mark, &content), length))
        }
        Act::Chunks { length, piece } => {
            let mut reading = Receipt::reading();
            while let Some(chunk) = call.chunk().await {
                reading.update(&chunk.map_err(|_| Lost)?);
            }
            books.ledger.read(mark);
            let content = body(reading.receipt(mark), length);
            let mut writer = call.start(streamed(mark));
            for piece in content.chunks(piece.max(1)) {
                writer.write(piece).await?;
            }
            Ok(writer.finish())
        }
        Act::Bursts(When::Content) => {
            let _ = call.chunk().await;
            burst()
        }
        Act::Bursts(_) => {
            let mut writer = call.start(streamed(mark));
            writer.write(b"a part").await?;
            let promise = books.promise(mark, call.id());
            call.sleep(Duration::from_millis(1)).await;
            drop(promise);
            burst()
        }
        Act::Drops(length) => {
            let mut writer = call.start(streamed(mark));
            writer.write(&mark.content(length)).await?;
            drop(writer);
            Ok(Reply::Written)
        }
        act => {
            books.wrong(Oracle::Callbacks, format!("{act} came to the wrong door"));
            Ok(Status::OK.into())
        }
    }
}

async fn pipe(mark: Mark, call: Call) -> Reply {
    let head = OwnedStreamed::new(Status::SWITCHING_PROTOCOLS).field("upgrade", "echo");
    let mut ends = call.tunnel(head.field(FIELD, mark.to_string()));
    while let Some(Ok(octets)) = ends.read().await {
        if ends.write(&octets).await.is_err() {
            break;
        }
    }
    ends.finish()
}
