//! The rungs: what each adds to the one below, what the plan expected of it, and which program it is.

/// A server of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) number: u32,
    pub(crate) name: &'static str,
    /// What it does that the rung below does not.
    pub(crate) idea: &'static str,
    /// What the plan hoped to gain by it, in its own words.
    pub(crate) expected: &'static str,
}

/// From the bottom to the top.
pub(crate) const RUNGS: &[Rung] = &[
    Rung {
        number: 0,
        name: "old server",
        idea: "blocks, one request for each connection, objects allocated, strings copied",
        expected: "",
    },
    Rung {
        number: 1,
        name: "keep-alive",
        idea: "many requests on a connection; still one connection at a time",
        expected: "2–5×",
    },
    Rung {
        number: 1,
        name: "keep-alive, threads",
        idea: "the same with a thread for each connection",
        expected: "2–5×",
    },
    Rung {
        number: 2,
        name: "event loop",
        idea: "one thread waits for all connections with epoll",
        expected: "3–10×",
    },
    Rung {
        number: 3,
        name: "pooled memory",
        idea: "requests, answers and buffers are kept and used again",
        expected: "10–20 %",
    },
    Rung {
        number: 4,
        name: "views",
        idea: "heads are read in place, with SIMD, and nothing of them is copied",
        expected: "5–15 %",
    },
    Rung {
        number: 5,
        name: "nova",
        idea: "limits, deadlines, counters, content, strictness: all that a server needs",
        expected: "15–40×",
    },
];
