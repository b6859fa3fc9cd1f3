//! axum's WebSocket on Nova, with a client that is not ours and with a browser, if there is one.

#![cfg(unix)]

mod common;

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use common::{Client, Example};
use serde_json::{Value, json};
use tungstenite::{Message, connect};

/// Text comes back in capitals, octets as they are, and the socket closes when its client does.
#[test]
fn a_client_talks() {
    let example = Example::start(env!("CARGO_BIN_EXE_axum_websocket"), &[]);
    let (mut socket, response) = connect(format!("ws://{}/socket", example.address)).unwrap();
    assert_eq!(response.status(), 101);
    socket.send(Message::text("hello")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("HELLO"));
    socket.send(Message::binary(vec![b'x'; 100_000])).unwrap();
    assert_eq!(socket.read().unwrap(), Message::binary(vec![b'x'; 100_000]));
    socket.close(None).unwrap();
    assert!(matches!(socket.read(), Ok(Message::Close(None))));
    assert!(socket.read().is_err());
    // A request that does not ask is told what is spoken here.
    assert_eq!(example.ask("GET /socket").status, 400);
    assert_eq!(example.ask("GET /").field("content-type"), Some("text/html; charset=utf-8"));
    example.stop();
}

/// What the page says when its script has talked to the socket; then a person sends something, and the
/// page closes.
const TALK: &str = "(async () => {
    const said = () => [...document.querySelectorAll('li')].map((li) => li.textContent);
    const patience = Date.now() + 20_000;
    const until = async (count) => {
        while (said().length < count && Date.now() < patience) {
            await new Promise((resolve) => setTimeout(resolve, 10));
        }
    };
    await until(3);
    document.querySelector('button').click();
    await until(4);
    socket.close(1000);
    await until(5);
    return said();
})()";

/// The page's script, in a browser, talks to the socket.
#[test]
fn a_page_talks() {
    let Some(browser) = Browser::find() else {
        println!("there is no Chromium here: the page of axum_websocket was not opened");
        return;
    };
    let example = Example::start(env!("CARGO_BIN_EXE_axum_websocket"), &[]);
    let page = browser.open(&format!("http://{}/", example.address));
    let said = page.evaluate(TALK);
    let expected =
        json!(["open", "HELLO FROM THE PAGE", "100000 octets", "HELLO", "closed: 1000, clean"]);
    assert_eq!(said, expected);
    drop(page);
    example.stop();
}

/// The name of a browser's program.
struct Browser(&'static str);

impl Browser {
    fn find() -> Option<Self> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let runs = |name: &&str| {
            let mut version = Command::new(name);
            let version = version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
            version.status().is_ok_and(|status| status.success())
        };
        names.into_iter().find(runs).map(Self)
    }

    /// Opens `url` in a browser without a window.
    fn open(&self, url: &str) -> Page {
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new(self.0)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(url)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut page = Page { child, control: String::new(), _profile: profile };
        let mut lines = BufReader::new(page.child.stderr.take().unwrap()).lines();
        let control = lines.find_map(|line| {
            let line = line.unwrap();
            let url = line.strip_prefix("DevTools listening on ws://")?;
            Some(url.split('/').next()?.to_owned())
        });
        page.control = control.expect("the browser says where it is controlled");
        // What else it says is read and forgotten: a full pipe would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        page
    }
}

/// A page in a browser, which ends with it.
struct Page {
    child: Child,
    /// Where the browser is controlled.
    control: String,
    _profile: tempfile::TempDir,
}

impl Page {
    /// What `expression` comes to.
    fn evaluate(&self, expression: &str) -> Value {
        let (mut socket, _) = connect(self.debugger()).unwrap();
        let parameters =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        // What is asked while the page is still being opened may be lost with the one before it.
        for id in 1..100 {
            let command = json!({ "id": id, "method": "Runtime.evaluate", "params": parameters });
            socket.send(Message::text(command.to_string())).unwrap();
            let answer = loop {
                let Message::Text(text) = socket.read().unwrap() else { continue };
                let answer: Value = serde_json::from_str(&text).unwrap();
                if answer["id"] == id {
                    break answer;
                }
            };
            let value = &answer["result"]["result"]["value"];
            if !value.is_null() {
                return value.clone();
            }
        }
        panic!("the page is not opened");
    }

    /// Where the page is controlled, once there is one.
    fn debugger(&self) -> String {
        loop {
            let mut client = Client::new(TcpStream::connect(&self.control).unwrap());
            client.send(
                format!("GET /json/list HTTP/1.1\r\nHost: {}\r\n\r\n", self.control).as_bytes(),
            );
            let mut answer = client.head();
            answer.content = client.content(&answer);
            let pages: Vec<Value> = serde_json::from_slice(&answer.content).unwrap();
            let page = pages.iter().find(|page| page["type"] == "page");
            if let Some(url) = page.and_then(|page| page["webSocketDebuggerUrl"].as_str()) {
                return url.to_owned();
            }
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
