//! Every scanner equals the naive one: whatever the octets, wherever they lie, and with unreadable
//! memory right behind them.

use super::*;

/// Which scan, by its class.
fn end<S: Scanner>(scanner: S, class: u8, octets: &[u8], from: usize) -> usize {
    match class {
        class::TOKEN => scanner.token_end(octets, from),
        class::TARGET => scanner.target_end(octets, from),
        class::REG_NAME => scanner.reg_name_end(octets, from),
        _ => scanner.value_end(octets, from),
    }
}

const SCANNED: [u8; 4] = [class::TOKEN, class::TARGET, class::VALUE, class::REG_NAME];

struct Check<'a> {
    class: u8,
    octets: &'a [u8],
    from: usize,
}

impl Work for Check<'_> {
    type Output = usize;

    #[inline(always)]
    fn with<S: Scanner>(self, scanner: S) -> usize {
        end(scanner, self.class, self.octets, self.from)
    }
}

/// Asks every scanner of this processor and compares with the naive one.
fn check(octets: &[u8], from: usize) {
    for class in SCANNED {
        let expected = end(Naive, class, octets, from);
        let question = || format!("class {class}, from {from}, {octets:02x?}");
        assert_eq!(end(Swar, class, octets, from), expected, "SWAR: {}", question());
        #[cfg(target_arch = "x86_64")]
        {
            let sse2 = end(Sse2::new(), class, octets, from);
            assert_eq!(sse2, expected, "SSE2: {}", question());
            if let Some(avx2) = Avx2::new() {
                let found = avx2.run(Check { class, octets, from });
                assert_eq!(found, expected, "AVX2: {}", question());
            }
        }
        assert_eq!(with_scanner(Check { class, octets, from }), expected, "best: {}", question());
    }
}

struct Common<'a>(&'a [u8], &'a [u8]);

impl Work for Common<'_> {
    type Output = usize;

    #[inline(always)]
    fn with<S: Scanner>(self, scanner: S) -> usize {
        scanner.common(self.0, self.1)
    }
}

/// Asks every scanner how much is the same.
fn check_common(one: &[u8], other: &[u8]) {
    let expected = Naive.common(one, other);
    let question = || format!("{one:02x?} and {other:02x?}");
    assert_eq!(Swar.common(one, other), expected, "SWAR: {}", question());
    #[cfg(target_arch = "x86_64")]
    {
        assert_eq!(Sse2::new().common(one, other), expected, "SSE2: {}", question());
        if let Some(avx2) = Avx2::new() {
            assert_eq!(avx2.run(Common(one, other)), expected, "AVX2: {}", question());
        }
    }
    assert_eq!(with_scanner(Common(one, other)), expected, "best: {}", question());
}

/// The first difference is found at every place, in slices of every pair of lengths.
#[test]
fn every_difference_at_every_place() {
    let one = [b'a'; 100];
    for length in 0..=one.len() {
        for other in [0, length / 2, length, one.len()] {
            check_common(&one[..length], &one[..other]);
        }
        for at in 0..length {
            let mut other = one;
            other[at] ^= 0x80;
            check_common(&one[..length], &other);
            check_common(&other[..length], &one[..length]);
        }
    }
}

/// Each octet, at each place of slices of each length around the blocks' sizes, is judged alike.
#[test]
fn every_octet_at_every_place() {
    for length in (0..=40).chain([63, 64, 65, 70]) {
        let mut octets = vec![b'a'; length];
        check(&octets, 0);
        for at in 0..length {
            for octet in 0..=255 {
                octets[at] = octet;
                check(&octets, 0);
            }
            octets[at] = b'a';
        }
    }
}

/// A run is found from any offset, and what lies in front of the offset does not matter.
#[test]
fn every_offset() {
    let mut octets = [b'x'; 80];
    for stop in 0..octets.len() {
        octets[stop] = b'\r';
        for from in 0..=octets.len() + 1 {
            check(&octets, from.min(octets.len()));
        }
        octets[stop] = b'x';
    }
}

/// Text as it comes and octets at random, at every alignment.
#[test]
fn random_octets() {
    let mut random = 0x2545_F491_4F6C_DD1Du64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let mut octets = [0; 200];
    for round in 0..20_000 {
        for octet in &mut octets {
            let dice = next();
            // Mostly long runs, so that blocks are crossed.
            *octet =
                if dice % 64 == 0 { (dice >> 32) as u8 } else { b'a' + (dice >> 8) as u8 % 26 };
        }
        let start = next() as usize % 33;
        let end = start + next() as usize % (octets.len() - start);
        check(&octets[start..end], round % (end - start + 1));
    }
}

/// Scanners read nothing behind their slice: the next page cannot be read at all.
#[cfg(unix)]
#[test]
fn nothing_behind_the_slice_is_read() {
    // SAFETY: `sysconf` only reads a constant of the system.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap();
    // SAFETY: a new private mapping of two pages is asked for; its result is checked.
    let memory = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            2 * page,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    assert_ne!(memory, libc::MAP_FAILED);
    // SAFETY: the second page belongs to the mapping made above, and nothing points into it.
    let guarded = unsafe { libc::mprotect(memory.add(page), page, libc::PROT_NONE) };
    assert_eq!(guarded, 0);
    // SAFETY: the first page is mapped, writable, zeroed and borrowed by nothing else.
    let first = unsafe { std::slice::from_raw_parts_mut(memory.cast::<u8>(), page) };
    first.fill(b'a');
    for length in 0..=100 {
        for from in 0..=length {
            check(&first[page - length..], from);
        }
        check_common(&first[page - length..], &[b'a'; 200]);
        check_common(&[b'a'; 70], &first[page - length..]);
    }
    // SAFETY: the mapping was made above with this size, and `first` is not used any more.
    let unmapped = unsafe { libc::munmap(memory, 2 * page) };
    assert_eq!(unmapped, 0);
}
