//! Rung 0: the old server. It waits for one connection, answers one request, and closes.
#![forbid(unsafe_code)]

use ladder::blocking::{self, After};
use ladder::copies::Copies;
use ladder::memory::Fresh;

fn main() -> anyhow::Result<()> {
    blocking::serve::<Copies<Fresh>, Fresh>(&ladder::listen::from_command_line()?, After::Close)
}
