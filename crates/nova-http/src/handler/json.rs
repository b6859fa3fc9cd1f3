//! JSON in and out (RFC 8259), with the feature `json`.
//!
//! A request is judged in the order in which its client can repair it: what it calls its content
//! (415), whether that is JSON (400), whether it is what the handler asks for (422). Errors are
//! answered as problem details (RFC 9457).

use std::fmt;
use std::str::Utf8Error;

use nova_http1::{Field, Fields};
use serde_core::{Deserialize, Serialize};
use serde_json::error::Category;

use crate::answer::{OwnedAnswer, Status};
use crate::handler::{Answered, Request, Response};
use crate::request::RequestHead;

impl<'a> Request<'a> {
    /// The content, read as JSON. What `T` borrows is borrowed from the content.
    ///
    /// ```
    /// use nova_http::{Answered, Request, Response};
    /// use serde::{Deserialize, Serialize};
    ///
    /// #[derive(Deserialize)]
    /// struct Order<'a> {
    ///     article: &'a str,
    ///     count: u32,
    /// }
    ///
    /// #[derive(Serialize)]
    /// struct Receipt {
    ///     total: u32,
    /// }
    ///
    /// fn order(request: &Request<'_>, response: Response<'_>) -> Answered {
    ///     match request.json::<Order>() {
    ///         Ok(order) if order.article == "tea" => response.json(&Receipt { total: order.count * 3 }),
    ///         Ok(_) => response.json(&Receipt { total: 0 }),
    ///         Err(error) => response.json_error(&error),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// The client's mistake: its [status](JsonError::status) and a sentence for it. Nesting is bounded
    /// (128 levels); what is deeper is not JSON for us.
    pub fn json<T: Deserialize<'a>>(&self) -> Result<T, JsonError> {
        read_json(&self.head, self.content)
    }
}

/// Reads `content`, which came with `head`, as JSON.
pub(crate) fn read_json<'c, T: Deserialize<'c>>(
    head: &RequestHead<'_>,
    content: &'c [u8],
) -> Result<T, JsonError> {
    let kind = head.content_type();
    let is_json = kind.is_some_and(|kind| {
        kind.is("application/json")
            || kind.suffix().is_some_and(|suffix| suffix.eq_ignore_ascii_case("json"))
    });
    if !is_json {
        return Err(JsonError(Mistake::MediaType));
    }
    // RFC 9110 §8.4: decoding it would be the handler's business, and is bounded by nothing here.
    if head.fields.all("content-encoding").any(|coding| coding != b"identity") {
        return Err(JsonError(Mistake::Coding));
    }
    // RFC 8259 §8.1, also for what the handler does not look at.
    let text = str::from_utf8(content).map_err(|error| JsonError(Mistake::Utf8(error)))?;
    serde_json::from_str(text).map_err(|error| {
        JsonError(match error.classify() {
            Category::Data => Mistake::Data(error),
            Category::Syntax | Category::Eof | Category::Io => Mistake::Syntax(error),
        })
    })
}

/// Why the content of a request could not be read as what a handler asks for.
///
/// ```
/// use nova_http::testing::App;
/// use nova_http::{Answered, Request, Response};
///
/// fn double(request: &Request<'_>, response: Response<'_>) -> Answered {
///     match request.json::<f64>() {
///         Ok(number) => response.json(&(number * 2.0)),
///         Err(error) => {
///             println!("{}: {error}", error.status().code());
///             response.json_error(&error)
///         }
///     }
/// }
///
/// let app = App::new(double);
/// assert_eq!(app.post("/").json(&1.5).send().text(), "3.0");
/// assert_eq!(app.post("/").json("text").send().status(), 422);
/// assert_eq!(app.post("/").content("1.5").send().status(), 415);
/// ```
#[derive(Debug)]
pub struct JsonError(Mistake);

#[derive(Debug)]
enum Mistake {
    MediaType,
    Coding,
    Utf8(Utf8Error),
    Syntax(serde_json::Error),
    Data(serde_json::Error),
}

impl JsonError {
    /// The status that tells the client what to repair: 415, 400 or 422.
    pub fn status(&self) -> Status {
        match self.0 {
            Mistake::MediaType | Mistake::Coding => Status::UNSUPPORTED_MEDIA_TYPE,
            Mistake::Utf8(_) | Mistake::Syntax(_) => Status::BAD_REQUEST,
            Mistake::Data(_) => Status::UNPROCESSABLE_CONTENT,
        }
    }

