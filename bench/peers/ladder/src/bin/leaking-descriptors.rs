//! No rung: rung 3 with a planted leak of descriptors.
#![forbid(unsafe_code)]

use ladder::copies::Copies;
use ladder::event_loop;
use ladder::leaking::Leaking;
use ladder::memory::Pooled;

fn main() -> anyhow::Result<()> {
    let listener = ladder::listen::from_command_line()?;
    event_loop::serve::<Leaking<Copies<Pooled>, false>, Pooled>(&listener)
}
