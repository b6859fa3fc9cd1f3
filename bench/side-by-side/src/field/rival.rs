//! Who there is, and what each of them does not do: a server that leaves something out is faster for it.

use serde::Deserialize;

use super::record::Kind;
use crate::peer::{Program, Script};

/// What a program is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Work {
    /// A small text for any path.
    Hello,
    /// JSON, made anew each time.
    Message,
    /// Count the octets of content.
    Post,
    /// The same where nobody said how many there are.
    ChunkedPost,
    /// An answer of 1 MiB in pieces.
    Stream,
    /// A small text, and then patience.
    Idle,
}

/// A server of the field.
#[derive(Debug)]
pub struct Rival {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its name in the report.
    pub title: &'static str,
    /// With whom it is compared first.
    pub kind: Kind,
    pub(super) program: Program,
    arguments: &'static [&'static str],
    /// What it does not do, which stands beside its row.
    pub lacks: &'static [&'static str],
    /// What it cannot be asked for here, and why.
    cannot: &'static [(Work, &'static str)],
}

impl Rival {
    /// Why it does not take part in this work, if it does not.
    pub(super) fn cannot(&self, work: Work) -> Option<&'static str> {
        self.cannot.iter().find(|(other, _)| *other == work).map(|(_, reason)| *reason)
    }

    pub(super) fn on_node(&self) -> bool {
        matches!(self.program, Program::Node { .. })
    }

    /// What it is told for this work. Programs in Rust answer by path; those in JavaScript are told which
    /// handler they are, so that no request pays for a router that it does not need.
    pub(super) fn arguments(&self, work: Work) -> &'static [&'static str] {
        let plain = |script: Script| script == HTTP;
        match self.program {
            Program::Node { script, .. } | Program::Bun(script) | Program::Deno(script) => {
                match work {
                    Work::Hello => &["hello"],
                    Work::Message => &["message"],
                    Work::Post | Work::ChunkedPost => &["post"],
                    Work::Stream => &["stream"],
                    Work::Idle if plain(script) => &["hello", "--idle"],
                    Work::Idle => &["hello"],
                }
            }
            _ => self.arguments,
        }
    }
}

const HTTP: Script = Script { file: "http.js", package: None };
const EXPRESS: Script = Script { file: "express.js", package: Some("express") };
const BUN_SERVE: Script = Script { file: "bun-serve.js", package: None };
const DENO_SERVE: Script = Script { file: "deno-serve.js", package: None };

const fn node(script: Script, door: bool) -> Program {
    Program::Node { script, flags: &[], door }
}

/// Servers that answer out of their configuration.
const NO_PROGRAM: &[(Work, &str)] = &[
    (Work::Post, "it runs no program that could count"),
    (Work::ChunkedPost, "it runs no program that could count"),
    (Work::Stream, "it runs no program that could stream"),
];
const FRAMEWORK_IDLE: &[(Work, &str)] = &[(Work::Idle, "its connections are those of node:http")];
const OF_NODE: &[&str] = &["no deadline for a client that does not read"];

/// All of them, Nova first.
pub fn all() -> &'static [Rival] {
    ALL
}

const EVERYTHING: &[(Work, &str)] = &[];
const NOTHING: &[&str] = &[];

const fn rival(
    name: &'static str,
    title: &'static str,
    kind: Kind,
    program: Program,
    arguments: &'static [&'static str],
    lacks: &'static [&'static str],
    cannot: &'static [(Work, &'static str)],
) -> Rival {
    Rival { name, title, kind, program, arguments, lacks, cannot }
}

use Kind::{JavaScript, Nova, NovaNode, Proxy, Rust};

