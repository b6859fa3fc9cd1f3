//! The service.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body as _;
use hyper::rt::{Read as _, ReadBuf, Write as _};
use hyper::upgrade::Upgraded;
use ledger::{FIELD, Mark, Receipt};
use nova_http::{Bytes, ExchangeId, Key};
use nova_tower::{Body, Connection, Instance};
use tokio::sync::oneshot;

use super::errands::Errands;
use super::sheet::{BoxError, Sheet, Then};
use crate::oracle::Oracle;
use crate::play::books::{Books, body, burst};
use crate::play::later::{Deferred, Word};
use crate::story::{Act, Later, When};

/// Every so often it is not ready when it is asked for the first time.
const COY: u32 = 5;

/// One worker's service.
pub(crate) struct Keeper {
    books: Rc<Books>,
    errands: Rc<Errands>,
    asked: u32,
}

/// One request of it.
struct Visit {
    act: Act,
    mark: Mark,
    id: ExchangeId,
    books: Rc<Books>,
    errands: Rc<Errands>,
}

type Answer = Result<Response<Sheet>, BoxError>;

impl Keeper {
    pub(super) fn new(books: Rc<Books>, errands: Rc<Errands>) -> Self {
        Self { books, errands, asked: 0 }
    }
}

impl Instance for Keeper {
    type Future = Pin<Box<dyn Future<Output = Answer>>>;
    type Content = Sheet;
    type Error = BoxError;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.asked += 1;
        if self.asked.is_multiple_of(COY) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, connection: Connection, request: Request<Body>) -> Self::Future {
        let act = Act::parse(request.uri().path());
        let text = request.headers().get(FIELD).and_then(|value| value.to_str().ok());
        let (Some(act), Some(mark)) = (act, text.and_then(|text| text.parse::<Mark>().ok())) else {
            self.books.wrong(Oracle::Ledger, "a service got a request without its mark");
            return Box::pin(async { Err("no mark".into()) });
        };
        self.books.ledger.ran(mark);
        if act == Act::Panics(When::First) {
            // Not in the future, but before there is one.
            burst();
        }
        let (books, errands) = (self.books.clone(), self.errands.clone());
        let visit = Visit { act, mark, id: exchange_of(&connection), books, errands };
        let life = self.books.live();
        Box::pin(async move {
            let answer = visit.answer(request).await;
            drop(life);
            answer
        })
    }
}

/// The exchange of a request, as far as its connection says.
fn exchange_of(connection: &Connection) -> ExchangeId {
    let id = connection.id();
    let connection = Key::new(id as u32, (id >> 32) as u32);
    ExchangeId { worker: (id >> 64) as u16, connection, number: 0 }
}

impl Visit {
    async fn answer(self, mut request: Request<Body>) -> Answer {
        let Self { mark, .. } = self;
        let none = Receipt::of(mark, &[]);
        match self.act {
            Act::Soon(length) => Ok(self.whole(none, length)),
            Act::Early(length) => {
                drop(request);
                let sheet = Sheet::pieces(body(none, length), 1_000, self.books.live());
                Ok(self.response(sheet.hesitating()))
            }
            Act::Sleep(millis, length) => {
                let promise = self.books.promise(mark, self.id);
                self.errands.sleep(Duration::from_millis(millis)).await;
                drop(promise);
                Ok(self.whole(none, length))
            }
            Act::Bursts(When::First) => burst(),
            Act::Bursts(When::Content) | Act::Panics(When::Content) => {
                let _ = self.frame(request.body_mut()).await;
                burst()
            }
            Act::Bursts(_) => Ok(self.response(self.hesitant("a part".into(), Then::Burst))),
            Act::Forget => Err("it is forgotten".into()),
            Act::Drops(length) => {
                Ok(self.response(self.hesitant(mark.content(length).into(), Then::Fail)))
            }
            Act::Tunnel(_) | Act::Pipe => Ok(self.tunnel(request)),
            Act::Gather(length) => {
                let (send, content) = oneshot::channel();
                let Self { books, errands, .. } = &self;
                let (visit, life) = (self.reading(), books.live());
                errands.spawn(async move {
                    let _ = send.send(visit.read(request.into_body()).await);
                    drop(life);
                });
                Ok(self.whole(content.await??, length))
            }
            _ => {
                let receipt = self.read(request.into_body()).await?;
                self.answer_after(receipt).await
            }
        }
    }

    /// The answer when the content has been read.
    async fn answer_after(&self, receipt: Receipt) -> Answer {
        let pieces = |content, piece| Sheet::pieces(content, piece, self.books.live());
        Ok(match self.act {
            Act::Plain(length) | Act::Taste { length, .. } => self.whole(receipt, length),
            // Nobody knows how long it is before it has been asked twice.
            Act::Shared(length) => self.response(pieces(body(receipt, length), usize::MAX)),
            Act::Prepared(length) => {
                let mut response = self.whole(receipt, length);
                let length = body(receipt, length).len();
                response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
                response
            }
            Act::Hinted(length) => {
                let content = body(receipt, length);
                let length = content.len();
                self.response(pieces(content, usize::MAX).saying(length).hesitating())
            }
            Act::Bare(status) => {
                let mut response = self.response(pieces("not to be sent".into(), 3));
                *response.status_mut() = StatusCode::from_u16(status)?;
                response
            }
            Act::Stream { length, piece, known } => {
                let content = body(receipt, length);
                let length = content.len();
                let sheet = pieces(content, piece);
                self.response(if known { sheet.saying(length) } else { sheet })
            }
            Act::Chunks { length, piece } => {
                let mut trailers = HeaderMap::new();
                trailers.insert(field_name(), self.mark());
                let (content, then) = (body(receipt, length), Then::Trailers(trailers));
                // The trailers are at hand with all of the content, or come when that has left.
                self.response(match piece.is_multiple_of(2) {
                    true => pieces(content, usize::MAX).then(then),
                    false => pieces(content, piece).hesitating().then(then),
                })
            }
            Act::Short(length) => {
                let content = body(receipt, length);
                let length = content.len() + 5;
                self.response(pieces(content, 500).hesitating().saying(length))
            }
            Act::Cut(length) => self.response(self.hesitant(body(receipt, length), Then::Fail)),
            Act::Panics(When::Answer) => {
                self.response(pieces(body(receipt, 0), 10).then(Then::Burst))
            }
            Act::Panics(_) => {
                let sheet = Sheet::whole(body(receipt, 0), self.books.live());
                self.response(sheet.with_bomb(self.books.clone()))
            }
            Act::Invalid => {
                // No final answer, and nothing else of it could be wrong to HEAD.
                let mut response = self.whole(receipt, 0);
                *response.status_mut() = StatusCode::EARLY_HINTS;
                response
            }
            Act::Late(later, length) => self.later(later, receipt, length).await?,
            act => {
                self.books.wrong(Oracle::Callbacks, format!("{act} came to the wrong door"));
                return Err("the wrong door".into());
            }
        })
    }

