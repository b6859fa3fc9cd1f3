//! Clients repeat themselves: what a head has in common with an earlier one is not read again.
//!
//! A reader remembers one head: its octets, where its field lines lie, and what it came to. The next
//! head is held against it.
//! - *The same octets* mean the same head: one comparison, and nothing is read at all.
//! - *The same field lines behind another request line*, or but for a few of them (a cookie), are
//!   taken over in runs: one comparison finds how far two heads agree, and the lines in between were
//!   judged when they came for the first time. What the connection itself must understand (Host,
//!   Connection …) is noted again, because it may come together with other lines now.
//!
//! Nothing is hashed and nothing is trusted: octets are compared, all of them. The memory is bounded
//! ([`OCTETS`]) and belongs to the worker, not to a connection. A head is replaced when it has not
//! helped for a while, and the longer the less heads repeat, so that clients of which each says
//! something else cost little more than without a memory.

use crate::scan::Scanner;
use crate::semantics::{self, Semantics};
use crate::{BodyLength, Fields, Head, Method, Persistence, Span, Target, TargetForm, Version};

/// Longer heads are not remembered, unless a reader is told otherwise. A browser's has 700 octets, or
/// 2,000 with many cookies.
pub(crate) const OCTETS: usize = 2_048;

/// So many heads in a row that have nothing in common with the remembered one replace it; twice as
/// many if it has never helped, and so on up to `MOST`.
const PATIENCE: u32 = 8;
const MOST: u32 = 256;

/// What is remembered.
#[derive(Debug)]
pub(crate) struct Memo {
    /// Longer heads are not remembered.
    most_octets: usize,
    octets: Vec<u8>,
    spans: Vec<Span>,
    /// Which lines the connection itself must understand.
    noted: Vec<u32>,
    verdict: Option<Verdict>,
    patience: u32,
    misses: u32,
}

/// What the head came to, without its octets.
#[derive(Clone, Copy, Debug)]
struct Verdict {
    method: Method<'static>,
    target: (usize, usize),
    version: Version,
    body: BodyLength,
    persistence: Persistence,
    expects_continue: bool,
    upgrade: bool,
}

impl Memo {
    pub(crate) const fn new(most_octets: usize) -> Self {
        Self {
            most_octets,
            octets: Vec::new(),
            spans: Vec::new(),
            noted: Vec::new(),
            verdict: None,
            patience: 0,
            misses: 0,
        }
    }

    /// Whether `octets` begin with the very same head, which has no more than `fields` lines.
    #[inline]
    pub(crate) fn is_front_of(&self, octets: &[u8], fields: usize) -> bool {
        self.verdict.is_some()
            && self.spans.len() <= fields
            && octets.get(..self.octets.len()).is_some_and(|front| front == self.octets)
    }

    /// The remembered head, in `octets`, of which it [is the front](Self::is_front_of).
    #[inline]
    pub(crate) fn head<'a>(&'a self, octets: &'a [u8]) -> Option<Head<'a>> {
        let verdict = self.verdict?;
        let raw = octets.get(verdict.target.0..verdict.target.1)?;
        Some(Head {
            method: verdict.method,
            target: Target { raw, form: TargetForm::Origin },
            version: verdict.version,
            fields: Fields::from_spans(octets, &self.spans),
            body: verdict.body,
            persistence: verdict.persistence,
            expects_continue: verdict.expects_continue,
            upgrade: verdict.upgrade,
            len: self.octets.len(),
        })
    }

    /// The remembered field lines, to be held against those of another head.
    #[inline]
    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines { memo: self, next: 0, noted: &self.noted, reused: 0 }
    }

    /// Takes note of a head that was read, `reused` of whose lines were in memory.
    #[inline]
    pub(crate) fn learn(&mut self, octets: &[u8], head: &Head<'_>, reused: usize) {
        if reused > 0 && 2 * reused >= head.fields.len() {
            self.misses = 0;
            self.patience = PATIENCE;
            return;
        }
        self.misses += 1;
        if self.misses >= self.patience {
            self.misses = 0;
            self.patience = (2 * self.patience).clamp(PATIENCE, MOST);
            self.remember(octets, head);
        }
    }

    #[cold]
    fn remember(&mut self, octets: &[u8], head: &Head<'_>) {
        let target = octets.iter().position(|&octet| octet == b' ').map(|space| space + 1);
        let (Some(method), Some(target)) = (head.method.named(), target) else { return };
        // An empty line in front would have to be there again; other forms are rare.
        let plain = head.target.form == TargetForm::Origin && !octets.starts_with(b"\r\n");
        let Some(octets) =
            octets.get(..head.len).filter(|head| plain && head.len() <= self.most_octets)
        else {
            return;
        };
        self.octets.clear();
        self.octets.extend_from_slice(octets);
        self.spans.clear();
        self.spans.extend_from_slice(head.fields.spans());
        self.noted.clear();
        for (line, field) in (0..).zip(head.fields.iter()) {
            if semantics::is_noted(field.name) {
                self.noted.push(line);
            }
        }
        self.verdict = Some(Verdict {
            method,
            target: (target, target + head.target.raw.len()),
            version: head.version,
            body: head.body,
            persistence: head.persistence,
            expects_continue: head.expects_continue,
            upgrade: head.upgrade,
        });
    }
}

/// The remembered lines, while a head is read.
pub(crate) struct Lines<'m> {
    memo: &'m Memo,
    /// The line that would come now, if this head is like the other.
    next: usize,
    /// Those of the rest that are noted.
    noted: &'m [u32],
    /// Lines that were taken over.
    pub(crate) reused: usize,
}

impl Lines<'_> {
    /// Takes over the lines from `at` on that are the same as the remembered ones from here on.
    /// Returns where the first line begins that is not.
    #[inline(always)]
    pub(crate) fn reuse<'a, S: Scanner>(
        &mut self,
        scanner: S,
        octets: &'a [u8],
        at: usize,
        spans: &mut Vec<Span>,
        semantics: &mut Semantics<'a>,
    ) -> usize {
        let Memo { octets: old, spans: old_spans, .. } = self.memo;
        let Some(first) = old_spans.get(self.next) else { return at };
        let begin = first.name as usize;
        let same = scanner.common(&octets[at..], &old[begin..]);
        // A line is over where the next one begins; the last one where the empty line does.
        let mut end = self.next;
        let mut reach = begin;
        while end < old_spans.len() {
            let next = old_spans.get(end + 1).map_or(old.len() - 2, |span| span.name as usize);
            if next - begin > same {
                break;
            }
            (end, reach) = (end + 1, next);
        }
        let shift = (at as u32).wrapping_sub(begin as u32);
        spans.extend(old_spans[self.next..end].iter().map(|span| Span {
            name: span.name.wrapping_add(shift),
            value: span.value.wrapping_add(shift),
            ..*span
        }));
        let taken = &spans[spans.len() - (end - self.next)..];
        while let Some((&line, rest)) = self.noted.split_first() {
            if line as usize >= end {
                break;
            }
            self.noted = rest;
            let Some(span) = (line as usize).checked_sub(self.next).and_then(|n| taken.get(n))
            else {
                continue;
            };
            let (name, value) = (span.name as usize, span.value as usize);
            let name = &octets[name..name + span.name_len as usize];
            semantics.note(name, &octets[value..value + span.value_len as usize], value);
        }
        self.reused += end - self.next;
        // The line that differs takes the place of the remembered one.
        self.next = end + 1;
        at + (reach - begin)
    }
}

#[cfg(test)]
mod tests;
