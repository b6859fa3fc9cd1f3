//! Octets that a host lends for a call: all of them arrive, in order, as they were during the call,
//! whatever of them the system takes at once and whatever becomes of their memory afterwards.

use std::io::{IoSlice, Read};
use std::net::{TcpListener, TcpStream};

use nova_http::{Buffered, Limits, PlainHttp, Request, Response, Worker};
use nova_io::Wait;
use nova_io::portable::Socket;

/// Less than the spill shares, more than it, and more than the system takes at once.
const SIZES: [usize; 5] = [10, 70_000, 8_192, 6_000_000, 3];

#[test]
fn what_is_lent_arrives_as_it_was() {
    let hello = |_: &Request<'_>, response: Response<'_>| response.send(b"hello");
    let limits = Limits { buffer_bytes: usize::MAX, ..Limits::default() };
    let mut worker = Worker::guest(PlainHttp, Buffered::new(hello), limits).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (socket, _) = listener.accept().unwrap();
    worker.take_in(Socket::from_std(socket).unwrap(), None);
    let key = worker.keys()[0];

    let mut expected = Vec::new();
    for call in 0..3_u8 {
        let mut memory: Vec<Vec<u8>> = SIZES
            .iter()
            .map(|size| (0..*size).map(|at| (at % 251) as u8 ^ call).collect())
            .collect();
        let own = [b'0' + call; 20_000];
        expected.extend_from_slice(&own);
        expected.extend(memory.iter().flatten());
        let lent: Vec<_> = memory.iter().map(|octets| IoSlice::new(octets)).collect();
        assert!(worker.visit_lending(key, |_, cx| cx.out.extend_from_slice(&own), &lent));
        // The program may do with it what it wants, now that the call is over.
        memory.iter_mut().for_each(|octets| octets.fill(b'!'));
    }
    assert!(worker.unsent(key).unwrap() > 0, "it is more than fits");

    client.set_nonblocking(true).unwrap();
    let (mut received, mut buffer) = (Vec::new(), vec![0; 1 << 20]);
    while received.len() < expected.len() {
        worker.turn(Wait::No).unwrap();
        match client.read(&mut buffer) {
            Ok(0) => panic!("the connection has ended"),
            Ok(octets) => received.extend_from_slice(&buffer[..octets]),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
    }
    assert!(received == expected, "what has arrived is not what was lent");
    assert_eq!(worker.unsent(key), Some(0));
    drop(client);
    while worker.visit_lending(key, |_, _| {}, &[]) {
        worker.turn(Wait::No).unwrap();
    }
}
