//! Conversations: what a connection understands, however the octets arrive.

use super::*;

const LIMITS: Limits = Limits {
    head_bytes: 16 * 1024,
    fields: 128,
    content_bytes: 2 * 1024 * 1024,
    chunk_extension_bytes: 16 * 1024,
    chunk_extension_bytes_each: 16 * 1024,
    trailer_bytes: 16 * 1024,
    leaves_to_program: false,
};

const GET: &str = "GET /pair HTTP/1.1\r\nHost: h\r\n\r\n";

/// A connection with its caller's buffer, and what was understood so far, one line for each event.
/// Content that is cut differently is the same content.
#[derive(Default)]
struct Conversation {
    connection: Connection,
    reader: HeadReader,
    kept: Vec<u8>,
    log: Vec<String>,
    fault: Option<Fault>,
}

impl Conversation {
    fn deliver(&mut self, octets: &[u8], limits: &Limits) {
        self.kept.extend_from_slice(octets);
        loop {
            let received = self.connection.receive(&self.kept, &mut self.reader, limits);
            let step = match received {
                Ok(step) => step,
                Err(PeerError(fault)) => {
                    assert!(
                        self.fault.is_none_or(|before| before == fault),
                        "the same fault again"
                    );
                    if self.fault.replace(fault).is_none() {
                        self.log.push(format!("{fault:?}"));
                    }
                    return;
                }
            };
            let (consumed, waits) = (step.consumed, step.event.is_none());
            match step.event {
                None => {}
                Some(Event::Head(head)) => {
                    self.log.push(format!("{:?} {:?}", head.method, head.target))
                }
                Some(Event::Content(content)) => {
                    assert!(!content.is_empty());
                    let content = String::from_utf8_lossy(content);
                    match self.log.last_mut() {
                        Some(line) if line.starts_with("= ") => line.push_str(&content),
                        _ => self.log.push(format!("= {content}")),
                    }
                }
                Some(Event::Trailers(fields)) => self.log.push(format!("{fields:?}")),
                Some(Event::End) => self.log.push("end".to_owned()),
            }
            self.kept.drain(..consumed);
            if waits {
                return;
            }
        }
    }

    /// The log, and where the connection stands.
    fn so_far(&self) -> Vec<String> {
        let mut log = self.log.clone();
        let stands = match self.connection.end_of_stream() {
            _ if self.connection.is_closed() => "closed",
            _ if self.connection.idle() => "idle",
            Ok(()) => "between events",
            Err(Fault::Incomplete) => "waits",
            Err(_) => "failed",
        };
        log.push(stands.to_owned());
        log
    }
}

fn deliver<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> Vec<String> {
    let mut conversation = Conversation::default();
    pieces.into_iter().for_each(|piece| conversation.deliver(piece, limits));
    conversation.so_far()
}

/// What is understood of `octets` in every delivery, which must not make a difference.
fn understood_within(octets: &str, limits: &Limits) -> Vec<String> {
    let octets = octets.as_bytes();
    let whole = deliver([octets], limits);
    assert_eq!(deliver(octets.chunks(1), limits), whole, "octet by octet");
    for at in 0..octets.len() {
        let (front, back) = octets.split_at(at);
        assert_eq!(deliver([front, back], limits), whole, "cut at {at}");
    }
    whole
}

fn understood(octets: &str) -> Vec<String> {
    understood_within(octets, &LIMITS)
}

fn post(fields: &str, content: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: h\r\n{fields}\r\n{content}")
}

/// Rows 110 to 113.
#[test]
fn content_of_known_length_follows_its_head() {
    let request = post("Content-Length: 5\r\n", "hello");
    assert_eq!(understood(&request), ["POST /", "= hello", "end", "idle"]);
    assert_eq!(understood(&post("Content-Length:   5\t \r\n", "hello")), understood(&request));
    assert_eq!(understood(&post("Content-Length: 0\r\n", "")), ["POST /", "idle"]);
    assert_eq!(understood(&post("", "")), ["POST /", "idle"]);
}

