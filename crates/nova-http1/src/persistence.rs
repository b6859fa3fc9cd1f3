//! Whether the connection outlives the message (RFC 9112 §9.3).

use crate::{Version, grammar};

/// What the request says about the connection after its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// HTTP/1.1 without `close`: persistent, nothing needs to be said.
    Persistent,
    /// HTTP/1.0 with `keep-alive`: persistent if the answer says `Connection: keep-alive`.
    KeepAlive,
    /// `Connection: close`, or HTTP/1.0 without `keep-alive`: the answer is the last one.
    Close,
}

/// The options of all Connection field lines together (RFC 9110 §7.6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ConnectionOptions {
    /// `close` was named.
    pub close: bool,
    /// `keep-alive` was named.
    pub keep_alive: bool,
    /// `upgrade` was named.
    pub upgrade: bool,
}

impl ConnectionOptions {
    /// Adds the options that one Connection field line names.
    ///
    /// "Connection options are case-insensitive" (RFC 9110 §7.6.1); empty list elements and options
    /// that we do not know are ignored (§5.6.1.2).
    pub fn add(&mut self, value: &[u8]) {
        // Nearly every client sends exactly one option.
        match value {
            b"keep-alive" => return self.keep_alive = true,
            b"close" => return self.close = true,
            _ => {}
        }
        for option in value.split(|&octet| octet == b',') {
            let option = grammar::trim(option);
            // [9110-5.6.1.2-a]
            self.close |= option.eq_ignore_ascii_case(b"close");
            self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            self.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
    }
}

impl Persistence {
    /// RFC 9112 §9.3, in its order.
    pub const fn of(version: Version, options: ConnectionOptions) -> Self {
        match version {
            // "If the 'close' connection option is present (...), the connection will not persist
            // after the current response; else,"
            _ if options.close => Self::Close,
            // "If the received protocol is HTTP/1.1 (or later), the connection will persist after
            // the current response; else,"
            Version::Http11 => Self::Persistent,
            // "If the received protocol is HTTP/1.0, the 'keep-alive' connection option is present
            // (...), and the recipient wishes to honor the HTTP/1.0 'keep-alive' mechanism, the
            // connection will persist after the current response; otherwise,"
            Version::Http10 if options.keep_alive => Self::KeepAlive,
            // "The connection will close after the current response."
            Version::Http10 => Self::Close,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(values: &[&str]) -> ConnectionOptions {
        let mut options = ConnectionOptions::default();
        values.iter().for_each(|value| options.add(value.as_bytes()));
        options
    }

    /// Shows [9110-5.6.1.2-a].
    #[test]
    fn options_are_list_elements_compared_without_case() {
        assert!(options(&["close"]).close);
        assert!(options(&["CLOSE"]).close);
        assert!(options(&["x, close"]).close);
        assert!(options(&[" ,,\tclose , y"]).close);
        let both = options(&["keep-alive", "Upgrade, cLose"]);
        assert_eq!(both, ConnectionOptions { close: true, keep_alive: true, upgrade: true });
    }

    #[test]
    fn an_option_is_a_whole_element_and_nothing_like_it() {
        for value in ["closed, clos", "close x", "close;", "\"close\"", "", ",", "te", "keep alive"]
        {
            assert_eq!(options(&[value]), ConnectionOptions::default(), "{value}");
        }
    }

    #[test]
    fn persistence_is_decided_in_the_order_of_the_rfc() {
        use Persistence::{Close, KeepAlive, Persistent};
        use Version::{Http10, Http11};
        for (version, value, expected) in [
            (Http11, "", Persistent),
            (Http11, "keep-alive", Persistent),
            (Http11, "close", Close),
            (Http11, "keep-alive, close", Close),
            (Http10, "", Close),
            (Http10, "keep-alive", KeepAlive),
            (Http10, "Keep-Alive", KeepAlive),
            (Http10, "keep-alive, close", Close),
        ] {
            assert_eq!(
                Persistence::of(version, options(&[value])),
                expected,
                "{version:?} {value}"
            );
        }
    }
}
