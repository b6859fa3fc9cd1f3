//! What can be said on the command line.

use std::num::{NonZeroU32, NonZeroUsize};
#[cfg(unix)]
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use nova_http::TrustedProxies;

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
    ///
    /// Stops gracefully on the first SIGTERM or SIGINT: idle connections are closed, running requests
    /// have some seconds. A second signal ends it at once.
    ///
    /// Exit code: 0 after a stop, 1 if it could not run, 130 if a second signal has ended it.
    Hello(Hello),
}

// What is said here would be said instead of what the subcommand says of itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Hello {
    /// Where to listen; port 0 takes any free one. May be given several times
    /// [default: 127.0.0.1:3000, unless there is --unix].
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) bind: Vec<String>,
    /// A Unix socket to listen on, too. May be given several times.
    #[cfg(unix)]
    #[arg(long, value_name = "PATH")]
    pub(crate) unix: Vec<PathBuf>,
    /// How many worker threads [default: as many as the processors that this process may use].
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// How long running requests have after the first signal. Schedulers commonly kill after 10 s or
    /// later; the default leaves them nothing to do.
    #[arg(long, value_name = "SECONDS", default_value_t = 8)]
    pub(crate) grace: u32,
    /// Write a line for each answered request to standard output, in Combined Log Format. Lines that
    /// its reader does not take in time are dropped and counted: logging slows no request.
    #[arg(long)]
    pub(crate) access_log: bool,
    /// Print counters and failures to standard error every so many seconds, and at the end.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "10")]
    pub(crate) stats: Option<NonZeroU32>,
    /// Expect a header of the PROXY protocol, version 1 or 2, on connections from these networks
    /// (such as 10.0.0.0/8,192.0.2.1) and on Unix sockets.
    #[arg(long, value_name = "NETWORKS")]
    pub(crate) proxy_protocol: Option<TrustedProxies>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the package's page tells to type can be typed.
    #[test]
    fn the_page_shows_commands_that_exist() {
        let page = include_str!("../README.md");
        let commands: Vec<_> = page.lines().filter(|line| line.starts_with("nova ")).collect();
        assert_eq!(commands.len(), 3);
        for command in commands {
            Args::try_parse_from(command.split(' ')).unwrap();
        }
    }
}
