//! An answer, held against the request that it is for.

use ledger::{Ledger, Receipt};

use super::batch::{Due, Wanted};
use crate::reader::Response;

/// Enters what has come back for `due`.
///
/// # Errors
/// What is wrong with it beside what the books say.
pub(super) fn settle(due: &Due, response: &Response, books: &Ledger) -> Result<(), String> {
    let mark = due.receipt.mark;
    match (due.wanted, response.status) {
        (Wanted::Receipt, 200) | (Wanted::Failure, 500) => {
            let end = response.content.iter().position(|&octet| octet == b'\n');
            let (line, fill) = response.content.split_at(end.map_or(0, |end| end + 1));
            let receipt = std::str::from_utf8(line).ok().and_then(|line| line.parse().ok());
            let Some(receipt): Option<Receipt> = receipt else {
                books.corrupted(mark);
                return Err(format!("an answer without a receipt: {:.80?}", response.content));
            };
            books.settled(due.receipt, receipt);
            let wanted = if due.fill > 0 { mark.content(due.fill) } else { Vec::new() };
            if receipt.mark == mark && fill != wanted {
                books.corrupted(mark);
            }
            Ok(())
        }
        (Wanted::Refusal | Wanted::Nothing, 400) => {
            books.refused(mark);
            Ok(())
        }
        (_, status) => {
            books.refused(mark);
            Err(format!("{status} instead of {:?}", due.wanted))
        }
    }
}
