//! Where a story is played: one step after the other, each of them chosen by the dice from all that
//! can be done; and when nothing can, time passes until something can.

use std::any::Any;
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nova_http::testing::Bench;
use nova_http::{Failed, Hooks, Limits, Next, PlainHttp, Responded, Time};
use nova_io::Wait;
use nova_io::sim::Network;

use super::books::{Books, Wrong};
use super::house::House;
use super::later::Done;
use super::plant::Plant;
use super::player::{Player, Ready};
use crate::dice::Dice;
use crate::oracle::{self, Oracle, counters::Seen};
use crate::story::{Deed, Story, What};

/// Steps of one play: a story that takes more does not come to its end.
const STEPS: u64 = 2_000_000;

/// An order to stop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    pub(crate) at: Duration,
    pub(crate) grace: Duration,
    /// The first moment of rest after it.
    quiet: Option<Duration>,
}

impl Stop {
    /// When idle connections are closed.
    pub(crate) fn idle(&self) -> Duration {
        self.at + (self.grace / 4).min(Duration::from_secs(1))
    }
}

/// What everybody may know.
pub(crate) struct Facts<'a> {
    pub(crate) now: Duration,
    pub(crate) limits: &'a Limits,
    pub(crate) network: &'a Network,
    pub(crate) address: SocketAddr,
    pub(crate) stop: Option<Stop>,
    pub(crate) adopt_failures: u64,
    /// Clients that a worker has taken in, at some time.
    pub(crate) connected: &'a HashSet<SocketAddr>,
    /// Connections that were open, or about to be, in this turn, by address.
    open: &'a dyn Fn(IpAddr) -> usize,
    ports: &'a Cell<u16>,
}

impl Facts<'_> {
    /// A new address on a host.
    pub(crate) fn an_address(&self, host: u8) -> SocketAddr {
        let port = self.ports.get();
        self.ports.set(port + 1);
        SocketAddr::from((Ipv4Addr::new(192, 0, 2, host), port))
    }

    pub(crate) fn of_host(&self, host: IpAddr) -> usize {
        (self.open)(host)
    }
}

/// The history, as far as somebody wants to read it.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    text: Option<String>,
    step: u64,
    now: Duration,
}

impl Trace {
    /// Writes a line, if anybody reads it.
    pub(crate) fn line(&mut self, write: impl FnOnce(&mut String) -> fmt::Result) {
        let (step, now) = (self.step, self.now);
        if let Some(text) = &mut self.text {
            text.push_str(&format!("{step:>6} {:>9.3} ", now.as_secs_f64()));
            let _ = write(text);
            text.push('\n');
        }
    }
}

/// What has come of a play.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was wrong, in order.
    pub wrongs: Vec<Wrong>,
    /// The history, if it was wanted.
    pub history: String,
    /// How many steps it took.
    pub steps: u64,
    /// How the requests stand.
    pub balance: ledger::Balance,
}

/// Plays a story. `history`: whether it is to be written down.
pub fn play(story: &Story, history: bool) -> Outcome {
    play_with(story, history, None)
}

/// As [`play`], with a fault that a test has planted.
pub fn play_with(story: &Story, history: bool, plant: Option<Plant>) -> Outcome {
    let mut stage = Stage::new(story, history, plant);
    let panicked = catch_unwind(AssertUnwindSafe(|| stage.run())).err();
    if let Some(panic) = panicked {
        stage.books.wrong(Oracle::Panics, words(&*panic));
        // Whatever is left may be in pieces.
        let (books, trace) = (stage.books.clone(), std::mem::take(&mut stage.trace));
        let step = stage.step;
        std::mem::forget(stage);
        return Outcome {
            wrongs: books.wrongs(),
            history: trace.text.unwrap_or_default(),
            steps: step,
            balance: books.ledger.balance(),
        };
    }
    Outcome {
        wrongs: stage.books.wrongs(),
        history: stage.trace.text.take().unwrap_or_default(),
        steps: stage.step,
        balance: stage.books.ledger.balance(),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".into())
}

struct Stage<'s> {
    story: &'s Story,
    bench: Bench<PlainHttp, House>,
    network: Network,
    address: SocketAddr,
    books: Rc<Books>,
    players: Vec<Player>,
    dice: Dice,
    trace: Trace,
    step: u64,
    events: usize,
    nexts: Vec<Next>,
    /// Turns of each worker since anybody else has done anything.
    turns: Vec<u64>,
    stop: Option<Stop>,
    failed: Arc<Mutex<Vec<Failed>>>,
    responses: Arc<AtomicU64>,
    connected: HashSet<SocketAddr>,
    ports: Cell<u16>,
    seen: Seen,
    /// Connections of each host when the turn began, where they are bounded.
    before: Vec<(IpAddr, usize)>,
    /// Connections that had been accepted, and not refused, by then.
    admitted: u64,
    /// Everything else that can be done has been.
    quiet: bool,
    plant: Option<Plant>,
    /// What the oracles believe.
    limits: Limits,
}

