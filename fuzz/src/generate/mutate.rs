//! What is done to octets: splices, tokens, flips, cuts.

use super::words::{LINE_END_SLIPS, SPECIAL, TOKENS, VALUES};
use super::{Corpus, Dice, Writer, request};

/// Longer inputs are not made longer.
const ENOUGH: usize = 2_048;

/// Changes `octets` in one to four ways.
pub(super) fn mutate(octets: &mut Vec<u8>, dice: &mut Dice, corpus: &Corpus) {
    for _ in 0..=dice.below(4) {
        change(octets, dice, corpus);
    }
}

fn change(octets: &mut Vec<u8>, dice: &mut Dice, corpus: &Corpus) {
    if octets.is_empty() || dice.one_in(24) {
        octets.truncate(dice.up_to(octets.len()));
        return octets.extend_from_slice(corpus.pick(dice));
    }
    let at = dice.below(octets.len());
    match dice.below(12) {
        0 => octets[at] ^= 1 << dice.below(8),
        1 | 2 => octets[at] = SPECIAL[dice.below(SPECIAL.len())],
        3 => octets[at] = dice.octet(),
        4 => octets.truncate(at),
        5 => {
            let end = at + dice.up_to((octets.len() - at).min(16));
            octets.drain(at..end);
        }
        6 if octets.len() < ENOUGH => {
            // Something comes twice.
            let end = at + dice.up_to((octets.len() - at).min(40));
            octets.extend_from_within(at..end);
            octets[at..].rotate_right(end - at);
        }
        7 if octets.len() < ENOUGH => {
            // What follows comes from somewhere else.
            let other = corpus.pick(dice);
            octets.truncate(at);
            octets.extend_from_slice(&other[dice.up_to(other.len())..]);
        }
        8 => {
            // A line ends in another way.
            if let Some(end) = octets[at..].windows(2).position(|pair| pair == b"\r\n") {
                octets.drain(at + end..at + end + 2);
                insert(octets, at + end, dice.pick(LINE_END_SLIPS));
            }
        }
        9 => insert(octets, at, &[SPECIAL[dice.below(SPECIAL.len())]]),
        _ if octets.len() < ENOUGH => insert(octets, at, dice.pick(TOKENS)),
        _ => octets[at] = b'\n',
    }
}

fn insert(octets: &mut Vec<u8>, at: usize, piece: &[u8]) {
    octets.extend_from_slice(piece);
    octets[at..].rotate_right(piece.len());
}

/// A head, and up to three others that differ from it in little.
pub(super) fn alike(writer: &mut Writer<'_>, corpus: &Corpus) -> bool {
    let slip = std::mem::take(&mut writer.slip);
    request::head_only(writer);
    writer.slip = slip;
    let first = writer.out.len();
    for _ in 0..=writer.dice.below(3) {
        let start = writer.out.len();
        writer.out.extend_from_within(..first);
        match writer.dice.below(8) {
            0 => {}
            1 => {
                // Any octet; if it is a wrong one, that is the end.
                let at = start + writer.dice.below(first);
                writer.out[at] = SPECIAL[writer.dice.below(SPECIAL.len())];
            }
            2 => insert_before_line(writer, start, TOKENS),
            3 => drop_line(writer, start),
            4 => {
                let at = start + writer.dice.below(first);
                insert(writer.out, at, writer.dice.pick(VALUES));
            }
            5 => {
                // Another request line.
                insert(writer.out, start + 5, b"x");
            }
            6 => {
                let line = line_start(writer, start);
                insert(writer.out, line, b"X: y\r\n");
            }
            _ => {
                let len = start + writer.dice.up_to(writer.out.len() - start);
                writer.out.truncate(len);
            }
        }
    }
    if writer.dice.one_in(16) {
        mutate(writer.out, writer.dice, corpus);
    }
    false
}

fn insert_before_line(writer: &mut Writer<'_>, start: usize, words: &super::words::Words) {
    let line = line_start(writer, start);
    insert(writer.out, line, writer.dice.pick(words));
}

fn drop_line(writer: &mut Writer<'_>, start: usize) {
    let line = line_start(writer, start);
    let rest = &writer.out[line..];
    if let Some(end) = rest.iter().position(|&octet| octet == b'\n') {
        writer.out.drain(line..=line + end);
    }
}

/// Where some line begins, not before `start`.
fn line_start(writer: &mut Writer<'_>, start: usize) -> usize {
    let len = writer.out.len();
    let at = start + writer.dice.below(len - start);
    let end = writer.out[at..].iter().position(|&octet| octet == b'\n');
    end.map_or(len, |end| at + end + 1)
}