    /// What would have been taken (RFC 9110 §15.5.16).
    // [9110-12.5.3-a]
    fn accepted(&self) -> Option<(&'static str, &'static str)> {
        match self.0 {
            Mistake::MediaType => Some(("accept", "application/json")),
            Mistake::Coding => Some(("accept-encoding", "identity")),
            Mistake::Utf8(_) | Mistake::Syntax(_) | Mistake::Data(_) => None,
        }
    }

    /// The problem details.
    fn problem(&self) -> Vec<u8> {
        let status = self.status();
        let problem = serde_json::json!({
            "title": status.reason(),
            "status": status.code(),
            "detail": self.to_string(),
        });
        problem.to_string().into_bytes()
    }

    /// The answer that tells the client, as [`Response::json_error`] gives it.
    pub fn answer(&self) -> OwnedAnswer {
        let answer = OwnedAnswer::new(self.status(), self.problem());
        let answer = answer.field("content-type", "application/problem+json");
        match self.accepted() {
            Some((name, value)) => answer.field(name, value),
            None => answer,
        }
    }
}

impl fmt::Display for JsonError {
    /// A sentence for the client. It may repeat a part of what the client has sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Mistake::MediaType => f.write_str(
                "the content must be sent as JSON: Content-Type is to be application/json or to end \
                 in +json",
            ),
            Mistake::Coding => f.write_str("the content must be sent without a Content-Encoding"),
            Mistake::Utf8(error) => write!(f, "the content is not JSON: {error}"),
            Mistake::Syntax(error) => write!(f, "the content is not JSON: {error}"),
            Mistake::Data(error) => write!(f, "the content is not what is asked for: {error}"),
        }
    }
}

impl std::error::Error for JsonError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Mistake::MediaType | Mistake::Coding => None,
            Mistake::Utf8(error) => Some(error),
            Mistake::Syntax(error) | Mistake::Data(error) => Some(error),
        }
    }
}

