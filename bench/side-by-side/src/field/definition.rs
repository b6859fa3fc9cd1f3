//! What the work is: a file for each kind of it, with the answer that is expected and the reason why it is
//! measured.

use std::fs;
use std::path::Path;

use agreed::{JSON, OCTETS, PIECE, PIECES, POST, STREAM, TEXT, counted};
use anyhow::{Context, ensure};
use serde::Deserialize;

use super::rival::Work;
use crate::expect::{Agreed, Content, Expect};
use crate::heads::Heads;
use crate::workload::{Client, Workload};

/// A file of `bench/workloads`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name on the command line.
    pub name: String,
    /// Its name in the report.
    pub title: String,
    /// What the client does, in a sentence.
    pub what: String,
    /// Why anybody should care.
    pub why: String,
    /// Its place in the report; the smallest is first.
    pub place: u32,
    /// How many connections; each number is a workload of its own.
    pub connections: Vec<usize>,
    /// Requests in one write.
    #[serde(default = "one")]
    pub depth: usize,
    /// What the programs are to do.
    pub(super) work: Work,
    client: Load,
    request: Request,
    answer: Answer,
}

const fn one() -> usize {
    1
}

/// Who makes the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Load {
    /// Each connection sends its next request when it has its answer.
    Closed,
    /// A new connection for each request.
    Fresh,
    /// One request on each connection, and then silence.
    Idle,
}

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
enum Request {
    /// A request line for `/`, and `Host`.
    Hello,
    /// The same for JSON.
    Json,
    /// The same for the stream.
    Stream,
    /// `/` with the wish that the connection ends.
    HelloAndClose,
    /// The twelve fields of a browser, always the same.
    Browser,
    /// The same, with another path and another cookie each time.
    BrowserDiffering,
    /// Content of so many octets.
    Post { octets: usize },
    /// The same in chunks.
    Chunked { octets: usize },
}

/// What is right to answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    media_type: String,
    /// The content; without it, the stream that was agreed.
    text: Option<String>,
}

/// Reads all definitions of a folder, in the order of their places.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Definition>> {
    let mut all = Vec::new();
    let entries = fs::read_dir(folder);
    for entry in entries.with_context(|| format!("cannot read {}", folder.display()))? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "toml") {
            let text = fs::read_to_string(&file)?;
            let definition = parse(&text).with_context(|| format!("{}", file.display()))?;
            all.push(definition);
        }
    }
    all.sort_by(|one: &Definition, other| (one.place, &one.name).cmp(&(other.place, &other.name)));
    Ok(all)
}

fn parse(text: &str) -> anyhow::Result<Definition> {
    let definition: Definition = toml::from_str(text)?;
    definition.check()?;
    Ok(definition)
}

impl Definition {
    /// Whether its parts belong together: a file that says one thing and expects another would fail every
    /// rival, or none.
    fn check(&self) -> anyhow::Result<()> {
        let Self { name, depth, connections, answer, .. } = self;
        ensure!(!connections.is_empty() && *depth > 0, "{name}: nothing would be sent");
        ensure!(
            *depth == 1 || (self.client == Load::Closed && self.posts().is_none()),
            "{name}: only heads are sent many in one write, and on connections that stay"
        );
        let work = match self.request {
            Request::Hello | Request::HelloAndClose => Work::Hello,
            Request::Browser | Request::BrowserDiffering if self.client == Load::Idle => Work::Idle,
            Request::Browser | Request::BrowserDiffering => Work::Hello,
            Request::Json => Work::Message,
            Request::Stream => Work::Stream,
            Request::Post { .. } => Work::Post,
            Request::Chunked { .. } => Work::ChunkedPost,
        };
        ensure!(work == self.work, "{name}: this request is {work:?}, not {:?}", self.work);
        if let Some(octets) = self.posts() {
            let expected = counted(octets);
            ensure!(
                answer.text.as_ref() == Some(&expected),
                "{name}: the answer must prove that the content was counted: {expected:?}"
            );
        }
        let media_type = match self.work {
            Work::Message => agreed::JSON_TYPE,
            Work::Stream => OCTETS,
            _ => TEXT,
        };
        ensure!(answer.media_type == media_type, "{name}: {media_type} was agreed");
        ensure!(
            answer.text.is_none() == (self.work == Work::Stream),
            "{name}: what is its content?"
        );
        let closes = self.request == Request::HelloAndClose;
        ensure!(closes == (self.client == Load::Fresh), "{name}: who ends the connection?");
        Ok(())
    }

