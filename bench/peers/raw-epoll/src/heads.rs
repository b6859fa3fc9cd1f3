//! Finding the ends of request heads, also where two reads share one.

use memchr::memmem::Finder;

/// What ends a head.
pub(crate) const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// A way to find the first blank line.
pub(crate) trait HeadEnds {
    /// Where the first blank line begins, if there is one.
    fn find(&self, octets: &[u8]) -> Option<usize>;
}

/// Compares four octets at every position.
pub(crate) struct Naive;

impl HeadEnds for Naive {
    #[inline]
    fn find(&self, octets: &[u8]) -> Option<usize> {
        octets.windows(BLANK_LINE.len()).position(|window| window == BLANK_LINE)
    }
}

/// Searches with SIMD where the processor has it.
pub(crate) struct Memmem(Finder<'static>);

impl Memmem {
    /// Prepares the search once.
    pub(crate) fn new() -> Self {
        Self(Finder::new(BLANK_LINE))
    }
}

impl HeadEnds for Memmem {
    #[inline]
    fn find(&self, octets: &[u8]) -> Option<usize> {
        self.0.find(octets)
    }
}

/// The last octets of an unfinished head: all that the next read needs to notice its end.
#[derive(Default)]
pub(crate) struct Tail {
    octets: [u8; BLANK_LINE.len() - 1],
    length: u8,
}

impl Tail {
    /// Counts the heads that end in `octets` (which follow what was counted before), and keeps the
    /// tail of an unfinished one.
    #[inline]
    pub(crate) fn count(&mut self, find: &impl HeadEnds, octets: &[u8]) -> usize {
        let (mut rest, mut count) = (octets, 0);
        if self.length > 0
            && let Some(consumed) = self.ends_across(octets)
        {
            (rest, count) = (&octets[consumed..], 1);
            self.length = 0;
        }
        while let Some(at) = find.find(rest) {
            rest = &rest[at + BLANK_LINE.len()..];
            count += 1;
            self.length = 0;
        }
        if !rest.is_empty() {
            self.keep(rest);
        }
        count
    }

    /// How many of `octets` complete a blank line that begins in the tail.
    #[cold]
    fn ends_across(&self, octets: &[u8]) -> Option<usize> {
        let kept = usize::from(self.length);
        let mut seam = [0; 2 * (BLANK_LINE.len() - 1)];
        let taken = octets.len().min(BLANK_LINE.len() - 1);
        seam[..kept].copy_from_slice(&self.octets[..kept]);
        seam[kept..kept + taken].copy_from_slice(&octets[..taken]);
        Naive.find(&seam[..kept + taken]).map(|at| at + BLANK_LINE.len() - kept)
    }

    #[cold]
    fn keep(&mut self, rest: &[u8]) {
        let mut joined = [0; 2 * (BLANK_LINE.len() - 1)];
        let kept = usize::from(self.length);
        let new = &rest[rest.len().saturating_sub(self.octets.len())..];
        joined[..kept].copy_from_slice(&self.octets[..kept]);
        joined[kept..kept + new.len()].copy_from_slice(new);
        let all = &joined[..kept + new.len()];
        let last = &all[all.len().saturating_sub(self.octets.len())..];
        self.octets[..last.len()].copy_from_slice(last);
        self.length = last.len() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(find: &impl HeadEnds, parts: &[&[u8]]) -> Vec<usize> {
        let mut tail = Tail::default();
        parts.iter().map(|part| tail.count(find, part)).collect()
    }

    /// Several heads in one read are all counted, by both finders.
    #[test]
    fn pipelined_heads_are_counted() {
        let two = b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(counts(&Naive, &[two]), [2]);
        assert_eq!(counts(&Memmem::new(), &[two]), [2]);
    }

    /// Wherever a head is cut, it is counted once, with the read that ends it.
    #[test]
    fn every_split_is_found() {
        let head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for cut in 1..head.len() {
            assert_eq!(counts(&Naive, &[&head[..cut], &head[cut..]]), [0, 1], "cut at {cut}");
        }
    }

    /// Octet by octet works as well as all at once.
    #[test]
    fn octet_by_octet_is_found() {
        let two = b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        let parts: Vec<&[u8]> = two.chunks(1).collect();
        assert_eq!(counts(&Naive, &parts).iter().sum::<usize>(), 2);
    }

    /// A blank line is not found twice, even if its octets could begin another.
    #[test]
    fn a_seam_is_not_counted_twice() {
        assert_eq!(counts(&Naive, &[b"a\r\n\r\n", b"\r\n"]), [1, 0]);
    }
}
