//! In the steady state a request allocates nothing (law 4 of the design): counted on the worker's
//! thread, over real sockets, with the portable driver.

use std::io::{Read, Write};
use std::net::TcpStream;

use nova_http::{Answered, Handle, Request, Response, Server};
use nova_test_support::{CountingAllocator, allocations};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

const HEAD: &str = "Host: example.org\r\nConnection: keep-alive\r\nUser-Agent: a browser of some \
    kind, with a long name\r\nAccept: text/html,application/xhtml+xml\r\nAccept-Language: en\r\n\
    Accept-Encoding: gzip\r\nCookie: a=1; b=2; c=3\r\nCache-Control: max-age=0\r\n\
    Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: none\r\nDNT: 1\r\n";

/// Answers with the number of allocations that this thread has made so far.
fn count(request: &Request<'_>, response: Response<'_>) -> Answered {
    let mut digits = [0; 20];
    let length = request.content.len() as u64;
    let content = decimal(allocations() + (length << 32), &mut digits);
    response.fields(&[("content-type", "text/plain")]).send(content)
}

/// `format!` would allocate.
fn decimal(mut number: u64, digits: &mut [u8; 20]) -> &[u8] {
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    digits
}

/// Sends `pieces`, each when the worker has got the one before, and reads one answer; gives back its
/// number.
fn ask(handle: &Handle, client: &mut TcpStream, pieces: &[&[u8]]) -> u64 {
    let received = || handle.counters()[0].octets_in.get();
    for piece in pieces {
        let expected = received() + piece.len() as u64;
        client.write_all(piece).unwrap();
        while received() < expected {
            std::thread::yield_now();
        }
    }
    let mut answer = Vec::new();
    let mut octet = [0; 1024];
    while !answer.windows(4).any(|end| end == b"\r\n\r\n")
        || answer.len() < answer.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 24
    {
        let count = client.read(&mut octet).unwrap();
        assert!(count > 0, "the server has closed: {}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&octet[..count]);
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    String::from_utf8_lossy(&answer[answer.len() - 20..]).parse().unwrap()
}

#[test]
fn the_steady_state_allocates_nothing() {
    let running = Server::bind("127.0.0.1:0").unwrap().start(count).unwrap();
    let handle = running.handle();
    let mut client = TcpStream::connect(handle.local_addr()).unwrap();
    client.set_nodelay(true).unwrap();
    let get = format!("GET /index.html HTTP/1.1\r\n{HEAD}\r\n");
    let small = format!("POST /form HTTP/1.1\r\n{HEAD}Content-Length: 100\r\n\r\n{:100}", "");
    let large = format!("POST /form HTTP/1.1\r\n{HEAD}Content-Length: 10000\r\n\r\n{:10000}", "");
    let chunked = format!(
        "POST /form HTTP/1.1\r\n{HEAD}Transfer-Encoding: chunked\r\n\r\n2710\r\n{:10000}\r\n0\r\n\r\n",
        ""
    );
    let whole = [get.as_bytes(), small.as_bytes(), large.as_bytes(), chunked.as_bytes()];
    let mut seen = Vec::new();
    for round in 0..300 {
        for request in whole {
            let number = ask(&handle, &mut client, &[request]);
            seen.push((round, number & 0xFFFF_FFFF));
            let (head, rest) = request.split_at(request.len() / 2);
            let number = ask(&handle, &mut client, &[head, rest]);
            seen.push((round, number & 0xFFFF_FFFF));
            assert_eq!(number >> 32 == 0, request == get.as_bytes(), "content is read");
        }
        // Heads that differ every time.
        let other = get.replace("/index.html", &format!("/page/{round}"));
        let number = ask(&handle, &mut client, &[other.as_bytes()]);
        seen.push((round, number & 0xFFFF_FFFF));
    }
    let warm = seen.iter().find(|(round, _)| *round == 100).unwrap().1;
    let last = seen.last().unwrap().1;
    assert!(warm > 0, "the counting allocator counts");
    assert_eq!(last - warm, 0, "1,800 requests after a warm-up of 900 have allocated");
    running.handle().stop(std::time::Duration::ZERO);
    drop(client);
    running.join().unwrap();
}
