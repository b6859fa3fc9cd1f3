//! A case, and the inputs that it stands for.

use crate::outcome::Outcome;
use crate::text;

/// A case as it is written down.
#[derive(Clone, Debug)]
pub struct Case {
    /// The number of its row and what it is about; unique.
    pub name: String,
    /// What comes of it, whatever the variant.
    pub outcome: Outcome,
    /// The block, with its steps.
    pub script: String,
    /// What is put in the place of `{}`, and sometimes another outcome for it.
    pub variants: Vec<(String, Option<Outcome>)>,
    /// The inputs are all prefixes of the block's octets, without the empty and the whole one.
    pub prefixes: bool,
}

/// What a client does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Sends octets.
    Send(Vec<u8>),
    /// Ends its direction.
    Shut,
    /// Lets time pass: everything that was sent is read, nothing more arrives.
    Pause,
    /// Waits for 100 (Continue).
    Await100,
    /// Waits until so many final answers are there.
    AwaitAnswers(usize),
    /// Resets the connection.
    Reset,
    /// Takes answers one octet at a time from here on.
    ReadSlowly,
}

/// One conversation and what is required of it.
#[derive(Clone, Debug)]
pub struct Input {
    /// The case's name, with the variant.
    pub name: String,
    /// What the client does, in order.
    pub steps: Vec<Step>,
    /// What must come of it.
    pub outcome: Outcome,
}

impl Input {
    /// The octets, if sending them is all that the client does.
    pub fn plain(&self) -> Option<&[u8]> {
        match &self.steps[..] {
            [Step::Send(octets)] => Some(octets),
            _ => None,
        }
    }
}

impl Case {
    /// The inputs that this case stands for.
    ///
    /// # Errors
    /// What cannot be understood.
    pub fn inputs(&self) -> Result<Vec<Input>, String> {
        let wrong = |error: String| format!("{}: {error}", self.name);
        let input = |name: String, script: &str, outcome: &Outcome| -> Result<Input, String> {
            let steps = steps(script).map_err(wrong)?;
            Ok(Input { name, steps, outcome: outcome.clone() })
        };
        if self.prefixes {
            let whole = text::octets(&self.script).map_err(wrong)?;
            let prefix = |len| Input {
                name: format!("{} [{len}]", self.name),
                steps: vec![Step::Send(whole[..len].to_vec())],
                outcome: self.outcome.clone(),
            };
            return Ok((1..whole.len()).map(prefix).collect());
        }
        if self.variants.is_empty() {
            return Ok(vec![input(self.name.clone(), &self.script, &self.outcome)?]);
        }
        if !self.script.contains("{}") {
            return Err(wrong("variants, but no `{}` for them".into()));
        }
        let mut inputs = Vec::new();
        for (variant, outcome) in &self.variants {
            let name = format!("{} [{variant}]", self.name);
            let script = self.script.replace("{}", variant);
            inputs.push(input(name, &script, outcome.as_ref().unwrap_or(&self.outcome))?);
        }
        Ok(inputs)
    }
}

/// The steps of a script: lines that begin with `%` are steps, everything else is sent.
fn steps(script: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut send = String::new();
    for line in script.lines() {
        let Some(step) = line.strip_prefix('%') else {
            send.push_str(line);
            continue;
        };
        if !send.is_empty() {
            steps.push(Step::Send(text::octets(&std::mem::take(&mut send))?));
        }
        steps.push(match step.split_once(' ').unwrap_or((step, "")) {
            ("shut", "") => Step::Shut,
            ("pause", "") => Step::Pause,
            ("await100", "") => Step::Await100,
            ("await", count) => {
                Step::AwaitAnswers(count.parse().map_err(|_| format!("%await {count:?}"))?)
            }
            ("reset", "") => Step::Reset,
            ("readslowly", "") => Step::ReadSlowly,
            _ => return Err(format!("`%{step}` is no step; a `%` to send is `\\x25`")),
        });
    }
    if !send.is_empty() {
        steps.push(Step::Send(text::octets(&send)?));
    }
    Ok(steps)
}
