//! The engine's two places in libuv's loop: a descriptor that is watched, and a timer.
//!
//! # The contract
//! Handles belong to the loop from their making until libuv has called back from `uv_close`; so their
//! memory does, too. Everything here is used on the loop's own thread.

#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::ptr::NonNull;

/// What libuv knows of handles here; the sizes are asked for, since they are the platform's.
#[allow(non_camel_case_types)]
type uv_handle = c_void;

const UV_POLL: c_int = 8;
const UV_TIMER: c_int = 13;
const UV_READABLE: c_int = 1;

unsafe extern "C" {
    fn uv_handle_size(kind: c_int) -> usize;
    fn uv_handle_get_data(handle: *const uv_handle) -> *mut c_void;
    fn uv_handle_set_data(handle: *mut uv_handle, data: *mut c_void);
    fn uv_poll_init(uv: *mut c_void, handle: *mut uv_handle, fd: c_int) -> c_int;
    fn uv_poll_start(
        handle: *mut uv_handle,
        events: c_int,
        call: unsafe extern "C" fn(*mut uv_handle, c_int, c_int),
    ) -> c_int;
    fn uv_timer_init(uv: *mut c_void, handle: *mut uv_handle) -> c_int;
    fn uv_timer_start(
        handle: *mut uv_handle,
        call: unsafe extern "C" fn(*mut uv_handle),
        timeout: u64,
        repeat: u64,
    ) -> c_int;
    fn uv_timer_stop(handle: *mut uv_handle) -> c_int;
    fn uv_ref(handle: *mut uv_handle);
    fn uv_unref(handle: *mut uv_handle);
    fn uv_close(handle: *mut uv_handle, closed: unsafe extern "C" fn(*mut uv_handle));
}

/// What is called, with the pointer that the handle was made with.
pub(crate) type Called = fn(NonNull<c_void>);

/// A handle of either kind.
#[derive(Debug)]
struct Handle {
    raw: NonNull<uv_handle>,
}

/// What libuv is given to find its way back.
#[derive(Debug)]
struct Back {
    called: Called,
    host: NonNull<c_void>,
    size: usize,
    /// The handle is closing; nothing is called any more.
    closing: bool,
    /// Told once libuv has let go of the handle.
    closed: Option<(Called, NonNull<c_void>)>,
}

const ALIGN: usize = 16;

impl Handle {
    /// Memory for a handle, which `init` makes one of.
    fn new(
        kind: c_int,
        called: Called,
        host: NonNull<c_void>,
        init: impl FnOnce(*mut uv_handle) -> c_int,
    ) -> Option<Self> {
        // SAFETY: it only looks the size up.
        let size = unsafe { uv_handle_size(kind) }.max(1);
        let layout = std::alloc::Layout::from_size_align(size, ALIGN).ok()?;
        // SAFETY: the size is not zero.
        let raw = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) })?.cast::<uv_handle>();
        if init(raw.as_ptr()) != 0 {
            // SAFETY: it was allocated above with this layout, and libuv has not taken it.
            unsafe { std::alloc::dealloc(raw.as_ptr().cast(), layout) };
            return None;
        }
        let back = Back { called, host, size, closing: false, closed: None };
        let back = Box::into_raw(Box::new(back));
        // SAFETY: the handle is initialized.
        unsafe { uv_handle_set_data(raw.as_ptr(), back.cast()) };
        Some(Self { raw })
    }

    fn hold_the_loop(&self, on: bool) {
        // SAFETY: the handle is alive: `close` takes it.
        unsafe { if on { uv_ref(self.raw.as_ptr()) } else { uv_unref(self.raw.as_ptr()) } }
    }

    /// Gives the handle back to libuv; `closed` is told when it is done.
    fn close(self, closed: Option<(Called, NonNull<c_void>)>) {
        // SAFETY: the data is the `Back` of `new`, and nothing else borrows it now.
        unsafe {
            let back = uv_handle_get_data(self.raw.as_ptr()).cast::<Back>();
            (*back).closing = true;
            (*back).closed = closed;
            uv_close(self.raw.as_ptr(), let_go);
        }
    }
}

