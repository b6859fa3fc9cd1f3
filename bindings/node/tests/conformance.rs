//! The conformance cases against a plain program of Node's that reads the content, under the door.
//!
//! What the door does otherwise than the cases ask is listed in `test/conformance/differences.json`, each
//! with its reason; what is listed and no longer differs fails as well. `NOVA_CASE` keeps the inputs whose
//! name contains it.

mod nodes;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use conformance::tcp::Tcp;
use conformance::{Input, Outcome, Step};
use serde_json::Value;

/// Clients at a time.
const CLIENTS: usize = 16;

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The program, under the door; it ends with its pipe.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(node: &Path) -> Self {
        let mut child = Command::new(node)
            .arg("--require")
            .arg(package().join("register.js"))
            .arg(package().join("test/conformance/server.js"))
            .env("NOVA_ADDON", nodes::addon())
            .env_remove("NOVA_REPORT")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it has said its version");
        let out = child.stdout.take().expect("its output is piped");
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).expect("it can be read");
        let port = line.trim().rsplit(' ').next().and_then(|port| port.parse::<u16>().ok());
        let port = port.unwrap_or_else(|| panic!("it listens, and says {line:?}"));
        Self { child, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}

/// A difference that is argued.
struct Argued {
    /// An input, or a case, of which then every input differs.
    name: String,
    /// What comes instead of what the case asks for; without it, something that the judge cannot read.
    instead: Option<Outcome>,
}

/// The list of differences.
fn argued() -> Vec<Argued> {
    let text = std::fs::read_to_string(package().join("test/conformance/differences.json"));
    let list: Value = serde_json::from_str(&text.expect("it is there")).expect("it is JSON");
    let entries = list.as_array().expect("a list of differences");
    let each = entries.iter().flat_map(|entry| {
        assert!(entry["why"].as_str().is_some_and(|why| !why.is_empty()), "no reason: {entry}");
        let instead: Option<Outcome> = entry["instead"].as_str().map(|text| text.parse().unwrap());
        let names = entry["inputs"].as_array().expect("names of inputs").iter();
        names.map(move |name| Argued {
            name: name.as_str().expect("a name").to_owned(),
            instead: instead.clone(),
        })
    });
    each.collect()
}

/// What is wrong with the server at `address`: differences that nobody argues, and argued ones that
/// are gone or have become others.
fn wrong(address: SocketAddr, inputs: &[Input], argued: &[Argued]) -> BTreeMap<String, String> {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Tcp::new(address).expect("it listens");
                while let Some(input) = inputs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let listed = argued.iter().find(|argued| is_of(&input.name, &argued.name));
                    if let Err(error) = look(&mut client, input, listed) {
                        wrong.lock().unwrap().insert(input.name.clone(), error);
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

/// One input.
fn look(client: &mut Tcp, input: &Input, listed: Option<&Argued>) -> Result<(), String> {
    let instead = listed.and_then(|argued| argued.instead.as_ref());
    let outcome = instead.unwrap_or(&input.outcome);
    let fate = outcome.fate().expect("alternatives have one fate");
    let talk = client.talk(&input.steps, usize::MAX, fate).map_err(|error| error.to_string())?;
    let judged = conformance::judge(&talk, outcome);
    match (listed, judged) {
        (Some(Argued { instead: None, .. }), Ok(())) => {
            Err("is listed as a difference, and does not differ".into())
        }
        (Some(Argued { instead: None, .. }), Err(_)) => Ok(()),
        (Some(_), judged) => judged.map_err(|error| format!("is listed as a difference: {error}")),
        (None, judged) => judged,
    }
}

/// Whether `name` is that of the input, or of its case.
fn is_of(input: &str, name: &str) -> bool {
    input == name || input.strip_prefix(name).is_some_and(|rest| rest.starts_with(" ["))
}

#[test]
fn a_program_that_reads_the_content() {
    let inputs = conformance::all().expect("the cases are readable");
    let argued = argued();
    if std::env::var_os("NOVA_CASE").is_none() {
        for Argued { name, .. } in &argued {
            assert!(inputs.iter().any(|input| is_of(&input.name, name)), "no input is {name}");
        }
    }
    let differ = inputs.iter().filter(|input| argued.iter().any(|a| is_of(&input.name, &a.name)));
    println!("{} inputs, {} of them listed as differences", inputs.len(), differ.count());
    let found = nodes::supported();
    if found.is_empty() {
        println!("there is no node (20 or later): this is skipped");
    }
    for (node, version) in found {
        let program = Program::start(&node);
        let suspects = wrong(program.address, &inputs, &argued);
        // A second look: the machine may have been busy.
        let again = inputs.iter().filter(|input| suspects.contains_key(&input.name));
        let again: Vec<_> = again.cloned().collect();
        let wrong = wrong(program.address, &again, &argued);
        let told: Vec<_> = wrong.iter().map(|(name, error)| format!("{name}: {error}")).collect();
        assert!(told.is_empty(), "{version}: {}\n{}", told.len(), told.join("\n"));
        println!("{version}: as required, or as listed");
    }
}

/// A difference that nobody argues is told, and so are one that is gone and one that is another.
#[test]
fn it_can_fail() {
    let Some((node, _)) = nodes::supported().into_iter().next() else { return };
    let program = Program::start(&node);
    let mut client = Tcp::new(program.address).expect("it listens");
    let mut input = |required: &str, listed: Option<&str>| {
        let octets = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec();
        let outcome: Outcome = required.parse().expect("an outcome");
        let input = Input { name: "1 good".into(), steps: vec![Step::Send(octets)], outcome };
        let instead = |text: &str| (!text.is_empty()).then(|| text.parse().expect("an outcome"));
        let listed = listed.map(|text| Argued { name: "1 good".into(), instead: instead(text) });
        look(&mut client, &input, listed.as_ref())
    };
    assert_eq!(input("200+kept", None), Ok(()));
    assert!(input("400+kept", None).is_err());
    assert_eq!(input("400+kept", Some("200+kept")), Ok(()));
    assert!(input("400+kept", Some("201+kept")).is_err());
    assert_eq!(input("400+kept", Some("")), Ok(()));
    assert!(input("200+kept", Some("")).is_err());
}
