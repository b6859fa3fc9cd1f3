//! The field as a contest: who is first in each workload, where Nova is, and by how much.

use side_by_side::field::{Figures, Kind, Outcome, Record, Row};

use super::number;
use crate::field::why_not;

/// Two figures that differ by less than this are called equal.
const EQUAL: f64 = 0.02;

/// The whole field.
#[derive(Debug)]
pub(super) struct Contest {
    pub(super) seconds: u64,
    pub(super) rounds: usize,
    pub(super) cards: Vec<Card>,
    /// Nova with a program in Rust: how often ahead, level, behind.
    pub(super) score: Score,
    /// Nova under programs for Node, among programs in JavaScript.
    pub(super) door: Score,
    pub(super) notes: Vec<String>,
}

/// How a contest ended.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Score {
    pub(super) ahead: usize,
    pub(super) level: usize,
    pub(super) behind: usize,
}

impl Score {
    pub(super) const fn all(self) -> usize {
        self.ahead + self.level + self.behind
    }
}

/// One workload.
#[derive(Debug)]
pub(super) struct Card {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) what: String,
    pub(super) why: String,
    /// Memory, where shorter is better.
    pub(super) memory: bool,
    pub(super) nova: Option<Place>,
    pub(super) door: Option<Place>,
    /// What Nova's door makes of a program, against Node itself: the program, and how many times as much.
    pub(super) same: Vec<(&'static str, String)>,
    pub(super) bars: Vec<Bar>,
    pub(super) absent: Vec<Absent>,
    pub(super) latencies: Vec<Latency>,
}

/// Where somebody of Nova's is, and against whom.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) ordinal: String,
    pub(super) of: usize,
    /// `ahead`, `level` or `behind`.
    pub(super) verdict: &'static str,
    /// The best of the others.
    pub(super) rival: String,
    /// How many times as much Nova does.
    pub(super) times: f64,
    pub(super) factor: String,
    /// Within a picture, from 0 to 100, where 1 is at [`Self::ONE`].
    pub(super) width: f64,
}

/// One server's bar.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) title: String,
    pub(super) class: &'static str,
    pub(super) width: f64,
    pub(super) value: String,
    pub(super) detail: String,
    pub(super) lacks: String,
    pub(super) remarks: String,
}

/// Who has no bar.
#[derive(Debug)]
pub(super) struct Absent {
    pub(super) title: String,
    pub(super) why: String,
}

/// Latencies of one server; positions are hundredths of a logarithmic axis.
#[derive(Debug)]
pub(super) struct Latency {
    pub(super) title: String,
    pub(super) class: &'static str,
    pub(super) from: f64,
    pub(super) length: f64,
    pub(super) p99: f64,
    pub(super) text: String,
}

impl Contest {
    pub(super) fn of(record: &Record) -> Self {
        let cards: Vec<Card> = record.workloads.iter().map(Card::of).collect();
        let score = |place: fn(&Card) -> Option<&Place>| {
            let mut score = Score::default();
            for place in cards.iter().filter_map(place) {
                match place.verdict {
                    "ahead" => score.ahead += 1,
                    "level" => score.level += 1,
                    _ => score.behind += 1,
                }
            }
            score
        };
        Self {
            seconds: record.seconds,
            rounds: record.rounds,
            score: score(|card| card.nova.as_ref()),
            door: score(|card| card.door.as_ref()),
            notes: record.notes.clone(),
            cards,
        }
    }

    /// Those cards in which Nova has a place, for the picture: each with its distance from the top.
    pub(super) fn rows(&self) -> Vec<(&Card, &Place, usize)> {
        let placed = self.cards.iter().filter_map(|card| Some((card, card.nova.as_ref()?)));
        placed
            .enumerate()
            .map(|(index, (card, place))| (card, place, PICTURE_TOP + index * PICTURE_ROW))
            .collect()
    }

    /// The same for the door for Node.
    pub(super) fn door_rows(&self) -> Vec<(&Card, &Place, usize)> {
        let top = PICTURE_TOP + self.rows().len() * PICTURE_ROW + PICTURE_GAP;
        let placed = self.cards.iter().filter_map(|card| Some((card, card.door.as_ref()?)));
        placed
            .enumerate()
            .map(|(index, (card, place))| (card, place, top + index * PICTURE_ROW))
            .collect()
    }

