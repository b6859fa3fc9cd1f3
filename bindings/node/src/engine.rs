//! One server's engine: a worker that is a guest of libuv.
//!
//! libuv says that the worker's descriptor is readable; the worker turns without waiting; what it has
//! heard is delivered to JavaScript in one call, which has ticks and microtasks run between two
//! connections, and after each piece of content, as in Node. No borrow of the worker is alive while
//! JavaScript runs: handlers may answer, close and listen at any point.

#![allow(unsafe_code)]

use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;
use std::time::Duration;

use napi_sys as sys;
use nova_http::{
    Application, Cx, Exchange, Incoming, Limits, Next, Opening, Plain, RequestHead, Stack, Worker,
};
use nova_io::portable::{Listener, Portable, Socket};
use nova_io::{Driver, Key, Time, Wait, Waker};

use crate::deliver::{Handlers, SLOT_BITS};
use crate::made::Made;
use crate::napi::{EndHook, Env, Result, Scope, before_the_end};
use crate::protocol::NodeHttp;
use crate::queue::{Heard, Queue, inbox};
use crate::uv::{Poll, Timer};

/// The worker of an engine.
pub(crate) type NodeWorker = Worker<Portable, NodeStack, Ears>;

/// A server's engine.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) env: Env,
    pub(crate) queue: Rc<Queue>,
    pub(crate) handlers: Handlers,
    pub(crate) made: Rc<Made>,
    worker: RefCell<Option<NodeWorker>>,
    handles: RefCell<Option<(Poll, Timer)>>,
    end_hook: RefCell<Option<EndHook>>,
    /// Events are being delivered.
    delivering: Cell<bool>,
    /// The connection whose answers are held.
    holder: Cell<Option<Key>>,
    /// Answers of that connection which wait for those of the requests behind it.
    pub(crate) held: RefCell<Vec<u8>>,
    /// When the timer will call.
    armed: Cell<Time>,
}

/// What each connection of the engine is made of.
#[derive(Debug)]
pub(crate) struct NodeStack(Rc<Queue>);

impl Stack for NodeStack {
    type Transport = Plain;
    type Protocol = NodeHttp;

    fn open(&mut self, opening: &Opening<'_>) -> (Plain, NodeHttp) {
        (Plain, NodeHttp::new(self.0.clone(), opening.now))
    }
}

/// What the worker tells of connections; what is in them, the protocol tells.
#[derive(Debug)]
pub(crate) struct Ears(Rc<Queue>);

impl Application for Ears {
    fn connected(&mut self, connection: Key, _: Option<std::net::SocketAddr>) {
        self.0.push(connection, Heard::Accepted);
    }