    /// Awaits what somebody else says.
    async fn later(
        &self,
        later: Later,
        receipt: Receipt,
        length: usize,
    ) -> Result<Response<Sheet>, BoxError> {
        let (said, word) = oneshot::channel();
        let promise = self.books.promise(self.mark, self.id);
        let deferred = Deferred::told(receipt, length, later, self.id, said, promise);
        self.books.deferred.borrow_mut().push(deferred);
        let (wait, life) = (self.books.waits(self.mark), self.books.live());
        Ok(self.response(match word.await? {
            Word::Whole(content) => Sheet::whole(content, life),
            Word::Pieces(pieces) => {
                let then = if later == Later::Breaks { Then::Fail } else { Then::Nothing };
                Sheet::from_elsewhere(pieces, wait, then, life)
            }
        }))
    }

    /// Accepts another protocol, and gives the connection to a task that echoes.
    fn tunnel(&self, mut request: Request<Body>) -> Response<Sheet> {
        let upgrade = hyper::upgrade::on(&mut request);
        let life = self.books.live();
        self.errands.spawn(async move {
            if let Ok(upgraded) = upgrade.await {
                // Its end is seen by the client.
                let _ = echo(upgraded).await;
            }
            drop(life);
        });
        let mut response =
            self.response(Sheet::pieces(Bytes::new(), 1, self.books.live()).then(Then::End));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("echo"));
        response
    }

    fn mark(&self) -> HeaderValue {
        HeaderValue::from_str(&self.mark.to_string()).expect("a mark is a field value")
    }

    fn response(&self, sheet: Sheet) -> Response<Sheet> {
        let mut response = Response::new(sheet);
        response.headers_mut().insert(field_name(), self.mark());
        response
    }

    fn whole(&self, receipt: Receipt, length: usize) -> Response<Sheet> {
        self.response(Sheet::whole(body(receipt, length), self.books.live()))
    }

    /// Pieces that leave one by one.
    fn hesitant(&self, content: Bytes, then: Then) -> Sheet {
        Sheet::pieces(content, 500, self.books.live()).hesitating().then(then)
    }

    /// The same visit, for the task that reads its content.
    fn reading(&self) -> Self {
        let Self { act, mark, id, .. } = *self;
        Self { act, mark, id, books: self.books.clone(), errands: self.errands.clone() }
    }

    /// Reads all of the content, and its trailer section if there is one.
    async fn read(&self, mut content: Body) -> Result<Receipt, BoxError> {
        let (mut reading, mut trailers) = (Receipt::reading(), None);
        while let Some(frame) = self.frame(&mut content).await {
            match frame?.into_data() {
                Ok(octets) => reading.update(&octets),
                Err(frame) => trailers = frame.into_trailers().ok(),
            }
            if let Act::Taste { .. } = self.act {
                give_way().await;
            }
        }
        self.books.ledger.read(self.mark);
        let found = trailers.is_some_and(|fields| fields.contains_key("checked"));
        if found != self.books.has_trailers(self.mark) {
            let what = format!("{}: its trailer section was found: {found}", self.mark);
            self.books.wrong(Oracle::Ledger, what);
        }
        Ok(reading.receipt(self.mark))
    }

    async fn frame(
        &self,
        content: &mut Body,
    ) -> Option<Result<http_body::Frame<Bytes>, nova_tower::BodyError>> {
        self.books.wants(self.mark);
        poll_fn(|cx| Pin::new(&mut *content).poll_frame(cx)).await
    }
}

fn field_name() -> HeaderName {
    HeaderName::from_bytes(FIELD.as_bytes()).expect("it is a field name")
}

/// Is not ready once.
async fn give_way() {
    let mut given = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Sends back what comes, and ends when its client has.
async fn echo(upgraded: Upgraded) -> std::io::Result<()> {
    let mut upgraded = pin!(upgraded);
    let mut octets = [0; 1_000];
    loop {
        let count = poll_fn(|cx| {
            let mut buffer = ReadBuf::new(&mut octets);
            ready!(upgraded.as_mut().poll_read(cx, buffer.unfilled()))?;
            Poll::Ready(Ok::<_, std::io::Error>(buffer.filled().len()))
        })
        .await?;
        if count == 0 {
            return poll_fn(|cx| upgraded.as_mut().poll_shutdown(cx)).await;
        }
        let mut rest = &octets[..count];
        while !rest.is_empty() {
            let written = poll_fn(|cx| upgraded.as_mut().poll_write(cx, rest)).await?;
            rest = &rest[written..];
        }
    }
}
