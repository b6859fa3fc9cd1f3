//! What JavaScript may ask of an engine: the class `Engine`, for `lib/` and nobody else. A room has the
//! methods of one kind; this one makes the class of them.

#![allow(unsafe_code)]

mod answers;
mod connection;
mod hearing;
mod listening;
mod questions;

use std::ffi::CStr;
use std::ptr::null_mut;

use napi_sys as sys;

use crate::deliver::Handlers;
use crate::engine::Engine;
use crate::napi::{Call, Env, Refused, Result, Value, unwrap, wrap};

type Method = fn(&Engine, &Call) -> Result<Value>;

/// A method as Node calls it.
macro_rules! method {
    ($room:ident::$function:ident) => {{
        unsafe extern "C" fn called(
            env: sys::napi_env,
            info: sys::napi_callback_info,
        ) -> sys::napi_value {
            answer(Env(env), info, $room::$function)
        }
        (stringify!($function), called as unsafe extern "C" fn(_, _) -> _)
    }};
}

/// Calls `method` for the engine that JavaScript has called it on; whatever is refused is `undefined`.
fn answer(env: Env, info: sys::napi_callback_info, method: Method) -> sys::napi_value {
    let called = Call::of(env, info).and_then(|call| {
        // SAFETY: `Engine` is the only class of the addon.
        let engine = unsafe { unwrap::<Engine>(env, call.this)? };
        method(&engine, &call)
    });
    called.map_or(null_mut(), |value| value.0)
}

/// `new Engine(this, resource, functions, words, inbox, headBytes)`.
unsafe extern "C" fn construct(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let env = Env(env);
    let made = Call::of(env, info).and_then(|call| {
        let [this, resource, functions, words, inbox, _] = call.arguments;
        let handlers = Handlers::new(env, [this, resource], functions, [words, inbox])?;
        let engine = Engine::start(env, handlers, call.natural(5)?)?;
        wrap(env, call.this, engine)?;
        Ok(call.this)
    });
    match made {
        Ok(this) => this.0,
        Err(Refused) => {
            env.throw(c"ERR_NOVA_ENGINE", "the engine could not be started");
            null_mut()
        }
    }
}

fn camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut name, part| {
        let (initial, rest) = part.split_at(1);
        name.push_str(&initial.to_ascii_uppercase());
        name.push_str(rest);
        name
    })
}

/// Node loads the addon.
#[unsafe(no_mangle)]
unsafe extern "C" fn napi_register_module_v1(
    env: sys::napi_env,
    exports: sys::napi_value,
) -> sys::napi_value {
    let methods = [
        method!(listening::listen),
        method!(listening::adopt),
        method!(listening::unlisten),
        method!(hearing::take),
        method!(hearing::send_held),
        method!(hearing::thrown),
        method!(listening::leave),
        method!(listening::hold),
        method!(listening::timeouts),
        method!(answers::write),
        method!(answers::write_octets),
        method!(answers::write_pieces),
        method!(answers::unsent),
        method!(answers::tell_when_drained),
        method!(connection::pause),
        method!(connection::tap),
        method!(connection::go_on),
        method!(connection::look),
        method!(connection::end),
        method!(connection::cut),
        method!(connection::release),
        method!(questions::connections),
        method!(questions::descriptor),
        method!(questions::address),
        method!(connection::option),
        method!(questions::received),
        method!(questions::written),
        method!(questions::duplicate),
        method!(questions::requests),
        method!(questions::count),
    ];
    let names: Vec<Vec<u8>> =
        methods.iter().map(|(name, _)| [camel(name).as_bytes(), &[0]].concat()).collect();
    let properties: Vec<_> = methods
        .iter()
        .zip(&names)
        .map(|((_, method), name)| sys::napi_property_descriptor {
            utf8name: name.as_ptr().cast(),
            name: null_mut(),
            method: Some(*method),
            getter: None,
            setter: None,
            value: null_mut(),
            attributes: sys::PropertyAttributes::default,
            data: null_mut(),
        })
        .collect();
    let class: &CStr = c"Engine";
    let mut engine = null_mut();
    // SAFETY: Node calls this once for each environment, on its thread, with what is alive; the
    // descriptions are copied before it returns.
    let status = unsafe {
        sys::napi_define_class(
            env,
            class.as_ptr(),
            -1,
            Some(construct),
            null_mut(),
            properties.len(),
            properties.as_ptr(),
            &mut engine,
        )
    };
    if status == sys::Status::napi_ok {
        let _ = Env(env).set(Value(exports), class, Value(engine));
    }
    exports
}
