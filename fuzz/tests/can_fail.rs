//! A check that cannot fail is worth nothing: each of them is handed something that is wrong in one
//! small way, and must find it within a few thousand inputs.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use fuzz::checks::chunked::Chunked;
use fuzz::checks::conversation::{Conversation, Methods};
use fuzz::checks::encode::{Encode, EncodeHead};
use fuzz::checks::framing::Framing;
use fuzz::checks::head::Head;
use fuzz::checks::memory::Memory;
use fuzz::checks::pieces::Pieces;
use fuzz::checks::roundtrip::Roundtrip;
use fuzz::checks::scan::{Question, Scan};
use fuzz::checks::{Check, Kind};
use fuzz::generate::{Corpus, Generator};
use fuzz::run::{Found, Slot, Watch, block, look};
use fuzz::shrink::shrink;
use nova_http1::connection::ContentLeft;
use nova_http1::framing::request_body_length;
use nova_http1::response::{AnswerError, ContentInfo, MaySend, Status, encode};
use nova_http1::scan::{Naive, Scanner, class};
use nova_http1::{
    BodyLength, Connection, Event, Fault, Field, Fields, HeadReader, Limits, Persistence, Said,
    Step, Target, TargetForm, Version,
};

fn corpus() -> Corpus {
    static CORPUS: OnceLock<Corpus> = OnceLock::new();
    CORPUS.get_or_init(|| Corpus::of_the_cases().expect("the cases are readable")).clone()
}

/// The first input of the check's own about which it is wrong, if there is one among the first 20,000.
fn caught(kind: Kind, check: &mut dyn Check) -> Option<Vec<u8>> {
    let mut generator = Generator::new(corpus());
    (0..20_000).find_map(|index| {
        let input = generator.input(kind.diet(), 1, index);
        look(check, input).is_err().then(|| input.to_vec())
    })
}

fn assert_caught(kind: Kind, what: &str, mut check: impl Check) {
    assert!(caught(kind, &mut check).is_some(), "{}: {what}", kind.name());
}

/// What is wrong with a scanner that misses one octet, or one place of a vector.
#[test]
fn scan_finds_scanners_that_miss_something() {
    let miss_del = |question: Question, octets: &[u8], from: usize| match question {
        Question::End(class::VALUE) => {
            let end = Naive.value_end(octets, from);
            if octets.get(end) == Some(&0x7f) { Naive.value_end(octets, end + 1) } else { end }
        }
        _ => right(question, octets, from),
    };
    assert_caught(Kind::Scan, "takes DEL", Scan::of(vec![("wrong", miss_del)]));
    let miss_last = |question: Question, octets: &[u8], from: usize| match question {
        Question::End(class::TOKEN) => {
            let end = Naive.token_end(octets, from);
            if end.wrapping_sub(from) == 15 { Naive.token_end(octets, end + 1) } else { end }
        }
        _ => right(question, octets, from),
    };
    assert_caught(Kind::Scan, "misses the last of sixteen", Scan::of(vec![("wrong", miss_last)]));
    let counts_wrongly = |question: Question, octets: &[u8], from: usize| match question {
        Question::Common => {
            right(question, octets, from).min(octets.len().saturating_sub(from + 1))
        }
        _ => right(question, octets, from),
    };
    assert_caught(Kind::Scan, "common", Scan::of(vec![("wrong", counts_wrongly)]));
    assert_eq!(caught(Kind::Scan, &mut Scan::of(vec![("right", right)])), None);
}

fn right(question: Question, octets: &[u8], from: usize) -> usize {
    match question {
        Question::End(class::TOKEN) => Naive.token_end(octets, from),
        Question::End(class::TARGET) => Naive.target_end(octets, from),
        Question::End(class::REG_NAME) => Naive.reg_name_end(octets, from),
        Question::End(_) => Naive.value_end(octets, from),
        Question::Common => Naive.common(octets, octets.get(from..).unwrap_or_default()),
    }
}

/// A reader that differs from ours in one part of one kind of head.
type Read = fuzz::checks::head::Read;
type Head1<'a> = nova_http1::Head<'a>;
type Verdict<'a> = Result<Option<Head1<'a>>, Fault>;

