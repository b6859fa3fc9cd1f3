//! Rung 1 with a thread for each connection, so that nobody waits for another.
#![forbid(unsafe_code)]

use ladder::blocking::{self, After};
use ladder::copies::Copies;
use ladder::memory::Fresh;

fn main() -> anyhow::Result<()> {
    let listener = ladder::listen::from_command_line()?;
    blocking::serve::<Copies<Fresh>, Fresh>(&listener, After::KeepAliveInThreads)
}
