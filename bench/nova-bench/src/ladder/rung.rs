//! The rungs: what each adds to the one below, what the plan expected of it, and which program it is.

use crate::server;
use crate::stage::Stage;

/// A server of the ladder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rung {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    /// What it does that the rung below does not.
    pub(crate) idea: &'static str,
    pub(crate) expected: Option<Expected>,
    /// The program of the ladder; `None`: Nova's own.
    program: Option<&'static str>,
    /// Whether it answers more than one request on a connection.
    pub(crate) persistent: bool,
    /// Whether it is measured with pipelining and real heads, too: where only memory and parsing differ.
    pub(crate) closely: bool,
}

/// What the plan hoped to gain, and where that is looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Expected {
    /// In the plan's own words.
    pub(crate) text: &'static str,
    /// The same as factors.
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The place of the rung that it is compared with, in [`RUNGS`].
    pub(crate) over: usize,
    /// Connections at which the idea should show.
    pub(crate) connections: usize,
    pub(crate) by: By,
}

/// In which figure a gain is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Requests each second.
    Rate,
    /// The server's CPU time for a request.
    Cpu,
}

/// From the bottom to the top.
pub(crate) const RUNGS: &[Rung] = &[
    Rung {
        number: 0,
        name: "old server",
        idea: "blocks, one request for each connection, objects allocated, strings copied",
        expected: None,
        program: Some("ladder-0"),
        persistent: false,
        closely: false,
    },
    Rung {
        number: 1,
        name: "keep-alive",
        idea: "many requests on a connection; still one connection at a time",
        expected: Some(Expected {
            text: "2–5×",
            low: 2.0,
            high: 5.0,
            over: 0,
            connections: 1,
            by: By::Rate,
        }),
        program: Some("ladder-1"),
        persistent: true,
        closely: false,
    },
    Rung {
        number: 1,
        name: "keep-alive, threads",
        idea: "the same with a thread for each connection",
        expected: Some(Expected {
            text: "2–5×",
            low: 2.0,
            high: 5.0,
            over: 0,
            connections: 50,
            by: By::Rate,
        }),
        program: Some("ladder-1-threads"),
        persistent: true,
        closely: false,
    },
    Rung {
        number: 2,
        name: "event loop",
        idea: "one thread waits for all connections with epoll",
        expected: Some(Expected {
            text: "3–10×",
            low: 3.0,
            high: 10.0,
            over: 1,
            connections: 100,
            by: By::Rate,
        }),
        program: Some("ladder-2"),
        persistent: true,
        closely: true,
    },
    Rung {
        number: 3,
        name: "pooled memory",
        idea: "requests, answers and buffers are kept and used again",
        expected: Some(Expected {
            text: "10–20 %",
            low: 1.10,
            high: 1.20,
            over: 3,
            connections: 100,
            by: By::Cpu,
        }),
        program: Some("ladder-3"),
        persistent: true,
        closely: true,
    },
    Rung {
        number: 4,
        name: "views",
        idea: "heads are read in place, with SIMD, and nothing of them is copied",
        expected: Some(Expected {
            text: "5–15 %",
            low: 1.05,
            high: 1.15,
            over: 4,
            connections: 100,
            by: By::Cpu,
        }),
        program: Some("ladder-4"),
        persistent: true,
        closely: true,
    },
    Rung {
        number: 5,
        name: "nova",
        idea: "limits, deadlines, counters, strictness: everything that a real server needs",
        expected: Some(Expected {
            text: "15–40×",
            low: 15.0,
            high: 40.0,
            over: 0,
            connections: 100,
            by: By::Rate,
        }),
        program: None,
        persistent: true,
        closely: true,
    },
];

impl Rung {
    /// How its server is started.
    pub(crate) fn words(&self, stage: &Stage) -> Vec<String> {
        match self.program {
            Some(program) => server::program(stage, program),
            None => server::nova(stage),
        }
    }

    /// Its number and its name.
    pub(crate) fn title(&self) -> String {
        if self.program.is_some() {
            format!("{} {}", self.number, self.name)
        } else {
            self.name.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each idea is compared with a rung below it.
    #[test]
    fn everybody_stands_on_somebody() {
        for (place, rung) in RUNGS.iter().enumerate() {
            if let Some(expected) = rung.expected {
                assert!(expected.over < place && expected.low < expected.high, "{}", rung.name);
            }
        }
    }
}