unsafe extern "C" fn let_go(raw: *mut uv_handle) {
    // SAFETY: libuv calls this once for a handle of `Handle::new`, whose data and memory are ours
    // again.
    let back = unsafe {
        let back = Box::from_raw(uv_handle_get_data(raw).cast::<Back>());
        if let Ok(layout) = std::alloc::Layout::from_size_align(back.size, ALIGN) {
            std::alloc::dealloc(raw.cast(), layout);
        }
        back
    };
    if let Some((closed, host)) = back.closed {
        closed(host);
    }
}

/// Calls the host, unless the handle is closing.
unsafe fn call_back(raw: *mut uv_handle) {
    // SAFETY: the data is the `Back` of `Handle::new`; it is copied, so that the host may close the
    // handle meanwhile.
    let (called, host, closing) = unsafe {
        let back = uv_handle_get_data(raw).cast::<Back>();
        ((*back).called, (*back).host, (*back).closing)
    };
    if !closing {
        called(host);
    }
}

/// A watched descriptor.
#[derive(Debug)]
pub(crate) struct Poll(Handle);

impl Poll {
    /// Calls `called` with `host` whenever `descriptor` is readable.
    ///
    /// # Safety
    /// `uv` is the loop of this thread. `host` is valid for `called` until the handle is closed, and
    /// the descriptor is open until then.
    pub(crate) unsafe fn start(
        uv: *mut c_void,
        descriptor: c_int,
        called: Called,
        host: NonNull<c_void>,
    ) -> Option<Self> {
        unsafe extern "C" fn readable(raw: *mut uv_handle, _: c_int, _: c_int) {
            // SAFETY: libuv calls with a handle of ours.
            unsafe { call_back(raw) };
        }
        let init = |raw| {
            // SAFETY: the memory is of the right size, the loop is alive (the caller's contract).
            unsafe { uv_poll_init(uv, raw, descriptor) }
        };
        let handle = Handle::new(UV_POLL, called, host, init)?;
        // SAFETY: the handle is initialized.
        if unsafe { uv_poll_start(handle.raw.as_ptr(), UV_READABLE, readable) } != 0 {
            handle.close(None);
            return None;
        }
        Some(Self(handle))
    }

    /// Whether the loop goes on for it.
    pub(crate) fn hold_the_loop(&self, on: bool) {
        self.0.hold_the_loop(on);
    }

    pub(crate) fn close(self, closed: Option<(Called, NonNull<c_void>)>) {
        self.0.close(closed);
    }
}

/// A timer for which the loop does not go on.
#[derive(Debug)]
pub(crate) struct Timer(Handle);

impl Timer {
    /// Calls `called` with `host` when the time is over that [`Timer::arm`] has said.
    ///
    /// # Safety
    /// As [`Poll::start`].
    pub(crate) unsafe fn new(
        uv: *mut c_void,
        called: Called,
        host: NonNull<c_void>,
    ) -> Option<Self> {
        let init = |raw| {
            // SAFETY: the memory is of the right size, the loop is alive (the caller's contract).
            unsafe { uv_timer_init(uv, raw) }
        };
        let handle = Handle::new(UV_TIMER, called, host, init)?;
        handle.hold_the_loop(false);
        Some(Self(handle))
    }

    /// In so many milliseconds from the loop's now, instead of whenever was said before.
    pub(crate) fn arm(&self, milliseconds: u64) {
        unsafe extern "C" fn over(raw: *mut uv_handle) {
            // SAFETY: libuv calls with a handle of ours.
            unsafe { call_back(raw) };
        }
        // SAFETY: the handle is alive: `close` takes it. Starting fails only without a callback.
        unsafe { uv_timer_start(self.0.raw.as_ptr(), over, milliseconds, 0) };
    }

    pub(crate) fn disarm(&self) {
        // SAFETY: the handle is alive.
        unsafe { uv_timer_stop(self.0.raw.as_ptr()) };
    }

    pub(crate) fn close(self, closed: Option<(Called, NonNull<c_void>)>) {
        self.0.close(closed);
    }
}
