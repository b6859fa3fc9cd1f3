//! The comparison of splits can fail: faults are planted that show only where a stream is cut, and at
//! every place where a cut can hurt they are found. And every detail of an event stream counts.

use std::ops::Range;

use conformance::splits::core::{Forgetful, Remembering};
use conformance::splits::cuts::LONG;
use conformance::splits::events::{Event, EventStream, WholeHead};
use conformance::splits::server::Server;
use conformance::splits::{Difference, Plan, Recipient, Story, Subject, check};
use nova_http1::connection::ContentLeft;
use nova_http1::{BodyLength, Fault, Persistence, Version};

const REQUEST: &str = "POST /path HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
                       5;x=y\r\nhello\r\n0\r\nTrailed: by\r\n\r\n";

/// Every kind of place, by what lies there. The first octet of a place is not parted from what
/// stands before it.
const PLACES: [(&str, &str); 7] = [
    ("the request line", "POST /path HTTP/1.1"),
    ("a field line", "Transfer-Encoding: chunked"),
    ("the CRLF of a field line", "\r\nTransfer"),
    ("the end of the head", "\r\n\r\n5"),
    ("a chunk-size line", "5;x=y\r\n"),
    ("chunk-data", "hello\r\n"),
    ("the trailer section", "Trailed: by\r\n\r\n"),
];

fn subject() -> Subject {
    Subject::plain("a planted fault", REQUEST.as_bytes())
}

fn place(what: &str) -> Range<usize> {
    let start = REQUEST.find(what).unwrap();
    start + 1..start + what.len()
}

/// Every offset, nothing random.
const PLAN: Plan = Plan { seed: 0, most: None, rounds: 0, long: LONG };

/// Loses the octet behind a cut within `place`, as a buffer would that is off by one there.
struct Loses<R> {
    inner: R,
    place: Range<usize>,
}

impl<R: Recipient> Recipient for Loses<R> {
    type Story = R::Story;
    const NAME: &'static str = R::NAME;

    fn deliver(&mut self, subject: &Subject, cuts: &[usize]) -> R::Story {
        let mut octets = subject.octets.clone();
        for &at in cuts.iter().rev().filter(|at| self.place.contains(at)) {
            octets.remove(at);
        }
        self.inner.deliver(&Subject::plain(&subject.name, &octets), &[])
    }
}

fn found<R: Recipient + Default>(place: Range<usize>) -> Option<Box<Difference>> {
    check(&mut Loses { inner: R::default(), place }, &subject(), &PLAN).err()
}

/// A fault at one kind of place is found there, at the first offset that it has.
#[test]
fn a_fault_at_any_place_is_found() {
    for (name, what) in PLACES {
        let place = place(what);
        let first = vec![place.start];
        for found in [found::<Forgetful>(place.clone()), found::<Remembering>(place.clone())] {
            let difference = found.unwrap_or_else(|| panic!("nobody sees a fault in {name}"));
            assert_eq!(difference.cuts, first, "{name}: {difference}");
        }
        // A server does not show everything that it has understood, so it may be found later.
        let difference = found::<Server>(place.clone());
        let difference = difference.unwrap_or_else(|| panic!("the server hides a fault in {name}"));
        assert!(place.contains(&difference.cuts[0]), "{name}: {difference}");
    }
}

/// Each offset by itself. Two losses are not seen, since the protocol does not show what it ignores:
/// `;x=y` without its `=` is a chunk extension, too, and a trailer's space before its value is optional.
#[test]
fn a_fault_at_any_offset_is_found() {
    for at in 1..REQUEST.len() {
        let cuts = found::<Forgetful>(at..at + 1).map(|difference| difference.cuts);
        let ignored = ["=y", " by"].iter().any(|what| REQUEST.find(what) == Some(at));
        assert_eq!(cuts, (!ignored).then(|| vec![at]));
    }
}

/// Where nothing is wrong, nothing is found; the counts are those of the offsets.
#[test]
fn without_a_fault_nothing_is_found() {
    let nowhere = 0..0;
    for found in [
        found::<Forgetful>(nowhere.clone()),
        found::<Remembering>(nowhere.clone()),
        found::<Server>(nowhere),
    ] {
        assert_eq!(found, None);
    }
    let tally = check(&mut Forgetful::default(), &subject(), &PLAN).unwrap();
    assert_eq!((tally.in_two, tally.at_random), (REQUEST.len() as u64 - 1, 0));
}

/// Forgets at a cut in `place` what it has not consumed: the fault of a reader that keeps no rest.
struct Forgets(Range<usize>);

impl Recipient for Forgets {
    type Story = EventStream;
    const NAME: &'static str = "a reader without a rest";

    fn deliver(&mut self, subject: &Subject, cuts: &[usize]) -> EventStream {
        let from = cuts.iter().copied().rfind(|at| self.0.contains(at)).unwrap_or(0);
        Forgetful::default().read(std::iter::once(&subject.octets[from..]))
    }
}