    pub(super) fn height(&self) -> usize {
        let rows = self.rows().len() + self.door_rows().len();
        PICTURE_TOP + rows * PICTURE_ROW + PICTURE_GAP + 24
    }

    pub(super) fn door_top(&self) -> usize {
        PICTURE_TOP + self.rows().len() * PICTURE_ROW + PICTURE_GAP - 14
    }
}

const PICTURE_TOP: usize = 84;
const PICTURE_ROW: usize = 26;
const PICTURE_GAP: usize = 44;

impl Card {
    fn of(outcome: &Outcome) -> Self {
        let ranked = outcome.ranked();
        // More work for the same is better; less memory for the same is, too.
        let good = |figure: f64| if outcome.memory { figure.max(1.0) } else { 1e6 / figure };
        let most = ranked.iter().map(|(_, figure)| good(*figure)).fold(0.0, f64::max);
        let bars = ranked
            .iter()
            .map(|(row, figure)| Bar::of(row, *figure, good(*figure) / most, outcome.memory));
        let shown = |row: &&Row| ranked.iter().all(|(other, _)| other.peer != row.peer);
        let absent = outcome.rows.iter().filter(shown);
        Self {
            name: outcome.name.clone(),
            title: outcome.title.clone(),
            what: outcome.what.clone(),
            why: outcome.why.clone(),
            memory: outcome.memory,
            nova: Place::of(&ranked, "nova", |kind| !matches!(kind, Kind::Nova | Kind::NovaNode)),
            door: Place::of(&ranked, "nova-node", |kind| kind == Kind::JavaScript),
            same: SAME.iter().filter_map(|pair| same(&ranked, pair)).collect(),
            bars: bars.collect(),
            absent: absent
                .map(|row| Absent { title: row.title.clone(), why: why_not(row) })
                .collect(),
            latencies: latencies(outcome),
        }
    }
}

/// Programs that run under Nova's door and without it: what they are called, and both rows.
const SAME: [(&str, &str, &str); 2] = [
    ("the same node:http program", "nova-node", "node"),
    ("the same Express program", "nova-express", "express"),
];

fn same(
    ranked: &[(&Row, f64)],
    pair: &(&'static str, &str, &str),
) -> Option<(&'static str, String)> {
    let (program, door, without) = *pair;
    let figure =
        |peer: &str| ranked.iter().find(|(row, _)| row.peer == peer).map(|(_, figure)| *figure);
    Some((program, number::factor(figure(without)? / figure(door)?.max(1e-9))))
}

impl Place {
    /// Where the 1 of a picture is.
    const ONE: f64 = 25.0;

    fn of(ranked: &[(&Row, f64)], peer: &str, rival: impl Fn(Kind) -> bool) -> Option<Self> {
        let (_, own) = ranked.iter().find(|(row, _)| row.peer == peer)?;
        let rivals: Vec<_> = ranked.iter().filter(|(row, _)| rival(row.kind)).collect();
        let (best, figure) = rivals.first()?;
        let times = figure.max(1.0e-9) / own.max(1.0e-9);
        let verdict = if times > 1.0 + EQUAL {
            "ahead"
        } else if times < 1.0 - EQUAL {
            "behind"
        } else {
            "level"
        };
        let place = 1 + rivals.iter().filter(|(_, figure)| figure < own).count();
        Some(Self {
            ordinal: number::ordinal(place),
            of: rivals.len() + 1,
            verdict,
            rival: best.title.clone(),
            times,
            factor: number::factor(times),
            width: (times * Self::ONE).clamp(1.0, 100.0),
        })
    }

    /// In words.
    pub(super) fn sentence(&self) -> String {
        let Self { rival, factor, verdict, .. } = self;
        match *verdict {
            "ahead" => format!("ahead of {rival}: {factor} as much"),
            "behind" => format!("behind {rival}: {factor} as much"),
            _ => format!("level with {rival}"),
        }
    }

    /// Where its words begin in the picture, in pixels: behind the bar, and not on the line of the rival.
    pub(super) fn label(&self) -> f64 {
        258.0 + 3.4 * self.width.max(Self::ONE)
    }

    /// Whether the bar of the picture would leave it.
    pub(super) fn cut(&self) -> bool {
        self.times * Self::ONE > 100.0
    }
}

impl Bar {
    fn of(row: &Row, figure: f64, share: f64, memory: bool) -> Self {
        let Figures { rps, cpu_us, resident, .. } = row.figures;
        let mut detail = Vec::new();
        if memory {
            detail.extend(
                resident.map(|one| format!("{} MB in all", number::plain(one.median * 1e-6))),
            );
        } else {
            detail.extend(cpu_us.map(|one| format!("{} of CPU each", number::time(one.median))));
            detail
                .extend(rps.map(|one| format!("{}/s with this client", number::plain(one.median))));
        }
        let value = if memory { number::plain(figure) } else { number::plain(1e6 / figure) };
        Self {
            title: row.title.clone(),
            class: class(row.kind),
            width: (100.0 * share).max(0.3),
            value,
            detail: detail.join(" · "),
            lacks: row.lacks.join("; "),
            remarks: row.remarks.iter().chain(&row.failed).cloned().collect::<Vec<_>>().join("; "),
        }
    }
}

const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Nova => "nova",
        Kind::NovaNode => "door",
        Kind::Rust => "rust",
        Kind::JavaScript => "js",
        Kind::Proxy => "proxy",
    }
}

