//! A server for one test.

use std::time::Duration;

use nova_tower::{App, Running, Server};

/// A running server of one worker; stops when it is dropped.
pub(crate) struct Served {
    running: Option<Running>,
    /// `http://` and the address.
    pub(crate) url: String,
}

/// Serves `app` on a free port.
pub(crate) fn serve<Via>(app: impl App<Via>) -> Served {
    let server = Server::bind("127.0.0.1:0").unwrap().workers(1);
    let url = format!("http://{}", server.local_addr().unwrap());
    Served { running: Some(server.start(app).unwrap()), url }
}

impl Served {
    /// The whole of an answer to GET.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        reqwest::get(self.at(path)).await.unwrap()
    }

    /// The text of an answer to GET.
    pub(crate) async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// The URL of `path`.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            let stopped = running.stop(Duration::from_secs(5));
            if !std::thread::panicking() {
                stopped.unwrap();
            }
        }
    }
}
