//! Plays a story: a whole server over a simulated network, its clients, and what happens to them.

mod books;
mod conn;
mod desk;
mod ending;
mod facts;
mod house;
mod later;
mod meanwhile;
mod outcome;
mod plant;
mod player;
mod reader;
mod stage;
mod study;
mod told;
mod tower;
mod trace;
mod watch;

pub use books::{Books, Wrong};
pub(crate) use conn::{Asked, Conn, Over, Tunnel};
pub(crate) use facts::Facts;
pub(crate) use later::Deferred;
pub use outcome::{Outcome, play, play_with};
pub use plant::Plant;
pub(crate) use reader::{Answer, Got};
