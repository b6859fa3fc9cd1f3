//! A story: plain data that says who does what. The same story and the same dice are the same history.
//!
//! `tell.rs` draws one from a seed, `act.rs` and `request.rs` are what clients ask for.

pub mod act;
pub mod request;
mod tell;
mod world;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use clap::ValueEnum;
use nova_http::Limits;
use nova_io::sim::Habits;
use serde::{Deserialize, Serialize};

pub use act::{Act, Due, Later, When};
pub use request::{Content, Encoded, Flaw, Keep, Request};
pub use tell::tell;

/// Everything that is decided before it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// Where it comes from.
    pub seed: u64,
    /// Which order of steps, of the many that are possible.
    pub dice: u64,
    /// Where it happens.
    pub world: World,
    /// Who comes.
    pub clients: Vec<Client>,
    /// What else happens.
    pub events: Vec<Event>,
}

impl Story {
    /// The same, told of a server with other handlers.
    #[must_use]
    pub fn of(self, handlers: Handlers) -> Self {
        Self { world: World { handlers, ..self.world }, ..self }
    }
}

/// The server and its network.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// How many workers.
    pub workers: usize,
    /// What they allow.
    pub limits: Limits,
    /// What the network is like.
    pub habits: Habits,
    /// Whether somebody watches the answers (`on_response`).
    pub watched: bool,
    /// How often, in hundredths, a worker turns for no reason.
    pub idle_turns: usize,
    /// What its handlers are.
    pub handlers: Handlers,
}

/// What the handlers of a server are. It is no part of what a seed says: each story can be told of both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Handlers {
    /// The engine's own: functions, futures, and answers that others give.
    #[default]
    Engine,
    /// A tower service, behind the adapter.
    Tower,
}

/// Something that happens when so many steps have been made, or when nothing else would happen.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// After how many steps.
    pub step: u64,
    /// What.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The clock jumps, whatever is under way.
    Jump(Duration),
    /// The next accept fails with this number of an error.
    FailAccept(i32),
    /// The next adoption does.
    FailAdopt(i32),
    /// The server is told to stop within this span.
    Stop(Duration),
}

/// Somebody who connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address, the last octet of it.
    pub host: u8,
    /// Whether a proxy stands between it and the server.
    pub comes: Comes,
    /// How it reads.
    pub reads: Reads,
    /// What it does.
    pub script: Vec<Deed>,
}

/// How a client comes to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comes {
    /// By itself.
    Direct,
    /// Through a proxy that announces it (the PROXY protocol).
    Proxied,
    /// Through a proxy that says what nobody understands.
    Garbled,
}

impl Client {
    /// Where its connections come from, as the server's socket sees it.
    pub fn host(&self) -> Ipv4Addr {
        match self.comes {
            Comes::Direct => Ipv4Addr::new(192, 0, 2, self.host),
            Comes::Proxied | Comes::Garbled => Ipv4Addr::new(10, 0, 0, self.host),
        }
    }

    /// What its proxy says first, and whom it announces.
    pub fn announced(&self, port: u16) -> (String, Option<SocketAddr>) {
        let source = SocketAddr::from((Ipv4Addr::new(203, 0, 113, self.host), port));
        match self.comes {
            Comes::Direct => (String::new(), None),
            Comes::Proxied => {
                let header = format!("PROXY TCP4 {} 198.51.100.1 {port} 80\r\n", source.ip());
                (header, Some(source))
            }
            Comes::Garbled => ("PROXY TCP9 nonsense\r\n".into(), None),
        }
    }
}

/// How a client reads what comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// Whenever there is something.
    Promptly,
    /// Only when nothing else happens any more.
    Lazily,
    /// Not before this long after it has connected.
    After(Duration),
    /// Not at all.
    Never,
}

/// How octets are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// All at once.
    AtOnce,
    /// At most so many at a time.
    Pieces(usize),
    /// At most so many at a time, and then nothing for a while.
    Drips(usize, Duration),
}

/// What a client does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Connects, anew if it is connected.
    Connect,
    /// Sends these requests in a row; only the first so many octets of them, if that is said.
    Send(Vec<Request>, Pace, Option<usize>),
    /// Waits until everything is answered.
    Await,
    /// Waits so long.
    Pause(Duration),
    /// Lets so many octets lie unread from now on.
    Window(usize),
    /// Says so many octets behind its request for a tunnel, before it knows whether there is one.
    Blurt(usize),
    /// Says so many octets in its tunnel.
    Speak(usize),
    /// Ends its direction.
    End,
    /// Resets the connection.
    Reset,
    /// Leaves.
    Leave,
    /// The network fails under the connection.
    Break,
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}, dice {}", self.seed, self.dice)?;
        write!(f, "{}", self.world)?;
        for (number, client) in self.clients.iter().enumerate() {
            let Client { host, comes, reads, .. } = client;
            writeln!(f, "client {number} at {host}, {comes:?}, reads {reads:?}:")?;
            for deed in &client.script {
                writeln!(f, "  {deed}")?;
            }
        }
        for Event { step, what } in &self.events {
            writeln!(f, "at step {step}: {what:?}")?;
        }
        Ok(())
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let watched = if self.watched { ", answers are watched" } else { "" };
        let often = self.idle_turns;
        let tower = if self.handlers == Handlers::Tower { ", a tower service" } else { "" };
        writeln!(f, "workers: {}, {often} % idle turns{watched}{tower}", self.workers)?;
        let differs = |all: String, usual: String| -> Vec<String> {
            let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
            let usual = lines(usual);
            let unusual = |line: &String| !usual.contains(line);
            lines(all).into_iter().filter(unusual).map(|line| line.trim().to_owned()).collect()
        };
        let limits = differs(format!("{:#?}", self.limits), format!("{:#?}", Limits::default()));
        let usual = format!("{:#?}", Habits::calm());
        let habits: Vec<_> = format!("{:?}", self.habits).split(", ").map(str::to_owned).collect();
        let calm: Vec<_> = format!("{:?}", Habits::calm()).split(", ").map(str::to_owned).collect();
        drop(usual);
        let habits: Vec<_> = habits.into_iter().filter(|habit| !calm.contains(habit)).collect();
        writeln!(f, "limits: {}", limits.join(" "))?;
        writeln!(f, "habits: {}", habits.join(", "))
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(requests, pace, cut) => {
                write!(f, "Send {pace:?}")?;
                if let Some(cut) = cut {
                    write!(f, ", only {cut} octets")?;
                }
                for request in requests {
                    write!(f, "\n    {request}")?;
                }
                Ok(())
            }
            deed => write!(f, "{deed:?}"),
        }
    }
}
