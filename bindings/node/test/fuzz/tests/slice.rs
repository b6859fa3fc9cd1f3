//! A slice of what the command does for hours, and doors with a fault that must be found.
//!
//! They want Node: where none is installed, nothing is tried, which is said.

use node_fuzz::door::{Door, Reads};
use node_fuzz::inputs::{Cuts, Inputs, OF_A_BATCH, head_bytes};
use node_fuzz::run::{Tally, batch};
use node_fuzz::{Llhttp, Reading, Saw};

const NODE_DEFAULT: u32 = 16 * 1024;

fn llhttps() -> Vec<Llhttp> {
    let nodes = Llhttp::all(std::env::var_os("NOVA_NODES"));
    let llhttps: Vec<_> = nodes.iter().filter_map(|node| Llhttp::start(node).ok()).collect();
    if llhttps.is_empty() {
        println!("there is no node: what llhttp reads is not compared");
    }
    llhttps
}

fn door(head_bytes: u32) -> Box<dyn Reads> {
    Box::new(Door::new(head_bytes))
}

/// What the door accepts of generated inputs, every llhttp reads alike.
#[test]
fn a_slice_is_read_alike() {
    let mut llhttps = llhttps();
    if llhttps.is_empty() {
        return;
    }
    let (mut inputs, mut tally) = (Inputs::new().unwrap(), Tally::default());
    for number in 0..2 {
        let indices = number * OF_A_BATCH..(number + 1) * OF_A_BATCH;
        let octets: Vec<_> = indices.map(|index| inputs.input(0, index)).collect();
        let read = batch(&door, &mut llhttps, head_bytes(0, number), &octets, Cuts::Some).unwrap();
        tally.add(&read.unwrap_or_else(|finding| panic!("{}", finding.what)));
    }
    assert!(tally.accepted > tally.inputs / 8, "only {} are accepted to their end", tally.accepted);
}

/// Inputs that are known: every method that the door takes, what leaves HTTP, and what is cut anywhere.
#[test]
fn what_is_known_is_read_alike_at_every_split() {
    let mut llhttps = llhttps();
    if llhttps.is_empty() {
        return;
    }
    let mut inputs: Vec<Vec<u8>> = [
        "\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX:  y \r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade:\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
        "CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\nnot HTTP",
        "FROB / HTTP/1.1\r\nHost: h\r\n\r\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into();
    let methods = "ACL BIND CHECKOUT COPY DELETE GET HEAD LINK LOCK M-SEARCH MERGE MKACTIVITY MKCALENDAR MKCOL \
                   MOVE NOTIFY OPTIONS PATCH POST PROPFIND PROPPATCH PURGE PUT QUERY REBIND REPORT SEARCH SOURCE \
                   SUBSCRIBE TRACE UNBIND UNLINK UNLOCK UNSUBSCRIBE";
    for method in methods.split(' ') {
        inputs.push(format!("{method} / HTTP/1.1\r\nHost: h\r\n\r\n").into_bytes());
    }
    let read = batch(&door, &mut llhttps, NODE_DEFAULT, &inputs, Cuts::Every).unwrap();
    let tally = read.unwrap_or_else(|finding| panic!("{}", finding.what));
    assert_eq!(tally.accepted, inputs.len() as u64 - 1, "a method that nobody knows is refused");
}

/// A door with a fault: it reads other octets than have come, or tells something else than it has read.
struct Faulty {
    door: Door,
    hears: fn(&[u8]) -> Vec<u8>,
    tells: fn(&mut Reading),
}

impl Reads for Faulty {
    fn read(&mut self, pieces: &[&[u8]]) -> Reading {
        let octets = (self.hears)(&pieces.concat());
        let mut reading = self.door.read(&[&octets]);
        (self.tells)(&mut reading);
        reading
    }
}

fn replaced(octets: &[u8], what: &str, with: &str) -> Vec<u8> {
    // An octet is a character, there and back.
    let text: String = octets.iter().map(|&octet| char::from(octet)).collect();
    text.replace(what, with).chars().map(|character| character as u8).collect()
}

fn as_it_is(octets: &[u8]) -> Vec<u8> {
    octets.to_vec()
}

type Fault = (&'static str, fn(&[u8]) -> Vec<u8>, fn(&mut Reading));

const FAULTS: [Fault; 8] = [
    ("takes a sign in a length", |octets| replaced(octets, ": +", ": "), |_| {}),
    (
        "takes a length beside chunks",
        |octets| replaced(octets, "Content-Length", "X-Length"),
        |_| {},
    ),
    ("takes a space before a colon", |octets| replaced(octets, " :", ":"), |_| {}),
    ("knows no chunks", |octets| replaced(octets, "Transfer-Encoding: chunked", "X: y"), |_| {}),
    ("loses trailers", as_it_is, |reading| {
        reading.saw.retain(|saw| !matches!(saw, Saw::Trailers(_)));
    }),
    ("loses the last octet of a content", as_it_is, |reading| {
        let complete = reading.saw.last() == Some(&Saw::End);
        let contents = reading.saw.iter_mut().filter_map(|saw| match saw {
            Saw::Content(content) if complete => Some(content),
            _ => None,
        });
        contents.for_each(|content| content.truncate(content.len() - 1));
    }),
    ("always persists", as_it_is, |reading| {
        for saw in &mut reading.saw {
            if let Saw::Head(head) = saw {
                head.keep_alive = true;
            }
        }
    }),
    ("has names in lower case", as_it_is, |reading| {
        for saw in &mut reading.saw {
            if let Saw::Head(head) = saw {
                head.lines.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase());
            }
        }
    }),
];

/// Each of these faults is found among a few thousand inputs.
#[test]
fn faults_are_found() {
    let mut llhttps: Vec<_> = llhttps().into_iter().take(1).collect();
    if llhttps.is_empty() {
        return;
    }
    let mut inputs = Inputs::new().unwrap();
    for (name, hears, tells) in FAULTS {
        let faulty = |head_bytes| -> Box<dyn Reads> {
            Box::new(Faulty { door: Door::new(head_bytes), hears, tells })
        };
        let found = (0..12).any(|number| {
            let indices = number * OF_A_BATCH..(number + 1) * OF_A_BATCH;
            let octets: Vec<_> = indices.map(|index| inputs.input(1, index)).collect();
            batch(&faulty, &mut llhttps, NODE_DEFAULT, &octets, Cuts::Some).unwrap().is_err()
        });
        assert!(found, "a door that {name} is not found");
    }
}
