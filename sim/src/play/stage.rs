//! Where a story is played: one step after the other, each of them chosen by the dice from all that
//! can be done; and when nothing can, time passes until something can.
//!
//! `meanwhile.rs` is what happens beside clients and workers, `told.rs` what the server says about
//! failures, `ending.rs` the end.

use std::cell::Cell;
use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{Failed, Hooks, Limits, Next, ProxiedHttp, Responded, Time, TrustedProxies};
use nova_io::Wait;
use nova_io::sim::Network;

use super::books::Books;
use super::facts::{Facts, Stop, with_facts};
use super::house::House;
use super::later::Done;
use super::plant::{Plant, believed};
use super::player::{Player, Ready};
use super::told::admitted;
use super::trace::Trace;
use crate::dice::Dice;
use crate::oracle::{self, Oracle, counters::Seen};
use crate::story::{Deed, Story};

/// Steps of one play: a story that takes more does not come to its end.
const STEPS: u64 = 2_000_000;

/// A play under way.
pub(super) struct Stage<'s> {
    pub(super) story: &'s Story,
    pub(super) bench: Bench<ProxiedHttp, House>,
    pub(super) network: Network,
    pub(super) address: SocketAddr,
    pub(super) books: Rc<Books>,
    pub(super) players: Vec<Player>,
    pub(super) dice: Dice,
    pub(super) trace: Trace,
    pub(super) step: u64,
    pub(super) events: usize,
    pub(super) nexts: Vec<Next>,
    /// Turns of each worker since anybody else has done anything.
    pub(super) turns: Vec<u64>,
    pub(super) stop: Option<Stop>,
    pub(super) jumped: Duration,
    pub(super) failed: Arc<Mutex<Vec<Failed>>>,
    pub(super) responses: Arc<AtomicU64>,
    pub(super) connected: HashSet<SocketAddr>,
    pub(super) ports: Cell<u16>,
    pub(super) seen: Seen,
    /// Connections of each host when the turn began, where they are bounded.
    pub(super) before: Vec<(IpAddr, usize)>,
    /// Connections that had been accepted, and not refused, by then.
    pub(super) admitted: u64,
    /// Everything else that can be done has been.
    pub(super) quiet: bool,
    pub(super) plant: Option<Plant>,
    /// What the oracles believe.
    pub(super) limits: Limits,
}

/// One thing that can be done.
#[derive(Clone, Copy, Debug)]
enum Do {
    Turn(usize),
    Read(usize),
    Go(usize),
    Answer(usize),
}

