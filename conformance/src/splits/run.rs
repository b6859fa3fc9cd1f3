//! All subjects, all recipients, on several threads.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::core::{Forgetful, Remembering};
use super::server::Server;
use super::{Difference, Plan, Subject, Tally, check};

/// Nobody reads more stories than these.
const STORIES: usize = 20;

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Deliveries to the protocol that walks over every head.
    pub core: Tally,
    /// Deliveries to the protocol that remembers heads.
    pub core_remembering: Tally,
    /// Deliveries to the server.
    pub server: Tally,
    /// Subjects that were understood in two ways, told.
    pub differences: Vec<Difference>,
    /// How many such subjects there were; the first of them are told.
    pub different: usize,
}

impl Report {
    /// All deliveries that were cut.
    pub const fn splits(&self) -> u64 {
        self.core.splits() + self.core_remembering.splits() + self.server.splits()
    }

    fn note(
        &mut self,
        checked: Result<Tally, Box<Difference>>,
        tally: fn(&mut Self) -> &mut Tally,
    ) {
        match checked {
            Ok(counted) => tally(self).add(&counted),
            Err(difference) => {
                self.different += 1;
                if self.differences.len() < STORIES {
                    self.differences.push(*difference);
                }
            }
        }
    }
}

/// Cuts every subject for both kinds of the protocol as `plan` says.
pub fn core(subjects: &[Subject], plan: &Plan, threads: usize) -> Report {
    // What a client does besides sending is nothing to the protocol.
    let mut seen = HashSet::new();
    let different: Vec<_> =
        subjects.iter().filter(|subject| seen.insert(&subject.octets[..])).collect();
    each(&different, threads, |subject, report, recipients: &mut (Forgetful, Remembering)| {
        report(check(&mut recipients.0, subject, plan), |report| &mut report.core);
        report(check(&mut recipients.1, subject, plan), |report| &mut report.core_remembering);
    })
}

/// Cuts every subject for the server as `plan` says.
pub fn server(subjects: &[Subject], plan: &Plan, threads: usize) -> Report {
    let subjects: Vec<_> = subjects.iter().collect();
    each(&subjects, threads, |subject, report, recipient: &mut Server| {
        report(check(recipient, subject, plan), |report| &mut report.server);
    })
}

type Note<'a> = dyn FnMut(Result<Tally, Box<Difference>>, fn(&mut Report) -> &mut Tally) + 'a;

fn each<R: Default>(
    subjects: &[&Subject],
    threads: usize,
    work: impl Fn(&Subject, &mut Note<'_>, &mut R) + Sync,
) -> Report {
    let (next, report) = (AtomicUsize::new(0), Mutex::new(Report::default()));
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                let mut recipient = R::default();
                while let Some(subject) = subjects.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut note = |checked: Result<_, _>, tally: fn(&mut Report) -> &mut Tally| {
                        report.lock().unwrap_or_else(PoisonError::into_inner).note(checked, tally);
                    };
                    work(subject, &mut note, &mut recipient);
                }
            });
        }
    });
    report.into_inner().unwrap_or_else(PoisonError::into_inner)
}
