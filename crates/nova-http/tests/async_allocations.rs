//! In the steady state a request that a future answers at once allocates nothing (law 4 of the design):
//! neither for the future, nor for its head, nor for an answer that was prepared.

use nova_http::testing::Bench;
use nova_http::{
    AsyncHandler, Call, Fields, Limits, OwnedAnswer, PlainHttp, Prepared, Reply, Status, Tasks,
};
use nova_io::sim::{Client, Network};
use nova_test_support::{CountingAllocator, allocations};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const GET: &[u8] = b"GET /index.html HTTP/1.1\r\nHost: example.org\r\nUser-Agent: a browser of some \
    kind, with a long name\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\n\r\n";

/// Sends `count` requests together and says what that has allocated, the simulated network's own share
/// included.
fn allocated<H: AsyncHandler>(
    bench: &mut Bench<PlainHttp, Tasks<H>>,
    client: &mut Client,
    (octets, count): (&[u8], usize),
    answers: &mut Vec<u8>,
) -> u64 {
    let before = allocations();
    answers.clear();
    client.write(octets);
    for _ in 0..6 {
        bench.turn();
        client.read_into(answers);
    }
    let allocated = allocations() - before;
    let answered = answers.windows(15).filter(|it| it == b"HTTP/1.1 200 OK").count();
    assert_eq!(answered, count, "{}", String::from_utf8_lossy(answers));
    allocated
}

/// Allocations of one request in the steady state, alone and pipelined.
fn of_a_request<H: AsyncHandler>(handler: H) -> [u64; 2] {
    let mut bench = Bench::tasks(Network::calm(), Limits::default(), handler);
    let mut client = bench.connect();
    let (mut answers, sixteen) = (Vec::with_capacity(1 << 16), GET.repeat(16));
    [(GET, 1), (sixteen.as_slice(), 16)].map(|(octets, count)| {
        let mut all: Vec<_> = (0..200)
            .map(|_| allocated(&mut bench, &mut client, (octets, count), &mut answers))
            .collect();
        // The last hundred, after a warm-up.
        let steady = all.split_off(100);
        steady.iter().sum::<u64>() / (100 * count as u64)
    })
}

#[test]
fn a_future_that_is_ready_at_once_allocates_nothing() {
    let fields = [("content-type", "text/plain")];
    let prepared = Prepared::new(Status::OK, Fields::from_pairs(&fields), b"Hello World").unwrap();
    assert_eq!(of_a_request(async |_: Call| Status::OK), [0, 0], "no content and no fields");
    let answer = prepared.clone();
    assert_eq!(of_a_request(move |_: Call| std::future::ready(answer.clone())), [0, 0], "prepared");
    // One that waits costs the connection's note of the open exchange, and nothing for the future.
    let waits = move |_: Call| {
        let answer = prepared.clone();
        async move {
            let mut waited = false;
            std::future::poll_fn(move |cx| {
                if std::mem::replace(&mut waited, true) {
                    return std::task::Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                std::task::Poll::Pending
            })
            .await;
            Reply::Prepared(answer)
        }
    };
    assert_eq!(of_a_request(waits)[0], 1, "woken once");
    // What the documentation says that an owned answer costs.
    assert_eq!(
        of_a_request(async |_: Call| OwnedAnswer::text("Hello World")),
        [1, 1],
        "its fields"
    );
}
