//! What all targets do: they hand an input to a check, and end where it finds something.
//!
//! A panic is what libFuzzer takes for a finding. The checks themselves, and the command that runs
//! these targets and adds up what they did, are in the package above (`fuzz`).

#![forbid(unsafe_code)]

use std::cell::RefCell;

use fuzz::checks::{Check, Kind};

thread_local! {
    /// A process runs one target; its check keeps its buffers.
    static CHECK: RefCell<Option<Box<dyn Check>>> = const { RefCell::new(None) };
}

/// Looks at an input.
///
/// # Panics
/// The two sides disagree.
pub fn look(kind: Kind, input: &[u8]) {
    CHECK.with_borrow_mut(|check| {
        let check = check.get_or_insert_with(|| kind.check());
        if let Err(disagreement) = check.check(input) {
            panic!("{disagreement}");
        }
    });
}