fn altered<'a>(
    reader: &'a mut HeadReader,
    octets: &'a [u8],
    limits: &Limits,
    alter: impl FnOnce(&mut Head1<'a>),
) -> Verdict<'a> {
    let mut head = reader.read(octets, limits)?;
    if let Some(head) = &mut head {
        alter(head);
    }
    Ok(head)
}

const WRONG_READERS: [(&str, Read); 9] = [
    ("forgets an empty line in front", |reader, octets, limits| {
        altered(reader, octets, limits, |head| {
            head.len -= if octets.starts_with(b"\r\n") { 2 } else { 0 };
        })
    }),
    ("reads a length of 00 as chunked", |reader, octets, limits| {
        altered(reader, octets, limits, |head| {
            if head.fields.get("content-length").is_some_and(|value| value.starts_with(b"00")) {
                head.body = BodyLength::Chunked;
            }
        })
    }),
    ("keeps HTTP/1.0 open", |reader, octets, limits| {
        altered(reader, octets, limits, |head| {
            if head.persistence == Persistence::Close && head.version == Version::Http10 {
                head.persistence = Persistence::KeepAlive;
            }
        })
    }),
    ("takes HTTP/1.2 for 1.0", |reader, octets, limits| {
        altered(reader, octets, limits, |head| {
            if octets.windows(8).any(|window| window == b"HTTP/1.2") {
                head.version = Version::Http10;
            }
        })
    }),
    ("waits for the expected in HTTP/1.0", |reader, octets, limits| {
        altered(reader, octets, limits, |head| {
            head.expects_continue |= head.fields.get("expect").is_some();
        })
    }),
    ("upgrades without Connection", |reader, octets, limits| {
        altered(reader, octets, limits, |head| head.upgrade |= head.fields.get("upgrade").is_some())
    }),
    ("takes an asterisk for a path", |reader, octets, limits| {
        altered(reader, octets, limits, |head| {
            if head.target.form == TargetForm::Asterisk {
                head.target = Target { raw: head.target.raw, form: TargetForm::Origin };
            }
        })
    }),
    ("leaves fields out", |reader, octets, limits| {
        altered(reader, octets, limits, |head| {
            if head.fields.len() == 3 {
                head.fields = Fields::EMPTY;
            }
        })
    }),
    ("says early what it thinks of the end of a line", |reader, octets, limits| {
        match octets.ends_with(b"\r") {
            true => Err(Fault::LineEnd),
            false => reader.read(octets, limits),
        }
    }),
];

/// What is accepted, but as something else.
#[test]
fn head_finds_readers_that_understand_something_else() {
    for (what, read) in WRONG_READERS {
        assert_caught(Kind::Head, what, Head::of(read));
    }
}

/// What should be refused and is not, what should not be and is, and what is refused for a wrong
/// reason.
#[test]
fn head_finds_readers_that_are_too_lax_or_too_strict() {
    let wrong: [(&str, Read); 3] = [
        ("refuses obs-text", |reader, octets, limits| match octets.contains(&0x80) {
            true => Err(Fault::FieldValue),
            false => reader.read(octets, limits),
        }),
        ("waits where it should refuse", |reader, octets, limits| {
            match reader.read(octets, limits) {
                Err(Fault::LineFolding) => Ok(None),
                read => read,
            }
        }),
        ("answers 400 and not 501", |reader, octets, limits| {
            let read = reader.read(octets, limits);
            read.map_err(|fault| match fault {
                Fault::TransferCodingUnknown => Fault::TransferEncoding,
                other => other,
            })
        }),
    ];
    for (what, read) in wrong {
        assert_caught(Kind::Head, what, Head::of(read));
    }
}

/// A memory that takes one head for another that is as long.
#[test]
fn memory_finds_a_reader_that_takes_one_head_for_another() {
    static SAME: Field<'static> = Field { name: b"X", value: b"y" };
    let read: Read = |reader, octets, limits| {
        altered(reader, octets, limits, |head| {
            if head.fields.len() > 2 && head.fields.get("x").is_some() {
                head.fields = Fields::from_slices(std::slice::from_ref(&SAME));
            }
        })
    };
    assert_caught(Kind::Memory, "other fields", Memory::of(read));
}

