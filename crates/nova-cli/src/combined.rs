//! Combined Log Format: what Apache's and nginx' default access logs look like, and what programs
//! that read logs expect.
//!
//! `address - - [day/Mon/year:hh:mm:ss +0000] "request line" status octets "referer" "user agent"`

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use nova_http::{Responded, Version};

/// The status of a request whose client was gone before it had one; nginx has introduced it.
const CLIENT_GONE: u16 = 499;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The line for an answer that was given now.
pub(crate) fn line(response: &Responded<'_>, now: SystemTime) -> Vec<u8> {
    let head = &response.head;
    let mut line = Vec::with_capacity(256);
    match response.peer {
        Some(peer) => push(&mut line, format_args!("{}", peer.ip().to_canonical())),
        None => line.push(b'-'),
    }
    line.extend_from_slice(b" - - [");
    push_time(&mut line, now);
    line.extend_from_slice(b"] \"");
    push_escaped(&mut line, head.method.as_bytes());
    line.push(b' ');
    push_escaped(&mut line, head.target.raw);
    line.extend_from_slice(match head.version {
        Version::Http10 => b" HTTP/1.0\" ",
        Version::Http11 => b" HTTP/1.1\" ",
    });
    push(&mut line, format_args!("{} ", response.status.unwrap_or(CLIENT_GONE)));
    match response.octets {
        0 => line.push(b'-'),
        octets => push(&mut line, format_args!("{octets}")),
    }
    for name in ["referer", "user-agent"] {
        line.extend_from_slice(b" \"");
        push_escaped(&mut line, head.fields.get(name).unwrap_or(b"-"));
        line.push(b'"');
    }
    line.push(b'\n');
    line
}

fn push(line: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to a vector does not fail.
    let _ = line.write_fmt(text);
}

/// What a client has sent cannot end a field or a line of the log: such octets are written as `\xhh`.
fn push_escaped(line: &mut Vec<u8>, octets: &[u8]) {
    for &octet in octets {
        match octet {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', octet]),
            b' '..=b'~' => line.push(octet),
            _ => push(line, format_args!("\\x{octet:02x}")),
        }
    }
}

fn push_time(line: &mut Vec<u8>, now: SystemTime) {
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let month = MONTHS[month as usize - 1];
    push(line, format_args!("{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000"));
}

/// Year, month and day of a day since 1970: Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`, for days that are not before 1970.
const fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + (month <= 2) as u64, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn time(seconds: u64) -> String {
        let mut line = Vec::new();
        push_time(&mut line, UNIX_EPOCH + Duration::from_secs(seconds));
        String::from_utf8(line).unwrap()
    }

    /// Moments that are known by heart, and what is around leap days.
    #[test]
    fn moments_have_dates() {
        assert_eq!(time(0), "01/Jan/1970:00:00:00 +0000");
        assert_eq!(time(951_782_400), "29/Feb/2000:00:00:00 +0000");
        assert_eq!(time(951_868_799), "29/Feb/2000:23:59:59 +0000");
        assert_eq!(time(1_000_000_000), "09/Sep/2001:01:46:40 +0000");
        assert_eq!(time(1_709_251_199), "29/Feb/2024:23:59:59 +0000");
        assert_eq!(time(1_709_251_200), "01/Mar/2024:00:00:00 +0000");
        assert_eq!(time(4_102_444_799), "31/Dec/2099:23:59:59 +0000");
    }

    /// Nobody writes lines of his own into the log.
    #[test]
    fn what_clients_send_stays_within_its_quotes() {
        let mut line = Vec::new();
        push_escaped(&mut line, b"a\"b\\c\r\n\t\xff\x7f d");
        assert_eq!(line, br#"a\"b\\c\x0d\x0a\x09\xff\x7f d"#);
    }
}
