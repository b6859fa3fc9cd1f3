//! Rung 2: an event loop; objects, buffers and strings as before.
#![forbid(unsafe_code)]

use ladder::copies::Copies;
use ladder::event_loop;
use ladder::memory::Fresh;

fn main() -> anyhow::Result<()> {
    event_loop::serve::<Copies<Fresh>, Fresh>(&ladder::listen::from_command_line()?)
}
