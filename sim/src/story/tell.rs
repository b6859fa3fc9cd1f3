//! Draws a story from a seed: its clients and events. `world.rs` draws where it happens.

use nova_io::sim::Habits;

use super::World;
use super::world::world;
use super::{
    Act, Client, Comes, Content, Deed, Event, Flaw, Keep, Later, Pace, Reads, Request, Story, What,
    When,
};
use crate::dice::Dice;

/// The story of `seed`.
pub fn tell(seed: u64) -> Story {
    let mut teller = Teller { dice: Dice::new(seed, 1), world: world(seed), most: 0 };
    let Habits { window, receive_buffer, .. } = teller.world.habits;
    // What goes through a needle's eye is short, or a story would never end.
    let eye = window.min(receive_buffer).min(teller.world.limits.unsent_bytes);
    teller.most = (eye * 50).min(if teller.dice.shows(10) { 60_000 } else { 4_000 });
    let count = teller.dice.weighted(&[(3, 1), (4, 2), (4, 4), (2, 8)]);
    let clients = (0..count).map(|_| teller.client()).collect();
    let events = teller.events();
    Story { seed, dice: seed, world: teller.world, clients, events }
}

struct Teller {
    dice: Dice,
    world: World,
    /// Octets of a content.
    most: usize,
}

