//! One peer in one round: start, verify, warm up, measure, verify again, stop.

use std::fs;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context, ensure};
use load::answer::Answer;

use crate::account::{self, Account};
use crate::figures::Figures;
use crate::heads::{self, Heads};
use crate::loader::{Idle, Loader};
use crate::options::Cores;
use crate::peer::{Peer, Places, Server};
use crate::verify::{self, Verified};
use crate::workload::{Client, Workload};
use crate::wrk;

/// The share of a fixed rate that must be reached.
pub(crate) const REACHED: f64 = 0.99;

/// Connections of the warm-up of a server whose memory is measured.
const WARM: usize = 64;

/// What is the same for all runs of a workload.
#[derive(Debug)]
pub(crate) struct Bench<'a> {
    pub(crate) places: &'a Places,
    pub(crate) workload: &'a Workload,
    /// The version of Node that is measured, if any.
    pub(crate) version: Option<u32>,
    pub(crate) cores: Cores,
    pub(crate) seconds: u64,
    pub(crate) warm_up: u64,
    /// Requests each second, where the workload has a fixed rate.
    pub(crate) rate: u64,
    /// Where the files for the clients go.
    pub(crate) scratch: &'a Path,
}

/// What the client counted.
struct Counted {
    requests: u64,
    seconds: f64,
    p50_us: Option<f64>,
    p90_us: Option<f64>,
    p999_us: Option<f64>,
    p99_us: Option<f64>,
    first_us: Option<f64>,
}

