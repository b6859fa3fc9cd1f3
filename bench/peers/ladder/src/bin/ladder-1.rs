//! Rung 1: the old server with persistent connections. Who comes second waits until the first leaves.
#![forbid(unsafe_code)]

use ladder::blocking::{self, After};
use ladder::copies::Copies;
use ladder::memory::Fresh;

fn main() -> anyhow::Result<()> {
    blocking::serve::<Copies<Fresh>, Fresh>(&ladder::listen::from_command_line()?, After::KeepAlive)
}
