//! What the plan expected beside what was measured, and why they differ: out of the figures alone.

use super::record::{Load, OfRung, Run, Step, Which};
use super::rung::{By, Expected, RUNGS};
use crate::table::gain;

/// Below this share of the run a server waits for its client, not the other way round.
const SATURATED: f64 = 0.95;

/// All steps for which there are figures.
pub(super) fn steps(rungs: &[OfRung]) -> Vec<Step> {
    let places = RUNGS.iter().enumerate();
    places.filter_map(|(place, rung)| step(rungs, place, rung.expected?)).collect()
}

/// The figures of a rung at a number of connections.
pub(super) fn at(rungs: &[OfRung], place: usize, connections: usize) -> Option<Run> {
    let load = Load { connections, depth: 1, heads: Which::Small };
    rungs.get(place)?.point(load)?.median
}

fn step(rungs: &[OfRung], place: usize, expected: Expected) -> Option<Step> {
    let connections = expected.connections;
    let below = at(rungs, expected.over, connections)?;
    let here = at(rungs, place, connections)?;
    let (rps_gain, cpu_gain) = (here.rps / below.rps, below.cpu_us / here.cpu_us);
    let measured = match expected.by {
        By::Rate => rps_gain,
        By::Cpu => cpu_gain,
    };
    let as_expected = (expected.low..=expected.high).contains(&measured);
    Some(Step {
        rung: RUNGS[place].title(),
        over: RUNGS[expected.over].title(),
        connections,
        expected: expected.text,
        measured,
        by: match expected.by {
            By::Rate => "requests/s",
            By::Cpu => "CPU per request",
        },
        rps_gain,
        cpu_gain,
        as_expected,
        why: (!as_expected).then(|| why(expected, &below, &here, measured)),
    })
}

/// Why a gain is not the expected one.
fn why(expected: Expected, below: &Run, here: &Run, measured: f64) -> String {
    let mut text = match expected.by {
        By::Cpu => of_memory_or_parsing(below, here),
        By::Rate => of_waiting(below, here),
    };
    if expected.by == By::Rate && expected.connections == 1 {
        text += &format!(
            " With one connection, server and client wait for each other in turn: requests/s are round \
             trips of {:.0} us instead of {:.0}, and the server runs for {:.0} % of one.",
            1e6 / here.rps,
            1e6 / below.rps,
            here.busy * 100.0,
        );
    } else if expected.by == By::Rate && here.busy < SATURATED && measured < expected.low {
        text += &format!(
            " The server was running for only {:.0} % of the time: one core of client is the slower \
             side, and requests/s understate the gain; by CPU per request it is {}.",
            here.busy * 100.0,
            gain(below.cpu_us / here.cpu_us),
        );
    }
    text
}

/// Where only the program's own work changes. The kernel's share is counted in clock ticks, so it is about
/// right; CPU time is exact.
fn of_memory_or_parsing(below: &Run, here: &Run) -> String {
    let own = below.cpu_us * (1.0 - below.kernel);
    format!(
        "about {:.0} % of the {:.2} us of the rung below are the kernel's, which this idea does not touch: \
         with no work of its own at all, that rung would gain {}. Of its own {own:.2} us the idea saves \
         {:.2} us.",
        below.kernel * 100.0,
        below.cpu_us,
        gain(1.0 / below.kernel.max(0.01)),
        below.cpu_us - here.cpu_us,
    )
}

/// Where connections and waiting change.
fn of_waiting(below: &Run, here: &Run) -> String {
    let kernel = |run: &Run| run.cpu_us * run.kernel;
    let mut text = format!(
        "a request costs {:.1} us of CPU instead of {:.1}, of which the kernel has about {:.1} instead \
         of {:.1}.",
        here.cpu_us,
        below.cpu_us,
        kernel(here),
        kernel(below),
    );
    if below.starved >= 1.0 {
        text += &format!(
            " The rung below never served {:.0} of its clients; to the ones it did serve it was \
             quick, so requests/s hide what the others lost.",
            below.starved
        );
    }
    if here.starved >= 1.0 {
        text += &format!(" {:.0} clients were never served.", here.starved);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ladder::record::Point;

    fn run(rps: f64, cpu_us: f64, busy: f64) -> Run {
        Run { rps, cpu_us, kernel: 0.8, busy, p50_us: 1.0, p99_us: 1.0, starved: 0.0 }
    }

    fn rungs(figures: &[(usize, usize, Run)]) -> Vec<OfRung> {
        let mut rungs: Vec<OfRung> = RUNGS.iter().map(OfRung::new).collect();
        for &(place, connections, run) in figures {
            let load = Load { connections, depth: 1, heads: Which::Small };
            let (runs, failures) = (vec![run], Vec::new());
            rungs[place].points.push(Point { load, median: Some(run), runs, failures });
        }
        rungs
    }

    /// A gain as expected needs no reason.
    #[test]
    fn the_expected_is_not_explained() {
        let steps = steps(&rungs(&[(0, 1, run(10.0, 20.0, 1.0)), (1, 1, run(30.0, 5.0, 1.0))]));
        assert_eq!(steps.len(), 1);
        assert!(steps[0].as_expected && steps[0].why.is_none(), "{steps:?}");
        assert!((steps[0].measured - 3.0).abs() < 1e-9);
    }

    /// A small gain of memory is explained by the kernel's share.
    #[test]
    fn the_kernel_is_named() {
        let steps = steps(&rungs(&[(3, 100, run(10.0, 4.0, 1.0)), (4, 100, run(10.4, 3.9, 1.0))]));
        let why = steps[0].why.as_ref().unwrap();
        assert!(why.starts_with("about 80 % of the 4.00 us"), "{why}");
        assert!(why.contains("gain +25.0 %. Of its own 0.80 us the idea saves 0.10 us"), "{why}");
    }

    /// With one connection nobody is the slower side.
    #[test]
    fn one_connection_is_a_round_trip() {
        let steps = steps(&rungs(&[(0, 1, run(1e4, 20.0, 0.3)), (1, 1, run(1.5e4, 18.0, 0.3))]));
        let why = steps[0].why.as_ref().unwrap();
        assert!(why.contains("of 67 us instead of 100, and the server runs for 30 %"), "{why}");
        assert!(!why.contains("slower side"), "{why}");
    }

    /// Clients that were never served are named, and so is a client that is too slow.
    #[test]
    fn the_starved_and_the_slow_are_named() {
        let below = Run { starved: 99.0, ..run(10.0, 9.0, 0.5) };
        let steps = steps(&rungs(&[(1, 100, below), (3, 100, run(20.0, 3.0, 0.7))]));
        let why = steps[0].why.as_ref().unwrap();
        assert!(why.contains("never served 99 of its clients"), "{why}");
        assert!(why.contains("only 70 %") && why.contains("it is 3.0×"), "{why}");
    }
}
