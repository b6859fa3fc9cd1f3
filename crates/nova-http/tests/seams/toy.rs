//! A protocol of frames whose exchanges interleave, as HTTP/2's do, in its smallest form.
//!
//! A frame is: number of the exchange, kind, length, octets. Requests come as `open` (a path), any
//! `content`, `end`; an answer is one frame. A frame of kind `tunnel` turns the rest of the
//! connection into a [`Tunnel`].

use std::sync::Arc;

use nova_http::{
    Answer, Application, Awaits, Cx, Exchange, ExchangeError, Fields, Flow, Gone, Incoming, Method,
    Outlet, Phase, Post, Protocol, Remote, RequestHead, Target, TargetForm, Tunnel, Version,
};
use nova_io::Time;

const OPEN: u8 = 0;
const CONTENT: u8 = 1;
const END: u8 = 2;
const TUNNEL: u8 = 3;
const ANSWER: u8 = 4;

fn frame(number: u8, kind: u8, octets: &[u8]) -> Vec<u8> {
    let length = u8::try_from(octets.len()).expect("a toy's frames are short");
    [&[number, kind, length], octets].concat()
}

pub(crate) fn open(number: u8, path: &[u8]) -> Vec<u8> {
    frame(number, OPEN, path)
}

pub(crate) fn content(number: u8, octets: &[u8]) -> Vec<u8> {
    frame(number, CONTENT, octets)
}

pub(crate) fn end(number: u8) -> Vec<u8> {
    frame(number, END, b"")
}

pub(crate) fn tunnel(number: u8) -> Vec<u8> {
    frame(number, TUNNEL, b"")
}

/// The answers in `octets`, in the order in which they came.
pub(crate) fn answers(mut octets: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut answers = Vec::new();
    while let [number, ANSWER, length, rest @ ..] = octets {
        let (content, rest) = rest.split_at(usize::from(*length));
        answers.push((*number, content.to_vec()));
        octets = rest;
    }
    assert_eq!(octets, b"", "only whole answers come");
    answers
}

/// Frames until a tunnel is asked for, then a tunnel.
#[derive(Debug)]
pub(crate) enum Toy {
    Frames(Vec<OpenExchange>),
    Tunnel(Tunnel),
}

#[derive(Debug)]
pub(crate) struct OpenExchange {
    number: u32,
    credit: u64,
    answered: bool,
}

impl Toy {
    pub(crate) fn new() -> Self {
        Self::Frames(Vec::new())
    }
}

struct Side<'a> {
    exchange: &'a mut OpenExchange,
    out: &'a mut Vec<u8>,
    post: &'a Arc<dyn Post>,
}

impl Outlet for Side<'_> {
    fn answer(&mut self, answer: &Answer<'_>) -> Result<(), ExchangeError> {
        self.exchange.answered = true;
        self.out.extend(frame(self.exchange.number as u8, ANSWER, answer.octets()));
        Ok(())
    }

    fn grant(&mut self, octets: u64) {
        self.exchange.credit += octets;
    }

    fn promise(&mut self) {}

    fn defer(&mut self) -> (Arc<dyn Post>, Arc<Remote>) {
        (self.post.clone(), Arc::new(Remote::new(1_024)))
    }
}

fn lend<A: Application>(
    exchange: &mut OpenExchange,
    cx: &mut Cx<'_, A>,
    call: impl FnOnce(&mut A, &mut Exchange<'_>),
) {
    let id = cx.exchange(exchange.number);
    let mut side = Side { exchange, out: cx.out, post: &cx.tools.post };
    call(cx.app, &mut Exchange::new(id, cx.peer.as_ref(), &mut side));
}

fn head(path: &[u8]) -> RequestHead<'_> {
    RequestHead {
        method: Method::Get,
        target: Target { raw: path, form: TargetForm::Origin },
        version: Version::Http11,
        fields: Fields::EMPTY,
        upgrade: false,
    }
}

