//! What must come of a conversation: `400+close`, `2xx*2+kept`, `2xx,400+close or close`, `wait`.

use std::fmt;
use std::str::FromStr;

/// One or more acceptable ends of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Any of these will do.
    pub any_of: Vec<Required>,
}

/// The final answers, in order, and what then becomes of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// The answers' status codes.
    pub answers: Vec<Code>,
    /// The connection's fate.
    pub fate: Fate,
}

/// A status code, or its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Exactly this.
    Is(u16),
    /// The class: 2 for `2xx`.
    Class(u16),
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It serves one more request.
    Kept,
    /// The server ends it, after saying so if it has answered.
    Close,
    /// As `Close`; the client has announced its end before it sent more, and may see a reset for that
    /// after the whole answer (RFC 9112 §9.6: it "MUST NOT send further requests").
    Parted,
    /// It is open, and the server waits for the rest.
    Wait,
    /// The client has reset it; the server lives.
    Gone,
}

impl Code {
    /// Whether `status` is meant.
    pub const fn fits(self, status: u16) -> bool {
        match self {
            Self::Is(code) => code == status,
            Self::Class(class) => class == status / 100,
        }
    }
}

impl Outcome {
    /// The fate, if all alternatives have the same.
    pub fn fate(&self) -> Option<Fate> {
        let fate = self.any_of.first()?.fate;
        self.any_of.iter().all(|required| required.fate == fate).then_some(fate)
    }

    /// The same with one more answer in front.
    pub fn after_an_answer(&self) -> Self {
        let mut outcome = self.clone();
        for required in &mut outcome.any_of {
            required.answers.insert(0, Code::Is(200));
        }
        outcome
    }

    /// The same with one more answer behind.
    pub fn with_another_answer(&self) -> Self {
        let mut outcome = self.clone();
        for required in &mut outcome.any_of {
            required.answers.push(Code::Is(200));
        }
        outcome
    }
}

impl FromStr for Outcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let any_of = text.split(" or ").map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { any_of })
    }
}

impl FromStr for Required {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fate = |text: &str| match text {
            "kept" => Ok(Fate::Kept),
            "close" => Ok(Fate::Close),
            "parted" => Ok(Fate::Parted),
            "wait" => Ok(Fate::Wait),
            "gone" => Ok(Fate::Gone),
            _ => Err(format!("{text:?} is no fate: kept, close, parted, wait, gone")),
        };
        let Some((codes, end)) = text.split_once('+') else {
            return Ok(Self { answers: Vec::new(), fate: fate(text)? });
        };
        let mut answers = Vec::new();
        for code in codes.split(',') {
            let (code, times) = code.split_once('*').unwrap_or((code, "1"));
            let times: usize = times.parse().map_err(|_| format!("{times:?} is no number"))?;
            let parsed = match code.strip_suffix("xx") {
                Some(class) => class.parse().ok().filter(|&class| class < 6).map(Code::Class),
                None => code.parse().ok().filter(|code| (200..600).contains(code)).map(Code::Is),
            };
            let parsed = parsed.ok_or_else(|| format!("{code:?} is no status"))?;
            answers.extend(std::iter::repeat_n(parsed, times));
        }
        Ok(Self { answers, fate: fate(end)? })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, required) in self.any_of.iter().enumerate() {
            let or = if number == 0 { "" } else { " or " };
            write!(f, "{or}{required}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Required {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let runs: Vec<_> = self
            .answers
            .chunk_by(|one, other| one == other)
            .map(|run| {
                let code = match run[0] {
                    Code::Is(code) => code.to_string(),
                    Code::Class(class) => format!("{class}xx"),
                };
                if run.len() == 1 { code } else { format!("{code}*{}", run.len()) }
            })
            .collect();
        let fate = format!("{:?}", self.fate).to_lowercase();
        if runs.is_empty() { f.write_str(&fate) } else { write!(f, "{}+{fate}", runs.join(",")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The notation is read and written alike.
    #[test]
    fn there_and_back() {
        for text in
            ["400+close", "2xx*2+kept", "200,400+close or close", "200+parted", "wait", "gone"]
        {
            assert_eq!(text.parse::<Outcome>().unwrap().to_string(), text);
        }
        for wrong in ["", "400", "400+", "6xx+kept", "100+kept", "2xx*x+kept", "400+lost"] {
            assert!(wrong.parse::<Outcome>().is_err(), "{wrong}");
        }
    }
}