/// One thing that can be done.
#[derive(Clone, Copy, Debug)]
enum Do {
    Turn(usize),
    Read(usize),
    Go(usize),
    Answer(usize),
}

/// With the facts and the players at hand.
macro_rules! with_facts {
    ($stage:ident, $facts:ident => $call:expr) => {{
        let before = &$stage.before;
        let since = admitted(&$stage.bench) - $stage.admitted;
        let open = |host: IpAddr| {
            before.iter().find(|it| it.0 == host).map_or(0, |it| it.1) + since as usize
        };
        let $facts = Facts {
            now: $stage.network.elapsed(),
            limits: &$stage.limits,
            network: &$stage.network,
            address: $stage.address,
            stop: $stage.stop,
            adopt_failures: $stage.seen.adopt_failures,
            connected: &$stage.connected,
            open: &open,
            ports: &$stage.ports,
        };
        $call
    }};
}

impl<'s> Stage<'s> {
    fn new(story: &'s Story, history: bool, plant: Option<Plant>) -> Self {
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
        let bench = Bench::watched(network.clone(), limits, hooks, workers, |worker| {
            (PlainHttp, House::new(worker, limits.open_exchanges, &books))
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
            trace: Trace { text: history.then(String::new), ..Trace::default() },
            step: 0,
            events: 0,
            nexts: vec![Next::Again; workers],
            turns: vec![0; workers],
            stop: None,
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

    fn run(&mut self) {
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
    fn must_turn(&self, worker: usize) -> bool {
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
    fn is_still(&self) -> bool {
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
                self.trace.line(|text| {
                    fmt::Write::write_fmt(text, format_args!("elsewhere, {mark} goes on"))
                });
                match deferred.go_on(piece) {
                    Done::Part(deferred) => {
                        self.books.deferred.borrow_mut().push(*deferred);
                    }
                    Done::All => {}
                }
            }
        }
    }

    fn turn(&mut self, worker: usize) {
        if self.nexts[worker] == Next::Done {
            return;
        }
        self.turns[worker] += 1;
        if self.turns[worker] > oracle::liveness::TURNS {
            let what = format!("worker {worker} does not come to rest");
            self.books.wrong(Oracle::Liveness, what);
            return;
        }
        self.note_hosts();
        self.nexts[worker] =
            self.bench.worker(worker).turn(Wait::No).expect("the simulated driver does not fail");
        self.meddle(worker);
        let next = self.nexts[worker];
        self.trace.line(|text| {
            fmt::Write::write_fmt(text, format_args!("worker {worker} turns: {next:?}"))
        });
        let watch = &mut self.bench.worker(worker).application().watch;
        self.connected.extend(watch.seen.drain());
        for deferred in self.books.deferred.borrow_mut().iter_mut() {
            deferred.look_again();
        }
        self.failures();
        if self.nexts[worker] == Next::Done && self.stop.is_none() {
            self.books.wrong(Oracle::Liveness, format!("worker {worker} ends without an order"));
        }
    }

    /// Does what a test has planted.
    fn meddle(&mut self, worker: usize) {
        let Some(plant) = self.plant else { return };
        let watch = &mut self.bench.worker(worker).application().watch;
        match plant {
            Plant::Callback if watch.requests > 0 => watch.meddle(),
            Plant::Restless => self.nexts[worker] = Next::Again,
            Plant::Kept => std::mem::forget(self.books.live()),
            Plant::MadeUp => {
                let peer = self.players.iter().find_map(|it| Some(it.conn.as_ref()?.peer));
                let (reason, phase) = (nova_http::Reason::Reset, nova_http::Phase::Idle);
                let failed = Failed { reason, phase, worker: 0, connection: None, peer };
                self.failed.lock().expect("nobody panics with it").push(failed);
            }
            Plant::Panic => panic!("planted"),
            _ => {}
        }
    }

    /// Notes how many connections of each host there are, or are on their way between workers.
    fn note_hosts(&mut self) {
        if self.story.world.limits.connections_per_address == usize::MAX {
            return;
        }
        self.admitted = admitted(&self.bench);
        let given_up = self.seen.adopt_failures - self.network.failures_ahead().1 as u64;
        let under_way = self.admitted - self.bench.total().connections.get() - given_up;
        self.before.clear();
        for client in &self.story.clients {
            let host = Ipv4Addr::new(192, 0, 2, client.host).into();
            let mine = |worker: usize| self.bench.application(worker).watch.of_host(host);
            let here: usize = (0..self.nexts.len()).map(mine).sum();
            self.before.push((host, here + under_way as usize));
        }
    }

    /// What the server has told of since.
    fn failures(&mut self) {
        let failed = std::mem::take(&mut *self.failed.lock().expect("nobody panics with it"));
        for failed in failed {
            self.seen.failures += 1;
            self.trace.line(|text| {
                let (reason, phase, peer) =
                    (failed.reason.name(), failed.phase.name(), failed.peer);
                fmt::Write::write_fmt(
                    text,
                    format_args!("the server tells: {reason} in {phase} of {peer:?}"),
                )
            });
            let mine = |player: &Player| {
                player.conn.as_ref().is_some_and(|conn| Some(conn.peer) == failed.peer)
            };
            // The client may have left and come again.
            let Some(at) = self.players.iter().position(mine) else { continue };
            let Some(conn) = &mut self.players[at].conn else { continue };
            conn.failures.push(failed);
            conn.unmatched.push(failed);
            let name = format!("client {at}");
            with_facts!(self, facts => {
                oracle::reasons::failed(conn, &failed, &name, &facts, &self.books);
            });
        }
    }

    /// Events whose step has come; `forced`: the next one, if there is one. Says whether there was.
    fn events(&mut self, forced: bool) -> bool {
        let Some(event) = self.story.events.get(self.events) else { return false };
        if event.step > self.step && !forced {
            return false;
        }
        self.events += 1;
        let what = event.what;
        self.trace.line(|text| fmt::Write::write_fmt(text, format_args!("{what:?}")));
        match what {
            What::Jump(span) => self.advance(span),
            What::FailAccept(number) => {
                self.network.fail_next_accept(std::io::Error::from_raw_os_error(number));
                self.seen.accept_failures += 1;
            }
            What::FailAdopt(number) => {
                self.network.fail_next_adopt(std::io::Error::from_raw_os_error(number));
                self.seen.adopt_failures += 1;
            }
            What::Stop(grace) => {
                let at = self.network.elapsed();
                let grace = match self.stop {
                    Some(stop) => (at + grace).min(stop.at + stop.grace).saturating_sub(stop.at),
                    None => grace,
                };
                let at = self.stop.map_or(at, |stop| stop.at);
                self.stop = Some(Stop { at, grace, quiet: None });
                self.bench.stop(grace);
            }
        }
        true
    }

    /// Nobody has anything left to do at this moment.
    fn at_rest(&mut self) {
        self.turns.fill(0);
        let now = self.network.elapsed();
        if let Some(stop) = &mut self.stop {
            let quiet = *stop.quiet.get_or_insert(now);
            let late = now > quiet + stop.grace + Duration::from_millis(135);
            if late && self.nexts.iter().any(|next| *next != Next::Done) {
                self.books.wrong(Oracle::Deadlines, format!("the stop does not end: {stop:?}"));
            }
        }
        let mut players = std::mem::take(&mut self.players);
        for player in &mut players {
            let reads = player.is_reading(now);
            let name = format!("client {}", player.number);
            let Some(conn) = &mut player.conn else { continue };
            with_facts!(self, facts => {
                oracle::liveness::quiet(conn, reads, &name, &facts, &self.books);
                oracle::deadlines::quiet(conn, reads, &name, &facts, &self.books);
            });
            if self.connected.contains(&conn.peer) {
                (conn.known_wrote, conn.known_took) = (conn.wrote, conn.took);
                conn.known_written = conn.written;
            }
        }
        self.players = players;
    }

    /// Lets time pass until something happens; `false` if nothing ever will.
    fn pass_time(&mut self) -> bool {
        let now = self.network.elapsed();
        let workers = self.nexts.iter().filter_map(|next| match next {
            Next::At(moment) => Some(Duration::from_nanos(moment.as_nanos())),
            _ => None,
        });
        let players = self.players.iter().flat_map(|player| {
            [player.reads(now, false), player.goes_on(now)].into_iter().filter_map(|ready| {
                match ready {
                    Ready::At(moment) => Some(moment),
                    Ready::Now | Ready::Stuck => None,
                }
            })
        });
        let Some(next) = workers.chain(players).min() else { return false };
        // At least a little: a moment that does not come would be waited for for ever.
        self.advance(next.saturating_sub(now).max(Duration::from_nanos(1)));
        self.quiet = false;
        true
    }

    fn advance(&mut self, span: Duration) {
        for conn in self.players.iter_mut().filter_map(|player| player.conn.as_mut()) {
            conn.lagged |= conn.socket.unread() > 0;
        }
        self.network.advance(span);
    }

    /// Everybody leaves; what is left then is judged.
    fn end(&mut self) {
        self.trace.line(|text| fmt::Write::write_str(text, "everybody leaves"));
        self.left_open();
        let mut players = std::mem::take(&mut self.players);
        with_facts!(self, facts => {
            for player in &mut players {
                player.vanish(&facts, &self.books);
            }
        });
        self.settle();
        let deferred = std::mem::take(&mut *self.books.deferred.borrow_mut());
        // A client that has ended its stream may still listen: its connection waits for the answer.
        let waits = |it: &super::Deferred| {
            let watch = &self.bench.application(usize::from(it.id.worker)).watch;
            watch.is_open(it.id.connection)
        };
        let (still, dead): (Vec<_>, Vec<_>) = deferred.into_iter().partition(waits);
        oracle::memory::dead(dead, &self.books);
        drop(still);
        self.settle();
        let running = (0..self.nexts.len()).map(|at| self.bench.application(at).running()).sum();
        let held = self.bench.held();
        oracle::memory::end(held, running, &self.books);
        if self.stop.is_none() {
            self.stop =
                Some(Stop { at: self.network.elapsed(), grace: Duration::ZERO, quiet: None });
            self.bench.stop(Duration::ZERO);
            self.settle();
        }
        if self.nexts.iter().any(|next| *next != Next::Done) {
            self.books.wrong(Oracle::Liveness, "a worker without connections does not stop");
        }
        oracle::ledger::end(&self.books);
        self.count();
    }

    /// Time has nothing to bring any more: nobody is connected but for a reason.
    fn left_open(&self) {
        for player in &self.players {
            let Some(conn) = &player.conn else { continue };
            let waits = |asked: &super::Asked| self.books.is_pending(asked.mark);
            let excused = conn.over.is_some()
                || conn.broken
                || conn.tunnel.is_some()
                || conn.asked.iter().any(waits)
                || conn.asked.iter().any(|asked| asked.request.act.is_tunnel())
                || !self.connected.contains(&conn.peer);
            if !excused && conn.look().is_none() && conn.socket.unread() == 0 {
                let what = format!("client {} is connected for ever", player.number);
                self.books.wrong(Oracle::Deadlines, what);
            }
        }
    }

    fn settle(&mut self) {
        for _ in 0..oracle::liveness::TURNS {
            self.network.moment();
            let due: Vec<usize> = (0..self.nexts.len()).filter(|at| self.must_turn(*at)).collect();
            if due.is_empty() && self.is_still() {
                return;
            }
            due.into_iter().for_each(|worker| self.turn(worker));
        }
        self.books.wrong(Oracle::Liveness, "the server does not come to rest at the end");
    }

    fn count(&self) {
        let watches: Vec<_> =
            (0..self.nexts.len()).map(|at| &self.bench.application(at).watch).collect();
        let mut seen = self.seen;
        for watch in &watches {
            seen.connected += watch.connected;
            seen.closed += watch.closed;
            seen.requests += watch.requests;
        }
        let (accepts, adopts) = self.network.failures_ahead();
        seen.accept_failures -= accepts as u64;
        seen.adopt_failures -= adopts as u64;
        (seen.written, seen.taken) = (self.books.written.get(), self.books.taken.get());
        if self.story.world.watched {
            seen.responses = Some(self.responses.load(Ordering::Relaxed));
        }
        seen.requests += u64::from(self.plant == Some(Plant::Miscounted));
        oracle::counters::end(&self.bench.total(), &seen, &self.books);
    }
}

/// The limits that the oracles believe in: those of the story.
fn believed(limits: &Limits, plant: Option<Plant>) -> Limits {
    let mut limits = *limits;
    let spans = [
        &mut limits.idle,
        &mut limits.head,
        &mut limits.content_silence,
        &mut limits.write_stall,
        &mut limits.linger,
    ];
    match plant {
        Some(Plant::Hasty) => spans.into_iter().for_each(|span| *span /= 2),
        Some(Plant::Patient) => spans.into_iter().for_each(|span| *span *= 2),
        _ => {}
    }
    limits
}

/// Connections that have been accepted, and were not one too many.
fn admitted(bench: &Bench<PlainHttp, House>) -> u64 {
    let total = bench.total();
    total.accepted.get() - total.failures.by_reason(nova_http::Reason::Crowded)
}
