//! Generated inputs over real sockets.
//!
//! Each connection sends one script: inputs one behind the other, cut in random places, as long as
//! the connection can be used, and then an end. What must come back is known beforehand from the
//! sans-I/O core of the server, which reads the same octets in one piece in this process: that core
//! is held against other readers elsewhere (the crate `fuzz`); here it is everything around it that
//! is under test. An answer says what the handler has seen of its request, so that a head or content
//! that was put together wrongly is found.
//!
//! - `script.rs`: what a connection sends; it can be made again from a seed and a number;
//! - `oracle.rs`: what must come back for it;
//! - `echo.rs`: the server;
//! - `prober.rs`: a connection that sends a script and compares; `siege.rs`: all of them.

mod digest;
pub mod echo;
mod oracle;
mod prober;
mod script;
mod siege;

pub use fuzz::generate::Corpus;
pub use oracle::{Answer, Expected, Oracle};
pub use script::{Finish, Script, Scripts};
pub use siege::{Found, Siege, aftermath};