impl<'s> Stage<'s> {
    pub(super) fn new(story: &'s Story, history: bool, plant: Option<Plant>) -> Self {
        let requests =
            story.clients.iter().flat_map(|client| &client.script).map(|deed| match deed {
                Deed::Send(requests, ..) => requests.len(),
                _ => 0,
            });
        let books = Books::new(requests.sum());
        let network = Network::with(story.world.habits, story.dice);
        let (failed, responses): (Arc<Mutex<Vec<Failed>>>, Arc<AtomicU64>) = Default::default();
        let (failures, answers) = (failed.clone(), responses.clone());
        let hooks = Hooks {
            on_failure: Some(Arc::new(move |it: &Failed| {
                failures.lock().expect("nobody panics with it").push(*it);
            })),
            on_response: story.world.watched.then(|| -> nova_http::OnResponse {
                Arc::new(move |_: &Responded<'_>| {
                    answers.fetch_add(1, Ordering::Relaxed);
                })
            }),
        };
        let (limits, workers) = (story.world.limits, story.world.workers);
        let proxies = ProxiedHttp::new(TrustedProxies::new(["10.0.0.0/8"]).expect("a network"));
        let bench = Bench::watched(network.clone(), limits, hooks, workers, |worker| {
            (
                proxies.clone(),
                House::new(worker, limits.open_exchanges, story.world.handlers, &books),
            )
        });
        let players = story.clients.iter().enumerate();
        let players = players.map(|(number, client)| Player::new(number, client.clone())).collect();
        Self {
            story,
            address: bench.address(),
            bench,
            network,
            books,
            players,
            dice: Dice::new(story.dice, 3),
            trace: Trace::new(history),
            step: 0,
            events: 0,
            nexts: vec![Next::Again; workers],
            turns: vec![0; workers],
            stop: None,
            jumped: Duration::ZERO,
            failed,
            responses,
            connected: HashSet::new(),
            ports: Cell::new(1_000),
            seen: Seen::default(),
            before: Vec::new(),
            admitted: 0,
            quiet: false,
            plant,
            limits: believed(&limits, plant),
        }
    }

    pub(super) fn run(&mut self) {
        while self.go_on() && self.books.is_right() {}
        if self.books.is_right() {
            self.end();
        }
    }

    /// One step; `false` when nothing will ever happen again.
    fn go_on(&mut self) -> bool {
        self.step += 1;
        self.books.step.set(self.step);
        (self.trace.step, self.trace.now) = (self.step, self.network.elapsed());
        if self.step > STEPS {
            self.books.wrong(Oracle::Liveness, "the story does not end");
            return false;
        }
        self.events(false);
        self.network.moment();
        let choices = self.choices();
        if let Some(choice) = self.choose(&choices) {
            self.quiet = false;
            if !matches!(choice, Do::Turn(_)) {
                self.turns.fill(0);
            }
            self.carry_out(choice);
            return true;
        }
        if !self.is_still() {
            return true;
        }
        if !self.quiet {
            // Whoever reads only then does so now.
            self.quiet = true;
            return true;
        }
        self.at_rest();
        self.events(true) || self.pass_time()
    }

    fn choices(&mut self) -> Vec<Do> {
        let now = self.network.elapsed();
        let mut choices = Vec::new();
        for worker in 0..self.nexts.len() {
            if self.must_turn(worker) || self.dice.shows(self.story.world.idle_turns) {
                choices.push(Do::Turn(worker));
            }
        }
        for (at, player) in self.players.iter().enumerate() {
            if player.reads(now, self.quiet) == Ready::Now {
                choices.push(Do::Read(at));
            }
            if player.goes_on(now) == Ready::Now {
                choices.push(Do::Go(at));
            }
        }
        for (at, deferred) in self.books.deferred.borrow().iter().enumerate() {
            if !deferred.is_for_ever() && !deferred.is_full() {
                choices.push(Do::Answer(at));
            }
        }
        choices
    }

    fn choose(&mut self, choices: &[Do]) -> Option<Do> {
        let turns = |choice: &Do| matches!(choice, Do::Turn(_));
        if choices.iter().all(turns) {
            // Turns for no reason must not hide that there is no reason for one.
            let due = |choice: &&Do| matches!(choice, Do::Turn(worker) if self.must_turn(*worker));
            let due: Vec<Do> = choices.iter().filter(due).copied().collect();
            return (!due.is_empty()).then(|| due[self.dice.below(due.len())]);
        }
        Some(choices[self.dice.below(choices.len())])
    }

    /// Whether somebody who obeys the worker would turn it now.
    pub(super) fn must_turn(&self, worker: usize) -> bool {
        let readable = self.bench.driver(worker).readable();
        if self.plant == Some(Plant::Asleep) && self.step > 10 && self.nexts[worker] != Next::Again
        {
            return false;
        }
        match self.nexts[worker] {
            Next::Again => true,
            Next::At(moment) => readable || moment <= Time::ZERO + self.network.elapsed(),
            Next::WhenWoken => readable,
            Next::Done => false,
        }
    }

    /// Whether nothing is under way.
    pub(super) fn is_still(&self) -> bool {
        let done = self.nexts.iter().all(|next| *next == Next::Done);
        done || self.network.is_quiet()
    }

    fn carry_out(&mut self, choice: Do) {
        match choice {
            Do::Turn(worker) => self.turn(worker),
            Do::Read(at) => {
                let plant = self.plant;
                with_facts!(self, facts => {
                    self.players[at].read(&facts, &self.books, &mut self.trace, plant);
                });
            }
            Do::Go(at) => {
                with_facts!(self, facts => {
                    self.players[at].go_on(&facts, &self.books, &mut self.trace);
                });
            }
            Do::Answer(at) => {
                let deferred = self.books.deferred.borrow_mut().swap_remove(at);
                let mark = deferred.mark;
                let piece = self.dice.scaled(2_000);
                self.trace.line(|| format!("elsewhere, {mark} goes on"));
                match deferred.go_on(piece) {
                    Done::Part(deferred) => {
                        self.books.deferred.borrow_mut().push(*deferred);
                    }
                    Done::All => {}
                }
            }
        }
    }

    pub(super) fn turn(&mut self, worker: usize) {
        if self.nexts[worker] == Next::Done {
            return;
        }
        self.turns[worker] += 1;
        if self.turns[worker] > self.most_turns() {
            let what = format!("worker {worker} does not come to rest");
            self.books.wrong(Oracle::Liveness, what);
            return;
        }
        self.note_hosts();
        self.nexts[worker] =
            self.bench.worker(worker).turn(Wait::No).expect("the simulated driver does not fail");
        self.meddle(worker);
        let next = self.nexts[worker];
        self.trace.line(|| format!("worker {worker} turns: {next:?}"));
        let (held, most) = (self.bench.worker(worker).spilled_bytes(), self.limits.buffer_bytes);
        oracle::memory::budget(held, most, worker, &self.books);
        let watch = &mut self.bench.worker(worker).application().watch;
        self.connected.extend(watch.seen.drain());
        for deferred in self.books.deferred.borrow_mut().iter_mut() {
            deferred.look_again();
        }
        self.failures();
        if self.nexts[worker] == Next::Done {
            self.bench.application(worker).over();
        }
        if self.nexts[worker] == Next::Done && self.stop.is_none() {
            self.books.wrong(Oracle::Liveness, format!("worker {worker} ends without an order"));
        }
    }
}
