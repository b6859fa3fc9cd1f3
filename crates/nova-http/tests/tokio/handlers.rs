//! What handlers may use.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nova_http::{OwnedStreamed, Status, TunnelEnds};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::{Barrier, oneshot};
use tokio::time::sleep;

use super::*;

/// Timers, tasks that may move and tasks that may not, and what has no `Send`, all on the worker's
/// thread.
#[test]
fn timers_and_tasks_work() {
    let server = Started::new(async |call: Call| {
        let thread = std::thread::current().id();
        let kept = Rc::new(call.head().path().len());
        sleep(Duration::from_millis(1)).await;
        let spawned = tokio::spawn(async { std::thread::current().id() }).await.unwrap();
        let theirs = kept.clone();
        let local = tokio::task::spawn_local(async move {
            tokio::task::yield_now().await;
            (std::thread::current().id(), *theirs)
        });
        let (local, length) = local.await.unwrap();
        format!("{} {} {length}", spawned == thread, local == thread)
    });
    let mut client = server.connect();
    for _ in 0..20 {
        assert_eq!(get(&mut client, "/four"), "true true 5");
    }
}

/// A client of Tokio's in a handler: a proxy in front of another server.
#[test]
fn a_handler_can_be_a_client() {
    let behind = Started::new(async |call: Call| {
        sleep(Duration::from_millis(1)).await;
        format!("behind: {}", String::from_utf8_lossy(call.head().path()))
    });
    let front = Started::new(sharing(&behind.address, async |behind: SocketAddr, call: Call| {
        let mut upstream = tokio::net::TcpStream::connect(behind).await.unwrap();
        let path = String::from_utf8_lossy(call.head().path()).into_owned();
        let request = format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        upstream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        upstream.read_to_string(&mut answer).await.unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }));
    let mut clients: Vec<_> = (0..50).map(|_| front.connect()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        send(client, &format!("/{number}"));
    }
    for (number, client) in clients.iter_mut().enumerate() {
        assert_eq!(answer(client).1, format!("behind: /{number}"));
    }
}

/// Five hundred handlers wait at the same time on one worker: none goes on before all have come.
#[test]
fn five_hundred_wait_at_once() {
    let barrier = Arc::new(Barrier::new(500));
    let server = Started::new(sharing(&barrier, async |barrier: Arc<Barrier>, _: Call| {
        barrier.wait().await;
        sleep(Duration::from_millis(10)).await;
        "together"
    }));
    let mut clients: Vec<_> = (0..500).map(|_| server.connect()).collect();
    for _ in 0..3 {
        clients.iter_mut().for_each(|client| send(client, "/"));
        assert!(clients.iter_mut().all(|client| answer(client).1 == "together"));
    }
}

/// A task of its own has the call, sleeps on the worker's clock between its turns, and writes on when
/// the handler's future is long done.
#[test]
fn a_local_task_can_answer() {
    let server = Started::new(async |mut call: Call| {
        tokio::task::spawn_local(async move {
            let content = call.content().await.unwrap();
            let mut writer = call.start(OwnedStreamed::new(Status::OK).length(8));
            writer.write(&content).await.unwrap();
            call.sleep(Duration::from_millis(5)).await;
            sleep(Duration::from_millis(5)).await;
            call.clock().sleep(Duration::from_millis(5)).await;
            writer.write(b"end").await.unwrap();
            writer.finish();
        });
        Reply::Written
    });
    let mut client = server.connect();
    for _ in 0..5 {
        client.write_all(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n").unwrap();
        client.write_all(b"hello").unwrap();
        assert_eq!(answer(&mut client).1, "helloend");
    }
}

/// Other threads wake a future, and so does work on the server's own pool and on Tokio's.
#[test]
fn other_threads_wake_a_future() {
    let server = Started::new(async |call: Call| {
        let (answers, answer) = oneshot::channel();
        std::thread::spawn(move || answers.send("a thread"));
        let thread = answer.await.unwrap();
        let pool = call.blocking(|| "the pool").await.unwrap();
        let tokio = tokio::task::spawn_blocking(|| "Tokio's").await.unwrap();
        format!("{thread}, {pool}, {tokio}")
    });
    let mut client = server.connect();
    for _ in 0..100 {
        assert_eq!(get(&mut client, "/"), "a thread, the pool, Tokio's");
    }
}

/// A future dies when its client resets the connection; what it had spawned goes on.
#[test]
fn a_future_dies_with_its_client() {
    #[derive(Clone, Default)]
    struct Counts(Arc<[AtomicUsize; 2]>);
    struct Guard(Counts);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.0[1].fetch_add(1, Ordering::SeqCst);
        }
    }
    let counts = Counts::default();
    let server = Started::new(sharing(&counts, async |counts: Counts, _: Call| {
        let _guard = Guard(counts.clone());
        counts.0[0].fetch_add(1, Ordering::SeqCst);
        sleep(Duration::from_secs(3600)).await;
        "an hour later"
    }));
    for round in 1..=10 {
        let mut client = server.connect();
        send(&mut client, "/");
        server.wait_until(|_| counts.0[0].load(Ordering::SeqCst) == round);
        // Octets that are not read make the end of it a reset, as does a process that is killed.
        rustix_linger(&client);
        drop(client);
        server.wait_until(|_| counts.0[1].load(Ordering::SeqCst) == round);
    }
}

/// Closing it sends a reset.
fn rustix_linger(client: &TcpStream) {
    rustix::net::sockopt::set_socket_linger(client, Some(Duration::ZERO)).unwrap();
}

/// A tunnel to somewhere else, both directions at once: what a CONNECT proxy is.
#[test]
fn a_tunnel_joins_two_connections() {
    let behind = Started::new(async |_: Call| "behind the proxy");
    async fn proxy(call: Call) -> Reply {
        let target = String::from_utf8_lossy(call.head().target.raw).into_owned();
        let Ok(upstream) = tokio::net::TcpStream::connect(target).await else {
            return Status::BAD_GATEWAY.into();
        };
        join(call.tunnel(OwnedStreamed::new(Status::OK)), upstream).await
    }
    async fn join(ends: TunnelEnds, upstream: tokio::net::TcpStream) -> Reply {
        let (mut from_client, mut to_client) = ends.split();
        let (mut from_upstream, mut to_upstream) = upstream.into_split();
        let up = tokio::task::spawn_local(async move {
            while let Some(Ok(octets)) = from_client.read().await {
                if to_upstream.write_all(&octets).await.is_err() {
                    break;
                }
            }
        });
        let mut octets = [0; 4096];
        while let Ok(count @ 1..) = from_upstream.read(&mut octets).await {
            if to_client.write(&octets[..count]).await.is_err() {
                break;
            }
        }
        up.abort();
        to_client.finish()
    }
    let front = Started::new(proxy.with_connect());
    let mut client = front.connect();
    write!(client, "CONNECT {} HTTP/1.1\r\nHost: h:1\r\n\r\n{GET}", behind.address).unwrap();
    let mut head = [0; 19];
    client.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK\r\nDa");
    while !head.ends_with(b"\r\n\r\n") {
        head.rotate_left(1);
        client.read_exact(&mut head[18..]).unwrap();
    }
    assert_eq!(answer(&mut client).1, "behind the proxy");
    assert_eq!(get(&mut client, "/again"), "behind the proxy");
}
