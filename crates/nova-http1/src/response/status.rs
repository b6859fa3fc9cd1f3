//! Status codes and their reason phrases (RFC 9110 §15 and the IANA registry).

use std::fmt;

use crate::Fault;

/// A status code between 100 and 599 (RFC 9110 §15).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Status(u16);

/// The registry once; constants, reason phrases and status lines follow from it.
macro_rules! registry {
    ($($code:literal $name:ident $reason:literal, $source:literal;)*) => {
        impl Status {
            $(
                #[doc = concat!("`", $code, " ", $reason, "` (", $source, ")")]
                pub const $name: Self = Self($code);
            )*

            /// The reason phrase of the IANA registry; empty for a code that is not registered.
            pub const fn reason(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)*
                    _ => "",
                }
            }

            /// The whole status line, for a registered code.
            pub(crate) const fn line(self) -> Option<&'static [u8]> {
                match self.0 {
                    $($code => Some(concat!("HTTP/1.1 ", $code, " ", $reason, "\r\n").as_bytes()),)*
                    _ => None,
                }
            }
        }

        #[cfg(test)]
        const REGISTERED: &[Status] = &[$(Status::$name,)*];
    };
}

registry! {
    100 CONTINUE "Continue", "RFC 9110 §15.2.1";
    101 SWITCHING_PROTOCOLS "Switching Protocols", "RFC 9110 §15.2.2";
    102 PROCESSING "Processing", "RFC 2518";
    103 EARLY_HINTS "Early Hints", "RFC 8297";
    200 OK "OK", "RFC 9110 §15.3.1";
    201 CREATED "Created", "RFC 9110 §15.3.2";
    202 ACCEPTED "Accepted", "RFC 9110 §15.3.3";
    203 NON_AUTHORITATIVE_INFORMATION "Non-Authoritative Information", "RFC 9110 §15.3.4";
    204 NO_CONTENT "No Content", "RFC 9110 §15.3.5";
    205 RESET_CONTENT "Reset Content", "RFC 9110 §15.3.6";
    206 PARTIAL_CONTENT "Partial Content", "RFC 9110 §15.3.7";
    207 MULTI_STATUS "Multi-Status", "RFC 4918";
    208 ALREADY_REPORTED "Already Reported", "RFC 5842";
    226 IM_USED "IM Used", "RFC 3229";
    300 MULTIPLE_CHOICES "Multiple Choices", "RFC 9110 §15.4.1";
    301 MOVED_PERMANENTLY "Moved Permanently", "RFC 9110 §15.4.2";
    302 FOUND "Found", "RFC 9110 §15.4.3";
    303 SEE_OTHER "See Other", "RFC 9110 §15.4.4";
    304 NOT_MODIFIED "Not Modified", "RFC 9110 §15.4.5";
    305 USE_PROXY "Use Proxy", "RFC 9110 §15.4.6";
    307 TEMPORARY_REDIRECT "Temporary Redirect", "RFC 9110 §15.4.8";
    308 PERMANENT_REDIRECT "Permanent Redirect", "RFC 9110 §15.4.9";
    400 BAD_REQUEST "Bad Request", "RFC 9110 §15.5.1";
    401 UNAUTHORIZED "Unauthorized", "RFC 9110 §15.5.2";
    402 PAYMENT_REQUIRED "Payment Required", "RFC 9110 §15.5.3";
    403 FORBIDDEN "Forbidden", "RFC 9110 §15.5.4";
    404 NOT_FOUND "Not Found", "RFC 9110 §15.5.5";
    405 METHOD_NOT_ALLOWED "Method Not Allowed", "RFC 9110 §15.5.6";
    406 NOT_ACCEPTABLE "Not Acceptable", "RFC 9110 §15.5.7";
    407 PROXY_AUTHENTICATION_REQUIRED "Proxy Authentication Required", "RFC 9110 §15.5.8";
    408 REQUEST_TIMEOUT "Request Timeout", "RFC 9110 §15.5.9";
    409 CONFLICT "Conflict", "RFC 9110 §15.5.10";
    410 GONE "Gone", "RFC 9110 §15.5.11";
    411 LENGTH_REQUIRED "Length Required", "RFC 9110 §15.5.12";
    412 PRECONDITION_FAILED "Precondition Failed", "RFC 9110 §15.5.13";
    413 CONTENT_TOO_LARGE "Content Too Large", "RFC 9110 §15.5.14";
    414 URI_TOO_LONG "URI Too Long", "RFC 9110 §15.5.15";
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type", "RFC 9110 §15.5.16";
    416 RANGE_NOT_SATISFIABLE "Range Not Satisfiable", "RFC 9110 §15.5.17";
    417 EXPECTATION_FAILED "Expectation Failed", "RFC 9110 §15.5.18";
    421 MISDIRECTED_REQUEST "Misdirected Request", "RFC 9110 §15.5.20";
    422 UNPROCESSABLE_CONTENT "Unprocessable Content", "RFC 9110 §15.5.21";
    423 LOCKED "Locked", "RFC 4918";
    424 FAILED_DEPENDENCY "Failed Dependency", "RFC 4918";
    425 TOO_EARLY "Too Early", "RFC 8470";
    426 UPGRADE_REQUIRED "Upgrade Required", "RFC 9110 §15.5.22";
    428 PRECONDITION_REQUIRED "Precondition Required", "RFC 6585";
    429 TOO_MANY_REQUESTS "Too Many Requests", "RFC 6585";
    431 REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large", "RFC 6585";
    451 UNAVAILABLE_FOR_LEGAL_REASONS "Unavailable For Legal Reasons", "RFC 7725";
    500 INTERNAL_SERVER_ERROR "Internal Server Error", "RFC 9110 §15.6.1";
    501 NOT_IMPLEMENTED "Not Implemented", "RFC 9110 §15.6.2";
    502 BAD_GATEWAY "Bad Gateway", "RFC 9110 §15.6.3";
    503 SERVICE_UNAVAILABLE "Service Unavailable", "RFC 9110 §15.6.4";
    504 GATEWAY_TIMEOUT "Gateway Timeout", "RFC 9110 §15.6.5";
    505 HTTP_VERSION_NOT_SUPPORTED "HTTP Version Not Supported", "RFC 9110 §15.6.6";
    506 VARIANT_ALSO_NEGOTIATES "Variant Also Negotiates", "RFC 2295";
    507 INSUFFICIENT_STORAGE "Insufficient Storage", "RFC 4918";
    508 LOOP_DETECTED "Loop Detected", "RFC 5842";
    511 NETWORK_AUTHENTICATION_REQUIRED "Network Authentication Required", "RFC 6585";
}

