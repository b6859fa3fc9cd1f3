//! A running copy of the command.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Longer than anything here takes; who waits so long hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const REQUEST: &str = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

pub(crate) struct Nova {
    child: Child,
    /// Lines of standard output and of standard error, as they come.
    pub(crate) out: Receiver<String>,
    pub(crate) err: Receiver<String>,
    /// Where it listens, as it has said: `host:port` or `unix:path`.
    pub(crate) places: Vec<String>,
    /// Who gets the signals, if not the child itself.
    pub(crate) target: Option<Pid>,
}

/// `nova hello` with these words.
pub(crate) fn hello(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nova"));
    command.arg("hello").args(words).stdin(Stdio::null());
    command
}

impl Nova {
    /// Starts it with these words and waits until it listens.
    pub(crate) fn start(words: &[&str]) -> Self {
        Self::listening(spawn(hello(words), true), words.contains(&"--access-log"))
    }

    /// As [`Nova::start`], with the access log; nobody reads it until the pipe is taken.
    pub(crate) fn start_unread(words: &[&str]) -> Self {
        Self::listening(spawn(hello(words), false), true)
    }

    /// Takes over what `command` starts, and waits until it listens.
    pub(crate) fn start_command(command: Command) -> Self {
        Self::listening(spawn(command, true), false)
    }

    fn listening(mut nova: Self, on_err: bool) -> Self {
        let lines = if on_err { &nova.err } else { &nova.out };
        let line = await_line(lines, |line| line.starts_with("nova: listening on "));
        let places = line.split("listening on ").nth(1).unwrap().split(" with ").next().unwrap();
        let place = |place: &str| place.trim_start_matches("http://").to_string();
        nova.places = places.split(", ").map(place).collect();
        nova
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let client = TcpStream::connect(&*self.places[0]).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let own = || Pid::from_child(&self.child);
        kill_process(self.target.unwrap_or_else(own), signal).unwrap();
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits until nobody listens: the stop has begun.
    pub(crate) fn await_stop(&self) {
        let patience = Instant::now() + PATIENCE;
        loop {
            match TcpStream::connect(&*self.places[0]) {
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => return,
                _ => assert!(Instant::now() < patience, "it goes on listening"),
            }
            std::thread::yield_now();
        }
    }

    /// Waits for the end; gives back how it ended and the rest of what it said.
    pub(crate) fn end(mut self) -> (ExitStatus, Vec<String>, Vec<String>) {
        let patience = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < patience, "it does not end");
            std::thread::yield_now();
        };
        (status, self.out.iter().collect(), self.err.iter().collect())
    }
}

impl Drop for Nova {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(mut command: Command, read: bool) -> Nova {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let err = lines(child.stderr.take().unwrap());
    let out = if read { lines(child.stdout.take().unwrap()) } else { channel().1 };
    Nova { child, out, err, places: Vec::new(), target: None }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (send, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let _ = send.send(line);
        }
    });
    lines
}

/// The next line that is meant; the ones before it are thrown away.
pub(crate) fn await_line(lines: &Receiver<String>, meant: impl Fn(&str) -> bool) -> String {
    let patience = Instant::now() + PATIENCE;
    loop {
        let left = patience.saturating_duration_since(Instant::now());
        let line = lines.recv_timeout(left).expect("the line comes");
        if meant(&line) {
            return line;
        }
    }
}

/// Sends a request and reads the whole answer, which is the usual one.
pub(crate) fn ask(client: &mut (impl Read + Write), request: &str) -> String {
    client.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"Hello World") {
        let mut octets = [0; 1_024];
        let count = client.read(&mut octets).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&octets[..count]);
    }
    String::from_utf8(answer).unwrap()
}