impl Protocol for Toy {
    fn receive<A: Application>(&mut self, octets: &mut [u8], cx: &mut Cx<'_, A>) -> usize {
        let mut at = 0;
        loop {
            let open = match self {
                Self::Tunnel(tunnel) => return at + tunnel.receive(&mut octets[at..], cx),
                Self::Frames(open) => open,
            };
            let [number, kind, length, rest @ ..] = &octets[at..] else { return at };
            let (number, kind) = (u32::from(*number), *kind);
            let Some(content) = rest.get(..usize::from(*length)) else { return at };
            at += 3 + content.len();
            match kind {
                OPEN => {
                    let mut exchange = OpenExchange { number, credit: 0, answered: false };
                    lend(&mut exchange, cx, |app, exchange| {
                        app.request(&head(content), Incoming::Follows { length: None }, exchange);
                    });
                    open.push(exchange);
                }
                TUNNEL => {
                    let mut exchange = OpenExchange { number, credit: 0, answered: false };
                    lend(&mut exchange, cx, |app, exchange| {
                        app.request(&head(b"/tunnel"), Incoming::None, exchange);
                    });
                    *self = Self::Tunnel(Tunnel::new(number, exchange.credit));
                    continue;
                }
                _ => {
                    let exchange = open.iter_mut().find(|exchange| exchange.number == number);
                    let exchange = exchange.expect("a toy's client names open exchanges");
                    lend(exchange, cx, |app, exchange| match kind {
                        CONTENT => app.content(exchange, content),
                        END => app.end(exchange),
                        kind => panic!("a toy's client sends no {kind}"),
                    });
                }
            }
            open.retain(|exchange| !exchange.answered);
        }
    }

    fn end_of_stream<A: Application>(&mut self, rest: usize, cx: &mut Cx<'_, A>) {
        if let Self::Tunnel(tunnel) = self {
            tunnel.end_of_stream(rest, cx);
        }
    }

    fn lend<A: Application>(
        &mut self,
        number: u32,
        cx: &mut Cx<'_, A>,
        call: impl FnOnce(&mut A, &mut Exchange<'_>),
    ) -> bool {
        let open = match self {
            Self::Tunnel(tunnel) => return tunnel.lend(number, cx, call),
            Self::Frames(open) => open,
        };
        let Some(at) = open.iter().position(|exchange| exchange.number == number) else {
            return false;
        };
        lend(&mut open[at], cx, call);
        open.retain(|exchange| !exchange.answered);
        true
    }

    fn writable<A: Application>(&mut self, cx: &mut Cx<'_, A>) {
        if let Self::Tunnel(tunnel) = self {
            tunnel.writable(cx);
        }
    }

    fn quiet(&self) -> bool {
        false
    }

    fn wants_room(&self) -> bool {
        matches!(self, Self::Tunnel(tunnel) if tunnel.wants_room())
    }

    fn expired<A: Application>(&mut self, _: &mut Cx<'_, A>) {}

    fn shed<A: Application>(&mut self, _: &mut Cx<'_, A>) {}

    fn gone<A: Application>(&mut self, why: Gone, cx: &mut Cx<'_, A>) {
        match self {
            Self::Tunnel(tunnel) => tunnel.gone(why, cx),
            Self::Frames(open) => {
                for exchange in open {
                    cx.app.gone(cx.exchange(exchange.number), why);
                }
            }
        }
    }

    fn stop(&mut self) {}

    fn flow(&self) -> Flow {
        match self {
            Self::Frames(_) => Flow::More,
            Self::Tunnel(tunnel) => tunnel.flow(),
        }
    }

    fn awaits(&self) -> Awaits {
        match self {
            Self::Frames(open) if open.is_empty() => Awaits::Request,
            Self::Frames(_) => Awaits::Application,
            Self::Tunnel(tunnel) => tunnel.awaits(),
        }
    }

    fn deadline(&self) -> Time {
        Time::NEVER
    }

    fn phase(&self) -> Phase {
        Phase::Handler
    }

    fn held(&self) -> usize {
        0
    }
}
