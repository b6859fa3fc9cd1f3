//! `httparse`, as strict as we are: what it accepts and we refuse is looked at again, and what a
//! server must know of a head is taken from the fields.

use nova_http1::{BodyLength, Head, Persistence, Version};

/// What a server must know before it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    len: usize,
    fields: usize,
    body: BodyLength,
    persistent: bool,
    expects_continue: bool,
}

impl Verdict {
    pub(crate) fn of(head: &Head<'_>) -> Self {
        Self {
            len: head.len,
            fields: head.fields.len(),
            body: head.body,
            persistent: head.persistence != Persistence::Close,
            expects_continue: head.expects_continue,
        }
    }
}

/// httparse and nothing else.
pub(crate) fn alone(octets: &[u8]) -> Option<Verdict> {
    let mut fields = [const { std::mem::MaybeUninit::uninit() }; 128];
    let mut request = httparse::Request::new(&mut []);
    match request.parse_with_uninit_headers(octets, &mut fields) {
        Ok(httparse::Status::Complete(len)) => Some(Verdict {
            len,
            fields: request.headers.len(),
            body: BodyLength::None,
            persistent: true,
            expects_continue: false,
        }),
        _ => None,
    }
}

/// httparse, and what is missing. Only the origin-form is known here: that is what is measured.
pub(crate) fn read(octets: &[u8]) -> Option<Verdict> {
    let mut fields = [const { std::mem::MaybeUninit::uninit() }; 128];
    let mut request = httparse::Request::new(&mut []);
    let Ok(httparse::Status::Complete(len)) =
        request.parse_with_uninit_headers(octets, &mut fields)
    else {
        return None;
    };
    let (method, target) = (request.method?, request.path?);
    let version = if request.version? == 0 { Version::Http10 } else { Version::Http11 };
    // httparse takes a bare LF for a line end, and any number of empty lines in front.
    let bare =
        memchr::memchr_iter(b'\n', &octets[..len]).any(|at| at == 0 || octets[at - 1] != b'\r');
    // It allows octets in a target that no URI has.
    let target_is_good = target.starts_with('/')
        && target.bytes().all(|octet| (0x21..0x7F).contains(&octet) && octet != b'#');
    let known = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    let method_is_good =
        known.contains(&method) || !known.iter().any(|known| known.eq_ignore_ascii_case(method));
    if bare || !target_is_good || !method_is_good || octets.starts_with(b"\r\n\r\n") {
        return None;
    }
    let (mut host, mut length, mut coding) = (None, None, None);
    let (mut close, mut keep_alive, mut expects, mut more) = (false, false, false, false);
    for field in request.headers.iter() {
        match field.name.len() {
            4 if field.name.eq_ignore_ascii_case("host") => {
                more |= host.replace(field.value).is_some()
            }
            6 if field.name.eq_ignore_ascii_case("expect") => {
                for expectation in field.value.split(|&octet| octet == b',').map(<[u8]>::trim_ascii)
                {
                    let known = expectation.eq_ignore_ascii_case(b"100-continue");
                    expects |= known;
                    more |= !known && !expectation.is_empty() && version == Version::Http11;
                }
            }
            10 if field.name.eq_ignore_ascii_case("connection") => {
                for option in field.value.split(|&octet| octet == b',').map(<[u8]>::trim_ascii) {
                    close |= option.eq_ignore_ascii_case(b"close");
                    keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if field.name.eq_ignore_ascii_case("content-length") => {
                more |= length.replace(field.value).is_some();
            }
            17 if field.name.eq_ignore_ascii_case("transfer-encoding") => {
                more |= coding.replace(field.value).is_some();
            }
            _ => {}
        }
    }
    let host_is_good = match host {
        Some(host) => !host.is_empty() && host.iter().all(|&octet| is_host(octet)),
        None => version == Version::Http10,
    };
    if more || !host_is_good {
        return None;
    }
    let body = match (coding, length) {
        (Some(_), Some(_)) => return None,
        (Some(coding), None) => {
            let chunked = coding.eq_ignore_ascii_case(b"chunked") && version == Version::Http11;
            if chunked { BodyLength::Chunked } else { return None }
        }
        (None, Some(length)) => match decimal(length)? {
            0 => BodyLength::None,
            length => BodyLength::Length(length),
        },
        (None, None) => BodyLength::None,
    };
    Some(Verdict {
        len,
        fields: request.headers.len(),
        body,
        persistent: !close && (version == Version::Http11 || keep_alive),
        expects_continue: expects && version == Version::Http11,
    })
}

/// Digits, colons and letters are as far as the measured hosts go.
fn is_host(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-' | b'_' | b'~' | b':')
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let good = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if good { str::from_utf8(digits).ok()?.parse().ok() } else { None }
}
