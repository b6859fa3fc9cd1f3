//! The books at the end: nothing lost, crossed, doubled, corrupted or forged.

use std::rc::Rc;

use super::Oracle;
use crate::play::Books;

/// Everybody has left.
pub(crate) fn end(books: &Rc<Books>) {
    let balance = books.ledger.balance();
    if balance.is_clean() {
        return;
    }
    let faults: Vec<_> =
        books.ledger.faults().map(|(mark, fault)| format!("{mark} is {fault}")).collect();
    let forged = if balance.forged > 0 { "; some are forged" } else { "" };
    books.wrong(Oracle::Ledger, format!("{}{forged}", faults.join(", ")));
}
