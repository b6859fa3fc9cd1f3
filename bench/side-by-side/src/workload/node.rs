//! The door for Node: one JavaScript program under stock Node (`node`), under the same Node with Nova's
//! door (`nova`), and under Bun, for each version of Node that is asked for.
//!
//! `small.rs` holds small answers, latencies and context, `content.rs` content in both directions,
//! `frameworks.rs` Express, Fastify and Koa, `idle.rs` connections that keep silent. Most workloads have
//! a twin in which path, cookie and trace id differ in every request.

mod content;
mod frameworks;
mod idle;
mod small;

use super::{Bar, Client, Limit, Workload, ratio};
use crate::expect::Expect;
use crate::figures::Figure;
use crate::heads::Heads;
use crate::peer::{Contestant, Program, Script};

/// What the names of these workloads begin with.
pub(crate) const PREFIX: &str = "node-";

/// All of them, in the order of the report.
pub(crate) static PARTS: &[&[Workload]] = &[small::ALL, content::ALL, frameworks::ALL, idle::ALL];

/// Their names without the prefix, for the command line.
pub(crate) fn rows() -> Vec<&'static str> {
    PARTS.iter().copied().flatten().filter_map(|row| row.name.strip_prefix(PREFIX)).collect()
}

const ROUNDS: u32 = 5;

const HTTP: Script = Script { file: "http.js", package: None };
const BUN_SERVE: Script = Script { file: "bun-serve.js", package: None };

const fn stock(script: Script, arguments: &'static [&'static str]) -> Contestant {
    Contestant::new("node", Program::Node { script, flags: &[], door: false }, arguments)
}

const fn nova(script: Script, arguments: &'static [&'static str]) -> Contestant {
    Contestant::new("nova", Program::Node { script, flags: &[], door: true }, arguments)
}

const fn bun(script: Script, arguments: &'static [&'static str]) -> Contestant {
    Contestant::new("bun-http", Program::Bun(script), arguments)
}

const fn bun_serve(arguments: &'static [&'static str]) -> Contestant {
    Contestant::new("bun-serve", Program::Bun(BUN_SERVE), arguments)
}

const fn cpu(at_most: f64) -> Bar {
    ratio(Figure::Cpu, "node", at_most)
}

/// JSON for a user whose number the query string names, with the length of one field of the request and
/// the value of another.
const fn user(of: &'static str) -> Expect {
    Expect::Json {
        of,
        before: r#"{"id":"#,
        digits: 7,
        after: r#","name":"Ada Lovelace","admin":true,"agent":101,"language":"en-GB,en;q=0.9,de;q=0.8"}"#,
    }
}

/// The paths, each with a number of seven digits behind it.
const ARTICLES: &str = "/articles/";
const USERS: &str = "/api/users?fields=name,admin&id=";

#[cfg(test)]
mod tests {
    use super::*;

    /// A row is found by its name, and each of them can be measured under every version.
    #[test]
    fn rows_have_the_prefix() {
        assert_eq!(rows().len(), PARTS.iter().map(|part| part.len()).sum::<usize>());
        assert!(PARTS.iter().copied().flatten().all(Workload::on_node));
    }
}