/// Rows 123 and 209, 242.
#[test]
fn what_is_not_complete_waits() {
    let short = post("Content-Length: 10\r\n", "hello");
    assert_eq!(understood(&short), ["POST /", "= hello", "waits"]);
    let chunked = post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n");
    assert_eq!(understood(&chunked), ["POST /", "= hello", "waits"]);
    let trailer = post("Transfer-Encoding: chunked\r\n", "0\r\nA: b\r\n");
    assert_eq!(understood(&trailer), ["POST /", "waits"]);
    assert_eq!(understood("GET / HTTP/1.1\r\nHost: h\r\n"), ["waits"]);
    assert_eq!(understood(""), ["idle"]);
}

/// Rows 125 to 127, 130, 157.
#[test]
fn the_next_request_begins_where_the_content_ends() {
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: s\r\n";
    let request = format!("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 33\r\n\r\n{smuggled}{GET}");
    let content = format!("= {smuggled}");
    assert_eq!(understood(&request), ["GET /", &content, "end", "GET /pair", "idle"]);
    let request = post("Content-Length: 0\r\n", GET);
    assert_eq!(understood(&request), ["POST /", "GET /pair", "idle"]);
    let request = post("Content-Length: 5\r\n", "hello\0\u{1}bad\r\n\r\n");
    assert_eq!(understood(&request)[..3], ["POST /", "= hello", "end"]);
    assert_eq!(understood(&request).last().map(String::as_str), Some("failed"));
}

/// Rows 140, 157, 176, 224 and 225.
/// Shows [9112-7.1.2-a].
#[test]
fn chunked_content_follows_its_head_and_ends_with_its_trailers() {
    let chunked = |content| post("Transfer-Encoding: chunked\r\n", content);
    let request = chunked("5\r\nhello\r\n0\r\n\r\n");
    assert_eq!(understood(&request), ["POST /", "= hello", "end", "idle"]);
    assert_eq!(understood(&chunked("0\r\n\r\n")), ["POST /", "end", "idle"]);
    let trailers = chunked("5;x=y\r\nhello\r\n0\r\nA: b\r\nc:d\r\n\r\n");
    let expected = ["POST /", "= hello", "[A: b, c: d]", "end", "idle"];
    assert_eq!(understood(&trailers), expected);
    let three = format!("{trailers}{request}{GET}");
    let expected = [&expected[..4], &["POST /", "= hello", "end", "GET /pair", "idle"]].concat();
    assert_eq!(understood(&three), expected);
}

/// Rows 211 and 212.
#[test]
fn what_follows_the_last_chunk_is_not_content() {
    for behind in ["0\r\n\r\n", "\0\r\n\r\n"] {
        let request = post("Transfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{behind}"));
        let log = understood(&request);
        assert_eq!(log[..2], ["POST /", "end"]);
        assert_eq!(log.last().map(String::as_str), Some("failed"), "{log:?}");
    }
}

/// Rows 220 to 223, 236 and 237.
#[test]
fn requests_come_one_after_the_other() {
    let ten = GET.repeat(10);
    let mut expected = vec!["GET /pair"; 10];
    expected.push("idle");
    assert_eq!(understood(&ten), expected);
    let request = format!("{}{GET}", post("Content-Length: 5\r\n", "hello"));
    assert_eq!(understood(&request), ["POST /", "= hello", "end", "GET /pair", "idle"]);
    assert_eq!(understood(&format!("{GET}\r\n{GET}")), ["GET /pair", "GET /pair", "idle"]);
    let request = format!("{}\r\n{GET}", post("Content-Length: 5\r\n", "hello"));
    assert_eq!(understood(&request), ["POST /", "= hello", "end", "GET /pair", "idle"]);
}

