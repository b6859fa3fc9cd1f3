//! The part of Node-API that the addon uses, with its contract in one place.
//!
//! Node-API is C: pointers and statuses. Here each status is looked at, and what remains for the rest
//! of the crate are values that live as long as the scope they were made in ([`Scope`]).
//!
//! # The contract
//! [`Env`] is only made from what Node hands to a callback of ours, on the JavaScript thread of its
//! environment; it is neither sent elsewhere nor kept beyond that environment (the clean-up hook of
//! `engine.rs` ends everything that holds one). A [`Value`] is used within the handle scope it was
//! made in: those of a callback in the callback, those made in a turn within that turn's [`Scope`].

#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr::null_mut;

use napi_sys as sys;

/// An environment: a JavaScript thread's world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Env(pub(crate) sys::napi_env);

/// A JavaScript value, as long as its handle scope is open.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Value(pub(crate) sys::napi_value);

/// A value that is kept beyond its scope.
#[derive(Debug)]
pub(crate) struct Reference {
    env: Env,
    raw: sys::napi_ref,
}

/// Node-API has refused: a JavaScript exception waits, or the environment is going away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

pub(crate) type Result<T> = std::result::Result<T, Refused>;

fn checked(status: sys::napi_status) -> Result<()> {
    if status == sys::Status::napi_ok { Ok(()) } else { Err(Refused) }
}

/// Calls a function whose last argument is where the result goes.
macro_rules! get {
    ($function:ident($($argument:expr),*), $initial:expr) => {{
        let mut result = $initial;
        // SAFETY: the environment is alive and this is its thread (the module's contract); the other
        // pointers are valid for the call.
        checked(unsafe { sys::$function($($argument,)* &mut result) }).map(|()| result)
    }};
}

impl Env {
    pub(crate) fn undefined(self) -> Result<Value> {
        get!(napi_get_undefined(self.0), null_mut()).map(Value)
    }

    pub(crate) fn number(self, number: f64) -> Result<Value> {
        get!(napi_create_double(self.0, number), null_mut()).map(Value)
    }

    pub(crate) fn small(self, number: u32) -> Result<Value> {
        get!(napi_create_uint32(self.0, number), null_mut()).map(Value)
    }

    pub(crate) fn boolean(self, is: bool) -> Result<Value> {
        get!(napi_get_boolean(self.0, is), null_mut()).map(Value)
    }

    /// Octets as a string of code points below 256.
    pub(crate) fn latin1(self, octets: &[u8]) -> Result<Value> {
        let start = octets.as_ptr().cast::<c_char>();
        get!(napi_create_string_latin1(self.0, start, octets.len() as isize), null_mut()).map(Value)
    }

    pub(crate) fn text(self, text: &str) -> Result<Value> {
        let start = text.as_ptr().cast::<c_char>();
        get!(napi_create_string_utf8(self.0, start, text.len() as isize), null_mut()).map(Value)
    }

    /// A `Buffer` with a copy of the octets.
    pub(crate) fn buffer(self, octets: &[u8]) -> Result<Value> {
        let start = octets.as_ptr().cast::<c_void>();
        get!(napi_create_buffer_copy(self.0, octets.len(), start, null_mut()), null_mut())
            .map(Value)
    }

    pub(crate) fn array(self, values: &[Value]) -> Result<Value> {
        let array = get!(napi_create_array_with_length(self.0, values.len()), null_mut())?;
        for (index, value) in values.iter().enumerate() {
            // SAFETY: as in `get!`.
            checked(unsafe { sys::napi_set_element(self.0, array, index as u32, value.0) })?;
        }
        Ok(Value(array))
    }

    pub(crate) fn set(self, object: Value, name: &CStr, value: Value) -> Result<()> {
        // SAFETY: as in `get!`.
        let status =
            unsafe { sys::napi_set_named_property(self.0, object.0, name.as_ptr(), value.0) };
        checked(status)
    }

    pub(crate) fn element(self, array: Value, index: u32) -> Result<Value> {
        get!(napi_get_element(self.0, array.0, index), null_mut()).map(Value)
    }

    pub(crate) fn as_number(self, value: Value) -> Result<f64> {
        get!(napi_get_value_double(self.0, value.0), 0.0)
    }

    pub(crate) fn as_bool(self, value: Value) -> Result<bool> {
        get!(napi_get_value_bool(self.0, value.0), false)
    }

    /// Appends a string: its code points below 256 as octets, or its UTF-8. `length` is the string's
    /// own, in code units.
    pub(crate) fn append(
        self,
        value: Value,
        length: usize,
        latin1: bool,
        into: &mut Vec<u8>,
    ) -> Result<()> {
        // Node-API ends what it writes with a zero.
        let room = if latin1 { length } else { length * 3 } + 1;
        into.reserve(room);
        let start = into.spare_capacity_mut().as_mut_ptr().cast::<c_char>();
        let written = if latin1 {
            get!(napi_get_value_string_latin1(self.0, value.0, start, room), 0)
        } else {
            get!(napi_get_value_string_utf8(self.0, value.0, start, room), 0)
        }?;
        assert!(written < room, "Node-API has written more than there was room for");
        // SAFETY: so many octets behind the end are written, and there was room for them.
        unsafe { into.set_len(into.len() + written) };
        Ok(())
    }