impl Bench<'_> {
    /// Measures a peer once, with a fresh server.
    pub(crate) fn measure(&self, peer: &Peer) -> anyhow::Result<(Figures, Verified)> {
        let server = self.start(peer)?;
        let rendered = self.workload.heads.render(server.address);
        let mut before = verify::verify(server.address, &rendered, self.workload)
            .context("wrong answer before the run")?;
        let file = self.heads(&server)?;
        let mut figures = match self.workload.client {
            Client::Idle => self.idle(&server, &file)?,
            Client::Held => self.held(&server, &file)?,
            Client::Collected { silent } => self.collected(&server, &file, silent)?,
            _ => self.busy(&server, &file)?,
        };
        let after = verify::verify(server.address, &rendered, self.workload)
            .context("wrong answer after the run")?;
        ensure!(before == after, "the answer changed during the run");
        figures.answer_octets = Some(before.octets as f64);
        if let Some(served) = server.end()? {
            served.answered(figures.requests.unwrap_or(0))?;
            before.remarks.extend(served.remarks());
        }
        Ok((figures, before))
    }

    /// What a peer reaches of a fixed rate, in a run as long as the measured ones.
    pub(crate) fn try_rate(&self, peer: &Peer, rate: u64) -> anyhow::Result<f64> {
        let server = self.start(peer)?;
        let file = self.heads(&server)?;
        let outcome = self.loader(&server, &file).paced(self.seconds, rate, false)?;
        Ok(outcome.requests as f64 / outcome.seconds)
    }

    /// What a peer reaches if each connection sends as soon as it can.
    pub(crate) fn saturation(&self, peer: &Peer) -> anyhow::Result<f64> {
        let server = self.start(peer)?;
        let file = self.heads(&server)?;
        let loader = self.loader(&server, &file);
        loader.closed(self.warm_up).context("warm-up")?;
        let outcome = loader.closed(self.seconds)?;
        Ok(outcome.requests as f64 / outcome.seconds)
    }

    fn start(&self, peer: &Peer) -> anyhow::Result<Server> {
        let Cores { server, client } = self.cores;
        let shared = self.workload.client.shares_a_core();
        let cores = [server, client];
        peer.start(if shared { &cores } else { &cores[..1] }, self.scratch)
    }

    /// The file with the workload's requests.
    fn heads(&self, server: &Server) -> anyhow::Result<PathBuf> {
        let file = self.scratch.join("heads");
        fs::write(&file, self.workload.heads.render(server.address).concat())?;
        Ok(file)
    }

    fn busy(&self, server: &Server, heads: &Path) -> anyhow::Result<Figures> {
        self.load(server, heads, self.warm_up).context("warm-up")?;
        let before = Account::of(server.pid())?;
        let counted = self.load(server, heads, self.seconds)?;
        let account = Account::of(server.pid())?.since(before);
        let requests = counted.requests as f64;
        let reached = requests / counted.seconds;
        ensure!(
            !self.workload.client.paced() || reached >= REACHED * self.rate as f64,
            "reached {reached:.0} of {} requests each second",
            self.rate
        );
        let seconds = |ns: u64| ns as f64 / 1e9;
        Ok(Figures {
            requests: Some(counted.requests),
            cpu_us: Some(account.ran_ns as f64 / 1e3 / requests),
            cpu_us_by_ticks: Some(account.ticks_ns as f64 / 1e3 / requests),
            utilisation: Some(seconds(account.ran_ns) / counted.seconds),
            kept_waiting: Some(seconds(account.waited_ns) / counted.seconds),
            waits: Some(account.slept as f64 / requests),
            rate: Some(reached),
            p50_us: counted.p50_us,
            p90_us: counted.p90_us,
            p999_us: counted.p999_us,
            p99_us: counted.p99_us,
            first_us: counted.first_us,
            resident: Some(account::resident(server.pid())? as f64),
            peak: Some(account::peak(server.pid())? as f64),
            ..Figures::default()
        })
    }

    /// Runs the workload's client once.
    fn load(&self, server: &Server, heads: &Path, seconds: u64) -> anyhow::Result<Counted> {
        let loader = self.loader(server, heads);
        let outcome = match self.workload.client {
            Client::Wrk => return self.wrk(server, heads, seconds),
            Client::Closed => loader.closed(seconds)?,
            Client::Fresh => loader.fresh(seconds)?,
            Client::Burst => loader.burst(seconds)?,
            Client::Idle | Client::Held | Client::Collected { .. } => loader.closed(seconds)?,
            Client::Paced => loader.paced(seconds, self.rate, false)?,
            Client::PacedBelow(_) => loader.paced(seconds, self.rate, true)?,
        };
        let (requests, seconds) = (outcome.requests, outcome.seconds);
        Ok(Counted {
            requests,
            seconds,
            p50_us: Some(outcome.p50_us),
            p90_us: outcome.at(90.0),
            p999_us: outcome.at(99.9),
            p99_us: Some(outcome.p99_us),
            first_us: outcome.first_us,
        })
    }

    fn wrk(&self, server: &Server, heads: &Path, seconds: u64) -> anyhow::Result<Counted> {
        let workload = self.workload;
        let script = self.places.bench.join("workloads/batches.lua");
        let own = match workload.heads {
            Heads::Get(path) if workload.depth == 1 => Some(path),
            _ => None,
        };
        let printed = wrk::Run {
            url: &format!("http://{}{}", server.address, own.unwrap_or("/")),
            connections: workload.connections,
            seconds,
            core: self.cores.client,
            script: own.is_none().then_some((&script, heads, workload.depth)),
        }
        .run()?;
        let (requests, seconds) = (printed.requests, printed.seconds);
        let wrk::Printed { p50_us, p90_us, p99_us, .. } = printed;
        Ok(Counted { requests, seconds, p50_us, p90_us, p999_us: None, p99_us, first_us: None })
    }

    fn loader<'h>(&self, server: &Server, request: &'h Path) -> Loader<'h> {
        Loader {
            program: self.places.program("load"),
            address: server.address,
            core: self.cores.client,
            connections: self.workload.connections,
            depth: self.workload.depth,
            request,
        }
    }

    /// The workload and the version of Node, for whoever watches.
    pub(crate) fn name(&self) -> String {
        let name = self.workload.name;
        self.version.map_or_else(|| name.to_owned(), |version| format!("{name} {version}"))
    }

    /// Resident memory before and after the connections are there. The warm-up has touched the code
    /// and filled the pools that a hundred connections fill, so what grows is owed to the rest.
    fn idle(&self, server: &Server, get: &Path) -> anyhow::Result<Figures> {
        let post: PathBuf = self.scratch.join("post");
        fs::write(&post, heads::idle_post(server.address))?;
        let idle = self.loader(server, get).idle(Some(get), Some(&post))?;
        self.growth(server, idle, || Ok(()))
    }

    /// The same for any server: warmed up, one GET on each connection, and nothing that it would have to
    /// know how to do.
    fn held(&self, server: &Server, get: &Path) -> anyhow::Result<Figures> {
        let mut warm = self.loader(server, get);
        warm.connections = WARM;
        warm.closed(self.warm_up).context("warm-up")?;
        let idle = self.loader(server, get).idle(Some(get), None)?;
        self.growth(server, idle, || Ok(()))
    }

    /// The same for a server with a garbage collector, which is asked to collect before memory is read.
    /// It has worked for as long as the warm-up takes, so that its heap has the size that it will keep.
    fn collected(&self, server: &Server, get: &Path, silent: bool) -> anyhow::Result<Figures> {
        let mut warm = self.loader(server, get);
        warm.connections = WARM;
        warm.closed(self.warm_up).context("warm-up")?;
        let idle = self.loader(server, get).idle((!silent).then_some(get), None)?;
        self.growth(server, idle, || {
            thread::sleep(IDLE);
            collect(server.address)
        })
    }

    /// What memory grows by, for each connection; `tidy` is done before it is read.
    fn growth(
        &self,
        server: &Server,
        mut idle: Idle,
        tidy: impl Fn() -> anyhow::Result<()>,
    ) -> anyhow::Result<Figures> {
        let count = self.workload.connections;
        idle.hear("warm")?;
        tidy()?;
        let before = settled(server.pid())?;
        idle.go_on()?;
        let held = idle.hear("held")?;
        ensure!(held == count, "{held} of {count} connections were opened");
        tidy()?;
        let after = settled(server.pid())?;
        let peak = account::peak(server.pid())?;
        idle.go_on()?;
        let silent = idle.hear("silent")?;
        ensure!(silent == count, "the server kept {silent} of {count} connections");
        Ok(Figures {
            resident: Some(after as f64),
            peak: Some(peak as f64),
            idle_octets: Some((after as f64 - before as f64) / count as f64),
            ..Figures::default()
        })
    }
}

/// How long connections have said nothing when they are called idle: a server may give up by then what
/// it keeps for a request that would follow at once.
const IDLE: Duration = Duration::from_secs(6);

/// Asks a server to collect its garbage, on a connection of its own.
fn collect(address: SocketAddr) -> anyhow::Result<()> {
    let mut stream = TcpStream::connect(address).context("connecting")?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let request = format!("GET /collect HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let answer = Answer::read(&mut BufReader::new(stream)).context("collecting garbage")?;
    let status = answer.status_line;
    ensure!(status.starts_with("HTTP/1.1 200 "), "garbage is not collected: {status}");
    Ok(())
}

/// Resident memory once it has stopped moving; at the latest after three seconds.
fn settled(pid: u32) -> anyhow::Result<u64> {
    let mut last = account::resident(pid)?;
    for _ in 0..10 {
        thread::sleep(Duration::from_millis(300));
        let now = account::resident(pid)?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}