/// Rows 227 to 232, 238.
/// Shows [9112-9.6-b].
#[test]
fn nothing_after_the_last_request_is_served() {
    for field in [
        "Connection: close\r\n",
        "Connection: CLOSE\r\n",
        "Connection: x, close\r\n",
        "Connection: keep-alive, close\r\n",
        "Connection: keep-alive\r\nConnection: close\r\n",
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: h\r\n{field}\r\n{GET}{GET}\0garbage");
        assert_eq!(understood(&request), ["GET /", "closed"], "{field}");
    }
    let old = format!("GET / HTTP/1.0\r\nHost: h\r\n\r\n{GET}");
    assert_eq!(understood(&old), ["GET /", "closed"]);
    let old = format!("GET / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n{GET}");
    assert_eq!(understood(&old), ["GET /", "GET /pair", "idle"]);
    let with_content = post("Connection: close\r\nContent-Length: 5\r\n", "hello") + GET;
    assert_eq!(understood(&with_content), ["POST /", "= hello", "end", "closed"]);
    let with_chunks =
        post("Connection: close\r\nTransfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\nA: b\r\n\r\n")
            + GET;
    assert_eq!(understood(&with_chunks), ["POST /", "= x", "[A: b]", "end", "closed"]);
}

#[test]
fn what_follows_the_last_request_is_not_kept() {
    let mut connection = Connection { state: State::Closed };
    let mut reader = HeadReader::new();
    let step = connection.receive(b"anything", &mut reader, &LIMITS).expect("no fault");
    assert!(step.consumed == 8 && step.event.is_none());
}

/// Rows 234 and 235, and every fault that content can have.
#[test]
fn after_a_fault_there_is_nothing_but_the_fault() {
    for (fields, content, fault) in [
        ("Content-Length: +5\r\n", "hello", Fault::ContentLength),
        ("Content-Length: 5\r\nContent-Length: 5\r\n", "hello", Fault::ContentLength),
        ("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n", Fault::TransferEncoding),
        ("Transfer-Encoding: gzip\r\n", "0\r\n\r\n", Fault::TransferEncoding),
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "0\r\n\r\n",
            Fault::LengthAndTransferEncoding,
        ),
    ] {
        let log = understood(&(post(fields, content) + GET));
        assert_eq!(log, [&format!("{fault:?}"), "failed"], "{fields}");
    }
    for (content, fault) in [
        ("0x5\r\nhello\r\n0\r\n\r\n", Fault::Chunk),
        ("0\r\nX : y\r\n\r\n", Fault::FieldName),
        ("0\r\nX: y\n\r\n", Fault::LineEnd),
        ("0\r\nX: \u{1}\r\n\r\n", Fault::FieldValue),
        ("0\r\nX: y\r\n z\r\n\r\n", Fault::LineFolding),
        ("0\r\nHost: y\r\n\r\n", Fault::Trailer),
    ] {
        let log = understood(&(post("Transfer-Encoding: chunked\r\n", content) + GET));
        assert_eq!(log, ["POST /", &format!("{fault:?}"), "failed"], "{content:?}");
    }
    let good_then_bad = format!("{GET}{}{GET}", post("Content-Length: -1\r\n", ""));
    assert_eq!(understood(&good_then_bad), ["GET /pair", "ContentLength", "failed"]);
}

/// A trailer section is no way around the rules of a head.
#[test]
fn a_trailer_line_is_judged_like_a_line_of_a_head() {
    for line in [
        "bad trailer\r\n",
        "bad\r\n",
        ": v\r\n",
        "X : y\r\n",
        "X\t: y\r\n",
        " X: y\r\n",
        "\tX: y\r\n",
        "X\0: y\r\n",
        "X\rY: y\r\n",
        "X\nY: y\r\n",
        "X[]: y\r\n",
        "\u{e4}: y\r\n",
        "X: y\n",
        "X: y\rz\r\n",
        "X: y\r\r\n",
        "\n",
        "\rZ",
        "X: y\0\r\n",
        "X: \u{7f}\r\n",
        "X: a\u{b}b\r\n",
        "X: y\r\n z\r\n",
        "X: y\r\n\tz\r\n",
        "X: y\r\n: z\r\n",
    ] {
        let head = understood(&format!("GET / HTTP/1.1\r\nHost: h\r\n{line}\r\n"));
        let trailer = post("Transfer-Encoding: chunked\r\n", &format!("0\r\nA: b\r\n{line}\r\n"));
        assert_eq!(understood(&trailer)[1..], head, "{line:?}");
        assert_eq!(head.last().map(String::as_str), Some("failed"), "{line:?}");
    }
}