/// Random places find it, too: ten cuts cannot all miss a place that is half of the input.
#[test]
fn random_cuts_find_a_fault() {
    let rounds = Plan { seed: 1, most: Some(0), rounds: 20, long: LONG };
    assert_eq!(rounds.at_random(&subject()).len(), 20);
    let mut reader = Forgets(1..REQUEST.len() / 2);
    // Only the random rounds are tried.
    let whole = reader.deliver(&subject(), &[]);
    let all = rounds.at_random(&subject());
    let found =
        all.iter().filter(|cuts| whole.difference(&reader.deliver(&subject(), cuts)).is_some());
    assert!(found.count() > 15);
}

/// Does not join content: what nearly every stream would do that is not normalised.
struct Unjoined(Forgetful);

impl Recipient for Unjoined {
    type Story = EventStream;
    const NAME: &'static str = "a stream that tells pieces apart";

    fn deliver(&mut self, subject: &Subject, cuts: &[usize]) -> EventStream {
        let mut stream = self.0.deliver(subject, cuts);
        let data = REQUEST.find("hello").unwrap();
        let cut = cuts.iter().copied().find(|at| (data + 1..data + 5).contains(at));
        let content = stream.events.iter().position(|event| matches!(event, Event::Content(_)));
        if let (Some(at), Some(index)) = (cut, content)
            && let Event::Content(front) = &mut stream.events[index]
        {
            let back = front.split_off(at - data);
            stream.events.insert(index + 1, Event::Content(back));
        }
        stream
    }
}

/// Joining is all that stands between the two.
#[test]
fn pieces_of_content_would_be_told_apart() {
    let found = check(&mut Unjoined(Forgetful::default()), &subject(), &PLAN).unwrap_err();
    assert_eq!(found.cuts, [REQUEST.find("hello").unwrap() + 1]);
}

/// The story has the name, the place, the pieces and both sides.
#[test]
fn a_difference_is_told() {
    let found = found::<Forgetful>(place("hello\r\n")).unwrap();
    let told = found.to_string();
    let at = REQUEST.find("hello").unwrap() + 1;
    assert!(told.starts_with(&format!("a planted fault: cut at {at}, ")), "{told}");
    assert!(told.contains("5;x=y\\r\\nh ┊ ello\\r\\n"), "{told}");
    assert!(told.contains("whole: event 1 is 5 octets of content: hello"), "{told}");
    assert!(told.contains("cut:   event 1 is 5 octets of content: hllo\\r"), "{told}");
}

fn head() -> WholeHead {
    WholeHead {
        method: b"GET".to_vec(),
        target: b"/a".to_vec(),
        form: "Origin".into(),
        version: Version::Http11,
        fields: vec![(b"Host".to_vec(), b"h".to_vec()), (b"A".to_vec(), b"b".to_vec())],
        body: BodyLength::Length(3),
        persistence: Persistence::Persistent,
        expects_continue: false,
        upgrade: false,
        len: 40,
    }
}

/// A stream that differs in one detail is another stream.
#[test]
fn every_detail_of_a_stream_counts() {
    type Change = fn(&mut WholeHead);
    let changes: [Change; 13] = [
        |head| head.method = b"HEAD".to_vec(),
        |head| head.target = b"/b".to_vec(),
        |head| head.form = "Asterisk".into(),
        |head| head.version = Version::Http10,
        |head| head.fields[1].0 = b"a".to_vec(),
        |head| head.fields[1].1 = b"c".to_vec(),
        |head| head.fields.swap(0, 1),
        |head| drop(head.fields.pop()),
        |head| head.body = BodyLength::Chunked,
        |head| head.persistence = Persistence::Close,
        |head| head.expects_continue = true,
        |head| head.upgrade = true,
        |head| head.len += 1,
    ];
    let stream = |event| EventStream { events: vec![event, Event::End] };
    let whole = stream(Event::Head(Box::new(head())));
    assert_eq!(whole.difference(&whole.clone()), None);
    for (number, change) in changes.into_iter().enumerate() {
        let mut other = head();
        change(&mut other);
        let other = stream(Event::Head(Box::new(other)));
        assert!(whole.difference(&other).is_some(), "change {number}");
    }
    let end = |verdict, closed, idle, left| Event::EndOfStream { verdict, closed, idle, left };
    let events = [
        Event::Content(b"abc".to_vec()),
        Event::Content(b"abd".to_vec()),
        Event::Trailers(vec![(b"A".to_vec(), b"b".to_vec())]),
        Event::Trailers(Vec::new()),
        Event::End,
        // The same status for another reason.
        Event::Refused(Fault::LineEnd, 400),
        Event::Refused(Fault::FieldName, 400),
        end(Ok(()), false, false, ContentLeft::None),
        end(Ok(()), true, false, ContentLeft::None),
        end(Ok(()), false, true, ContentLeft::None),
        end(Err(Fault::Incomplete), false, false, ContentLeft::None),
        end(Err(Fault::Incomplete), false, false, ContentLeft::Known(1)),
    ];
    for (one, event) in events.iter().enumerate() {
        for (other, another) in events.iter().enumerate() {
            let difference = stream(event.clone()).difference(&stream(another.clone()));
            assert_eq!(difference.is_none(), one == other, "{event:?}, {another:?}");
        }
    }
    let short = EventStream { events: whole.events[..1].to_vec() };
    assert!(whole.difference(&short).is_some() && short.difference(&whole).is_some());
}
