//! Before and after it is measured, a peer must give the right answer to the workload's own requests.

use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, ensure};
use load::answer::Answer;

use crate::workload::Workload;

/// Writes that are tried.
const BATCHES: usize = 4;

/// What was seen: the answer's size, and what peers say beyond what was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Octets of one answer.
    pub octets: usize,
    /// Deviations that cost octets but change no meaning: another reason phrase, more fields.
    pub remarks: Vec<String>,
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
        let begun = Instant::now();
        (&stream).write_all(batch.as_bytes()).context("sending requests")?;
        let mut answers = BufReader::new(&stream);
        for _ in 0..workload.depth {
            let answer = Answer::read(&mut answers)?;
            let took = begun.elapsed();
            ensure!(took >= workload.expect.earliest(), "answered after no more than {took:?}");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload;
    use std::net::TcpListener;
    use std::thread;

    /// Answers each head of a connection with the small text, and then ends it or does not.
    fn hello(announced: bool, ends: bool) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || {
                    let mut head = [0; 1024];
                    while let Ok(1..) = stream.read(&mut head) {
                        let answer = format!(
                            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\
                             {}Date: {}\r\n\r\nHello World{}",
                            if announced { "Connection: close\r\n" } else { "" },
                            httpdate::fmt_http_date(SystemTime::now()),
                            if announced && !ends { "!" } else { "" },
                        );
                        if stream.write_all(answer.as_bytes()).is_err() || ends {
                            break;
                        }
                    }
                });
            }
        });
        address
    }

    fn check(address: SocketAddr, name: &str) -> anyhow::Result<Verified> {
        let workload = workload::all().find(|workload| workload.name == name).unwrap();
        verify(address, &workload.heads.render(address), workload)
    }

    /// Who answers as agreed passes.
    #[test]
    fn the_agreed_passes() {
        check(hello(false, false), "hello").unwrap();
        check(hello(true, true), "close").unwrap();
    }

    /// Who says one thing and does another does not: an end that is not announced, one that does not
    /// come, octets behind the last answer, a sleep that was none.
    #[test]
    fn deviations_are_found() {
        assert!(check(hello(false, true), "hello").is_err());
        assert!(check(hello(false, false), "close").is_err());
        assert!(check(hello(true, false), "close").is_err());
        let error = check(hello(false, false), "async-sleep").unwrap_err().to_string();
        assert!(error.contains("no more than"), "{error}");
    }
}
