//! Instructions that encoding an answer costs, to be counted under callgrind:
//!
//! ```sh
//! cargo build --release -p nova-http1 --example encode_count
//! for answer in hello prepared browser not-found; do
//!     valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='*measured*' \
//!         target/release/examples/encode_count $answer 10000
//! done
//! ```
//!
//! Divide `Collected` by the count. The send buffer has room, as a worker's has; the copy of the
//! content is part of the figure, and so is the call itself.

use std::hint::black_box;

use nova_http1::response::{
    AnswerHead, Asked, ContentInfo, DateField, Prepared, Status, encode, encode_prepared,
};
use nova_http1::{Field, Fields, Method, Persistence, Version};

const HELLO: &[u8] = b"Hello World";
const PLAIN: &[(&str, &str)] = &[("Content-Type", "text/plain")];
const PAGE: &[(&str, &str)] = &[
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "public, max-age=0, must-revalidate"),
    ("ETag", "W/\"2a-18f2c7d5b3e\""),
    ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ("Vary", "Accept-Encoding"),
    ("X-Content-Type-Options", "nosniff"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("Set-Cookie", "session=8c1f0a62b7; Path=/; HttpOnly; SameSite=Lax"),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let which = arguments.next().unwrap_or_else(|| "hello".to_owned());
    let count: u32 = arguments.next().and_then(|count| count.parse().ok()).unwrap_or(10_000);

    let asked = Asked::new(Method::Get, Version::Http11, Persistence::Persistent);
    let date = DateField::new(784_111_777);
    let mut out = Vec::with_capacity(64 * 1024);
    let plain = fields(PLAIN);
    let plain = Fields::from_slices(&plain);
    let page = fields(PAGE);
    let page = Fields::from_slices(&page);
    let prepared = Prepared::new(Status::OK, plain, HELLO).expect("a valid answer");

    for _ in 0..count {
        out.clear();
        match which.as_str() {
            "hello" => measured_encode(&mut out, asked, Status::OK, plain, &date),
            "prepared" => measured_prepared(&mut out, asked, &prepared, &date),
            "browser" => measured_encode(&mut out, asked, Status::OK, page, &date),
            "not-found" => measured_encode(&mut out, asked, Status::NOT_FOUND, plain, &date),
            other => panic!("{other}: choose hello, prepared, browser or not-found"),
        }
        black_box(&out);
    }
    println!("{count} × {which}, {} octets each", out.len());
}

fn fields(pairs: &[(&'static str, &'static str)]) -> Vec<Field<'static>> {
    let field = |(name, value): &(&'static str, &'static str)| Field {
        name: name.as_bytes(),
        value: value.as_bytes(),
    };
    pairs.iter().map(field).collect()
}

#[inline(never)]
fn measured_encode(
    out: &mut Vec<u8>,
    asked: Asked,
    status: Status,
    fields: Fields<'_>,
    date: &DateField,
) {
    let content = ContentInfo::Length(HELLO.len() as u64);
    let answer = AnswerHead { status, fields, content, close: false };
    encode(out, asked, &answer, date).expect("a valid answer");
    out.extend_from_slice(HELLO);
}

#[inline(never)]
fn measured_prepared(out: &mut Vec<u8>, asked: Asked, answer: &Prepared, date: &DateField) {
    encode_prepared(out, asked, answer, false, date).expect("a valid answer");
}
