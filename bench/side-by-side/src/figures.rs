//! What one measured run of one peer yields.

use serde::Serialize;

/// One run's figures. What a workload does not measure is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Answers counted by the client.
    pub(crate) requests: Option<u64>,
    /// The server's CPU time for one request, microseconds: scheduler's nanosecond account.
    pub(crate) cpu_us: Option<f64>,
    /// The same from `utime + stime`, the cross-check.
    pub(crate) cpu_us_by_ticks: Option<f64>,
    /// Share of the run in which the server was running, 0 to 1.
    pub(crate) utilisation: Option<f64>,
    /// Share of the run in which the server could have run but its core was taken, 0 to 1.
    pub(crate) kept_waiting: Option<f64>,
    /// Voluntary context switches for one request: waits that slept.
    pub(crate) waits: Option<f64>,
    /// Requests each second.
    pub(crate) rate: Option<f64>,
    /// Median latency, microseconds.
    pub(crate) p50_us: Option<f64>,
    /// 90th percentile of the latency, microseconds.
    pub(crate) p90_us: Option<f64>,
    /// 99th percentile of the latency, microseconds.
    pub(crate) p99_us: Option<f64>,
    /// The latency that one request in a thousand exceeds, microseconds.
    pub(crate) p999_us: Option<f64>,
    /// When the first answer of a burst came, microseconds after the burst.
    pub(crate) first_us: Option<f64>,
    /// Resident memory after the run, octets.
    pub(crate) resident: Option<f64>,
    /// The most that was ever resident, octets.
    pub(crate) peak: Option<f64>,
    /// Growth of resident memory for one idle connection, octets.
    pub(crate) idle_octets: Option<f64>,
    /// Octets of one answer.
    pub(crate) answer_octets: Option<f64>,
}

/// A figure that can be compared or judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    Cpu,
    CpuByTicks,
    Utilisation,
    KeptWaiting,
    Waits,
    Rate,
    P50,
    P90,
    P99,
    P999,
    First,
    Resident,
    Peak,
    IdleOctets,
}

impl Figure {
    /// Reads it from a run.
    pub(crate) fn of(self, figures: &Figures) -> Option<f64> {
        match self {
            Self::Cpu => figures.cpu_us,
            Self::CpuByTicks => figures.cpu_us_by_ticks,
            Self::Utilisation => figures.utilisation,
            Self::KeptWaiting => figures.kept_waiting,
            Self::Waits => figures.waits,
            Self::Rate => figures.rate,
            Self::P50 => figures.p50_us,
            Self::P90 => figures.p90_us,
            Self::P99 => figures.p99_us,
            Self::P999 => figures.p999_us,
            Self::First => figures.first_us,
            Self::Resident => figures.resident,
            Self::Peak => figures.peak,
            Self::IdleOctets => figures.idle_octets,
        }
    }

    /// Its name in a sentence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cpu => "CPU per request",
            Self::CpuByTicks => "CPU per request by ticks",
            Self::Utilisation => "utilisation",
            Self::KeptWaiting => "kept waiting",
            Self::Waits => "waits per request",
            Self::Rate => "requests per second",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
            Self::First => "first answer",
            Self::Resident => "resident memory",
            Self::Peak => "peak memory",
            Self::IdleOctets => "octets per idle connection",
        }
    }
}
