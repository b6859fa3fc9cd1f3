//! Before and after it is measured, a peer must give the right answer to the workload's own requests.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime};

use anyhow::{Context, ensure};
use load::answer::Answer;

use crate::workload::Workload;

/// Writes that are tried.
const BATCHES: usize = 4;

/// What was seen: the answer's size, and what peers say beyond what was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Octets of one answer.
    pub(crate) octets: usize,
    /// Deviations that cost octets but change no meaning: another reason phrase, more fields.
    pub(crate) remarks: Vec<String>,
}

/// Sends some batches of the workload's heads and judges every answer: on one connection, or on one
/// for each where the connection is to end.
pub(crate) fn verify(
    address: SocketAddr,
    heads: &[String],
    workload: &Workload,
) -> anyhow::Result<Verified> {
    let mut heads = heads.iter().cycle();
    let mut seen: Option<Verified> = None;
    let mut stream = connect(address)?;
    for _ in 0..BATCHES {
        let batch: String = heads.by_ref().take(workload.depth).map(String::as_str).collect();
        (&stream).write_all(batch.as_bytes()).context("sending requests")?;
        let mut answers = BufReader::new(&stream);
        for _ in 0..workload.depth {
            let answer = Answer::read(&mut answers)?;
            let verified = workload.expect.judge(&answer, SystemTime::now())?;
            let first = seen.get_or_insert_with(|| verified.clone());
            ensure!(*first == verified, "answers to equal requests differ");
        }
        ensure!(answers.buffer().is_empty(), "more answers than requests");
        if workload.expect.ends() {
            let more = answers.read(&mut [0]).context("waiting for the announced end")?;
            ensure!(more == 0, "octets follow the announced end");
            stream = connect(address)?;
        }
    }
    seen.context("no request was sent")
}

fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let stream = TcpStream::connect(address).context("connecting")?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
