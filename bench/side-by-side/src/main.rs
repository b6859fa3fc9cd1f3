//! `side-by-side`: the program around the library of the same name.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    side_by_side::main()
}