    fn request(&mut self, _: &RequestHead<'_>, _: Incoming<'_>, _: &mut Exchange<'_>) {}

    fn content(&mut self, _: &mut Exchange<'_>, _: &[u8]) {}

    fn end(&mut self, _: &mut Exchange<'_>) {}
}

/// What a connection may take; what a message may, `limits.rs` says.
fn limits(head_bytes: u32) -> Limits {
    Limits {
        message: crate::limits::of_messages(head_bytes),
        idle: Duration::MAX,
        head: Duration::MAX,
        content_silence: Duration::MAX,
        write_stall: Duration::MAX,
        // "Drained" is to mean that everything has left.
        unsent_bytes: 0,
        // As many as have names in JavaScript: see `deliver.rs`. More wait in the kernel's queue.
        connections: 1 << SLOT_BITS,
        // Node's high-water marks bound it.
        buffer_bytes: usize::MAX,
        ..Limits::default()
    }
}

impl Engine {
    /// An engine that calls `handlers`, and turns from now on.
    pub(crate) fn start(env: Env, handlers: Handlers, head_bytes: u32) -> Result<Rc<Self>> {
        let queue = Rc::<Queue>::default();
        queue.set_head_bytes(head_bytes);
        let (stack, ears) = (NodeStack(queue.clone()), Ears(queue.clone()));
        let refused = |_| crate::napi::Refused;
        let worker = Worker::guest(stack, ears, limits(head_bytes)).map_err(refused)?;
        let made = Rc::new(Made::new(env));
        queue.set_maker(made.clone());
        let engine = Rc::new(Self {
            env,
            queue,
            handlers,
            made,
            worker: RefCell::new(Some(worker)),
            handles: RefCell::default(),
            end_hook: RefCell::default(),
            delivering: Cell::default(),
            holder: Cell::default(),
            held: RefCell::default(),
            armed: Cell::new(Time::NEVER),
        });
        engine.enter_the_loop()?;
        Ok(engine)
    }

    fn enter_the_loop(self: &Rc<Self>) -> Result<()> {
        use std::os::fd::AsRawFd;
        let uv = self.env.uv_loop()?;
        let descriptor = {
            let worker = self.worker.borrow();
            let descriptor = worker.as_ref().and_then(|worker| worker.driver().descriptor());
            descriptor.ok_or(crate::napi::Refused)?.as_raw_fd()
        };
        // Given back when libuv has let go of both handles.
        let host = Rc::into_raw(self.clone()).cast_mut().cast::<c_void>();
        let Some(host) = NonNull::new(host) else { return Err(crate::napi::Refused) };
        // SAFETY: the loop is this thread's. The host is kept by the count taken above, the descriptor
        // by the worker: both end in `leave` only, after the handles' closing has begun, and the count
        // is given back after it is done.
        let handles = unsafe {
            let poll = Poll::start(uv, descriptor, turn, host);
            poll.zip(Timer::new(uv, turn, host))
        };
        let Some(handles) = handles else { return Err(crate::napi::Refused) };
        *self.handles.borrow_mut() = Some(handles);
        *self.end_hook.borrow_mut() = Some(before_the_end(self.env, the_end, host.as_ptr())?);
        Ok(())
    }

    /// Lends the worker to `call`, which must not run JavaScript; nothing after the end.
    pub(crate) fn worker<R>(&self, call: impl FnOnce(&mut NodeWorker) -> R) -> Option<R> {
        self.worker.borrow_mut().as_mut().map(call)
    }

    /// Lends a connection to `call`, which must not run JavaScript; sends what it has written.
    pub(crate) fn visit(
        &self,
        key: Key,
        call: impl FnOnce(&mut NodeHttp, &mut Cx<'_, Ears>),
    ) -> bool {
        let known = self.worker(|worker| worker.visit(key, call)).unwrap_or_default();
        self.after();
        known
    }

    /// Something was asked of the engine between turns: what came of it is delivered by the next one,
    /// which is now due; within a delivery, by that.
    pub(crate) fn after(&self) {
        if self.delivering.get() {
            return;
        }
        if self.queue.is_empty() { self.arm() } else { self.wake_at(Time::ZERO) }
    }

    /// What has happened, then everything that follows. What waits for the loop (immediates, timers) has its
    /// turn behind the few events that a turn begins with: libuv finds the descriptor readable again.
    fn turn(&self) {
        self.armed.set(Time::NEVER);
        let Ok(_scope) = Scope::open(self.env) else { return };
        if let Some(Err(error)) = self.worker_turn() {
            // There is no way on without the system's readiness; whoever runs the program must know.
            eprintln!("nova: the event loop has failed: {error}");
        }
        self.deliver();
        self.arm();
    }

    /// A turn of the worker's. What is made within it lives as long as the caller's scope, in which it is
    /// delivered; not so what a loop within a handler's call brings.
    fn worker_turn(&self) -> Option<std::io::Result<Next>> {
        let turn = || self.worker(|worker| worker.turn(Wait::No));
        if self.delivering.get() { turn() } else { self.made.within(turn) }
    }

    /// Delivers what was heard.
    fn deliver(&self) {
        if self.queue.is_empty() || self.delivering.replace(true) {
            return;
        }
        // What handlers make of it is read by the next turn: this one must end.
        self.queue.set_delivering(true);
        let words = &self.handlers.inbox;
        while !self.queue.is_empty() {
            let called = Scope::open(self.env).and_then(|_scope| {
                let count = self.queue.fill(words);
                let called = self.handlers.call_all(self.env, count);
                self.queue.drop_begun(words);
                self.send_held();
                // Of what is thrown JavaScript tells: what waits here was thrown by Node's ticks.
                called.or_else(|_| self.env.tell_what_was_thrown())
            });
            if called.is_err() {
                // The environment goes away: nobody is left to hear.
                self.queue.drop_all();
            }
        }
        self.queue.clear();
        self.made.clear();
        self.queue.set_delivering(false);
        self.delivering.set(false);
    }

    /// Whether what is written to a connection waits for what other requests of it are answered within
    /// this delivery: JavaScript says so of the connection that it is at.
    pub(crate) fn is_held(&self, key: Key) -> bool {
        let words = &self.handlers.inbox;
        self.delivering.get()
            && words.get(inbox::HOLDS) != 0
            && self.queue.current(words) == Some(key)
    }

    /// Holds what `append` adds; says how many octets are held then.
    pub(crate) fn hold_back(
        &self,
        key: Key,
        append: impl FnOnce(&mut Vec<u8>) -> Result<()>,
    ) -> Result<usize> {
        if self.holder.get() != Some(key) {
            self.send_held();
            self.holder.set(Some(key));
        }
        let mut held = self.held.borrow_mut();
        append(&mut held)?;
        Ok(held.len())
    }

    /// Sends the answers that have waited for others of their connection.
    pub(crate) fn send_held(&self) {
        let Some(key) = self.holder.take() else { return };
        let mut held = std::mem::take(&mut *self.held.borrow_mut());
        self.visit(key, |protocol, cx| protocol.write(cx, |out| out.extend_from_slice(&held)));
        held.clear();
        *self.held.borrow_mut() = held;
    }

    /// Sends what is held if it is of this connection.
    pub(crate) fn send_held_of(&self, key: Key) {
        if self.holder.get() == Some(key) {
            self.send_held();
        }
    }

    /// How many octets are held of this connection.
    pub(crate) fn held_of(&self, key: Key) -> usize {
        if self.holder.get() == Some(key) { self.held.borrow().len() } else { 0 }
    }

    /// Has the timer call when the worker wants to turn.
    fn arm(&self) {
        let next = self.worker(|worker| (worker.next_turn(), worker.driver().now()));
        match next {
            Some((Next::Again, _)) => self.wake_at(Time::ZERO),
            Some((Next::At(moment), _)) => self.wake_at(moment),
            Some((Next::WhenWoken | Next::Done, _)) | None => {}
        }
    }

    /// Has the timer call at this moment, or earlier.
    fn wake_at(&self, moment: Time) {
        if moment >= self.armed.get() {
            return;
        }
        let now = self.worker(|worker| worker.driver().read_clock()).unwrap_or(Time::ZERO);
        let handles = self.handles.borrow();
        let Some((_, timer)) = &*handles else { return };
        // Not a moment early: the turn would find nothing to do.
        let span = if moment == Time::ZERO { 0 } else { moment.since(now).as_millis() as u64 + 1 };
        timer.arm(span);
        self.armed.set(moment);
    }

    /// Whether the loop goes on for this engine.
    pub(crate) fn hold_the_loop(&self, on: bool) {
        if let Some((poll, _)) = &*self.handles.borrow() {
            poll.hold_the_loop(on);
        }
    }

    pub(crate) fn listen(&self, listener: Listener) -> std::io::Result<()> {
        self.worker(|worker| worker.listen(listener)).unwrap_or(Ok(()))?;
        self.after();
        Ok(())
    }

    pub(crate) fn take_in(&self, socket: Socket) {
        let peer = socket.peer_addr();
        self.worker(|worker| worker.take_in(socket, peer));
        self.wake();
    }

    /// Has the loop's next poll call. A timer's call would come behind it: what handlers put off with
    /// `setImmediate` would then wait for another poll, and peers in this process would hear of the
    /// end of a connection before the program does.
    fn wake(&self) {
        if self.delivering.get() {
            return;
        }
        let woken = self.worker(|worker| worker.driver().waker().wake());
        if let Some(Err(_)) = woken {
            self.wake_at(Time::ZERO);
        }
    }

    /// Ends everything: connections are closed, the loop is left. Nothing is called any more.
    pub(crate) fn leave(&self) {
        let Some((poll, timer)) = self.handles.borrow_mut().take() else { return };
        timer.disarm();
        let host = NonNull::from(self).cast::<c_void>();
        // libuv calls back in the order of closing.
        poll.close(None);
        timer.close(Some((let_go, host)));
        // The descriptor is not watched any more.
        drop(self.worker.borrow_mut().take());
    }
}

/// libuv: the worker's descriptor is readable, or its time has come.
fn turn(host: NonNull<c_void>) {
    // SAFETY: see `enter_the_loop`. It is kept alive for the call, in which it may be closed.
    let engine = unsafe {
        Rc::increment_strong_count(host.as_ptr().cast::<Engine>());
        Rc::from_raw(host.as_ptr().cast::<Engine>())
    };
    engine.turn();
}

/// libuv has let go of both handles.
fn let_go(host: NonNull<c_void>) {
    // SAFETY: the count that `enter_the_loop` has taken.
    let engine = unsafe { Rc::from_raw(host.as_ptr().cast::<Engine>()) };
    let hook = engine.end_hook.borrow_mut().take();
    if let Some(hook) = hook {
        hook.done();
    }
}

/// Node: the environment goes away.
unsafe extern "C" fn the_end(_: sys::napi_async_cleanup_hook_handle, host: *mut c_void) {
    // SAFETY: the hook is removed in `let_go`, before the count is given back.
    let engine = unsafe {
        Rc::increment_strong_count(host.cast::<Engine>());
        Rc::from_raw(host.cast::<Engine>())
    };
    engine.leave();
}
