//! The corpus with which h2o's HTTP/1 server is fuzzed: nothing that is in it may hurt us.

use std::path::Path;

/// A file of the corpus: what a client writes, in pieces.
#[derive(Clone, Debug)]
pub struct Corpse {
    /// The file's name.
    pub name: String,
    /// What its marks part.
    pub pieces: Vec<Vec<u8>>,
}

/// What parts the pieces.
const MARK: &[u8] = b"\n--MARK--\n";

/// All files.
///
/// # Errors
/// What cannot be read.
pub fn corpus(folder: &Path) -> Result<Vec<Corpse>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let mut files: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        let octets = std::fs::read(file).map_err(|error| error.to_string())?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Corpse { name, pieces: pieces(&octets) })
    };
    files.iter().map(read).collect()
}

fn pieces(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut pieces = vec![Vec::new()];
    let mut rest = octets;
    while let Some((&first, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(MARK) {
            pieces.push(Vec::new());
            rest = after;
            continue;
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(first);
        }
        rest = after;
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// More answers than this cannot be right: a request that is served names its version, and only one
/// can be refused.
pub fn most_answers(pieces: &[Vec<u8>]) -> usize {
    let all = pieces.concat();
    1 + all.windows(7).filter(|window| window == b"HTTP/1.").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks part pieces and are not part of them.
    #[test]
    fn marks_part_pieces() {
        let parted = pieces(b"a\n--MARK--\n\n--MARK--\nbHTTP/1.1");
        assert_eq!(parted, [b"a".to_vec(), b"bHTTP/1.1".to_vec()]);
        assert_eq!(most_answers(&parted), 2);
    }
}
