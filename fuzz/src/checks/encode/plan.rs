//! An application's answer, sensible or not.

use nova_http1::response::{Asked, ContentInfo, Status};
use nova_http1::{ConnectionOptions, Field, Fields, Method, Persistence, Version};

use super::super::plan::Plan;

/// How it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Final,
    Prepared,
    PreparedHead,
    Interim,
    Tunnel,
    Refuse,
}

/// At most so many field lines.
const LINES: usize = 5;

/// What the application says, and to whom.
#[derive(Clone, Debug)]
pub(super) struct Answer<'a> {
    pub(super) way: Way,
    pub(super) method: Method<'static>,
    pub(super) version: Version,
    pub(super) persistence: Persistence,
    pub(super) status: Status,
    pub(super) content: ContentInfo,
    pub(super) octets: &'a [u8],
    pub(super) close: bool,
    lines: [Field<'a>; LINES],
    count: usize,
}

const NAMES: [&[u8]; 18] = [
    b"X",
    b"Content-Type",
    b"Server",
    b"Set-Cookie",
    b"Cache-Control",
    b"ETag",
    b"Date",
    b"date",
    b"Content-Length",
    b"content-length",
    b"Transfer-Encoding",
    b"Connection",
    b"Keep-Alive",
    b"Proxy-Connection",
    b"Upgrade",
    b"Long-Name-With-More-Octets-Than-Eight",
    b"X_y~",
    b"a b",
];

const VALUES: [&[u8]; 16] = [
    b"",
    b"a",
    b"text/html",
    b"0",
    b"5",
    b"close",
    b"CLOSE",
    b"keep-alive",
    b"chunked",
    b"Chunked",
    b"websocket",
    b" a ",
    b"a\tb",
    b"\xC3\xA9",
    b"a\rb",
    b"Thu, 01 Jan 1970 00:00:00 GMT",
];

const STATUSES: [Status; 16] = [
    Status::OK,
    Status::OK,
    Status::OK,
    Status::CREATED,
    Status::NO_CONTENT,
    Status::RESET_CONTENT,
    Status::NOT_MODIFIED,
    Status::PARTIAL_CONTENT,
    Status::NOT_FOUND,
    Status::UPGRADE_REQUIRED,
    Status::INTERNAL_SERVER_ERROR,
    Status::CONTINUE,
    Status::EARLY_HINTS,
    Status::SWITCHING_PROTOCOLS,
    Status::PERMANENT_REDIRECT,
    Status::BAD_REQUEST,
];

impl<'a> Answer<'a> {
    pub(super) fn planned(plan: &mut Plan<'a>) -> Self {
        let way = plan.pick(&[
            Way::Final,
            Way::Final,
            Way::Final,
            Way::Prepared,
            Way::PreparedHead,
            Way::Interim,
            Way::Tunnel,
            Way::Refuse,
        ]);
        let method =
            plan.pick(&[Method::Get, Method::Get, Method::Post, Method::Head, Method::Connect]);
        let version = plan.pick(&[Version::Http11, Version::Http11, Version::Http10]);
        let options =
            ConnectionOptions { close: plan.below(4) == 1, keep_alive: plan.yes(), upgrade: false };
        let status = match (way, plan.below(8)) {
            (_, 0) => Status::new(100 + 2 * u16::from(plan.octet())),
            (Way::Interim, 1..6) => Some(plan.pick(&[Status::CONTINUE, Status::EARLY_HINTS])),
            (Way::Tunnel, 1..6) => Some(plan.pick(&[Status::SWITCHING_PROTOCOLS, Status::OK])),
            _ => Some(plan.pick(&STATUSES)),
        };
        // Only errors are refusals.
        let status = status.filter(|status| way != Way::Refuse || status.code() >= 400);
        let octets = plan.octets(12);
        let content = match plan.below(8) {
            0..=3 => ContentInfo::Length(octets.len() as u64),
            4 => ContentInfo::Length([0, 9, 10, 99, 100, u64::MAX][plan.below(6)]),
            5 => ContentInfo::Length(0),
            _ => ContentInfo::Unknown,
        };
        let mut lines = [Field { name: b"", value: b"" }; LINES];
        let count = plan.below(LINES + 1);
        for line in &mut lines[..count] {
            *line = Field { name: name(plan), value: value(plan) };
        }
        Self {
            way,
            method,
            version,
            persistence: Persistence::of(version, options),
            status: status.unwrap_or(Status::NOT_FOUND),
            content: match way {
                Way::Prepared | Way::PreparedHead => ContentInfo::Length(octets.len() as u64),
                _ => content,
            },
            octets,
            close: plan.below(4) == 1,
            lines,
            count,
        }
    }

    pub(super) const fn asked(&self) -> Asked {
        Asked::new(self.method, self.version, self.persistence)
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        Fields::from_slices(&self.lines[..self.count])
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        // `refuse` is not asked for field lines.
        let count = if self.way == Way::Refuse { 0 } else { self.count };
        self.lines[..count].iter().map(|field| (field.name, field.value))
    }

    /// Whether nothing may follow on the connection, whatever the content.
    pub(super) fn is_last(&self) -> bool {
        self.close || self.persistence == Persistence::Close || self.way == Way::Refuse
    }
}

pub(super) fn name<'a>(plan: &mut Plan<'a>) -> &'a [u8] {
    match plan.below(16) {
        0 => plan.octets(12),
        1..=8 => NAMES[plan.below(6)],
        _ => plan.pick(&NAMES),
    }
}

pub(super) fn value<'a>(plan: &mut Plan<'a>) -> &'a [u8] {
    match plan.below(8) {
        0 => plan.octets(20),
        _ => plan.pick(&VALUES),
    }
}
