//! Reading heads, beside `httparse`: instructions under callgrind, and nanoseconds in turns.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use nova_http1::{HeadReader, Limits};

use crate::rival::{self, Verdict};
use crate::{callgrind, scenario};

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Our reader, with its memory.
    Nova,
    /// Our reader without it.
    NovaForgetful,
    /// httparse, and then what it accepts and we refuse, and what both must know of a head.
    Httparse,
    /// httparse alone: neither as strict, nor does it say how long the content is.
    HttparseAlone,
}

const READERS: [(Who, &str); 4] = [
    (Who::Nova, "nova"),
    (Who::NovaForgetful, "nova without memory"),
    (Who::Httparse, "httparse, as strict"),
    (Who::HttparseAlone, "httparse alone"),
];

/// Heads, and who reads them.
#[derive(Debug)]
pub(crate) struct Reading {
    heads_name: &'static str,
    heads: Vec<Vec<u8>>,
    who: (Who, &'static str),
}

/// What a program sends to an interface: few fields, a token, another path each time.
fn api_head(n: usize) -> Vec<u8> {
    format!(
        "GET /v1/accounts/{n:08}/orders?limit=50&after={n:06} HTTP/1.1\r\n\
         Host: api.example.org\r\n\
         User-Agent: example-client/2.4 (linux)\r\n\
         Accept: application/json\r\n\
         Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N\r\n\
         X-Request-Id: 7d9f2c{n:010}\r\n\
         Accept-Encoding: gzip\r\n\r\n"
    )
    .into_bytes()
}

/// All heads with all readers.
pub(crate) fn all() -> Vec<Reading> {
    let many = |head: fn(usize) -> Vec<u8>| (0..scenario::DIFFERENT).map(head).collect();
    let heads: [(&'static str, Vec<Vec<u8>>); 5] = [
        ("small", vec![scenario::hello_head()]),
        ("browser", vec![scenario::browser_head(7)]),
        ("browser, differing", many(scenario::browser_head)),
        ("API", vec![api_head(7)]),
        ("API, differing", many(api_head)),
    ];
    let each = |(name, heads): (_, Vec<_>)| {
        READERS.map(|who| Reading { heads_name: name, heads: heads.clone(), who })
    };
    heads.into_iter().flat_map(each).collect()
}

impl Reading {
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.heads_name, self.who.1)
    }

    /// Reads so many heads, inside of what callgrind counts.
    pub(crate) fn read(&self, times: u32) {
        self.each(times, |step| scenario::turned_under_callgrind(step));
    }

    /// Reads so many heads, each by way of `measured`.
    fn each(&self, times: u32, mut measured: impl FnMut(&mut dyn FnMut())) {
        let limits = Limits::default();
        let mut reader = match self.who.0 {
            Who::NovaForgetful => HeadReader::with_memory(0),
            _ => HeadReader::new(),
        };
        let mut good = 0;
        for head in self.heads.iter().cycle().take(times as usize) {
            let mut read = || {
                let head = black_box(&head[..]);
                let verdict = match self.who.0 {
                    Who::Nova | Who::NovaForgetful => match reader.read(head, &limits) {
                        Ok(Some(head)) => Some(Verdict::of(&head)),
                        _ => None,
                    },
                    Who::Httparse => rival::read(head),
                    Who::HttparseAlone => rival::alone(head),
                };
                good += u32::from(black_box(verdict).is_some());
            };
            measured(&mut read);
        }
        assert_eq!(good, times, "{}: every head is good", self.name());
    }

    /// Nanoseconds for a head.
    fn nanoseconds(&self, times: u32) -> f64 {
        let begin = Instant::now();
        self.each(times, |step| step());
        begin.elapsed().as_nanos() as f64 / f64::from(times)
    }
}

/// Prints the table.
pub(crate) fn report() -> Result<()> {
    const ROUNDS: usize = 31;
    let readings = all();
    let mut times = vec![Vec::new(); readings.len()];
    for _ in 0..ROUNDS {
        for (times, reading) in times.iter_mut().zip(&readings) {
            times.push(reading.nanoseconds(20_000));
        }
    }
    println!("| heads | octets | reader | instructions | ns (median of {ROUNDS} rounds) |");
    println!("|---|---|---|---|---|");
    for (mut times, reading) in times.into_iter().zip(&readings) {
        times.sort_by(f64::total_cmp);
        let instructions = if callgrind::available() {
            format!("{:.0}", callgrind::per_request(&reading.name())?)
        } else {
            "no valgrind".into()
        };
        println!(
            "| {} | {} | {} | {instructions} | {:.0} |",
            reading.heads_name,
            reading.heads[0].len(),
            reading.who.1,
            times[ROUNDS / 2]
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All readers come to the same verdicts, on what they accept and on what is refused.
    #[test]
    fn readers_agree() {
        let mut reader = HeadReader::new();
        let mut nova = |head: &[u8]| match reader.read(head, &Limits::default()) {
            Ok(Some(head)) => Some(Verdict::of(&head)),
            _ => None,
        };
        for reading in all() {
            for head in &reading.heads {
                assert!(nova(head).is_some());
                assert_eq!(nova(head), rival::read(head), "{}", head.escape_ascii());
            }
        }
        let lines = [
            "Host: h",
            "Host: h/x",
            "Host:",
            "A: b\r\n c",
            "Content-Length: 5",
            "Content-Length: 05",
            "Content-Length: x",
            "Content-Length: 5, 5",
            "Transfer-Encoding: chunked",
            "Transfer-Encoding: gzip",
            "Connection: close",
            "Connection: x, Close",
            "Expect: 100-continue",
            "Expect: x",
            "A\n: b",
            "A: b\nC: d",
            "A : b",
            "A: \x07",
            "A: \u{e9}",
        ];
        let mut refused = 0;
        for request in ["GET /", "get /", "GET /#", "GET /\u{e9}", "GET  /", "POST /x", "PUT /"] {
            for version in ["1.1", "1.0", "2.0"] {
                for one in lines {
                    for other in lines {
                        let head = format!("{request} HTTP/{version}\r\n{one}\r\n{other}\r\n\r\n");
                        let ours = nova(head.as_bytes());
                        refused += u32::from(ours.is_none());
                        assert_eq!(ours, rival::read(head.as_bytes()), "{head:?}");
                    }
                }
            }
        }
        assert!(refused > 1_000, "{refused}");
    }
}
