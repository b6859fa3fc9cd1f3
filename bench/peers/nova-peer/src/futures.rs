//! Handlers that are futures.

use agreed::{
    COUNT, HELLO, JSON, JSON_TYPE, MESSAGE, NAP, OCTETS, PIECE, PIECES, POST, SLEEP, STREAM, TEXT,
    counted,
};
use nova_http::{Bytes, Call, OwnedAnswer, OwnedStreamed, Reply, Status};

/// Answers all that was agreed, on a runtime of Tokio's.
pub(crate) async fn on_tokio(call: Call) -> Reply {
    if call.head().path() == SLEEP.as_bytes() {
        tokio::time::sleep(NAP).await;
        return text(OwnedAnswer::new(Status::OK, HELLO));
    }
    answer(call).await
}

/// Answers all that was agreed, on the worker's own clock.
pub(crate) async fn on_the_worker(call: Call) -> Reply {
    if call.head().path() == SLEEP.as_bytes() {
        call.sleep(NAP).await;
        return text(OwnedAnswer::new(Status::OK, HELLO));
    }
    answer(call).await
}

async fn answer(mut call: Call) -> Reply {
    let path = call.head().path();
    if path == POST.as_bytes() {
        return match call.content().await {
            Ok(content) => text(OwnedAnswer::new(Status::OK, counted(content.len()))),
            Err(error) => error.into(),
        };
    }
    if path == COUNT.as_bytes() {
        let mut octets = 0;
        while let Some(piece) = call.chunk().await {
            match piece {
                Ok(piece) => octets += piece.len(),
                Err(error) => return error.into(),
            }
        }
        return text(OwnedAnswer::new(Status::OK, counted(octets)));
    }
    if path == STREAM.as_bytes() {
        let mut stream = call.start(OwnedStreamed::new(Status::OK).field("content-type", OCTETS));
        for _ in 0..PIECES {
            // Dropped early it aborts: the client has gone.
            if stream.write_shared(Bytes::from_static(&PIECE)).await.is_err() {
                return Reply::Written;
            }
        }
        return stream.finish();
    }
    if path == JSON.as_bytes() {
        return match serde_json::to_vec(&MESSAGE) {
            Ok(json) => OwnedAnswer::new(Status::OK, json).field("content-type", JSON_TYPE).into(),
            Err(_) => OwnedAnswer::new(Status::INTERNAL_SERVER_ERROR, "").into(),
        };
    }
    text(OwnedAnswer::new(Status::OK, HELLO))
}

fn text(answer: OwnedAnswer) -> Reply {
    answer.field("content-type", TEXT).into()
}
