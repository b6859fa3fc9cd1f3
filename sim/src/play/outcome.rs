//! A play from outside: a story goes in, what was wrong comes out.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::books::Wrong;
use super::plant::Plant;
use super::stage::Stage;
use crate::oracle::Oracle;
use crate::story::Story;

/// What has come of a play.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What was wrong, in order.
    pub wrongs: Vec<Wrong>,
    /// The history, if it was wanted.
    pub history: String,
    /// How many steps it took.
    pub steps: u64,
    /// How the requests stand.
    pub balance: ledger::Balance,
}

/// Plays a story. `history`: whether it is to be written down.
pub fn play(story: &Story, history: bool) -> Outcome {
    play_with(story, history, None)
}

/// As [`play`], with a fault that a test has planted.
pub fn play_with(story: &Story, history: bool, plant: Option<Plant>) -> Outcome {
    let mut stage = Stage::new(story, history, plant);
    let panicked = catch_unwind(AssertUnwindSafe(|| stage.run())).err();
    if let Some(panic) = panicked {
        stage.books.wrong(Oracle::Panics, words(&*panic));
        // Whatever is left may be in pieces.
        let (books, history) = (stage.books.clone(), stage.trace.take());
        let step = stage.step;
        std::mem::forget(stage);
        return Outcome {
            wrongs: books.wrongs(),
            history,
            steps: step,
            balance: books.ledger.balance(),
        };
    }
    Outcome {
        wrongs: stage.books.wrongs(),
        history: stage.trace.take(),
        steps: stage.step,
        balance: stage.books.ledger.balance(),
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".into())
}