impl Teller {
    fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..self.dice.pick(&[0, 0, 0, 1, 2, 4]) {
            let step = self.dice.scaled(2_000) as u64;
            let errors = [24, 23, 105, 12]; // EMFILE, ENFILE, ENOBUFS, ENOMEM
            let what = match self.dice.below(5) {
                0 => What::FailAccept(self.dice.pick(&errors)),
                1 => What::FailAdopt(self.dice.pick(&errors)),
                2 => What::Stop(self.dice.millis(0, 8_000)),
                _ => What::Jump(self.dice.millis(1, 12_000)),
            };
            events.push(Event { step, what });
        }
        events.sort_by_key(|event| event.step);
        events
    }

    fn client(&mut self) -> Client {
        let reads = match self.dice.below(12) {
            0 => Reads::Never,
            1 => Reads::After(self.dice.millis(50, 12_000)),
            2 | 3 => Reads::Lazily,
            _ => Reads::Promptly,
        };
        let mut script = vec![Deed::Connect];
        if self.dice.shows(15) {
            script.push(Deed::Window(self.dice.scaled(4_000)));
        }
        for round in 0..self.dice.pick(&[1, 1, 1, 2, 3]) {
            if round > 0 && self.dice.shows(40) {
                script.push(Deed::Connect);
            }
            self.visit(&mut script);
        }
        let comes =
            self.dice.weighted(&[(17, Comes::Direct), (2, Comes::Proxied), (1, Comes::Garbled)]);
        Client { host: self.dice.between(1, 4) as u8, comes, reads, script }
    }

    /// One connection's worth of deeds.
    fn visit(&mut self, script: &mut Vec<Deed>) {
        match self.dice.below(14) {
            0 => {
                let cut = self.dice.below(400);
                let batch = self.batch();
                script.push(Deed::Send(batch, self.pace(), Some(cut)));
                return self.end(script);
            }
            1 => {
                let mut batch = if self.dice.shows(40) { self.batch() } else { Vec::new() };
                batch.push(self.flawed());
                script.push(Deed::Send(batch, self.pace(), None));
                return self.end(script);
            }
            2 => {
                let act = match self.dice.shows(50) {
                    true => Act::Pipe,
                    false => Act::Tunnel(self.dice.scaled(2_000)),
                };
                let request =
                    Request { keep: Keep::Unsaid, old: false, ..self.request(act, Content::None) };
                script.push(Deed::Send(vec![request], self.pace(), None));
                if self.dice.shows(30) {
                    script.push(Deed::Blurt(self.dice.scaled(self.most)));
                }
                for _ in 0..self.dice.below(4) {
                    script.push(Deed::Speak(self.dice.scaled(self.most)));
                    if self.dice.shows(30) {
                        script.push(Deed::Pause(self.dice.millis(1, 9_000)));
                    }
                }
                return self.end(script);
            }
            3 => return self.end(script),
            5 => {
                // All has been said, the first answer takes its time, and the rest is still owed.
                let mut batch = self.batch();
                let act = match self.dice.shows(50) {
                    true => Act::Late(Later::Answer, 10),
                    false => Act::Sleep(self.dice.scaled(100) as u64, 10),
                };
                let first = self.request(act, Content::None);
                batch.insert(0, Request { keep: Keep::Unsaid, old: false, ..first });
                script.push(Deed::Send(batch, self.pace(), None));
                return script.extend([Deed::End, Deed::Await]);
            }
            4 => script.push(Deed::Pause(self.dice.millis(1, 25_000))),
            _ => {}
        }
        for _ in 0..self.dice.pick(&[1, 1, 2, 3]) {
            let batch = self.batch();
            script.push(Deed::Send(batch, self.pace(), None));
            if self.dice.shows(70) {
                script.push(Deed::Await);
            }
            if self.dice.shows(20) {
                script.push(Deed::Pause(self.dice.millis(1, 9_000)));
            }
        }
        self.end(script);
    }

    fn end(&mut self, script: &mut Vec<Deed>) {
        if self.dice.shows(30) {
            script.push(Deed::Pause(self.dice.millis(1, 9_000)));
        }
        match self.dice.below(10) {
            0 => script.push(Deed::Reset),
            1 => script.push(Deed::Leave),
            2 => script.push(Deed::Break),
            3 | 4 => script.extend([Deed::End, Deed::Await]),
            5 => script.extend([Deed::Await, Deed::Leave]),
            _ => {}
        }
    }

    fn pace(&mut self) -> Pace {
        match self.dice.below(6) {
            0 => Pace::Pieces(self.dice.scaled(1_000)),
            1 => {
                let octets = self.dice.between(1, 200);
                Pace::Drips(octets, self.dice.millis(1, 1_500))
            }
            _ => Pace::AtOnce,
        }
    }

    fn batch(&mut self) -> Vec<Request> {
        let count = self.dice.weighted(&[(6, 1), (2, 2), (1, 4), (1, 16)]);
        let count = self.dice.between(1, count);
        let mut batch = Vec::new();
        for nth in 0..count {
            let act = self.act();
            let content = match self.dice.below(10) {
                0..=4 => Content::None,
                5..=7 => Content::Length(self.length()),
                _ => Content::Chunked {
                    length: self.length(),
                    chunk: self.dice.scaled(1_000),
                    trailers: self.dice.shows(30),
                },
            };
            let mut request = self.request(act, content);
            if nth + 1 < count && request.closes() {
                request.keep = if request.old { Keep::Alive } else { Keep::Unsaid };
            }
            batch.push(request);
        }
        batch
    }

    fn request(&mut self, act: Act, content: Content) -> Request {
        let chunked = matches!(content, Content::Chunked { .. });
        let old = !chunked && self.dice.shows(8);
        let keep = match self.dice.below(10) {
            0 => Keep::Close,
            1 => Keep::Alive,
            _ => Keep::Unsaid,
        };
        let room = self.world.limits.message.head_bytes as usize - 450;
        Request {
            head: content == Content::None && !act.is_tunnel() && self.dice.shows(12),
            old,
            keep,
            act,
            content,
            expects: content != Content::None && !old && self.dice.shows(12),
            filler: if self.dice.shows(15) { self.dice.scaled(room.min(2_000)) } else { 0 },
            flaw: None,
            tag: self.dice.any() | 1,
        }
    }

    fn length(&mut self) -> usize {
        let most = self.most.min(self.world.limits.message.content_bytes as usize - 40);
        self.dice.scaled(most.max(1))
    }

    fn act(&mut self) -> Act {
        let length = match self.dice.below(4) {
            0 => self.dice.scaled(self.most),
            _ => self.dice.below(200),
        };
        let piece = self.dice.scaled(3_000).max(length / 100);
        let credit = self.dice.scaled(2_000).max(self.most / 100);
        match self.dice.below(34) {
            0..=5 => Act::Plain(length),
            6 => Act::Shared(length),
            7 => Act::Shared(
                self.dice.scaled(self.most.max(2)) + if self.most > 10_000 { 8_192 } else { 0 },
            ),
            8 => Act::Prepared(length),
            9 => Act::Bare(self.dice.pick(&[204, 304])),
            10 => Act::Hinted(length),
            11..=13 => Act::Stream { length, piece, known: self.dice.shows(50) },
            14 => Act::Short(length),
            15 => Act::Cut(length),
            16..=18 => Act::Taste { credit, length },
            19 => Act::Early(length),
            20..=22 => {
                let later = self.dice.weighted(&[
                    (6, Later::Answer),
                    (4, Later::Pieces),
                    (1, Later::Breaks),
                    (1, Later::Drop),
                    (2, Later::Twice),
                    (1, Later::Never),
                ]);
                match later {
                    // Long enough for more than one piece to wait.
                    Later::Pieces => Act::Late(later, self.dice.between(self.most / 4, self.most)),
                    _ => Act::Late(later, length),
                }
            }
            23 => Act::Panics(self.dice.pick(&When::ALL)),
            24 => Act::Invalid,
            25 | 26 => Act::Soon(length),
            27 | 28 => Act::Sleep(self.dice.scaled(6_000) as u64, length),
            29 => Act::Gather(length),
            30 | 31 => Act::Chunks { length, piece },
            32 => self.dice.pick(&[Act::Forget, Act::Drops(100)]),
            _ => Act::Bursts(self.dice.pick(&[When::First, When::Content, When::Answer])),
        }
    }

    fn flawed(&mut self) -> Request {
        let flaw = self.dice.pick(&Flaw::ALL);
        let limits = self.world.limits.message;
        let length = self.length();
        let content = match flaw {
            Flaw::Chunk | Flaw::Trailer => Content::Chunked { length, chunk: 30, trailers: false },
            Flaw::LargeContent if limits.content_bytes < 10_000 => {
                let length = limits.content_bytes as usize + self.dice.scaled(1_000);
                match self.dice.shows(50) {
                    true => Content::Length(length),
                    false => Content::Chunked { length, chunk: 500, trailers: false },
                }
            }
            _ => Content::None,
        };
        let flaw = match flaw {
            Flaw::LargeContent if content == Content::None => Flaw::NoHost,
            flaw => flaw,
        };
        let filler = match flaw {
            Flaw::LongLine | Flaw::LongFields => limits.head_bytes as usize + 10,
            _ => 0,
        };
        let plain = self.request(Act::Plain(10), content);
        Request { old: false, head: false, expects: false, flaw: Some(flaw), filler, ..plain }
    }
}