    /// Lends the octets of a `Uint8Array` (a `Buffer` is one) to `give`, which must not call
    /// JavaScript: it could give the memory back.
    pub(crate) fn octets<R>(self, value: Value, give: impl FnOnce(&[u8]) -> R) -> Result<R> {
        let (mut start, mut length) = (null_mut(), 0);
        // SAFETY: as in `get!`.
        checked(unsafe { sys::napi_get_buffer_info(self.0, value.0, &mut start, &mut length) })?;
        if length == 0 {
            return Ok(give(&[]));
        }
        // SAFETY: the value holds so many octets there for as long as no JavaScript runs.
        Ok(give(unsafe { std::slice::from_raw_parts(start.cast::<u8>(), length) }))
    }

    /// Words that are shared with JavaScript.
    pub(crate) fn words(self, value: Value) -> Result<Words> {
        let (mut kind, mut length, mut start) = (0, 0, null_mut());
        // SAFETY: as in `get!`; what is not wanted may be null.
        checked(unsafe {
            sys::napi_get_typedarray_info(
                self.0,
                value.0,
                &mut kind,
                &mut length,
                &mut start,
                null_mut(),
                null_mut(),
            )
        })?;
        if kind != sys::TypedarrayType::uint32_array || length == 0 {
            return Err(Refused);
        }
        Ok(Words { start: start.cast(), length, _owner: self.reference(value)? })
    }

    pub(crate) fn reference(self, value: Value) -> Result<Reference> {
        let raw = get!(napi_create_reference(self.0, value.0, 1), null_mut())?;
        Ok(Reference { env: self, raw })
    }

    /// Calls a function from within a call of JavaScript's, which sees what it throws.
    pub(crate) fn call(self, this: Value, function: Value, arguments: &[Value]) -> Result<Value> {
        let start = arguments.as_ptr().cast::<sys::napi_value>();
        // `Value` is a `napi_value` and nothing else.
        let count = arguments.len();
        get!(napi_call_function(self.0, this.0, function.0, count, start), null_mut()).map(Value)
    }

    /// Calls a function as a callback of Node's, in the name of nobody: when it is over, ticks and
    /// microtasks run. What it throws waits.
    pub(crate) fn call_back(self, this: Value, function: Value, arguments: &[Value]) -> Result<()> {
        let start = arguments.as_ptr().cast::<sys::napi_value>();
        let (count, nobody) = (arguments.len(), null_mut());
        let made =
            get!(napi_make_callback(self.0, nobody, this.0, function.0, count, start), null_mut());
        made.map(|_| ())
    }

    /// Gives what was thrown to `uncaughtException`, as Node does with what its own callbacks throw.
    pub(crate) fn uncaught(self, error: Value) -> Result<()> {
        // SAFETY: as in `get!`.
        checked(unsafe { sys::napi_fatal_exception(self.0, error.0) })
    }

    /// As `uncaught`, with an exception that waits.
    #[cold]
    pub(crate) fn tell_what_was_thrown(self) -> Result<()> {
        if get!(napi_is_exception_pending(self.0), false)? {
            let error = get!(napi_get_and_clear_last_exception(self.0), null_mut())?;
            self.uncaught(Value(error))?;
        }
        Ok(())
    }

    /// Throws an `Error` into the JavaScript that has called us.
    pub(crate) fn throw(self, code: &CStr, message: &str) {
        let message: Vec<u8> = message.bytes().filter(|octet| *octet != 0).chain([0]).collect();
        // SAFETY: as in `get!`; both strings end with a zero. If it is refused, an exception waits
        // already.
        let _ = unsafe { sys::napi_throw_error(self.0, code.as_ptr(), message.as_ptr().cast()) };
    }

    /// The loop of this environment's thread.
    pub(crate) fn uv_loop(self) -> Result<*mut c_void> {
        get!(napi_get_uv_event_loop(self.0), null_mut()).map(|uv| uv.cast())
    }
}

impl Reference {
    pub(crate) fn value(&self) -> Result<Value> {
        get!(napi_get_reference_value(self.env.0, self.raw), null_mut()).map(Value)
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // SAFETY: as in `get!`. If it is refused, the environment has forgotten it already.
        let _ = unsafe { sys::napi_delete_reference(self.env.0, self.raw) };
    }
}

