//! A small input from a large one that fails: pieces are left out, and octets made plain, as long as
//! it still fails.

/// What octets are made into, if that changes nothing.
const PLAIN: &[u8] = b"a0 ";

/// The smallest input that was found for which `fails` still says yes. `input` is one.
pub fn shrink(input: &[u8], mut fails: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut smallest = input.to_vec();
    loop {
        let before = smallest.clone();
        leave_out(&mut smallest, &mut fails);
        make_plain(&mut smallest, &mut fails);
        if smallest == before {
            return smallest;
        }
    }
}

/// Leaves out halves, quarters and so on down to single octets.
fn leave_out(smallest: &mut Vec<u8>, fails: &mut impl FnMut(&[u8]) -> bool) {
    let mut size = smallest.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < smallest.len() {
            let mut candidate = smallest.clone();
            candidate.drain(at..(at + size).min(smallest.len()));
            if fails(&candidate) {
                *smallest = candidate;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
}

fn make_plain(smallest: &mut [u8], fails: &mut impl FnMut(&[u8]) -> bool) {
    for at in 0..smallest.len() {
        let octet = smallest[at];
        // Down this list it becomes plainer; what is plain already stays.
        let plainer = PLAIN.iter().position(|&plain| plain == octet).unwrap_or(PLAIN.len());
        for &plain in &PLAIN[..plainer] {
            smallest[at] = plain;
            if fails(smallest) {
                break;
            }
            smallest[at] = octet;
        }
    }
}
