//! Each fault is entered in the way it would come about, and found.

use crate::{Fault, Ledger, Mark, Receipt, Standing};

/// A request that the client sent and the handler read.
fn read(ledger: &Ledger) -> (Mark, Vec<u8>) {
    let mark = ledger.open(0x0051_ee10).expect("room");
    ledger.sent(mark);
    ledger.ran(mark);
    ledger.read(mark);
    (mark, mark.content(64))
}

#[test]
fn what_was_read_and_not_answered_is_lost() {
    let ledger = Ledger::with_room_for(4);
    let (mark, _) = read(&ledger);
    assert_eq!(ledger.standing(mark), Some(Standing::Fault(Fault::Lost)));
    assert_eq!(ledger.faults().collect::<Vec<_>>(), [(mark, Fault::Lost)]);
    assert!(!ledger.balance().is_clean());
}

#[test]
fn what_is_owed_is_lost_even_if_no_handler_has_seen_it() {
    let ledger = Ledger::with_room_for(4);
    let mark = ledger.open(1).expect("room");
    ledger.sent(mark);
    assert!(ledger.balance().is_clean());
    ledger.owed(mark);
    assert_eq!(ledger.standing(mark), Some(Standing::Fault(Fault::Lost)));
}

#[test]
fn the_books_of_two_rounds_add_up() {
    let ledger = Ledger::with_room_for(4);
    read(&ledger);
    let (mark, content) = read(&ledger);
    ledger.answered(mark, Receipt::of(mark, &content), &content);
    let mut both = ledger.balance();
    both += ledger.balance();
    assert_eq!((both.opened, both.answered, both.lost), (4, 2, 2));
    assert!(both.sums().contains(&("lost", 2)));
}

#[test]
fn a_client_that_leaves_is_owed_nothing() {
    let ledger = Ledger::with_room_for(4);
    let (mark, _) = read(&ledger);
    ledger.left(mark);
    assert_eq!(ledger.standing(mark), Some(Standing::Left));
    assert!(ledger.balance().is_clean());
}

#[test]
fn an_answer_after_the_client_meant_to_leave_is_an_answer() {
    let ledger = Ledger::with_room_for(4);
    let (mark, content) = read(&ledger);
    ledger.left(mark);
    ledger.answered(mark, Receipt::of(mark, &content), &content);
    assert_eq!(ledger.standing(mark), Some(Standing::Answered));
}

#[test]
fn anothers_receipt_is_crossed() {
    let ledger = Ledger::with_room_for(4);
    let (one, _) = read(&ledger);
    let (other, content) = read(&ledger);
    ledger.answered(one, Receipt::of(other, &content), &one.content(64));
    assert_eq!(ledger.standing(one), Some(Standing::Fault(Fault::Crossed)));
}

#[test]
fn a_handler_that_runs_twice_and_an_answer_that_comes_twice_are_doubled() {
    let ledger = Ledger::with_room_for(4);
    let (one, content) = read(&ledger);
    ledger.answered(one, Receipt::of(one, &content), &content);
    assert_eq!(ledger.standing(one), Some(Standing::Answered));
    ledger.ran(one);
    assert_eq!(ledger.standing(one), Some(Standing::Fault(Fault::Doubled)));

    let (two, content) = read(&ledger);
    ledger.answered(two, Receipt::of(two, &content), &content);
    ledger.answered(two, Receipt::of(two, &content), &content);
    assert_eq!(ledger.standing(two), Some(Standing::Fault(Fault::Doubled)));
}

#[test]
fn one_octet_more_less_moved_or_changed_is_corrupted() {
    let spoilt: [fn(&mut Vec<u8>); 4] = [
        |content| content.push(0),
        |content| content.truncate(63),
        |content| content.swap(40, 41),
        |content| content[50] ^= 1,
    ];
    for spoil in spoilt {
        let ledger = Ledger::with_room_for(4);
        let (mark, sent) = read(&ledger);
        let mut came = sent.clone();
        spoil(&mut came);
        ledger.answered(mark, Receipt::of(mark, &came), &sent);
        assert_eq!(ledger.standing(mark), Some(Standing::Fault(Fault::Corrupted)));
    }
}

#[test]
fn what_the_server_never_read_stands_apart() {
    let ledger = Ledger::with_room_for(4);
    let mark = ledger.open(1).expect("room");
    assert_eq!(ledger.standing(mark), Some(Standing::Apart { sent: false, ran: false }));
    ledger.sent(mark);
    ledger.ran(mark);
    assert_eq!(ledger.standing(mark), Some(Standing::Apart { sent: true, ran: true }));
    assert!(ledger.balance().is_clean());
}

#[test]
fn a_mark_that_nobody_opened_is_forged() {
    let ledger = Ledger::with_room_for(4);
    let (mark, _) = read(&ledger);
    ledger.ran(Mark { tag: mark.tag ^ 1, ..mark });
    ledger.ran(Mark { number: 3, ..mark });
    assert_eq!(ledger.balance().forged, 2);
    assert_eq!(ledger.standing(Mark { number: 9, tag: 9 }), None);
}

#[test]
fn the_books_have_an_end() {
    let ledger = Ledger::with_room_for(1);
    assert!(ledger.open(0).is_some_and(|mark| mark.tag == 1));
    assert!(ledger.open(0).is_none());
    assert_eq!(ledger.opened(), 1);
}

#[test]
fn marks_and_receipts_are_read_back_and_nothing_else_is() {
    let mark = Mark { number: 17, tag: 0xdead_beef };
    assert_eq!(mark.to_string(), "17-00000000deadbeef");
    assert_eq!(mark.to_string().parse(), Ok(mark));
    let receipt = Receipt::of(mark, b"abc");
    assert_eq!(receipt.to_string(), "17-00000000deadbeef 352441c2 3\n");
    assert_eq!(receipt.to_string().parse(), Ok(receipt));
    for text in ["", "17", "17-beef", "x-00000000deadbeef", "17-00000000deadbeeg"] {
        assert!(text.parse::<Mark>().is_err(), "{text}");
    }
    for text in ["17-00000000deadbeef 352441c2 3", "17-00000000deadbeef 352441c2\n", "\n"] {
        assert!(text.parse::<Receipt>().is_err(), "{text}");
    }
}

#[test]
fn content_in_pieces_has_the_receipt_of_the_whole() {
    let mark = Mark { number: 0, tag: 7 };
    let content = mark.content(1000);
    assert_eq!(content.len(), 1000);
    let mut reading = Receipt::reading();
    content.chunks(7).for_each(|piece| reading.update(piece));
    assert_eq!(reading.receipt(mark), Receipt::of(mark, &content));
    assert_ne!(content, Mark { number: 0, tag: 8 }.content(1000));
    assert!(mark.content(0).starts_with(b"0-0000000000000007\n"));
}