/// From the median to the last in a thousand, the shortest 99th percentile first.
fn latencies(outcome: &Outcome) -> Vec<Latency> {
    let measured = outcome.rows.iter().filter_map(|row| {
        let Figures { p50_us, p99_us, p999_us, .. } = row.figures;
        let (p50, p99) = (p50_us?.median, p99_us?.median);
        Some((row, p50, p99, p999_us.map_or(p99, |one| one.median)))
    });
    let mut measured: Vec<_> = measured.filter(|(_, p50, ..)| *p50 > 0.0).collect();
    measured.sort_by(|one, other| one.2.total_cmp(&other.2));
    let least = measured.iter().map(|one| one.1).fold(f64::INFINITY, f64::min).ln();
    let most = measured.iter().map(|one| one.3).fold(0.0, f64::max).ln();
    let at = |us: f64| 100.0 * (us.ln() - least) / (most - least).max(1e-9);
    let latency = |(row, p50, p99, p999): (&Row, f64, f64, f64)| Latency {
        title: row.title.clone(),
        class: class(row.kind),
        from: at(p50),
        length: (at(p999) - at(p50)).max(0.5),
        p99: at(p99),
        text: [p50, p99, p999].map(number::time).join(" · "),
    };
    measured.into_iter().map(latency).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use side_by_side::field::Spread;

    fn row(peer: &str, kind: Kind, cpu: f64) -> Row {
        let spread = Spread { median: cpu, low: cpu, high: cpu };
        let figures = Figures { cpu_us: Some(spread), ..Figures::default() };
        let (peer, title) = (peer.to_owned(), peer.to_owned());
        let rounds = serde_json::Value::Null;
        let (lacks, remarks, failed) = (Vec::new(), Vec::new(), Vec::new());
        Row { peer, title, kind, lacks, remarks, missing: None, failed, figures, rounds }
    }

    fn place(nova: f64) -> Place {
        let rows = [
            row("b", Kind::Rust, 2.0),
            row("c", Kind::JavaScript, 4.0),
            row("nova", Kind::Nova, nova),
        ];
        let mut ranked: Vec<_> =
            rows.iter().map(|row| (row, row.figures.cpu_us.unwrap().median)).collect();
        ranked.sort_by(|one, other| one.1.total_cmp(&other.1));
        Place::of(&ranked, "nova", |kind| kind != Kind::Nova).unwrap()
    }

    /// Half the CPU time is twice as much; and a loss is called one.
    #[test]
    fn places_are_told() {
        let won = place(1.0);
        assert_eq!(
            (won.ordinal.as_str(), won.of, won.sentence().as_str()),
            ("1st", 3, "ahead of b: 2.0× as much")
        );
        let lost = place(3.0);
        assert_eq!(
            (lost.ordinal.as_str(), lost.sentence().as_str()),
            ("2nd", "behind b: 0.67× as much")
        );
        assert_eq!(place(2.01).sentence(), "level with b");
    }
}
