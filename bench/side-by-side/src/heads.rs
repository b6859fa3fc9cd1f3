//! The requests of the workloads. wrk, the load program and the verification all send these octets.

use std::fmt::Write;
use std::net::SocketAddr;

/// How many different heads the differing workloads rotate through. In cyclic order a cache of whole
/// heads hits only if it holds all of them, about 5.8 MB: more than any bounded cache of a worker.
pub(crate) const DIFFERENT: usize = 8192;

/// Octets of content in the POST of the idle workload.
pub(crate) const CONTENT: usize = 10_000;

/// Octets of a chunk that is uploaded.
const CHUNK: usize = 4096;

/// Things in an order: about 10,000 octets.
const THINGS: usize = 208;

/// Octets of all the differing requests that have content, about.
const DIFFERENT_CONTENT: usize = 8 << 20;

/// Which heads a workload sends, and the content behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heads {
    /// A request line for this path, and `Host`: what wrk sends by itself.
    Get(&'static str),
    /// The same for `/`, with the wish that the connection ends.
    GetAndClose,
    /// A POST to this path, with so many octets.
    Post(&'static str, usize),
    /// A POST to this path, with so many octets, in chunks of [`CHUNK`].
    Chunked(&'static str, usize),
    /// A POST to this path, with about 10,000 octets of JSON: 208 things.
    PostOrder(&'static str),
    /// The twelve fields of a browser's navigation, always the same.
    Browser,
    /// The same, with another path and another cookie each time.
    BrowserDiffering,
    /// The same fields, with another number of seven digits in `/json/{number}` each time.
    JsonDiffering,
    /// A browser's fields and a trace id, always the same, for this path with a number of seven digits
    /// behind it.
    Traced(&'static str),
    /// The same, with another number, cookie and trace id each time.
    TracedDiffering(&'static str),
    /// A POST of so many octets with a browser's fields, and another number behind the path, another
    /// cookie and another trace id each time.
    PostDiffering(&'static str, usize),
}

impl Heads {
    /// All the heads, one after the other.
    pub fn render(self, host: SocketAddr) -> Vec<String> {
        match self {
            Self::Get(path) => vec![format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")],
            Self::GetAndClose => {
                vec![format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")]
            }
            Self::Post(path, length) => vec![post(host, path, length)],
            Self::Chunked(path, length) => vec![chunked(host, path, length)],
            Self::PostOrder(path) => vec![post_order(host, path)],
            Self::JsonDiffering => (0..DIFFERENT as u64)
                .map(|number| browser(host, &format!("/json/{}", 1_000_000 + number), mix(number)))
                .collect(),
            Self::Traced(path) => vec![traced(host, path, 0)],
            Self::TracedDiffering(path) => {
                (0..DIFFERENT as u64).map(|number| traced(host, path, number)).collect()
            }
            Self::PostDiffering(path, length) => {
                let count = (DIFFERENT_CONTENT / length.max(1)).clamp(64, DIFFERENT) as u64;
                let content = "x".repeat(length);
                let request = |number| traced_post(host, path, number, length) + &content;
                (0..count).map(request).collect()
            }
            Self::Browser => vec![browser(host, "/articles/0000-0c0ffee5", 0x5eed)],
            Self::BrowserDiffering => (0..DIFFERENT as u64)
                .map(|number| {
                    let mixed = mix(number);
                    let path = format!("/articles/{number:04}-{:08x}", mixed as u32);
                    browser(host, &path, mixed)
                })
                .collect(),
        }
    }
}

/// A navigation as Chromium sends it: twelve fields, about 700 octets.
fn browser(host: SocketAddr, path: &str, visitor: u64) -> String {
    let mut head = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n");
    head.push_str(concat!(
        "Connection: keep-alive\r\n",
        "sec-ch-ua: \"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\"\r\n",
        "sec-ch-ua-mobile: ?0\r\n",
        "sec-ch-ua-platform: \"Linux\"\r\n",
        "Upgrade-Insecure-Requests: 1\r\n",
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ",
        "Chrome/140.0.0.0 Safari/537.36\r\n",
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,",
        "*/*;q=0.8\r\n",
    ));
    let session = mix(visitor);
    let analytics = visitor % 1_000_000_000;
    // Writing to a String cannot fail.
    let _ = write!(
        head,
        "Referer: http://{host}/articles\r\n\
         Accept-Encoding: gzip, deflate, br, zstd\r\n\
         Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n\
         Cookie: session={session:016x}{visitor:016x}; _ga=GA1.1.{analytics:09}.1760000000; theme=dark\r\n\
         \r\n"
    );
    head
}

/// A browser's request behind a proxy that traces: the twelve fields, and `traceparent`.
fn traced(host: SocketAddr, path: &str, number: u64) -> String {
    let visitor = mix(number);
    let mut head = browser(host, &format!("{path}{}", 1_000_000 + number), visitor);
    head.truncate(head.len() - "\r\n".len());
    let (trace, span) = (mix(visitor), mix(visitor ^ 1));
    // Writing to a String cannot fail.
    let _ = write!(head, "traceparent: 00-{visitor:016x}{trace:016x}-{span:016x}-01\r\n\r\n");
    head
}

/// The head of a POST with these fields.
fn traced_post(host: SocketAddr, path: &str, number: u64, length: usize) -> String {
    let head = traced(host, path, number).replacen("GET", "POST", 1);
    let content = format!("Content-Type: text/plain\r\nContent-Length: {length}\r\n\r\n");
    head[..head.len() - "\r\n".len()].to_owned() + &content
}

/// The POST of the idle workload.
pub(crate) fn idle_post(host: SocketAddr) -> String {
    post(host, "/articles", CONTENT)
}

/// A POST, content included.
fn post(host: SocketAddr, path: &str, length: usize) -> String {
    let content = "x".repeat(length);
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\n\
         Content-Length: {length}\r\n\r\n{content}"
    )
}

/// A POST whose content comes in chunks.
fn chunked(host: SocketAddr, path: &str, length: usize) -> String {
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/plain\r\n\
         Transfer-Encoding: chunked\r\n\r\n"
    );
    let content = "x".repeat(length);
    let mut rest = content.as_str();
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(CHUNK.min(rest.len()));
        // Writing to a String cannot fail.
        let _ = write!(request, "{:x}\r\n{chunk}\r\n", chunk.len());
        rest = after;
    }
    request + "0\r\n\r\n"
}

/// A POST of JSON.
fn post_order(host: SocketAddr, path: &str) -> String {
    let item = r#"{"name":"a thing with a longer name","count":3}"#;
    let content = format!(r#"{{"items":[{}]}}"#, [item; THINGS].join(","));
    let length = content.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{content}"
    )
}

/// Steele, Lea and Flood's SplitMix64 finaliser: well-spread digits out of a counter, the same in
/// every run.
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn host() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 43210))
    }

    /// A browser's head has twelve fields and about 700 octets.
    #[test]
    fn a_browser_sends_twelve_fields() {
        for head in [
            Heads::Browser.render(host()).remove(0),
            Heads::BrowserDiffering.render(host()).remove(77),
        ] {
            let lines: Vec<_> = head.split("\r\n").collect();
            // The request line before them; the blank line and the end after them.
            assert_eq!(lines.len() - 3, 12, "{head}");
            assert!((650..=750).contains(&head.len()), "{} octets", head.len());
        }
    }

    /// An order is as long as it says, and that is about 10,000 octets.
    #[test]
    fn an_order_is_as_long_as_it_says() {
        let post = Heads::PostOrder("/orders").render(host()).remove(0);
        let (head, content) = post.split_once("\r\n\r\n").unwrap();
        assert!(head.ends_with(&format!("Content-Length: {}", content.len())));
        assert!((9_900..10_100).contains(&content.len()), "{} octets", content.len());
    }

    /// Differing heads differ, all of them, and have the same length, so that only their octets are
    /// compared and not their sizes.
    #[test]
    fn differing_heads_differ() {
        let heads = Heads::BrowserDiffering.render(host());
        assert_eq!(heads.iter().collect::<HashSet<_>>().len(), DIFFERENT);
        assert!(heads.iter().all(|head| head.len() == heads[0].len()));
        assert_eq!(heads[0].len(), Heads::Browser.render(host())[0].len());
        assert_eq!(DIFFERENT % 16, 0, "a pipelined batch is never short");
    }

    /// Traced requests differ in path, cookie and trace id, and in nothing else, nor in length.
    #[test]
    fn traced_heads_differ_where_they_should() {
        let heads = Heads::TracedDiffering("/users?id=").render(host());
        assert_eq!(heads.iter().collect::<HashSet<_>>().len(), DIFFERENT);
        assert_eq!(heads[0], Heads::Traced("/users?id=").render(host())[0]);
        let lines = |head: &str| head.split("\r\n").map(str::to_owned).collect::<Vec<_>>();
        for head in &heads[1..] {
            assert_eq!(head.len(), heads[0].len());
            let (first, other) = (lines(&heads[0]), lines(head));
            let differing = first.iter().zip(&other).filter(|(first, other)| first != other);
            let names: Vec<_> =
                differing.map(|(_, line)| &line[..line.find(' ').unwrap()]).collect();
            assert_eq!(names, ["GET", "Cookie:", "traceparent:"]);
        }
    }

    /// A differing POST is whole.
    #[test]
    fn a_differing_post_is_as_long_as_it_says() {
        for (length, count) in [(1_000, DIFFERENT), (100_000, 83)] {
            let requests = Heads::PostDiffering("/orders/", length).render(host());
            assert_eq!(requests.len(), count);
            let (head, content) = requests[7].split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("POST /orders/1000007 HTTP/1.1\r\n"), "{head}");
            assert!(head.ends_with(&format!("Content-Length: {}", content.len())), "{head}");
            assert_eq!(content.len(), length);
        }
    }

    /// Chunks hold all octets that were asked for, and an end.
    #[test]
    fn chunks_hold_all_octets() {
        let request = Heads::Chunked("/post", 10_000).render(host()).remove(0);
        assert!(request.contains("\r\n\r\n1000\r\nxxx") && request.contains("\r\n710\r\nx"));
        assert!(request.ends_with("x\r\n0\r\n\r\n"));
        let (_, content) = request.split_once("\r\n\r\n").unwrap();
        assert_eq!(content.matches('x').count(), 10_000);
    }

    /// The content of the POST is as long as it says.
    #[test]
    fn the_post_is_as_long_as_it_says() {
        let post = idle_post(host());
        assert_eq!(post.split_once("\r\n\r\n").unwrap().1.len(), CONTENT);
    }
}
