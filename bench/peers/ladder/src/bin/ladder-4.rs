//! Rung 4: the event loop with pooled memory, and heads that are read in place.
#![forbid(unsafe_code)]

use ladder::event_loop;
use ladder::memory::Pooled;
use ladder::views::Views;

fn main() -> anyhow::Result<()> {
    event_loop::serve::<Views<Pooled>, Pooled>(&ladder::listen::from_command_line()?)
}
