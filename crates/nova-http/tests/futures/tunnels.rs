//! Tunnels in futures.

use nova_http::{Method, OwnedStreamed, Reply, Status, TunnelEnds};
use nova_io::sim::{ClientState, Network};

use super::*;

const UPGRADE: &str =
    "GET /echo HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n";

fn accept(call: Call) -> TunnelEnds {
    call.tunnel(OwnedStreamed::new(Status::SWITCHING_PROTOCOLS).field("upgrade", "echo"))
}

async fn echo(call: Call) -> Reply {
    let mut ends = accept(call);
    let _ = ends.write(b"hello ").await;
    while let Some(Ok(octets)) = ends.read().await {
        if ends.write(&octets).await.is_err() {
            break;
        }
    }
    let _ = ends.write(b" bye").await;
    ends.finish()
}

/// Octets go both ways, those that came behind the request among them; when the client has ended its
/// direction, the other goes on until the future ends it.
#[test]
fn an_upgrade_is_an_echo() {
    for seed in 0..10 {
        let network = if seed == 0 { Network::calm() } else { Network::rough(seed) };
        let mut bench = with(network, Limits::default(), echo);
        let mut client = bench.connect();
        let answer = ask(&mut bench, &mut client, format!("{UPGRADE}behind the head").as_bytes());
        assert_eq!(status(&answer), "101", "seed {seed}");
        assert_eq!(content(&answer), "hello behind the head", "seed {seed}");
        assert_eq!(ask(&mut bench, &mut client, b", and more"), ", and more");
        let large = vec![b'x'; 100_000];
        client.write(&large);
        assert!(bench.drain(&mut client) == large, "seed {seed}");
        client.shutdown();
        assert_eq!(bench.drain(&mut client), b" bye");
        assert_eq!(client.state(), ClientState::Ended);
        assert_eq!(bench.worker(0).application().running(), 0);
        assert_eq!(bench.worker(0).connections(), 0);
        assert_eq!(bench.counters(0).tunnels.get(), 1);
    }
}

/// A tunnel whose future does not read holds its client back, also after content that was read whole;
/// one whose client does not read holds its future back.
#[test]
fn a_tunnel_has_back_pressure() {
    let mut bench = server(async |mut call: Call| -> Reply {
        if call.content().await.unwrap() == b"writes" {
            let mut ends = accept(call);
            while ends.write(&[b'y'; 10_000]).await.is_ok() {}
            return ends.finish();
        }
        let _ends = accept(call);
        std::future::pending().await
    });
    let head = UPGRADE.replace("GET", "POST").replace("\r\n\r\n", "\r\nContent-Length: 6\r\n\r\n");
    let (mut one, mut other) = (bench.connect(), bench.connect());
    assert_eq!(ask(&mut bench, &mut one, head.as_bytes()), "");
    assert_eq!(status(&ask(&mut bench, &mut one, b"silent")), "101");
    one.write(&vec![b'x'; 1_000_000]);
    bench.settle();
    let taken = 1_000_000 - one.unreceived();
    assert!(taken <= 3 * 64 * 1024, "{taken} octets were taken that nobody reads");
    other.set_window(50_000);
    other.write(head.as_bytes());
    bench.settle();
    other.write(b"writes");
    bench.settle();
    assert!(bench.worker(0).spilled_bytes() <= 300_000, "{}", bench.worker(0).spilled_bytes());
    for client in [&mut one, &mut other] {
        client.reset();
    }
    bench.settle();
    assert_eq!(bench.worker(0).application().running(), 0);
}

/// The two directions can be taken apart and waited for at once.
#[test]
fn the_directions_are_independent() {
    let place = Place::default();
    let mut bench = server(sharing(&place, async |left: Place<_>, call: Call| {
        left.put(accept(call).split());
        Reply::Written
    }));
    let mut client = bench.connect();
    assert_eq!(status(&ask(&mut bench, &mut client, UPGRADE.as_bytes())), "101");
    let (mut reader, mut writer) = place.take();
    {
        let mut read = Box::pin(reader.read());
        assert!(poll(read.as_mut()).is_pending());
        assert!(poll(writer.write(b"from another task")).is_ready());
        bench.settle();
        assert_eq!(text(&mut client), "from another task");
        client.write(b"to another task");
        bench.settle();
        assert!(
            matches!(poll(read.as_mut()), Poll::Ready(Some(Ok(it))) if it == "to another task")
        );
    }
    drop(reader);
    client.shutdown();
    bench.settle();
    assert!(poll(writer.write(b"still here")).is_ready());
    writer.finish();
    assert_eq!(bench.drain(&mut client), b"still here");
    assert_eq!(client.state(), ClientState::Ended);
    // Dropped unfinished, it is a reset.
    let mut client = bench.connect();
    ask(&mut bench, &mut client, UPGRADE.as_bytes());
    let (reader, writer) = place.take();
    drop((reader, writer));
    bench.settle();
    assert_eq!(client.state(), ClientState::Reset);
    assert_eq!(bench.worker(0).application().running(), 0);
}

/// CONNECT is for handlers that say so; others leave it to the engine's 501.
#[test]
fn connect_is_asked_for() {
    async fn proxy(call: Call) -> Reply {
        if call.head().method != Method::Connect {
            return Status::METHOD_NOT_ALLOWED.into();
        }
        let target = String::from_utf8_lossy(call.head().target.raw).into_owned();
        let mut ends = call.tunnel(OwnedStreamed::new(Status::OK));
        let _ = ends.write(target.as_bytes()).await;
        ends.finish()
    }
    let connect = b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n";
    let mut bench = server(proxy);
    let mut client = bench.connect();
    assert_eq!(status(&ask(&mut bench, &mut client, connect)), "501");
    let mut bench = server(proxy.with_connect());
    let mut client = bench.connect();
    let answer = ask(&mut bench, &mut client, connect);
    assert_eq!((status(&answer), content(&answer)), ("200", "example.org:443"));
    assert!(!answer.contains("Content-Length"), "{answer}");
}

/// A tunnel that cannot be is 500: nobody has asked for one, or the content is unread.
#[test]
fn a_tunnel_that_cannot_be_is_refused() {
    let mut bench = server(echo);
    let mut client = bench.connect();
    assert_eq!(status(&ask(&mut bench, &mut client, GET)), "500");
    let mut client = bench.connect();
    let unread = UPGRADE.replace("\r\n\r\n", "\r\nContent-Length: 6\r\n\r\n");
    assert_eq!(status(&ask(&mut bench, &mut client, unread.as_bytes())), "500");
    assert_eq!(bench.worker(0).application().running(), 0);
}
