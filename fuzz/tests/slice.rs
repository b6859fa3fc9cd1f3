//! A slice of what the command does for days: every check over its own inputs, in a debug build.

use std::sync::OnceLock;

use fuzz::checks::Kind;
use fuzz::generate::{Corpus, Diet, Generator};
use fuzz::reference::faults;
use fuzz::run::{Failure, LONGEST, Tally, Watch, block};
use nova_http1::Fault;

/// Inputs of each check.
const INPUTS: u64 = 8_000;

fn generator() -> Generator {
    static CORPUS: OnceLock<Corpus> = OnceLock::new();
    let corpus = CORPUS.get_or_init(|| Corpus::of_the_cases().expect("the cases are readable"));
    Generator::new(corpus.clone())
}

fn slice(kind: Kind) -> Tally {
    let watch = Watch::new(1, LONGEST);
    let mut check = kind.check();
    let looked = block(kind, check.as_mut(), &mut generator(), 0, 0..INPUTS, watch.slot(0));
    looked.unwrap_or_else(|failure: Failure| {
        let Failure { seed, index, found, .. } = failure;
        panic!("`replay {} {seed}:{index}` tells more of {found:?}", kind.name())
    })
}

/// Every check agrees about its inputs. They are worth looking at: enough of them are understood to
/// their end, and every fault that octets can have is met.
#[test]
fn every_check_agrees_about_a_slice() {
    let tallies = std::thread::scope(|scope| {
        let slices = Kind::ALL.map(|kind| scope.spawn(move || slice(kind)));
        slices.map(|slice| slice.join().expect("both sides agree"))
    });
    for (kind, tally) in Kind::ALL.into_iter().zip(&tallies) {
        let counts = tally.by_name();
        assert_eq!(tally.inputs(), INPUTS, "{kind:?}");
        let accepted = counts.get("accepted").copied().unwrap_or_default();
        assert!(accepted > INPUTS / 8, "{kind:?}: only {accepted} accepted of {counts:?}");
    }
    for fault in faults::ALL {
        let met: u64 = tallies.iter().map(|tally| tally.refused_for(fault)).sum();
        assert!(met > 0, "{fault:?} is never met");
    }
    assert!(!faults::ALL.contains(&Fault::Incomplete), "an end of the stream has that fault");
}

/// An input is what its seed and its index say, whatever was made before it.
#[test]
fn an_input_can_be_made_again_alone() {
    let mut generator = generator();
    for diet in Diet::ALL {
        let ninth = (0..10).map(|index| generator.input(diet, 7, index).to_vec()).next_back();
        let alone = self::generator().input(diet, 7, 9).to_vec();
        assert_eq!(ninth, Some(alone), "{diet:?}");
    }
}

/// Inputs are small, different, and not all of one kind.
#[test]
fn inputs_are_small_and_differ() {
    let mut generator = generator();
    for diet in Diet::ALL {
        let mut inputs: Vec<_> =
            (0..1_000).map(|index| generator.input(diet, 3, index).to_vec()).collect();
        let octets: usize = inputs.iter().map(Vec::len).sum();
        assert!(octets / inputs.len() < 512, "{diet:?}: {octets}");
        inputs.sort();
        inputs.dedup();
        assert!(inputs.len() > 900, "{diet:?}: only {} different ones", inputs.len());
    }
}
