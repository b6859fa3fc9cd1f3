//! Whether what the door has read is what llhttp reads, as far as the door accepts it.
//!
//! What the door refuses, or still waits for, may be anything to llhttp: nobody serves it. The README of
//! the package argues what is refused though Node would take it. Where the door is right to accept what
//! llhttp refuses, or to read a word about the connection in another way, `argued.rs` says why.

use crate::argued;
use crate::reading::{Ending, Reading, Saw};

/// Holds what the door has read of some octets against what llhttp reads of them.
///
/// # Errors
/// What differs.
pub fn compare(door: &Reading, llhttp: &Reading) -> Result<(), String> {
    // Whether both go on in the same way behind the request at hand.
    let mut agreed = true;
    for (at, saw) in door.saw.iter().enumerate() {
        let other = llhttp.saw.get(at);
        let last = at + 1 == door.saw.len();
        let same = match (saw, other) {
            // The rest of a content that has a fault in it is nobody's.
            (Saw::Content(some), Some(Saw::Content(all))) if last => all.starts_with(some),
            (Saw::Head(head), Some(Saw::Head(other))) => {
                agreed = (head.keep_alive, head.upgrade) == (other.keep_alive, other.upgrade);
                head == other || argued::about_connection(head, other)
            }
            (saw, other) => Some(saw) == other,
        };
        if !same {
            let other = other.map_or_else(|| format!("{:?}", llhttp.ending), ToString::to_string);
            return Err(format!("the door reads {saw}, and llhttp {other}"));
        }
        if !agreed && *saw == Saw::End {
            // One of the two reads no further, or no HTTP.
            return Ok(());
        }
    }
    let more = llhttp.saw.len() > door.saw.len();
    match (&door.ending, &llhttp.ending) {
        (Ending::Over | Ending::Left(_), _) if more => {
            Err(format!("llhttp reads more: {}", llhttp.saw[door.saw.len()]))
        }
        // What follows the last request the door discards, and llhttp calls a fault.
        (Ending::Over, _) if door.is_closed() => Ok(()),
        (ending @ (Ending::Over | Ending::Left(_)), other) if ending != other => {
            Err(format!("it ends with {ending:?} for the door, and for llhttp with {other:?}"))
        }
        _ => Ok(()),
    }
}
