//! Inputs that are no HTTP: for scanners, for scripts and for plans.

use super::Writer;
use super::words::{NAMES, SPECIAL, TARGETS, VALUES};

/// Octets of one class but for a few, in lengths around those of the processor's vectors.
pub(super) fn octets(writer: &mut Writer<'_>) -> bool {
    let most = [8, 40, 72, 200][writer.dice.below(4)];
    let len = writer.dice.below(most);
    let palette: &[u8] = writer.dice.pick(&[
        b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!#$%&'*+^_`|~".as_slice(),
        b"/abc?d=e&f%20;:@,()<>[]{}\\\"~!",
        b" \tabcXYZ019~\x80\xff\xc3\xa9\"\\(),/:;<=>?@[]{}",
        b"aaaaaaaaaaaaaaaa.-_~!$&'()*+,;=",
    ]);
    for _ in 0..len {
        let octet = palette[writer.dice.below(palette.len())];
        writer.out.push(octet);
    }
    for _ in 0..writer.dice.below(3) {
        if len > 0 {
            let at = writer.dice.below(len);
            writer.out[at] = match writer.dice.one_in(2) {
                true => SPECIAL[writer.dice.below(SPECIAL.len())],
                false => writer.dice.octet(),
            };
        }
    }
    false
}

/// The length of a script, and the script.
pub(super) fn script(writer: &mut Writer<'_>) {
    let len = writer.dice.below(64);
    writer.out.push(len as u8);
    for _ in 0..len {
        let octet = writer.dice.octet();
        writer.out.push(octet);
    }
}

/// Random octets with words in between.
pub(super) fn plan(writer: &mut Writer<'_>) -> bool {
    for _ in 0..=writer.dice.below(6) {
        for _ in 0..=writer.dice.below(12) {
            let octet = writer.dice.octet();
            writer.out.push(octet);
        }
        let words = [NAMES, VALUES, TARGETS][writer.dice.below(3)];
        writer.one_of(words);
    }
    false
}
