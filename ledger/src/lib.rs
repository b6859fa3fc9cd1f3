//! Books on every request of a test, so that a loss is a number and not an impression.
//!
//! Each request carries a [`Mark`]: its number and a random tag, in the field [`FIELD`] and at the
//! front of its content. The handler enters that it ran, that it has read the content, and answers
//! with a [`Receipt`]: the mark and the checksum of what it read. The client enters what it sent and
//! what came back. [`Ledger::balance`] then tells, for each request, one of these:
//!
//! | entry | it means |
//! |---|---|
//! | answered | its own receipt came back, whole, once |
//! | refused | the server answered with an error that it makes itself |
//! | left | the client reset or left before the answer, so nobody is owed one |
//! | apart | never read whole by the server: not accepted, cut short, or sent after its end of stream |
//! | **lost** | read whole, not answered, and the client had not left; or [owed](Ledger::owed) |
//! | **crossed** | another request's receipt came back for it |
//! | **doubled** | the handler ran twice, or the answer came twice |
//! | **corrupted** | its own receipt, but of other octets than were sent |
//!
//! The bold ones are faults. A mark that no client has opened is a fault, too: [`Balance::forged`].
//!
//! ```
//! use ledger::{Ledger, Receipt};
//!
//! let ledger = Ledger::with_room_for(10);
//!
//! // The client makes a request…
//! let mark = ledger.open(0xfeed).expect("room for ten");
//! let content = mark.content(100);
//! ledger.sent(mark);
//!
//! // …the handler reads it and answers…
//! let seen: ledger::Mark = mark.to_string().parse()?;
//! ledger.ran(seen);
//! let receipt = Receipt::of(seen, &content);
//! ledger.read(seen);
//!
//! // …and the client holds the answer against what it sent.
//! let returned: Receipt = receipt.to_string().parse()?;
//! ledger.answered(mark, returned, &content);
//!
//! let balance = ledger.balance();
//! assert!(balance.is_clean(), "{balance}");
//! assert_eq!((balance.opened, balance.answered), (1, 1));
//! # Ok::<(), ledger::NotAMark>(())
//! ```

#![forbid(unsafe_code)]

mod balance;
mod mark;
mod row;

pub use balance::{Balance, Fault, Standing};
pub use mark::{FIELD, Mark, NotAMark, Reading, Receipt};

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use row::{Row, What};

/// The books. Shared by reference between the clients and the handlers, on any threads.
///
/// Its room is fixed when it is made (16 octets for each request), so that entering something never
/// allocates and never waits. Read the balance when clients and server have come to rest.
#[derive(Debug)]
pub struct Ledger {
    rows: Box<[Row]>,
    opened: AtomicUsize,
    forged: AtomicU64,
}

impl Ledger {
    /// Books with room for this many requests.
    pub fn with_room_for(requests: usize) -> Self {
        Self {
            rows: (0..requests).map(|_| Row::default()).collect(),
            opened: AtomicUsize::new(0),
            forged: AtomicU64::new(0),
        }
    }

    /// A new request with this tag; `None` if the books are full. Zero is no tag: one is taken
    /// instead.
    pub fn open(&self, tag: u64) -> Option<Mark> {
        let full = |opened: usize| (opened < self.rows.len()).then_some(opened + 1);
        let number = self.opened.fetch_update(Ordering::AcqRel, Ordering::Acquire, full).ok()?;
        let mark = Mark { number: number as u64, tag: tag.max(1) };
        self.rows[number].open(mark.tag);
        Some(mark)
    }

    /// Client: its last octet has been handed to the network.
    pub fn sent(&self, mark: Mark) {
        self.enter(mark, What::Sent);
    }

    /// Client: it resets the connection, or leaves it, and does not want an answer any more.
    pub fn left(&self, mark: Mark) {
        self.enter(mark, What::Left);
    }

    /// Client: an error came back that the server makes itself, without a receipt.
    pub fn refused(&self, mark: Mark) {
        self.enter(mark, What::Refused);
    }

    /// Client: this was sent whole and nothing came for it, neither an answer nor an announced end
    /// of the connection before it. It is lost even if no handler has seen it.
    pub fn owed(&self, mark: Mark) {
        self.enter(mark, What::Owed);
    }

    /// Client: `receipt` came back for the request `mark`, whose content was `sent`.
    pub fn answered(&self, mark: Mark, receipt: Receipt, sent: &[u8]) {
        self.settled(Receipt::of(mark, sent), receipt);
    }

    /// Client: `came` came back where the receipt `due` was waited for. As
    /// [`answered`](Self::answered), for clients that do not keep what they have sent.
    pub fn settled(&self, due: Receipt, came: Receipt) {
        self.enter(
            due.mark,
            if came.mark != due.mark {
                What::Crossed
            } else if came == due {
                What::Answered
            } else {
                What::Corrupted
            },
        );
    }

    /// Client: an answer came that is not a receipt although it should have been one.
    pub fn corrupted(&self, mark: Mark) {
        self.enter(mark, What::Corrupted);
    }

    /// Handler: it has been called with this request.
    pub fn ran(&self, mark: Mark) {
        self.enter(mark, What::Ran);
    }

    /// Handler: it has read the content to its end.
    pub fn read(&self, mark: Mark) {
        self.enter(mark, What::Read);
    }

    /// How many requests have been opened.
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Acquire)
    }

    /// How the request stands now. `None` for a mark that was never opened.
    pub fn standing(&self, mark: Mark) -> Option<Standing> {
        Some(self.row(mark)?.standing())
    }

    /// The request with this number, if it has been opened.
    pub fn mark(&self, number: u64) -> Option<Mark> {
        let tag = self.rows[..self.opened()].get(usize::try_from(number).ok()?)?.tag();
        Some(Mark { number, tag })
    }

    /// The sums.
    pub fn balance(&self) -> Balance {
        let mut balance =
            Balance { forged: self.forged.load(Ordering::Acquire), ..Balance::default() };
        for row in &self.rows[..self.opened()] {
            balance.add(row.standing());
        }
        balance
    }

    /// The requests that are faults, with their marks.
    pub fn faults(&self) -> impl Iterator<Item = (Mark, Fault)> {
        self.rows[..self.opened()].iter().enumerate().filter_map(|(number, row)| {
            let Standing::Fault(fault) = row.standing() else { return None };
            Some((Mark { number: number as u64, tag: row.tag() }, fault))
        })
    }

    fn row(&self, mark: Mark) -> Option<&Row> {
        let number = usize::try_from(mark.number).ok()?;
        self.rows[..self.opened()].get(number).filter(|row| row.tag() == mark.tag)
    }

    fn enter(&self, mark: Mark, what: What) {
        match self.row(mark) {
            Some(row) => row.enter(what),
            None => {
                self.forged.fetch_add(1, Ordering::AcqRel);
            }
        }
    }
}

#[cfg(test)]
mod tests;
