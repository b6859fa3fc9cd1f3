//! Every split: wherever a stream is cut on its way, it means the same (RFC 9112 §2.2).
//!
//! TCP cuts where it likes. So each input that this crate has is delivered whole, then cut in two at
//! every offset, then cut at ten random places, and each time must be understood as when it came
//! whole: by the protocol alone ([`core`]) and by a whole server ([`server`]).
//!
//! - [`subject`]: what is delivered: our cases, llhttp's, h2o's corpus;
//! - [`cuts`]: where it is cut;
//! - [`events`]: what the protocol says it has understood, and the one thing that is normalised;
//! - [`core`] and [`server`]: the two recipients;
//! - [`difference`]: what is told when two deliveries differ;
//! - [`run`]: all of it, on several threads, counted.
//!
//! That what is understood of a whole input is *right* is for the judge (`tests/in_process.rs`); here
//! it only must not change.

pub mod core;
pub mod cuts;
pub mod difference;
pub mod events;
pub mod run;
pub mod server;
pub mod subject;

pub use cuts::Plan;
pub use difference::Difference;
pub use subject::{Source, Subject};

/// Somebody who gets a subject in pieces and says what it was.
pub trait Recipient {
    /// What was understood.
    type Story: Story;

    /// The name of this recipient in reports.
    const NAME: &'static str;

    /// Delivers `subject` to a new connection, cut at the offsets `cuts`, which ascend.
    fn deliver(&mut self, subject: &Subject, cuts: &[usize]) -> Self::Story;
}

/// What was understood of a delivery, from its first octet to its end.
pub trait Story {
    /// Where `cut`, the story of another delivery of the same octets, first differs: the two sides.
    fn difference(&self, cut: &Self) -> Option<(String, String)>;
}

/// How many deliveries were held against a whole one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Inputs.
    pub inputs: u64,
    /// Deliveries in two pieces, each at another offset of its input.
    pub in_two: u64,
    /// Deliveries cut at random places, no two of an input alike.
    pub at_random: u64,
}

impl Tally {
    /// All deliveries that were cut.
    pub const fn splits(&self) -> u64 {
        self.in_two + self.at_random
    }

    /// Adds another's counts.
    pub const fn add(&mut self, other: &Self) {
        self.inputs += other.inputs;
        self.in_two += other.in_two;
        self.at_random += other.at_random;
    }
}

/// Delivers `subject` whole and then cut in every way of `plan`. The first difference ends it.
///
/// # Errors
/// A delivery that was understood in another way than the whole.
pub fn check<R: Recipient>(
    recipient: &mut R,
    subject: &Subject,
    plan: &Plan,
) -> Result<Tally, Box<Difference>> {
    let whole = recipient.deliver(subject, &[]);
    let mut held = |cuts: &[usize]| {
        let cut = recipient.deliver(subject, cuts);
        match whole.difference(&cut) {
            None => Ok(()),
            Some((whole, cut)) => {
                Err(Box::new(Difference::new(R::NAME, subject, cuts, whole, cut)))
            }
        }
    };
    let mut tally = Tally { inputs: 1, ..Tally::default() };
    for at in plan.in_two(subject) {
        held(&[at])?;
        tally.in_two += 1;
    }
    for cuts in plan.at_random(subject) {
        held(&cuts)?;
        tally.at_random += 1;
    }
    Ok(tally)
}