/// What is refused unless a program behind us has its own say.
#[test]
fn some_of_a_head_may_be_left_to_the_program() {
    let left = Limits { leaves_to_program: true, ..LIMITS };
    for (head, answer) in [
        ("GET / HTTP/1.1\r\n", "GET /"),
        ("GET / HTTP/1.1\r\nHost: @\r\n", "GET /"),
        ("GET http://a/ HTTP/1.1\r\nHost: b\r\n", "GET http://a/"),
        ("GET / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n", "GET /"),
        ("CONNECT / HTTP/1.1\r\nHost: h\r\n", "CONNECT /"),
    ] {
        let head = format!("{head}\r\n");
        assert_eq!(understood_within(&head, &left)[0], answer, "{head:?}");
        assert_eq!(understood(&head).last().map(String::as_str), Some("failed"), "{head:?}");
    }
    // Two of them are ambiguous for everybody.
    let twice = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    assert_eq!(understood_within(twice, &left), ["Host", "failed"]);
}

#[test]
fn content_above_its_limit_is_refused_before_any_of_it() {
    let limits = Limits { content_bytes: 5, ..LIMITS };
    let fits = post("Content-Length: 5\r\n", "hello");
    assert_eq!(understood_within(&fits, &limits), ["POST /", "= hello", "end", "idle"]);
    let too_long = post("Content-Length: 6\r\n", "hello!");
    assert_eq!(understood_within(&too_long, &limits), ["POST /", "ContentTooLarge", "failed"]);
    let chunks = post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
    let expected = ["POST /", "= hello", "ContentTooLarge", "failed"];
    assert_eq!(understood_within(&chunks, &limits), expected);
}

#[test]
fn content_that_is_at_hand_is_taken_at_once() {
    let request = post("Content-Length: 5\r\n", "hello") + GET;
    let octets = request.as_bytes();
    let (mut connection, mut reader) = (Connection::new(), HeadReader::new());
    let step = connection.receive(octets, &mut reader, &LIMITS).expect("no fault");
    let rest = &octets[step.consumed..];
    assert_eq!(connection.content_left(), ContentLeft::Known(5));
    assert_eq!(connection.take_at_hand(&rest[..4], &LIMITS), None, "not all of it is at hand");
    assert_eq!(connection.take_at_hand(rest, &LIMITS), Some(&b"hello"[..]));
    assert!(connection.idle());
    assert_eq!(connection.take_at_hand(rest, &LIMITS), None, "there is no content any more");
    let step = connection.receive(&rest[5..], &mut reader, &LIMITS).expect("no fault");
    assert!(matches!(step.event, Some(Event::Head(_))), "no end is reported");
    assert_eq!(step.consumed, GET.len());
}

#[test]
fn content_that_is_at_hand_may_be_the_last() {
    let mut connection = Connection { state: State::Length { left: 5, after: After::Nothing } };
    assert_eq!(connection.take_at_hand(b"hello", &LIMITS), Some(&b"hello"[..]));
    assert!(connection.is_closed());
}

#[test]
fn how_much_is_left_is_known_until_the_end() {
    let mut conversation = Conversation::default();
    let left = |conversation: &Conversation| conversation.connection.content_left();
    assert_eq!(left(&conversation), ContentLeft::None);
    conversation.deliver(post("Content-Length: 5\r\n", "").as_bytes(), &LIMITS);
    assert_eq!(left(&conversation), ContentLeft::Known(5));
    conversation.deliver(b"hel", &LIMITS);
    assert_eq!(left(&conversation), ContentLeft::Known(2));
    conversation.deliver(b"lo", &LIMITS);
    assert_eq!(left(&conversation), ContentLeft::None);
    conversation.deliver(post("Transfer-Encoding: chunked\r\n", "").as_bytes(), &LIMITS);
    assert_eq!(left(&conversation), ContentLeft::Unknown);
    conversation.deliver(b"0\r\n", &LIMITS);
    assert_eq!(left(&conversation), ContentLeft::Unknown);
    conversation.deliver(b"\r\n", &LIMITS);
    assert_eq!(left(&conversation), ContentLeft::None);
    assert_eq!(conversation.so_far(), ["POST /", "= hello", "end", "POST /", "end", "idle"]);
}

