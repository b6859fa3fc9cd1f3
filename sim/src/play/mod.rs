//! Plays a story: a whole server over a simulated network, its clients, and what happens to them.

mod books;
mod conn;
mod desk;
mod house;
mod later;
mod plant;
mod player;
mod reader;
mod stage;
mod study;
mod watch;

pub use books::{Books, Wrong};
pub(crate) use conn::{Asked, Conn, Over, Tunnel};
pub(crate) use later::Deferred;
pub use plant::Plant;
pub(crate) use reader::{Answer, Got};
pub(crate) use stage::Facts;
pub use stage::{Outcome, play, play_with};
