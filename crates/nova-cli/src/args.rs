//! What can be said on the command line.

use std::num::NonZeroUsize;

use clap::{Parser, Subcommand};

/// Nova: an HTTP server engine.
///
/// Problems are logged to standard error; NOVA_LOG sets how much (error, warn, info, debug).
#[derive(Debug, Parser)]
#[command(name = "nova", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer every request with "Hello World".
    Hello(Hello),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Hello {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    pub(crate) bind: String,
    /// How many worker threads [default: as many as the processors that this process may use].
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
}