static ALL: &[Rival] = &[
    rival("nova", "Nova", Nova, Program::Bench("nova-peer"), &["--sync"], NOTHING, EVERYTHING),
    rival(
        "nova-async",
        "Nova, async on Tokio",
        Nova,
        Program::Bench("nova-peer"),
        &["--tokio"],
        NOTHING,
        EVERYTHING,
    ),
    rival(
        "nova-axum",
        "Nova under axum",
        Nova,
        Program::Bench("axum-peer"),
        &["--door", "nova", "--field"],
        NOTHING,
        EVERYTHING,
    ),
    rival(
        "nova-node",
        "Nova under node:http",
        NovaNode,
        node(HTTP, true),
        &[],
        NOTHING,
        EVERYTHING,
    ),
    rival(
        "nova-express",
        "Nova under Express 5",
        NovaNode,
        node(EXPRESS, true),
        &[],
        NOTHING,
        FRAMEWORK_IDLE,
    ),
    rival(
        "hyper",
        "hyper",
        Rust,
        Program::Bench("hyper-peer"),
        &["--no-pipeline-flush"],
        &["no deadline for a client that does not read"],
        EVERYTHING,
    ),
    rival(
        "hyper-flush",
        "hyper, pipeline_flush",
        Rust,
        Program::Bench("hyper-peer"),
        &[],
        &["no deadline for a client that does not read", "keeps a streamed answer whole in memory"],
        EVERYTHING,
    ),
    rival(
        "axum",
        "axum",
        Rust,
        Program::Bench("axum-peer"),
        &["--door", "axum", "--field"],
        &["no deadline for heads", "no deadline for a client that does not read"],
        EVERYTHING,
    ),
    rival(
        "actix",
        "actix-web",
        Rust,
        Program::Rival("actix-peer"),
        &[],
        &["no deadline for content", "no deadline for a client that does not read"],
        EVERYTHING,
    ),
    rival(
        "ntex",
        "ntex",
        Rust,
        Program::Rival("ntex-peer"),
        &[],
        &["no deadline for content unless it is set"],
        EVERYTHING,
    ),
    rival(
        "xitca",
        "xitca-web",
        Rust,
        Program::Rival("xitca-peer"),
        &[],
        &["no deadline for content", "no deadline for a client that does not read"],
        EVERYTHING,
    ),
    rival(
        "may",
        "may_minihttp",
        Rust,
        Program::Bench("may-peer"),
        &[],
        &[
            "no deadlines and no limits",
            "ignores Transfer-Encoding and Connection: close",
            "does not wait for a full socket to take the rest",
            "refuses more than 16 fields",
        ],
        &[
            (Work::Stream, "it has no streamed answers"),
            (Work::ChunkedPost, "it ignores Transfer-Encoding"),
        ],
    ),
    rival(
        "nginx",
        "nginx",
        Proxy,
        Program::Nginx,
        &[],
        &["answers out of its configuration: no program runs"],
        NO_PROGRAM,
    ),
    rival("h2o", "h2o", Proxy, Program::H2o, &[], &["answers out of a line of mruby"], NO_PROGRAM),
    rival("node", "Node node:http", JavaScript, node(HTTP, false), &[], OF_NODE, EVERYTHING),
    rival(
        "bun-serve",
        "Bun.serve",
        JavaScript,
        Program::Bun(BUN_SERVE),
        &[],
        &["one idle timeout in place of deadlines"],
        EVERYTHING,
    ),
    rival(
        "bun-http",
        "Bun node:http",
        JavaScript,
        Program::Bun(HTTP),
        &[],
        &["one idle timeout in place of deadlines"],
        EVERYTHING,
    ),
    rival(
        "deno-serve",
        "Deno.serve",
        JavaScript,
        Program::Deno(DENO_SERVE),
        &[],
        &["no deadlines", "no limit of content"],
        EVERYTHING,
    ),
    rival(
        "express",
        "Express 5 on Node",
        JavaScript,
        node(EXPRESS, false),
        &[],
        OF_NODE,
        FRAMEWORK_IDLE,
    ),
    rival(
        "express-bun",
        "Express 5 on Bun",
        JavaScript,
        Program::Bun(EXPRESS),
        &[],
        &["one idle timeout in place of deadlines"],
        FRAMEWORK_IDLE,
    ),
    rival(
        "express-deno",
        "Express 5 on Deno",
        JavaScript,
        Program::Deno(EXPRESS),
        &[],
        &["no deadlines"],
        FRAMEWORK_IDLE,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Everybody has a name and a title of his own, and Nova is first.
    #[test]
    fn names_are_unique() {
        assert_eq!(ALL.iter().map(|rival| rival.name).collect::<HashSet<_>>().len(), ALL.len());
        assert_eq!(ALL.iter().map(|rival| rival.title).collect::<HashSet<_>>().len(), ALL.len());
        assert_eq!(ALL[0].name, "nova");
    }

    /// Nova takes part in everything, with every front door that can.
    #[test]
    fn nova_does_all_work() {
        let work = [Work::Hello, Work::Message, Work::Post, Work::ChunkedPost, Work::Stream];
        for rival in ALL.iter().filter(|rival| matches!(rival.kind, Nova | NovaNode)) {
            assert!(work.iter().all(|work| rival.cannot(*work).is_none()), "{}", rival.name);
        }
    }
}
