//! What all rungs answer.

use agreed::{HELLO, TEXT};

use crate::answer::Answer;

/// Hello World, whatever is asked for.
pub fn hello(_target: &str, answer: &mut Answer) {
    answer.status("200 OK");
    answer.field("content-type", TEXT);
    answer.content(HELLO);
}
