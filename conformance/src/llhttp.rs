//! The cases of llhttp, Node's parser: its verdict on an input beside ours.
//!
//! Their Markdown has a block of input and a block of what the parser reported; an input is refused
//! if an error is in the report. Most inputs have no Host, which llhttp does not ask for and RFC 9112
//! §3.2 does: it is added, so that the verdict is about something else.

use std::path::Path;

/// A case of theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// File and headings.
    pub name: String,
    /// The input, with Host.
    pub octets: Vec<u8>,
    /// The input ends with the end of the stream.
    pub finished: bool,
    /// They refuse it, or call its end premature.
    pub refused: bool,
}

/// All request cases without lenient flags.
///
/// # Errors
/// What cannot be read.
pub fn cases(folder: &Path) -> Result<Vec<Foreign>, String> {
    let folder = folder.join("test/request");
    let entries = std::fs::read_dir(&folder).map_err(|error| error.to_string())?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| error.to_string())?;
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        read(&stem.unwrap_or_default(), &text, &mut cases)?;
    }
    Ok(cases)
}

fn read(file: &str, text: &str, cases: &mut Vec<Foreign>) -> Result<(), String> {
    let (mut chapter, mut section, mut kind) = (String::new(), String::new(), String::new());
    let mut input = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let block = |lines: &mut dyn Iterator<Item = &str>| -> Vec<String> {
            lines.take_while(|line| *line != "```").map(str::to_owned).collect()
        };
        if let Some(name) = line.strip_prefix("## ") {
            (chapter, section) = (name.to_owned(), String::new());
        } else if let Some(name) = line.strip_prefix("### ") {
            section = name.to_owned();
        } else if let Some((_, rest)) = line.split_once("\"type\":") {
            kind = rest.split('"').nth(1).unwrap_or_default().to_owned();
        } else if line == "```http" {
            input = Some(octets(&block(&mut lines).join("\n"))?);
        } else if line == "```log" {
            let log = block(&mut lines);
            let Some(octets) = input.take() else { continue };
            if kind.contains("lenient") {
                continue;
            }
            let refused =
                log.iter().any(|line| line.contains(" error ") || line.ends_with("finish=2"));
            let base = format!("{file} / {chapter} / {section}");
            let same = cases.iter().filter(|case: &&Foreign| case.name.starts_with(&base)).count();
            let name = if same == 0 { base } else { format!("{base} ({})", same + 1) };
            let finished = kind == "request-finish";
            cases.push(Foreign { name, octets: with_host(octets), finished, refused });
        }
    }
    Ok(())
}

/// A block of theirs: a backslash at the end joins lines, other line ends are CRLF, and
/// `\r \n \t \f \xHH \ooo` are octets.
fn octets(block: &str) -> Result<Vec<u8>, String> {
    let text = block.replace("\\\n", "").replace('\n', "\r\n");
    let mut rest = text.as_bytes();
    let mut octets = Vec::new();
    while let Some((&first, after)) = rest.split_first() {
        let number = |digits: &[u8], radix| {
            let digits = str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, radix).ok()
        };
        let (octet, after) = match (first, after) {
            (b'\\', [b'r', after @ ..]) => (b'\r', after),
            (b'\\', [b'n', after @ ..]) => (b'\n', after),
            (b'\\', [b't', after @ ..]) => (b'\t', after),
            (b'\\', [b'f', after @ ..]) => (0x0C, after),
            (b'\\', [b'x', high, low, after @ ..]) => {
                (number(&[*high, *low], 16).ok_or("no hexadecimal number")?, after)
            }
            (b'\\', [digits @ .., _]) if digits.len() >= 3 && number(&after[..3], 8).is_some() => {
                (number(&after[..3], 8).unwrap_or_default(), &after[3..])
            }
            _ => (first, after),
        };
        octets.push(octet);
        rest = after;
    }
    Ok(octets)
}

/// Adds Host after each request line, if there is none at all.
fn with_host(octets: Vec<u8>) -> Vec<u8> {
    let has_host = octets.windows(6).any(|window| window.eq_ignore_ascii_case(b"\nhost:"));
    if has_host {
        return octets;
    }
    let mut with = Vec::new();
    for line in octets.split_inclusive(|&octet| octet == b'\n') {
        with.extend_from_slice(line);
        if line.ends_with(b" HTTP/1.1\r\n") {
            with.extend_from_slice(b"Host: h\r\n");
        }
    }
    with
}