/// Each of these was a vulnerability of some server.
#[test]
fn framing_finds_decisions_that_allow_smuggling() {
    let wrong: [(&str, fuzz::checks::framing::Decide); 4] = [
        ("a sign is allowed", |version, length, coding| match length {
            Said::Once([b'+', digits @ ..]) => {
                request_body_length(version, Said::Once(digits), coding)
            }
            _ => request_body_length(version, length, coding),
        }),
        ("Transfer-Encoding overrides", |version, length, coding| match coding {
            Said::Once(_) => request_body_length(version, Said::Nothing, coding),
            _ => request_body_length(version, length, coding),
        }),
        ("HTTP/1.0 may be chunked", |_, length, coding| {
            request_body_length(Version::Http11, length, coding)
        }),
        ("chunked is looked for at the end", |version, length, coding| match coding {
            Said::Once(value) if value.ends_with(b"chunked") => {
                request_body_length(version, length, Said::Once(b"chunked"))
            }
            _ => request_body_length(version, length, coding),
        }),
    ];
    for (what, decide) in wrong {
        assert_caught(Kind::Framing, what, Framing::of(decide));
    }
}

type Receive = fuzz::checks::pieces::Receive;

const WRONG_CONNECTIONS: [(&str, Receive); 5] = [
    ("forgets a fault", |connection, octets, reader, limits| {
        if connection.end_of_stream().is_err_and(|fault| fault != Fault::Incomplete) {
            *connection = Connection::new();
        }
        connection.receive(octets, reader, limits)
    }),
    ("loses an octet where the octets are cut", |connection, octets, reader, limits| {
        let mut step = connection.receive(octets, reader, limits)?;
        if let Some(Event::Content(content)) = step.event
            && content.len() == octets.len()
            && content.len() > 1
        {
            step.event = Some(Event::Content(&content[1..]));
        }
        Ok(step)
    }),
    ("says nothing of trailers", |connection, octets, reader, limits| {
        let step = connection.receive(octets, reader, limits)?;
        match step {
            Step { consumed, event: Some(Event::Trailers(_)) } => {
                Ok(Step { consumed, event: Some(Event::Trailers(Fields::EMPTY)) })
            }
            step => Ok(step),
        }
    }),
    ("consumes more than there is", |connection, octets, reader, limits| {
        let mut step = connection.receive(octets, reader, limits)?;
        step.consumed += usize::from(step.event.is_none());
        Ok(step)
    }),
    ("counts other limits", |connection, octets, reader, limits| {
        let limits = Limits {
            content_bytes: limits.content_bytes + 1,
            chunk_extension_bytes: limits.chunk_extension_bytes + 1,
            ..*limits
        };
        connection.receive(octets, reader, &limits)
    }),
];

/// Faults of the transfer coding, and of how a connection is cut.
#[test]
fn chunked_and_pieces_find_connections_that_lose_something() {
    for (what, receive) in WRONG_CONNECTIONS {
        assert_caught(Kind::Chunked, what, Chunked::of(receive));
        assert_caught(Kind::Pieces, what, Pieces::of(receive));
    }
}

/// A connection that says something else of itself than it does.
#[test]
fn conversation_finds_connections_that_deceive_themselves() {
    let nova = Methods::NOVA;
    let wrong = [
        (
            "takes what is too much",
            Methods {
                take_at_hand: |connection, octets, limits| {
                    let limits = Limits { content_bytes: u64::MAX, ..*limits };
                    connection.take_at_hand(octets, &limits)
                },
                ..nova
            },
        ),
        (
            "may end within a head",
            Methods {
                end_of_stream: |connection| match connection.content_left() {
                    ContentLeft::None => Ok(()),
                    _ => connection.end_of_stream(),
                },
                ..nova
            },
        ),
        (
            "knows of one octet less",
            Methods {
                content_left: |connection| match connection.content_left() {
                    ContentLeft::Known(left) if left > 16 => ContentLeft::Known(left - 1),
                    left => left,
                },
                ..nova
            },
        ),
        (
            "is idle when it is closed",
            Methods { idle: |connection| connection.idle() || connection.is_closed(), ..nova },
        ),
        ("forgets a fault", Methods { receive: WRONG_CONNECTIONS[0].1, ..nova }),
        ("loses an octet", Methods { receive: WRONG_CONNECTIONS[1].1, ..nova }),
    ];
    for (what, methods) in wrong {
        assert_caught(Kind::Conversation, what, Conversation::of(methods));
    }
}