/// Rows 124 and 210, 241.
/// Shows [9112-6.3-c].
#[test]
fn a_stream_may_end_between_messages_only() {
    let whole = post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nA: b\r\n\r\n");
    for len in 0..=whole.len() {
        let mut conversation = Conversation::default();
        conversation.deliver(&whole.as_bytes()[..len], &LIMITS);
        let expected = match len {
            0 => Ok(()),
            len if len == whole.len() => Ok(()),
            _ => Err(Fault::Incomplete),
        };
        assert_eq!(conversation.connection.end_of_stream(), expected, "after {len} octets");
        assert_eq!(conversation.connection.idle(), expected.is_ok());
    }
    assert_eq!(Connection { state: State::Closed }.end_of_stream(), Ok(()));
    let failed = Connection { state: State::Failed(Fault::Host) };
    assert_eq!(failed.end_of_stream(), Err(Fault::Host));
}

#[test]
fn an_incomplete_trailer_section_is_all_that_is_kept_of_content() {
    let mut conversation = Conversation::default();
    conversation.deliver(post("Transfer-Encoding: chunked\r\n", "5\r\nhel").as_bytes(), &LIMITS);
    assert_eq!(conversation.kept, b"");
    conversation.deliver(b"lo\r\n0;x\r", &LIMITS);
    assert_eq!(conversation.kept, b"");
    conversation.deliver(b"\nA: b\r\nC", &LIMITS);
    assert_eq!(conversation.kept, b"A: b\r\nC");
    conversation.deliver(b": d\r\n\r\nGE", &LIMITS);
    assert_eq!(conversation.kept, b"GE");
    assert_eq!(conversation.so_far(), ["POST /", "= hello", "[A: b, C: d]", "end", "waits"]);
}

#[test]
fn an_idle_connection_is_small() {
    assert!(size_of::<Connection>() <= 48, "{}", size_of::<Connection>());
}

/// Where the connection stands, told as octet after octet comes.
#[test]
fn it_knows_which_part_of_a_message_is_next() {
    use ChunkPlace::{DataLineFeed, DataReturn, Extension, Size, SizeLineFeed, Start};

    let told = |octets: &str| {
        let mut conversation = Conversation::default();
        for octet in octets.as_bytes() {
            conversation.deliver(&[*octet], &LIMITS);
        }
        conversation.connection.place()
    };
    let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunked = |octets: &str| told(&format!("{head}{octets}"));

    assert_eq!(told(""), Place::Head);
    assert_eq!(told("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na"), Place::Content);
    assert_eq!(chunked(""), Place::Chunk(Start));
    assert_eq!(chunked("1"), Place::Chunk(Size));
    assert_eq!(chunked("1;a"), Place::Chunk(Extension));
    assert_eq!(chunked("1;a\r"), Place::Chunk(SizeLineFeed));
    assert_eq!(chunked("1\r\n"), Place::Chunk(ChunkPlace::Data));
    assert_eq!(chunked("1\r\na"), Place::Chunk(DataReturn));
    assert_eq!(chunked("1\r\na\r"), Place::Chunk(DataLineFeed));
    assert_eq!(chunked("1\r\na\r\n"), Place::Chunk(Start));
    assert_eq!(chunked("0\r\n"), Place::Trailers);
    assert_eq!(chunked("0\r\nx: y"), Place::Trailers);
    assert_eq!(chunked("0\r\n\r\n"), Place::Head);
}
