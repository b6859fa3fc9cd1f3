//! A file of cases.
//!
//! ````text
//! ## 114 invalid Content-Length
//! must, RFC 9112 §6.3: `400+close`
//!
//! ```
//! POST / HTTP/1.1\r\n
//! Content-Length: {}\r\n
//! ```
//! - `+5`
//! - `5, 6`: `400+close`
//! ````

use crate::case::Case;
use crate::outcome::Outcome;

/// The cases of a file.
///
/// # Errors
/// The line, and what is wrong with it.
pub fn cases(text: &str) -> Result<Vec<Case>, String> {
    let mut cases: Vec<Case> = Vec::new();
    let mut lines = (1..).zip(text.lines());
    while let Some((number, line)) = lines.next() {
        let at = |error: &str| format!("line {number}: {error}");
        if let Some(name) = line.strip_prefix("## ") {
            let (_, says) = lines.next().ok_or_else(|| at("a case ends after its name"))?;
            let (outcome, prefixes) = outcome(says).map_err(|error| at(&error))?;
            let (script, variants) = (String::new(), Vec::new());
            cases.push(Case { name: name.into(), outcome, script, variants, prefixes });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if line == "```" {
            if !case.script.is_empty() {
                return Err(at("a case has one block"));
            }
            let block = lines.by_ref().map(|(_, line)| line).take_while(|&line| line != "```");
            case.script = block.map(|line| format!("{line}\n")).collect();
            if case.script.is_empty() {
                return Err(at("an empty block"));
            }
        } else if let Some(variant) = line.strip_prefix("- `") {
            case.variants.extend(variants(variant).map_err(|error| at(&error))?);
        }
    }
    match cases.iter().find(|case| case.script.is_empty()) {
        Some(case) => Err(format!("{} has no block", case.name)),
        None => Ok(cases),
    }
}

/// ``level, RFC: `outcome` ``, and after it perhaps `, for every prefix`.
fn outcome(line: &str) -> Result<(Outcome, bool), String> {
    let (level, _) = line.split_once(", ").ok_or("a level, a source and an outcome are missing")?;
    if !["ok", "must", "should", "hard", "robust"].contains(&level) {
        return Err(format!("{level:?} is no level"));
    }
    let (_, rest) = line.split_once(": `").ok_or("the outcome is missing")?;
    let (outcome, rest) = rest.split_once('`').ok_or("the outcome has no end")?;
    let prefixes = match rest {
        "" => false,
        ", for every prefix" => true,
        _ => return Err(format!("{rest:?} after the outcome")),
    };
    Ok((outcome.parse()?, prefixes))
}

/// A bullet without its ``- ` ``: one variant, or octets in a range such as `\x00..\x08`.
fn variants(bullet: &str) -> Result<Vec<(String, Option<Outcome>)>, String> {
    let (variant, rest) = bullet.rsplit_once("`: `").map_or_else(
        || (bullet.strip_suffix('`'), None),
        |(variant, outcome)| (Some(variant), outcome.strip_suffix('`')),
    );
    let variant = variant.ok_or("a variant without its closing backtick")?;
    let outcome = rest.map(str::parse).transpose()?;
    let octet = |text: &str| {
        let digits = text.strip_prefix("\\x").filter(|digits| digits.len() == 2)?;
        u8::from_str_radix(digits, 16).ok()
    };
    let range = variant.split_once("..").and_then(|(from, to)| Some(octet(from)?..=octet(to)?));
    Ok(match range {
        Some(range) => range.map(|octet| (format!("\\x{octet:02x}"), outcome.clone())).collect(),
        None => vec![(variant.into(), outcome)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# Title\n\n## 1 a\nmust, RFC 9112 §3: `400+close`\n\n```\nA{}\\r\\n\n```\n\
        - `\\x00..\\x02`\n- `b`: `2xx+kept`\n\n## 2 b\nok, here: `wait`, for every prefix\n\n\
        ```\nabc\n```\n";

    /// Names, variants, ranges, prefixes.
    #[test]
    fn a_file_becomes_inputs() {
        let inputs: Vec<_> =
            cases(FILE).unwrap().iter().flat_map(|case| case.inputs().unwrap()).collect();
        let names: Vec<_> = inputs.iter().map(|input| &input.name[..]).collect();
        let expected =
            ["1 a [\\x00]", "1 a [\\x01]", "1 a [\\x02]", "1 a [b]", "2 b [1]", "2 b [2]"];
        assert_eq!(names, expected);
        assert_eq!(inputs[1].plain(), Some(&b"A\x01\r\n"[..]));
        assert_eq!(inputs[3].outcome, "2xx+kept".parse().unwrap());
        assert_eq!(inputs[5].plain(), Some(&b"ab"[..]));
    }

    /// What is wrong is said, with its line.
    #[test]
    fn mistakes_are_told() {
        for (good, bad) in [
            ("must, RFC", "must RFC"),
            ("must, RFC", "maybe, RFC"),
            ("`400+close`", "`4000`"),
            ("- `b`: `2xx+kept`", "- `b"),
            ("for every prefix", "for every suffix"),
            ("```\nabc\n```\n", ""),
            ("```\nabc\n", "```\n"),
        ] {
            assert!(FILE.contains(good));
            assert!(cases(&FILE.replace(good, bad)).is_err(), "{bad}");
        }
    }
}