impl Status {
    /// The status with this code, if it is between 100 and 599.
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            100..=599 => Some(Self(code)),
            _ => None,
        }
    }

    /// What a message with this fault is answered with.
    pub const fn of(fault: Fault) -> Self {
        match Self::new(fault.status()) {
            Some(status) => status,
            None => Self::BAD_REQUEST,
        }
    }

    /// The code.
    pub const fn code(self) -> u16 {
        self.0
    }

    /// 1xx: an interim response (RFC 9110 §15.2).
    pub const fn is_interim(self) -> bool {
        self.0 < 200
    }

    /// 2xx (RFC 9110 §15.3).
    pub const fn is_successful(self) -> bool {
        self.0 >= 200 && self.0 < 300
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Status {
    /// `404 Not Found`; a code that is not registered stands alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            "" => write!(f, "{}", self.0),
            reason => write!(f, "{} {reason}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_has_three_digits_and_a_class_that_exists() {
        for code in [0, 1, 99, 600, 999, 1000, u16::MAX] {
            assert_eq!(Status::new(code), None, "{code}");
        }
        for code in 100..=599 {
            assert_eq!(Status::new(code).map(Status::code), Some(code));
        }
    }

    #[test]
    fn every_registered_status_has_its_line() {
        for status in REGISTERED {
            let line = format!("HTTP/1.1 {status}\r\n");
            assert_eq!(status.line(), Some(line.as_bytes()));
            assert!(!status.reason().is_empty());
        }
        assert_eq!(Status::new(299).map(Status::reason), Some(""));
        assert_eq!(Status::new(299).and_then(Status::line), None);
        assert_eq!(Status::new(299).map(|status| status.to_string()), Some("299".to_owned()));
    }

    #[test]
    fn classes_are_told_by_the_first_digit() {
        assert!(Status::EARLY_HINTS.is_interim() && !Status::OK.is_interim());
        assert!(Status::OK.is_successful() && Status::IM_USED.is_successful());
        assert!(!Status::CONTINUE.is_successful() && !Status::MULTIPLE_CHOICES.is_successful());
    }
}
