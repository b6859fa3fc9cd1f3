//! What the simulator says is understood, and one survivor is a failure.

use std::time::Duration;

use mutants::hunt::Catch;
use mutants::table::row;
use mutants::verdict::{Verdict, holds};

fn caught() -> Verdict {
    let words =
        "9 seeds, 100 steps\n1 request\nseed 12: order: client 0: 100 comes twice (step 7)\n";
    Verdict::of(Some(1), words, 8)
}

/// The oracle and the seed are read from the simulator's words.
#[test]
fn a_failure_is_read() {
    let what = "client 0: 100 comes twice (step 7)".to_owned();
    let expected = Verdict::Caught { oracle: "order".into(), seed: 12, what };
    assert_eq!(caught(), expected);
    assert_eq!(caught().seeds_needed(8), Some(5));
}

/// A simulator that says nothing, or dies, has noticed something; one that ends well has not.
#[test]
fn an_end_is_read() {
    assert_eq!(Verdict::of(Some(0), "", 0), Verdict::Survived);
    for (code, words) in [(Some(1), "a panic"), (Some(101), ""), (None, "")] {
        let verdict = Verdict::of(code, words, 3);
        assert!(matches!(verdict, Verdict::Dies { from: 3, .. }), "{verdict:?}");
    }
}

/// It holds only if the tree is clean and nobody has survived, or was no mutant at all.
#[test]
fn a_survivor_is_a_failure() {
    let (clean, hangs) = (Verdict::Survived, Verdict::Hangs { from: 0 });
    let dies = Verdict::Dies { from: 0, how: "by a signal".into() };
    let not_built = Verdict::NotBuilt { why: "error".into() };
    assert!(holds(&clean, [&caught(), &hangs, &dies]));
    assert!(!holds(&clean, [&caught(), &Verdict::Survived]));
    assert!(!holds(&clean, [&caught(), &not_built]));
    assert!(!holds(&caught(), [&caught()]), "the tree as it is has a fault");
    assert!(!holds(&not_built, [&caught()]));
}

/// The table says who has survived, and which oracle was another than expected.
#[test]
fn the_table_names_survivors() {
    let told = |verdict, expected| {
        row("it", expected, &Catch { verdict, took: Duration::from_secs(1) }, 8)
    };
    assert!(told(Verdict::Survived, Some("order")).contains("SURVIVED"));
    assert!(told(Verdict::Survived, None).contains("clean"));
    assert!(!told(caught(), Some("order")).contains("expected"));
    assert!(told(caught(), Some("memory")).contains("memory was expected"));
}
