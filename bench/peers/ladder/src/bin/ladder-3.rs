//! Rung 3: the event loop with pooled objects and buffers.
#![forbid(unsafe_code)]

use ladder::copies::Copies;
use ladder::event_loop;
use ladder::memory::Pooled;

fn main() -> anyhow::Result<()> {
    event_loop::serve::<Copies<Pooled>, Pooled>(&ladder::listen::from_command_line()?)
}
