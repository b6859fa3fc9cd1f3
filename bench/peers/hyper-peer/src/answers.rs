//! What was agreed, answered in hyper's own ways.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use agreed::{
    COUNT, HELLO, JSON, JSON_TYPE, MESSAGE, NAP, OCTETS, PIECE, PIECES, POST, SLEEP, STREAM, TEXT,
    counted,
};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response};

/// What an answer contains: octets at hand, or pieces of them.
type Content = Either<Full<Bytes>, Pieces>;

/// Answers by path.
pub(crate) async fn answer(request: Request<Incoming>) -> Result<Response<Content>, Infallible> {
    let path = request.uri().path();
    Ok(if path == POST {
        match request.into_body().collect().await {
            Ok(content) => text(counted(content.to_bytes().len())),
            // The connection is broken or at its end; hyper says so itself.
            Err(_) => text(""),
        }
    } else if path == COUNT {
        text(counted(count(request.into_body()).await))
    } else if path == STREAM {
        with(OCTETS, Either::Right(Pieces(PIECES)))
    } else if path == JSON {
        match serde_json::to_vec(&MESSAGE) {
            Ok(json) => with(JSON_TYPE, Either::Left(Full::new(json.into()))),
            // A message that cannot be written would be seen: the answer is compared.
            Err(_) => text(""),
        }
    } else if path == SLEEP {
        tokio::time::sleep(NAP).await;
        text(HELLO)
    } else {
        // Content is read where there is any, as Nova's hello does; a GET has none and pays nothing
        // for the question.
        count(request.into_body()).await;
        text(HELLO)
    })
}

/// Takes content as it comes, keeps nothing, and says how much there was.
async fn count(mut content: Incoming) -> usize {
    let mut octets = 0;
    while !content.is_end_stream() {
        match content.frame().await {
            Some(Ok(frame)) => octets += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) | None => break,
        }
    }
    octets
}

fn text(content: impl Into<Bytes>) -> Response<Content> {
    with(TEXT, Either::Left(Full::new(content.into())))
}

fn with(kind: &'static str, content: Content) -> Response<Content> {
    let mut answer = Response::new(content);
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

/// So many pieces are left. They are not copied: each frame refers to the program's own data.
pub(crate) struct Pieces(usize);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
        self.0 = left;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&PIECE)))))
    }

    fn is_end_stream(&self) -> bool {
        self.0 == 0
    }
}