const WRONG_ENCODERS: [(&str, EncodeHead); 6] = [
    ("lets lines in", |out, asked, answer, date| {
        let sent = encode(out, asked, answer, date)?;
        for field in answer.fields.iter().filter(|field| field.value == b"a") {
            let at = out.len() - 2;
            out.splice(at..at, [field.name, b": a\r\n"].concat());
        }
        Ok(sent)
    }),
    ("says that it closes, but not to the client", |out, asked, answer, date| {
        let mut sent = encode(out, asked, answer, date)?;
        sent.persistent &= answer.status != Status::PARTIAL_CONTENT;
        Ok(sent)
    }),
    ("announces a length of content to HEAD", |out, asked, answer, date| {
        let mut sent = encode(out, asked, answer, date)?;
        if let (true, ContentInfo::Length(length @ 1..)) = (asked.is_head(), answer.content) {
            sent.content = MaySend::Exactly(length);
        }
        Ok(sent)
    }),
    ("leaves a part behind where it refuses", |out, asked, answer, date| {
        let encoded = encode(out, asked, answer, date);
        if encoded == Err(AnswerError::FieldValue) {
            out.extend_from_slice(b"HTTP/1.1 ");
        }
        encoded
    }),
    ("refuses what it should send", |out, asked, answer, date| match answer.fields.len() {
        4 => Err(AnswerError::FieldName),
        _ => encode(out, asked, answer, date),
    }),
    ("has a Date of its own besides the application's", |out, asked, answer, date| {
        let sent = encode(out, asked, answer, date)?;
        if answer.fields.get("date").is_some() {
            let at = out.len() - 2;
            out.splice(at..at, *date.line());
        }
        Ok(sent)
    }),
];

/// Answers that a client reads differently.
#[test]
fn encode_finds_encoders_that_say_something_else() {
    for (what, encode) in WRONG_ENCODERS {
        assert_caught(Kind::Encode, what, Encode::of(encode));
    }
}

/// The same connections as above, with requests that were built.
#[test]
fn roundtrip_finds_connections_that_lose_something() {
    for (what, receive) in &WRONG_CONNECTIONS[1..4] {
        assert_caught(Kind::Roundtrip, what, Roundtrip::of(*receive));
    }
}

/// A panic is a finding, and a failing input becomes a small one.
#[test]
fn a_panic_is_found_and_shrunk() {
    struct Panics;
    impl Check for Panics {
        fn check(&mut self, input: &[u8]) -> fuzz::checks::Outcome {
            assert!(!input.windows(2).any(|pair| pair == b"\r\r"), "two of them");
            Ok(fuzz::checks::Verdict::Accepted)
        }
    }
    let input = caught(Kind::Head, &mut Panics).expect("some input has two CRs in a row");
    assert!(matches!(look(&mut Panics, &input), Err(Found::Panic(text)) if text == "two of them"));
    let small = shrink(&input, |input| look(&mut Panics, input).is_err());
    assert_eq!(small, b"\r\r");
}

/// An input that takes too long, and takes as long again when it is alone, is a finding.
#[test]
fn who_takes_long_is_found() {
    /// Takes its time for inputs of one length.
    struct Slow<'a>(&'a Slot, usize);
    impl Check for Slow<'_> {
        fn check(&mut self, input: &[u8]) -> fuzz::checks::Outcome {
            let begin = Instant::now();
            // The first time until somebody has seen it, the second time longer than it may.
            while input.len() == self.1
                && (!self.0.has_suspects() && !self.0.is_resting()
                    || self.0.is_resting() && begin.elapsed() <= LONGEST)
            {
                std::thread::yield_now();
            }
            Ok(fuzz::checks::Verdict::Accepted)
        }
    }
    const LONGEST: Duration = Duration::from_millis(100);
    let mut generator = Generator::new(corpus());
    let slow = generator.input(Kind::Head.diet(), 2, 5).len();
    let watch = Watch::new(1, LONGEST);
    let looked = std::thread::scope(|scope| {
        scope.spawn(|| watch.run());
        let slot = watch.slot(0);
        let looked = block(Kind::Head, &mut Slow(slot, slow), &mut generator, 2, 5..6, slot);
        watch.stop();
        looked
    });
    let failure = looked.expect_err("the watch sees it");
    assert!(matches!(failure.found, Found::Slow(took) if took > LONGEST), "{failure:?}");
}
