//! The `Date` field line (RFC 9110 §6.6.1), rendered once a second at most.

/// Octets of `HTTP/1.1 200 OK` with its CRLF.
const OK_LEN: usize = 17;
/// Octets of `Date: Sun, 06 Nov 1994 08:49:37 GMT` with its CRLF.
const DATE_LEN: usize = 37;

/// 23:59:59 on 31 December 9999: an IMF-fixdate has four digits for the year.
const LAST_SECOND: u64 = 253_402_300_799;

/// The `Date: …` line of a moment, behind the status line that nearly every answer has: both are
/// copied with one fixed-size move.
#[derive(Clone, Debug)]
pub struct DateField {
    second: u64,
    octets: [u8; OK_LEN + DATE_LEN],
}

impl DateField {
    /// The line for this many seconds after 1970-01-01T00:00:00Z, leap seconds not counted. What is
    /// later than the year 9999 is its last second.
    pub fn new(unix_seconds: u64) -> Self {
        let octets = *b"HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n";
        let mut field = Self { second: 0, octets };
        field.update(unix_seconds);
        field
    }

    /// Renders the line anew if the second has changed.
    #[inline]
    pub fn update(&mut self, unix_seconds: u64) {
        if unix_seconds != self.second {
            self.render(unix_seconds);
        }
    }

    /// The line with its CRLF.
    #[inline]
    pub fn line(&self) -> &[u8; DATE_LEN] {
        let (_status, line) = self.octets.split_last_chunk().unwrap_or((&[], &[0; DATE_LEN]));
        line
    }

    /// The value: an IMF-fixdate (RFC 9110 §5.6.7) in 29 octets.
    pub fn value(&self) -> &[u8] {
        &self.line()[6..DATE_LEN - 2]
    }

    /// `HTTP/1.1 200 OK` and the line.
    #[inline]
    pub(crate) fn ok_and_line(&self) -> &[u8; OK_LEN + DATE_LEN] {
        &self.octets
    }

    fn render(&mut self, unix_seconds: u64) {
        self.second = unix_seconds;
        self.octets[OK_LEN + 6..OK_LEN + 6 + 29].copy_from_slice(&imf_fixdate(unix_seconds));
    }
}

/// IMF-fixdate = day-name "," SP date1 SP time-of-day SP GMT (RFC 9110 §5.6.7).
pub fn imf_fixdate(unix_seconds: u64) -> [u8; 29] {
    // [9110-5.6.7-b] [9110-5.6.7-c]
    const DAYS: &[u8; 21] = b"ThuFriSatSunMonTueWed"; // 1970-01-01 was a Thursday.
    const MONTHS: &[u8; 36] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let unix_seconds = unix_seconds.min(LAST_SECOND);
    let (days, second) = (unix_seconds / 86_400, (unix_seconds % 86_400) as usize);
    let (year, month, day) = civil_from_days(days);

    let mut text = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    let weekday = (days % 7) as usize * 3;
    text[..3].copy_from_slice(&DAYS[weekday..weekday + 3]);
    two_digits(&mut text, 5, day);
    text[8..11].copy_from_slice(&MONTHS[(month - 1) * 3..month * 3]);
    two_digits(&mut text, 12, year / 100);
    two_digits(&mut text, 14, year % 100);
    two_digits(&mut text, 17, second / 3600);
    two_digits(&mut text, 20, second / 60 % 60);
    two_digits(&mut text, 23, second % 60);
    text
}

fn two_digits(text: &mut [u8; 29], at: usize, number: usize) {
    text[at] = b'0' + (number / 10) as u8;
    text[at + 1] = b'0' + (number % 10) as u8;
}

/// The year, month and day of a day counted from 1970-01-01, in the Gregorian calendar.
///
/// A year is counted from March here, so that the leap day is its last one, and a day is found
/// within its era of 400 years, all of which have the same number of days.
fn civil_from_days(days: u64) -> (usize, usize, usize) {
    const DAYS_OF_ERA: u64 = 146_097;
    const MARCH_OF_YEAR_0: u64 = 719_468; // days from 0000-03-01 to 1970-01-01
    let days = days + MARCH_OF_YEAR_0;
    let (era, day) = (days / DAYS_OF_ERA, days % DAYS_OF_ERA);
    // Every 4 years have a leap day, every 100 years lack one, and the last day of an era is one.
    let year = (day - day / 1_460 + day / 36_524 - day / (DAYS_OF_ERA - 1)) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    // From March on, five months have 153 days, twice and a bit a year.
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, january) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + january;
    (year as usize, month as usize, day_of_month as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(second: u64) -> String {
        String::from_utf8_lossy(DateField::new(second).value()).into_owned()
    }

    /// Shows [9110-5.6.7-b] [9110-5.6.7-c].
    #[test]
    fn known_moments_read_as_they_should() {
        for (second, expected) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), // the RFC's own example
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
            (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
            (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), // 2100 has no leap day
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (253_402_300_800, "Fri, 31 Dec 9999 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(text(second), expected, "{second}");
        }
    }

    /// Counts days one by one with the calendar's rule, to the end of the year 9999.
    #[test]
    fn every_day_to_the_year_9999_is_what_the_calendar_says() {
        let (mut year, mut month, mut day) = (1970_usize, 1_usize, 1_usize);
        for days in 0..=LAST_SECOND / 86_400 {
            assert_eq!(civil_from_days(days), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = match month {
                2 => 28 + usize::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > length {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
    }

    #[test]
    fn the_line_follows_the_clock_also_backwards() {
        let mut field = DateField::new(784_111_777);
        assert_eq!(field.line(), b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        field.update(784_111_777);
        assert_eq!(field.line(), b"Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
        field.update(784_111_778);
        assert_eq!(field.line(), b"Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
        field.update(0);
        assert_eq!(field.line(), b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
        assert_eq!(&field.ok_and_line()[..17], b"HTTP/1.1 200 OK\r\n");
    }
}