impl Response<'_> {
    /// Sends `value` as JSON. `Content-Type: application/json` is added if the response has no
    /// Content-Type yet. A value that cannot be JSON (a map whose keys are no strings) is logged, and
    /// the client gets 500.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Answered {
        match serde_json::to_vec(value) {
            Ok(content) if self.fields.get("content-type").is_some() => self.send(&content),
            Ok(content) => self.send_as(b"application/json", None, &content),
            Err(error) => {
                self.replace(&error);
                Answered(())
            }
        }
    }

    /// Tells the client what is wrong with its content, with the error's status, as problem details
    /// (`application/problem+json`, RFC 9457). The response's fields are kept.
    pub fn json_error(self, error: &JsonError) -> Answered {
        let accepted = error.accepted();
        let accepted =
            accepted.map(|(name, value)| Field { name: name.as_bytes(), value: value.as_bytes() });
        self.status(error.status()).send_as(b"application/problem+json", accepted, &error.problem())
    }

    /// Sends `content` with the fields of the response, but this Content-Type.
    fn send_as(self, kind: &[u8], extra: Option<Field<'_>>, content: &[u8]) -> Answered {
        let kind = Field { name: b"content-type", value: kind };
        let others = self.fields.iter().filter(|it| !it.name.eq_ignore_ascii_case(kind.name));
        let fields: Vec<Field<'_>> = others.chain([kind]).chain(extra).collect();
        Response {
            exchange: self.exchange.shorten(),
            status: self.status,
            fields: Fields::from_slices(&fields),
            left: self.left,
            pool: self.pool,
        }
        .send(content)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use nova_io::sim::Network;
    use serde::Deserialize;

    use super::*;
    use crate::Limits;
    use crate::fields::testing::get;
    use crate::testing::Bench;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Order {
        article: String,
        count: u8,
    }

    const JSON: (&str, &str) = ("Content-Type", "application/json");

    fn read(fields: &[(&str, &str)], content: &str) -> Result<Order, (u16, String)> {
        let request = Request::new(get("/", fields), content.as_bytes());
        request.json().map_err(|error| (error.status().code(), error.to_string()))
    }

    /// Content that is called JSON, is JSON, and is what is asked for.
    #[test]
    fn an_order_is_read() {
        let content = r#" {"count": 2, "article": "tea", "other": [null]} "#;
        for kind in
            ["application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"]
        {
            let order = read(&[("content-type", kind)], content);
            assert_eq!(order, Ok(Order { article: "tea".to_owned(), count: 2 }), "{kind}");
        }
        let fields = [JSON, ("Content-Encoding", "identity")];
        assert!(read(&fields, content).is_ok());
    }

    /// Each mistake has the status that says what to repair, and a sentence.
    #[test]
    fn mistakes_have_a_status_and_a_sentence() {
        let good = r#"{"article": "tea", "count": 2}"#;
        for fields in
            [&[][..], &[("Content-Type", "text/json")], &[("Content-Type", "json")], &[JSON, JSON]]
        {
            assert_eq!(read(fields, good).unwrap_err().0, 415);
        }
        assert_eq!(read(&[JSON, ("content-encoding", "gzip")], good).unwrap_err().0, 415);
        for bad in [
            "",
            "{",
            "tea",
            "{\"article\": tea}",
            "{\"article\":\"\",\"count\":1} 1",
            "\u{feff}{}",
            "{\"article\":\"\\ud800\"}",
        ] {
            let (status, sentence) = read(&[JSON], bad).unwrap_err();
            assert_eq!(status, 400, "{sentence}");
            assert!(sentence.starts_with("the content is not JSON: "), "{sentence}");
        }
        let request = Request::new(get("/", &[JSON]), b"{\"other\":\"\xff\",\"count\":1}");
        assert_eq!(request.json::<Order>().unwrap_err().status(), Status::BAD_REQUEST);
        let deep = "[".repeat(100_000);
        let request = Request::new(get("/", &[JSON]), deep.as_bytes());
        let error = request.json::<serde_json::Value>().unwrap_err();
        assert_eq!(error.status(), Status::BAD_REQUEST, "{error}");
        for (other, part) in [
            ("{}", "missing field `article`"),
            ("[]", "invalid length 0"),
            (r#"{"article": "tea", "count": 256}"#, "256"),
            (r#"{"count": 1, "count": 1}"#, "duplicate field `count`"),
        ] {
            let (status, sentence) = read(&[JSON], other).unwrap_err();
            assert_eq!(status, 422, "{sentence}");
            assert!(sentence.contains(part), "{sentence}");
        }
    }

    /// What needs no unescaping is borrowed from the content.
    #[test]
    fn text_is_borrowed() {
        let read = |content: &'static [u8]| Request::new(get("/", &[JSON]), content).json::<&str>();
        assert_eq!(read(b"\"tea\"").unwrap(), "tea");
        assert_eq!(read(b"\"t\\u0065a\"").unwrap_err().status(), Status::UNPROCESSABLE_CONTENT);
    }

    fn answer(handler: fn(Response<'_>) -> Answered) -> String {
        let mut bench = Bench::http(
            Network::calm(),
            Limits::default(),
            move |_: &Request<'_>, response: Response<'_>| handler(response),
        );
        let mut client = bench.connect();
        client.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        String::from_utf8(bench.drain(&mut client)).unwrap()
    }

    /// Values are sent with their type; the handler's own fields and its own type are kept.
    #[test]
    fn a_value_is_sent() {
        let sent = answer(|response| response.status(Status::CREATED).json(&[1, 2]));
        assert!(sent.starts_with("HTTP/1.1 201 ") && sent.ends_with("\r\n\r\n[1,2]"), "{sent}");
        assert!(sent.contains("content-type: application/json\r\n"), "{sent}");
        let sent =
            answer(|response| response.fields(&[("x", "y"), ("Content-Type", "a/b")]).json("ä"));
        assert!(
            sent.contains("x: y\r\nContent-Type: a/b\r\n") && sent.ends_with("\"ä\""),
            "{sent}"
        );
        assert!(!sent.contains("application/json"), "{sent}");
        let impossible = |response: Response<'_>| response.json(&HashMap::from([([1], 2)]));
        assert!(answer(impossible).starts_with("HTTP/1.1 500 "));
    }

    /// A mistake is answered as a problem, with what would have been taken.
    /// Shows [9110-12.5.3-a].
    #[test]
    fn a_mistake_is_answered() {
        let sent = answer(|response| {
            let error = JsonError(Mistake::MediaType);
            response.fields(&[("x", "y"), ("content-type", "a/b")]).json_error(&error)
        });
        assert!(sent.starts_with("HTTP/1.1 415 "), "{sent}");
        assert!(sent.contains("x: y\r\ncontent-type: application/problem+json\r\n"), "{sent}");
        assert!(sent.contains("accept: application/json\r\n") && !sent.contains("a/b"), "{sent}");
        assert!(!sent.to_lowercase().contains("accept-encoding"), "no coding was at fault: {sent}");
        let (_, content) = sent.split_once("\r\n\r\n").unwrap();
        let problem: BTreeMap<String, serde_json::Value> = serde_json::from_str(content).unwrap();
        assert_eq!(
            (&problem["status"], &problem["title"]),
            (&415.into(), &"Unsupported Media Type".into())
        );
    }
}
