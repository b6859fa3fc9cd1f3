//! The ladder as a staircase: each rung stands on the one below.

use super::input::{Ladder, Point, Rung, Step, Tool};
use super::number;

/// The load at which the stairs are drawn, if it was measured; else the one with the most connections.
const CONNECTIONS: usize = 100;

/// The staircase.
#[derive(Debug)]
pub(super) struct Stairs {
    pub(super) connections: usize,
    pub(super) steps: Vec<Stair>,
    /// Everything that was measured, a line for each load.
    pub(super) table: Vec<Line>,
    pub(super) tools: Vec<(String, String)>,
    pub(super) notes: Vec<String>,
}

/// A rung.
#[derive(Debug)]
pub(super) struct Stair {
    pub(super) number: u32,
    pub(super) name: String,
    pub(super) idea: String,
    pub(super) rps: String,
    pub(super) cpu: String,
    /// Of the highest, 0 to 100.
    pub(super) height: f64,
    pub(super) starved: Option<String>,
    pub(super) gain: Option<Gain>,
    /// Its place from the left in a picture, and its own rectangle.
    pub(super) left: f64,
    pub(super) wide: f64,
    pub(super) top: f64,
    pub(super) tall: f64,
}

/// What a rung was to bring, and brought.
#[derive(Debug)]
pub(super) struct Gain {
    pub(super) over: String,
    pub(super) expected: String,
    pub(super) measured: String,
    pub(super) as_expected: bool,
    pub(super) why: String,
}

/// One load, and each rung's figure.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) load: String,
    pub(super) cells: Vec<String>,
}

const PICTURE_WIDTH: f64 = 820.0;
const PICTURE_FLOOR: f64 = 330.0;
const PICTURE_HEIGHT: f64 = 230.0;

impl Stair {
    /// Its number and name, in lines that are short enough for a picture.
    pub(super) fn lines(&self) -> Vec<String> {
        let all = format!("{} {}", self.number, self.name);
        all.split(", ").map(str::to_owned).collect()
    }
}

impl Stairs {
    /// `None` if nothing was measured.
    pub(super) fn of(ladder: &Ladder) -> Option<Self> {
        let plain =
            |point: &&Point| point.depth == 1 && point.heads != "browser" && point.rps.is_some();
        let all = || ladder.rungs.iter().flat_map(|rung| rung.points.iter().filter(plain));
        let asked = all().find(|point| point.connections == CONNECTIONS);
        let connections =
            asked.or_else(|| all().max_by_key(|point| point.connections))?.connections;
        let most = all().filter(|point| point.connections == connections);
        let most = most.filter_map(|point| point.rps).fold(0.0, f64::max);
        let drawn: Vec<(&Rung, &Point)> = ladder
            .rungs
            .iter()
            .filter_map(|rung| {
                let found = rung.points.iter().filter(plain);
                found
                    .into_iter()
                    .find(|point| point.connections == connections)
                    .map(|point| (rung, point))
            })
            .collect();
        let wide = PICTURE_WIDTH / drawn.len().max(1) as f64;
        let steps = drawn.iter().enumerate().map(|(index, (rung, point))| {
            let height = 100.0 * point.rps.unwrap_or_default() / most;
            let tall = (height / 100.0 * PICTURE_HEIGHT).max(2.0);
            Stair {
                number: rung.rung,
                name: rung.name.clone(),
                idea: rung.idea.clone(),
                rps: number::plain(point.rps.unwrap_or_default()),
                cpu: point.cpu_us.map(number::time).unwrap_or_default(),
                height,
                starved: point.starved.filter(|starved| *starved > 0.0).map(number::whole),
                gain: gain(&ladder.steps, rung, connections),
                left: 20.0 + index as f64 * wide,
                wide: wide - 2.0,
                top: PICTURE_FLOOR - tall,
                tall,
            }
        });
        Some(Self {
            connections,
            steps: steps.collect(),
            table: table(ladder),
            tools: ladder.tools.iter().map(tool).collect(),
            notes: ladder.notes.clone(),
        })
    }

    /// The names of the rungs, for the head of the table.
    pub(super) fn names(&self) -> Vec<&str> {
        self.steps.iter().map(|step| step.name.as_str()).collect()
    }
}

/// What is known of a rung's gain at this load, or at any.
fn gain(steps: &[Step], rung: &Rung, connections: usize) -> Option<Gain> {
    let own = || steps.iter().filter(|step| step.rung == rung.name);
    let step = own().find(|step| step.connections == connections).or_else(|| own().next())?;
    let expected = Some(&step.expected).filter(|text| !text.is_empty()).or(rung.expected.as_ref());
    Some(Gain {
        over: step.over.clone(),
        expected: expected.cloned().unwrap_or_default(),
        measured: number::factor(step.measured),
        as_expected: step.as_expected,
        why: step.why.clone().unwrap_or_default(),
    })
}

/// Every load that somebody was measured with.
fn table(ladder: &Ladder) -> Vec<Line> {
    let key = |point: &Point| (point.heads.clone(), point.depth, point.connections);
    let mut loads: Vec<_> =
        ladder.rungs.iter().flat_map(|rung| rung.points.iter().map(key)).collect();
    loads.sort_by(|one, other| (one.1, &other.0, one.2).cmp(&(other.1, &one.0, other.2)));
    loads.dedup();
    let line = |load: &(String, usize, usize)| {
        let (heads, depth, connections) = load;
        let mut name = format!("{connections} connections");
        if *depth > 1 {
            name.push_str(&format!(", {depth} in each write"));
        }
        if heads == "browser" {
            name.push_str(", a browser's fields");
        }
        let cell = |rung: &Rung| {
            let point = rung.points.iter().find(|point| key(point) == *load);
            let Some((rps, cpu)) = point.and_then(|point| Some((point.rps?, point.cpu_us?))) else {
                return "–".to_owned();
            };
            format!("{}/s, {}", number::plain(rps), number::time(cpu))
        };
        Line { load: name, cells: ladder.rungs.iter().map(cell).collect() }
    };
    loads.iter().map(line).collect()
}

fn tool(tool: &Tool) -> (String, String) {
    let name = tool.name.as_deref().unwrap_or_default();
    let figure = tool.rps.map(|rps| format!("{}/s", number::plain(rps)));
    let said: Vec<_> = figure.into_iter().chain(tool.note.clone()).collect();
    (format!("{} {name}", tool.command), said.join("; "))
}
