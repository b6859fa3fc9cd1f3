//! Serves requests out of memory, without a socket: for callgrind, which counts inside of
//! `turned_under_callgrind`.
#![forbid(unsafe_code)]

use std::path::PathBuf;

use anyhow::{Context, ensure};
use clap::Parser;
use ladder::clock::Clock;
use ladder::copies::Copies;
use ladder::memory::{Fresh, Memory, Pooled};
use ladder::service::Service;
use ladder::views::Views;

/// Serves out of memory.
#[derive(Debug, Parser)]
struct Options {
    /// Whose way to serve: 2, 3 or 4.
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..=4))]
    rung: u32,
    /// File with the octets that come with one read: one request, or several.
    #[arg(long)]
    request: PathBuf,
    /// The file holds so many of them, all of one length, which come in turn.
    #[arg(long, default_value_t = 1)]
    parts: usize,
    /// How often they come.
    #[arg(long)]
    times: u32,
}

fn main() -> anyhow::Result<()> {
    let Options { rung, request, parts, times } = Options::parse();
    let octets = std::fs::read(&request).with_context(|| request.display().to_string())?;
    let length = octets.len() / parts.max(1);
    ensure!(length > 0 && octets.len().is_multiple_of(length), "the parts have not one length");
    let reads: Vec<&[u8]> = octets.chunks(length).collect();
    match rung {
        2 => serve::<Copies<Fresh>, Fresh>(&reads, times),
        3 => serve::<Copies<Pooled>, Pooled>(&reads, times),
        _ => serve::<Views<Pooled>, Pooled>(&reads, times),
    }
}

/// What the event loop does between a read and a write, buffers included.
fn serve<S: Service + Default, M: Memory>(reads: &[&[u8]], times: u32) -> anyhow::Result<()> {
    let (mut service, mut memory, mut clock) = (S::default(), M::default(), Clock::default());
    clock.look();
    for octets in reads.iter().cycle().take(times as usize) {
        let mut all = true;
        turned_under_callgrind(&mut || {
            let mut inbox = memory.buffer();
            inbox.extend_from_slice(octets);
            let mut out = memory.buffer();
            let mut rest = &inbox[..];
            while let Ok(Some(served)) = service.serve(rest, false, &clock, &mut out) {
                rest = &rest[served.consumed..];
                if rest.is_empty() {
                    break;
                }
            }
            all &= rest.is_empty() && out.starts_with(b"HTTP/1.1 200 OK\r\n");
            memory.take_back_buffer(inbox);
            memory.take_back_buffer(out);
        });
        ensure!(all, "a request was not answered");
    }
    Ok(())
}

/// Callgrind counts inside of this function only; it finds it by name.
#[inline(never)]
fn turned_under_callgrind(turn: &mut dyn FnMut()) {
    turn();
}
