//! A started example, and a client to talk to it.

// Each test is a program of its own and uses a part of this.
#![allow(dead_code, unreachable_pub)]

use std::fmt::Debug;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// Nothing here takes this long, so whatever does has failed.
const FOREVER: Duration = Duration::from_secs(30);

/// A running example. Dropped, it is killed.
#[derive(Debug)]
pub struct Example {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Where it listens, as it has said.
    pub address: String,
    /// Its end stops the watch.
    watch: Option<Sender<()>>,
}

impl Example {
    /// Starts a program on a free port and waits until it listens.
    pub fn start(program: &str, arguments: &[&str]) -> Self {
        let mut all = vec!["--bind", "127.0.0.1:0"];
        all.extend(arguments);
        Self::start_with(program, &all)
    }

    pub fn start_with(program: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let watch = Some(watch(pid(&child)));
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on ").and_then(|it| it.strip_suffix('\n'));
        let address = address.unwrap_or_else(|| panic!("{program} says {line:?}")).to_owned();
        Self { child, stdout, address, watch }
    }

    /// A client on a connection of its own.
    pub fn connect(&self) -> Client<TcpStream> {
        let address: SocketAddr = self.address.parse().unwrap();
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(FOREVER)).unwrap();
        stream.set_write_timeout(Some(FOREVER)).unwrap();
        Client::new(stream)
    }

    /// One request on a connection of its own.
    pub fn ask(&self, request: &str) -> Answer {
        self.connect().ask(request)
    }

    /// SIGTERM, and nothing more.
    pub fn terminate(&self) {
        kill_process(pid(&self.child), Signal::TERM).unwrap();
    }

    /// SIGTERM; the example ends well. Gives back what else it has said.
    pub fn stop(mut self) -> String {
        self.terminate();
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        let status = self.child.wait().unwrap();
        self.watch = None;
        assert_eq!(status.code(), Some(0), "{status}");
        rest
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        if self.watch.take().is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Kills the process after a while, so that a test that waits for it fails instead of hanging.
fn watch(process: Pid) -> Sender<()> {
    let (watch, ended) = channel::<()>();
    std::thread::spawn(move || {
        if ended.recv_timeout(FOREVER) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = kill_process(process, Signal::KILL);
        }
    });
    watch
}

/// What a server has answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub fields: Vec<(String, String)>,
    pub content: Vec<u8>,
}

impl Answer {
    /// The value of the only field with this name, in any case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut found = self.fields.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} is there twice: {self:?}");
        value
    }

    pub fn text(&self) -> &str {
        str::from_utf8(&self.content).unwrap()
    }
}

/// A client: it sends what it is told, octet by octet, and reads answers.
#[derive(Debug)]
pub struct Client<S: Read> {
    stream: BufReader<S>,
}

impl Client<UnixStream> {
    pub fn unix(path: &str) -> Self {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(FOREVER)).unwrap();
        Self::new(stream)
    }
}

impl Client<TcpStream> {
    /// A second hand on the same connection, to send while the first one reads.
    pub fn writer(&self) -> TcpStream {
        self.stream.get_ref().try_clone().unwrap()
    }
}

impl<S: Read + Write + Debug> Client<S> {
    pub fn new(stream: S) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    pub fn send(&mut self, octets: &[u8]) {
        self.stream.get_mut().write_all(octets).unwrap();
    }

    /// Sends a request without content, `METHOD target` and perhaps field lines, and reads its answer.
    pub fn ask(&mut self, request: &str) -> Answer {
        self.ask_with(request, b"")
    }

    /// The same with content.
    pub fn ask_with(&mut self, request: &str, content: &[u8]) -> Answer {
        self.send_head(request, content.len());
        self.send(content);
        let mut answer = self.head();
        if !request.starts_with("HEAD ") {
            answer.content = self.content(&answer);
        }
        answer
    }

    /// Sends the head of a request with content of this length.
    pub fn send_head(&mut self, request: &str, length: usize) {
        let (line, fields) = request.split_once('\n').unwrap_or((request, ""));
        let mut head = format!("{line} HTTP/1.1\r\nHost: test\r\n");
        fields.lines().for_each(|field| head += &format!("{}\r\n", field.trim()));
        if length > 0 {
            head += &format!("Content-Length: {length}\r\n");
        }
        self.send((head + "\r\n").as_bytes());
    }

    /// The head of the next answer.
    pub fn head(&mut self) -> Answer {
        let line = self.line();
        let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)?.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status line: {line:?}"));
        let mut fields = Vec::new();
        loop {
            let line = self.line();
            if line.is_empty() {
                return Answer { status, fields, content: Vec::new() };
            }
            // Not everybody we talk to puts a space there.
            let (name, value) = line.split_once(':').unwrap();
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// The content that belongs to a head.
    pub fn content(&mut self, head: &Answer) -> Vec<u8> {
        let mut content = Vec::new();
        if let Some(length) = head.field("content-length") {
            content.resize(length.parse().unwrap(), 0);
            self.stream.read_exact(&mut content).unwrap();
        } else if head.field("transfer-encoding") == Some("chunked") {
            while let Some(chunk) = self.chunk() {
                content.extend(chunk);
            }
        } else if !matches!(head.status, 100..=199 | 204 | 304) {
            self.stream.read_to_end(&mut content).unwrap();
        }
        content
    }

    /// The next chunk of chunked content; `None` after the last one.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = self.line();
        let size = usize::from_str_radix(&size, 16).unwrap_or_else(|_| panic!("size {size:?}"));
        let mut chunk = vec![0; size];
        self.stream.read_exact(&mut chunk).unwrap();
        assert_eq!(self.line(), "");
        (size > 0).then_some(chunk)
    }

    /// Exactly so many octets, whatever they are.
    pub fn octets(&mut self, count: usize) -> Vec<u8> {
        let mut octets = vec![0; count];
        self.stream.read_exact(&mut octets).unwrap();
        octets
    }

    /// The server has ended its direction, and in order.
    pub fn is_at_end(&mut self) -> bool {
        self.stream.fill_buf().unwrap().is_empty()
    }

    /// One line, without its end.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).unwrap();
        line.strip_suffix("\r\n").unwrap_or_else(|| panic!("no line: {line:?}")).to_owned()
    }
}
