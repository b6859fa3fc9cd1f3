//! A worker over the simulated network: no time passes, and every conversation repeats exactly.

use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{Answered, Buffered, Limits, PlainHttp, Request, Response};
use nova_io::sim::{Client, ClientState, Network};

use crate::answers;
use crate::case::Step;
use crate::server::mirror;
use crate::transcript::{End, PROBE, Transcript};

/// How octets are cut on their way.
#[derive(Clone, Copy, Debug)]
pub enum Cut<'a> {
    /// Not at all.
    Whole,
    /// Into pieces of so many octets.
    Every(usize),
    /// At these offsets into all that is sent, which ascend.
    At(&'a [usize]),
}

type Handler = fn(&Request<'_>, Response<'_>) -> Answered;

/// A server that serves one conversation after the other.
#[derive(Debug)]
pub struct InProcess {
    bench: Bench<PlainHttp, Buffered<Handler>>,
    talks: usize,
}

impl InProcess {
    /// A server over `network`.
    pub fn new(network: Network) -> Self {
        Self { bench: Bench::http(network, Limits::default(), mirror as Handler), talks: 0 }
    }

    /// Goes through `steps` with a new client. `probe` asks for one more request in the end.
    ///
    /// # Errors
    /// A step that cannot be done, because the server does not do its part.
    pub fn talk(
        &mut self,
        steps: &[Step],
        cut: Cut<'_>,
        probe: bool,
    ) -> Result<Transcript, String> {
        let mut client = self.bench.connect();
        let talk = self.converse(&mut client, steps, cut, probe);
        drop(client);
        self.talks += 1;
        if self.talks.is_multiple_of(64) {
            // Connections that linger for clients that are gone.
            self.bench.advance(Duration::from_secs(6));
        }
        talk
    }

    fn converse(
        &mut self,
        client: &mut Client,
        steps: &[Step],
        cut: Cut<'_>,
        probe: bool,
    ) -> Result<Transcript, String> {
        let (mut octets, mut sent, mut half_closed) = (Vec::new(), 0, false);
        for step in steps {
            match step {
                Step::Send(whole) => {
                    for piece in pieces(whole, cut, &mut sent) {
                        client.write(piece);
                        octets.extend(self.bench.drain(client));
                    }
                }
                Step::Shut => {
                    client.shutdown();
                    half_closed = client.state() == ClientState::Open;
                }
                Step::Pause => self.bench.advance(Duration::from_millis(1_500)),
                Step::Await100 => {
                    let (answers, interim) = answers::read(&octets)?;
                    if interim != 1 || !answers.is_empty() {
                        return Err("100 (Continue) does not come".into());
                    }
                }
                Step::AwaitAnswers(count) => {
                    let (answers, _) = answers::read(&octets)?;
                    if answers.len() != *count {
                        return Err(format!("{} answers instead of {count}", answers.len()));
                    }
                }
                Step::Reset => {
                    client.reset();
                    let mut other = self.bench.connect();
                    let probe = self.ask(&mut other);
                    let end = End::Left { probe };
                    return Ok(Transcript { octets, half_closed, end });
                }
                Step::ReadSlowly => client.set_window(1),
            }
            octets.extend(self.bench.drain(client));
        }
        let end = match client.state() {
            ClientState::Open => End::Open { probe: probe.then(|| self.ask(client)) },
            ClientState::Ended => End::Ended,
            ClientState::Reset => End::Reset,
        };
        Ok(Transcript { octets, half_closed, end })
    }

    fn ask(&mut self, client: &mut Client) -> Vec<u8> {
        client.write(PROBE);
        self.bench.drain(client)
    }

    /// What becomes of a connection on which `octets` were sent and nothing follows, when more time
    /// has passed than any deadline gives.
    pub fn expire(&mut self, octets: &[u8]) -> Transcript {
        let mut client = self.bench.connect();
        client.write(octets);
        let mut seen = self.bench.drain(&mut client);
        for _ in 0..4 {
            self.bench.advance(Duration::from_secs(40));
            seen.extend(self.bench.drain(&mut client));
        }
        let end = match client.state() {
            ClientState::Open => End::Open { probe: None },
            ClientState::Ended => End::Ended,
            ClientState::Reset => End::Reset,
        };
        Transcript { octets: seen, half_closed: false, end }
    }
}

/// `octets` as `cut` says; `sent` octets of the conversation went before.
fn pieces<'a>(octets: &'a [u8], cut: Cut<'_>, sent: &mut usize) -> Vec<&'a [u8]> {
    let before = std::mem::replace(sent, *sent + octets.len());
    match cut {
        Cut::Whole => vec![octets],
        Cut::Every(len) => octets.chunks(len).collect(),
        Cut::At(offsets) => {
            let here = before + 1..before + octets.len();
            let (mut pieces, mut rest) = (Vec::with_capacity(offsets.len() + 1), octets);
            for at in offsets.iter().filter(|&at| here.contains(at)) {
                let (piece, after) = rest.split_at(at - before - (octets.len() - rest.len()));
                pieces.push(piece);
                rest = after;
            }
            pieces.push(rest);
            pieces
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Offsets are those of the conversation, and only those inside of a step part it.
    #[test]
    fn pieces_lie_between_the_offsets() {
        let cut = |octets: &'static str, cut, mut sent| {
            let pieces = pieces(octets.as_bytes(), cut, &mut sent);
            pieces.into_iter().map(|piece| str::from_utf8(piece).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(cut("abcdef", Cut::At(&[1, 4]), 0), ["a", "bcd", "ef"]);
        assert_eq!(cut("abcdef", Cut::At(&[3, 10, 12, 15, 16, 20]), 10), ["ab", "cde", "f"]);
        assert_eq!(cut("abcdef", Cut::At(&[]), 0), ["abcdef"]);
        assert_eq!(cut("abcdef", Cut::Every(4), 0), ["abcd", "ef"]);
        assert_eq!(cut("abcdef", Cut::Whole, 0), ["abcdef"]);
    }
}
