//! The judge can say no: transcripts of servers that are wrong, each in another way.

use conformance::{End, Transcript, judge};

const DATE: &str = "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n";

fn answer(status: u16, more: &str, content: &str) -> String {
    format!("HTTP/1.1 {status} X\r\n{DATE}{more}Content-Length: {}\r\n\r\n{content}", content.len())
}

fn kept(octets: String) -> Transcript {
    let probe = answer(200, "", "/probe 0").into_bytes();
    let end = End::Open { probe: Some(probe) };
    Transcript { octets: octets.into_bytes(), half_closed: false, end }
}

fn ended(octets: String) -> Transcript {
    Transcript { octets: octets.into_bytes(), half_closed: false, end: End::Ended }
}

fn verdict(transcript: &Transcript, required: &str) -> Result<(), String> {
    judge(transcript, &required.parse().unwrap())
}

/// Right ones are right, so that the wrong ones below are wrong for their own reason.
#[test]
fn right_transcripts_pass() {
    let close = "Connection: close\r\n";
    let right = [
        (kept(answer(200, "", "a")), "200+kept"),
        (kept(answer(200, "", "a") + &answer(200, "", "b")), "2xx*2+kept"),
        (kept(format!("HTTP/1.1 100 Continue\r\n\r\n{}", answer(200, "", ""))), "200+kept"),
        (kept(answer(200, "X-Method: HEAD\r\n", "").replace("Length: 0", "Length: 9")), "200+kept"),
        (ended(answer(400, close, "no")), "400+close"),
        (ended(answer(200, "", "a") + &answer(400, close, "no")), "200,400+close"),
        (ended(String::new()), "400+close or close"),
        (kept(String::new()), "wait"),
        (Transcript { half_closed: true, ..ended(answer(200, "", "")) }, "200+close"),
    ];
    for (transcript, required) in right {
        assert_eq!(verdict(&transcript, required), Ok(()), "{required}");
    }
}

/// Each of these servers would be dangerous.
#[test]
fn wrong_transcripts_do_not() {
    let close = "Connection: close\r\n";
    let probe = |octets: String| Transcript {
        octets: answer(200, "", "").into_bytes(),
        half_closed: false,
        end: End::Open { probe: Some(octets.into_bytes()) },
    };
    let wrong = [
        ("takes what must be refused", kept(answer(200, "", "a")), "400+close"),
        ("another refusal", ended(answer(500, close, "")), "400+close"),
        ("refuses and goes on", kept(answer(400, "", "")), "400+close"),
        ("closes without saying so", ended(answer(400, "", "")), "400+close"),
        ("closes what should be kept", ended(answer(200, close, "")), "200+kept"),
        ("announces a close and keeps", kept(answer(200, close, "")), "200+kept"),
        ("answers twice", kept(answer(200, "", "") + &answer(200, "", "")), "200+kept"),
        ("does not answer", kept(String::new()), "200+kept"),
        ("answers only one of two", kept(answer(200, "", "")), "200*2+kept"),
        ("answers before the request is complete", kept(answer(200, "", "")), "wait"),
        (
            "answers after a close",
            ended(answer(200, close, "") + &answer(400, close, "")),
            "200,400+close",
        ),
        (
            "resets a client that has parted before it has its answer",
            Transcript { end: End::Reset, ..ended("".into()) },
            "200+parted",
        ),
        ("keeps a client that has parted", kept(answer(200, "", "a")), "200+parted"),
        ("resets", Transcript { end: End::Reset, ..ended(answer(400, close, "")) }, "400+close"),
        ("no date", kept(answer(200, "", "a").replace("Date", "Data")), "200+kept"),
        ("a wrong date", kept(answer(200, "", "a").replace("GMT", "UTC")), "200+kept"),
        ("no length", kept(answer(200, "", "a").replace("Content-L", "Konten-L")), "200+kept"),
        ("two lengths", kept(answer(200, "Content-Length: 1\r\n", "a")), "200+kept"),
        ("two framings", kept(answer(200, "Transfer-Encoding: chunked\r\n", "a")), "200+kept"),
        (
            "too little content",
            kept(answer(200, "", "").replace("Length: 0", "Length: 9")),
            "200+kept",
        ),
        ("too much content", kept(answer(200, "", "a") + "b"), "200+kept"),
        ("a head without its end", kept("HTTP/1.1 200 OK\r\n".into()), "200+kept"),
        ("no HTTP at all", kept("hello".into()), "200+kept"),
        ("the probe is not answered", probe(String::new()), "200+kept"),
        ("the probe gets another's answer", probe(answer(200, "", "/pair 0")), "200+kept"),
        ("the probe is answered twice", probe(answer(200, "", "/probe 0").repeat(2)), "200+kept"),
        ("the probe is refused", probe(answer(400, close, "")), "200+kept"),
        (
            "dies with its client",
            Transcript { end: End::Left { probe: Vec::new() }, ..ended(String::new()) },
            "gone",
        ),
    ];
    for (what, transcript, required) in wrong {
        assert!(verdict(&transcript, required).is_err(), "{what}");
    }
}
