//! Every failure that can happen is provoked, and told of once: in its cell of reason × phase and no
//! other, to `on_failure`, to `on_response`, and to the client.
//!
//! `table.rs` lists all cells: each has a case or a reason why there is none. `rig.rs` is the server
//! under test, `client.rs`, `time.rs`, `application.rs` and `server.rs` provoke what clients, clocks,
//! applications and the server itself do; `callbacks.rs` has what no cell stands for.

mod application;
mod callbacks;
mod client;
mod rig;
mod server;
mod table;
mod time;

use std::collections::HashMap;

use nova_http::{Gone, Phase, Reason};

use rig::{Rig, Saw, Told};
use table::{IMPOSSIBLE, cases};

/// How one cell is provoked, and what everybody is to see of it.
struct Case {
    cell: (Reason, Phase),
    /// Provokes it on a server with these limits.
    rig: fn() -> Rig,
    provoke: fn(&mut Rig),
    client: Saw,
    /// What `on_response` is told of the exchange that failed: status, gone, octets; `None`: there
    /// was no exchange yet.
    told: Option<(Option<u16>, Option<Gone>, u64)>,
}

/// Each case changes its own cell, once, and everybody is told the same.
#[test]
fn every_cell_is_told_once_and_to_all() {
    for case in cases() {
        let (reason, phase) = case.cell;
        let name = format!("{} in {}", reason.name(), phase.name());
        let mut rig = (case.rig)();
        (case.provoke)(&mut rig);
        rig.settle();
        let total = rig.bench.total();
        let cells: Vec<_> = total.failures.all().collect();
        assert_eq!(cells, [(reason, phase, 1)], "{name}: the cell, and no other");
        let hook: Vec<_> = rig.failed().iter().map(|it| (it.reason, it.phase)).collect();
        assert_eq!(hook, [case.cell], "{name}: the hook");
        let failed = rig.failed()[0];
        assert_eq!(failed.worker, 0, "{name}");
        assert_eq!(failed.connection.is_none(), phase == Phase::Accept, "{name}: its connection");
        assert_eq!(failed.peer, Some(rig.client.local_addr()), "{name}: its client");
        assert_eq!(rig.saw(), case.client, "{name}: the client, which got {:?}", rig.text());
        rig.end();
        let told = case.told.map(|(status, gone, octets)| Told { status, gone, octets });
        assert_eq!(rig.told().last().copied(), told, "{name}: on_response");
        let open = rig.requests();
        assert_eq!(rig.told().len() as u64, open, "{name}: every exchange is told of once");
        assert_eq!(rig.bench.worker(0).spilled_bytes(), 0, "{name}: nothing is kept");
    }
}

/// The table is complete: a cell has a case or a reason, and not both.
#[test]
fn every_cell_has_a_case_or_a_reason() {
    let mut cells: HashMap<(Reason, Phase), &str> = HashMap::new();
    for case in cases() {
        let twice = cells.insert(case.cell, "a case");
        assert_eq!(twice, None, "{:?} has two cases", case.cell);
    }
    for &(reason, phases, why) in IMPOSSIBLE {
        assert!(!why.is_empty());
        for &phase in phases {
            let twice = cells.insert((reason, phase), why);
            assert_eq!(twice, None, "{reason:?} in {phase:?} is in the table twice");
        }
    }
    for &reason in Reason::ALL {
        for &phase in Phase::ALL {
            assert!(cells.contains_key(&(reason, phase)), "{reason:?} in {phase:?} is missing");
        }
    }
}

/// What the documentation of `failures.rs` says can happen is what this table provokes.
#[test]
fn the_documentation_has_the_same_table() {
    let source = include_str!("../../src/failures.rs");
    let rows: Vec<Vec<&str>> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! | "))
        .map(|line| line.trim_end_matches('|').split('|').map(str::trim).collect())
        .collect();
    let documented = |reason: Reason, phase: Phase| {
        let column = rows[0].iter().position(|name| *name == phase.name()).unwrap();
        let row = rows.iter().find(|row| row[0] == reason.name()).unwrap();
        row[column] == "×"
    };
    let provoked: Vec<_> = cases().iter().map(|case| case.cell).collect();
    for &reason in Reason::ALL {
        for &phase in Phase::ALL {
            let both = (documented(reason, phase), provoked.contains(&(reason, phase)));
            assert!(both.0 == both.1, "{reason:?} in {phase:?}: documented, provoked: {both:?}");
        }
    }
}