    fn posts(&self) -> Option<usize> {
        match self.request {
            Request::Post { octets } | Request::Chunked { octets } => Some(octets),
            _ => None,
        }
    }

    /// The workloads that the instrument knows how to measure, one for each number of connections. They
    /// live as long as the program.
    pub(super) fn workloads(&self) -> Vec<&'static Workload> {
        let content = self
            .answer
            .text
            .clone()
            .map_or(Content::Pieces { piece: &PIECE, times: PIECES }, Content::Text);
        let ends = self.client == Load::Fresh;
        let agreed = Agreed { media_type: self.answer.media_type.clone(), content, ends };
        let agreed: &'static Agreed = Box::leak(Box::new(agreed));
        let workload = |&connections: &usize| -> &'static Workload {
            let name = if self.connections.len() > 1 {
                format!("{}-c{connections}", self.name)
            } else {
                self.name.clone()
            };
            Box::leak(Box::new(Workload {
                name: name.leak(),
                what: self.what.clone().leak(),
                client: self.client(),
                connections,
                heads: self.heads(),
                depth: self.depth,
                expect: Expect::Agreed(agreed),
                lineup: &[],
                rounds: 0,
                bars: &[],
            }))
        };
        self.connections.iter().map(workload).collect()
    }

    fn client(&self) -> Client {
        match self.client {
            Load::Closed => Client::Closed,
            Load::Fresh => Client::Fresh,
            Load::Idle => Client::Held,
        }
    }

    fn heads(&self) -> Heads {
        match self.request {
            Request::Hello => Heads::Get("/"),
            Request::Json => Heads::Get(JSON),
            Request::Stream => Heads::Get(STREAM),
            Request::HelloAndClose => Heads::GetAndClose,
            Request::Browser => Heads::Browser,
            Request::BrowserDiffering => Heads::BrowserDiffering,
            Request::Post { octets } => Heads::Post(POST, octets),
            Request::Chunked { octets } => Heads::Chunked(POST, octets),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::Places;
    use std::collections::HashSet;

    const RIGHT: &str = r#"
        name = "post-1k"
        title = "POST"
        what = "w"
        why = "y"
        place = 1
        connections = [1, 50]
        work = "post"
        client = "closed"
        request = { kind = "post", octets = 1000 }
        answer = { media_type = "text/plain", text = "1000 octets" }
    "#;

    /// All files of the folder are definitions, with names and places of their own.
    #[test]
    fn the_files_are_definitions() {
        let all = read(&Places::find().unwrap().bench.join("workloads")).unwrap();
        assert!(all.len() >= 10, "{} files", all.len());
        assert_eq!(all.iter().map(|one| &one.name).collect::<HashSet<_>>().len(), all.len());
        assert_eq!(all.iter().map(|one| one.place).collect::<HashSet<_>>().len(), all.len());
    }

    /// Each number of connections is a workload with its own name.
    #[test]
    fn connections_make_workloads() {
        let workloads = parse(RIGHT).unwrap().workloads();
        let names: Vec<_> = workloads.iter().map(|workload| workload.name).collect();
        assert_eq!(names, ["post-1k-c1", "post-1k-c50"]);
        assert_eq!(workloads[1].connections, 50);
    }

    /// What does not fit together is refused with a sentence.
    #[test]
    fn contradictions_are_refused() {
        for (right, wrong) in [
            ("1000 octets", "999 octets"),
            ("\"post\"\n", "\"hello\"\n"),
            ("text/plain", "text/html"),
            ("[1, 50]", "[]"),
            ("\"closed\"", "\"fresh\""),
            ("place = 1", "place = 1\ndepth = 16"),
            ("place = 1", "place = 1\nunknown = 16"),
        ] {
            let text = RIGHT.replace(right, wrong);
            assert_ne!(text, RIGHT, "{right}");
            assert!(parse(&text).is_err(), "{wrong}");
        }
    }
}