/// The memory of a `Uint32Array` that JavaScript and the engine share on one thread. JavaScript must
/// not give it away (`transfer`): it never leaves `lib/`.
#[derive(Debug)]
pub(crate) struct Words {
    start: *mut u32,
    length: usize,
    /// Keeps it where it is.
    _owner: Reference,
}

impl Words {
    pub(crate) fn get(&self, index: usize) -> u32 {
        if index >= self.length {
            return 0;
        }
        // SAFETY: it is within the array, which the reference keeps; JavaScript does not run now.
        unsafe { self.start.add(index).read() }
    }

    pub(crate) fn set(&self, index: usize, word: u32) {
        if index < self.length {
            // SAFETY: as above.
            unsafe { self.start.add(index).write(word) };
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }
}

/// A handle scope outside of any callback.
#[derive(Debug)]
pub(crate) struct Scope {
    env: Env,
    raw: sys::napi_handle_scope,
}

impl Scope {
    pub(crate) fn open(env: Env) -> Result<Self> {
        get!(napi_open_handle_scope(env.0), null_mut()).map(|raw| Self { env, raw })
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        // SAFETY: as in `get!`; it is the innermost that is open, since scopes are values of blocks.
        let _ = unsafe { sys::napi_close_handle_scope(self.env.0, self.raw) };
    }
}

/// Has `hook` called with `argument` before the environment goes away, which then waits until the
/// returned handle is [given back](EndHook::done).
pub(crate) fn before_the_end(
    env: Env,
    hook: unsafe extern "C" fn(sys::napi_async_cleanup_hook_handle, *mut c_void),
    argument: *mut c_void,
) -> Result<EndHook> {
    get!(napi_add_async_cleanup_hook(env.0, Some(hook), argument), null_mut()).map(EndHook)
}

/// The promise to have cleaned up before the environment goes.
#[derive(Debug)]
pub(crate) struct EndHook(sys::napi_async_cleanup_hook_handle);

impl EndHook {
    /// It is clean.
    pub(crate) fn done(self) {
        // SAFETY: it comes from `napi_add_async_cleanup_hook` and is removed once.
        let _ = unsafe { sys::napi_remove_async_cleanup_hook(self.0) };
    }
}

/// A call of a native function.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) env: Env,
    pub(crate) this: Value,
    pub(crate) arguments: [Value; 6],
}

impl Call {
    pub(crate) fn of(env: Env, info: sys::napi_callback_info) -> Result<Self> {
        let mut arguments = [Value(null_mut()); 6];
        let (mut count, mut this) = (arguments.len(), null_mut());
        // SAFETY: as in `get!`; `Value` is a `napi_value`; what is missing is made undefined.
        checked(unsafe {
            sys::napi_get_cb_info(
                env.0,
                info,
                &mut count,
                arguments.as_mut_ptr().cast(),
                &mut this,
                null_mut(),
            )
        })?;
        Ok(Self { env, this: Value(this), arguments })
    }

    pub(crate) fn number(&self, index: usize) -> Result<f64> {
        self.env.as_number(self.arguments[index])
    }

    /// A natural number; what is none becomes zero or the largest.
    pub(crate) fn natural(&self, index: usize) -> Result<u32> {
        Ok(self.number(index)? as u32)
    }

    pub(crate) fn boolean(&self, index: usize) -> Result<bool> {
        self.env.as_bool(self.arguments[index])
    }
}

/// Makes `target` the native side of `object`, until the garbage collector takes the object.
pub(crate) fn wrap<T>(env: Env, object: Value, target: std::rc::Rc<T>) -> Result<()> {
    unsafe extern "C" fn forget<T>(_: sys::napi_env, target: *mut c_void, _: *mut c_void) {
        // SAFETY: it comes from `into_raw` below, and Node-API finalizes once.
        drop(unsafe { std::rc::Rc::from_raw(target.cast::<T>()) });
    }
    let raw = std::rc::Rc::into_raw(target).cast_mut().cast::<c_void>();
    // SAFETY: as in `get!`; nobody wants the weak reference.
    let status =
        unsafe { sys::napi_wrap(env.0, object.0, raw, Some(forget::<T>), null_mut(), null_mut()) };
    checked(status)
}

/// The native side of `object`.
///
/// # Safety
/// What the object wraps, if anything, is a `T`: no other class of the addon wraps another type.
pub(crate) unsafe fn unwrap<T>(env: Env, object: Value) -> Result<std::rc::Rc<T>> {
    let raw = get!(napi_unwrap(env.0, object.0), null_mut())?.cast_const().cast::<T>();
    if raw.is_null() {
        return Err(Refused);
    }
    // SAFETY: it comes from `into_raw` in `wrap`, is of this type (the caller's contract), and is alive
    // since its object is; the count is raised, so that dropping the result does not end it.
    unsafe {
        std::rc::Rc::increment_strong_count(raw);
        Ok(std::rc::Rc::from_raw(raw))
    }
}
