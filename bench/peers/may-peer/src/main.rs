//! may_minihttp with one worker thread, set up as its own benchmark example is.
#![forbid(unsafe_code)]

use std::io::{self, BufRead};
use std::net::SocketAddr;

use agreed::{HELLO, JSON, MESSAGE, POST, counted};
use anyhow::{Context, anyhow};
use clap::Parser;
use may_minihttp::{HttpServer, HttpService, Request, Response};

/// may_minihttp on one worker thread.
#[derive(Parser)]
struct Options {
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1:3000")]
    bind: SocketAddr,
}

#[derive(Clone)]
struct Hello;

impl HttpService for Hello {
    fn call(&mut self, request: Request<'_, '_, '_>, answer: &mut Response<'_>) -> io::Result<()> {
        // What a service leaves unread would be taken for the next head, so content is read; a GET
        // does not pay for the search for `Content-Length`.
        if request.method() != "GET" {
            let posted = request.path() == POST;
            let octets = count(request.body())?;
            answer.header("Content-Type: text/plain");
            if posted {
                answer.body_vec(counted(octets).into_bytes());
            } else {
                answer.body(HELLO);
            }
        } else if request.path() == JSON {
            answer.header("Content-Type: application/json").body_vec(serde_json::to_vec(&MESSAGE)?);
        } else {
            answer.header("Content-Type: text/plain").body(HELLO);
        }
        Ok(())
    }
}

/// Takes content as it comes, keeps nothing, and says how much there was.
fn count(mut content: impl BufRead) -> io::Result<usize> {
    let mut octets = 0;
    loop {
        let length = content.fill_buf()?.len();
        if length == 0 {
            return Ok(octets);
        }
        content.consume(length);
        octets += length;
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    bench_sys::process::raise_descriptor_limit().context("cannot raise the descriptor limit")?;
    // Pool and stack as in the crate's benchmark example.
    may::config().set_workers(1).set_pool_capacity(1000).set_stack_size(0x1000);
    let server = HttpServer(Hello)
        .start(options.bind)
        .with_context(|| format!("cannot listen on {}", options.bind))?;
    server.join().map_err(|_| anyhow!("the server's coroutine panicked"))
}
