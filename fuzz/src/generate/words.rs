//! What requests are made of, rightly and wrongly.
//!
//! The lists come in pairs: what the grammar allows, and the slips: what somebody may send in its
//! place by mistake or on purpose. Not for rustfmt, which would give each word a line.

/// Octets of a request, or of a part of it.
pub(crate) type Words = [&'static [u8]];

pub(crate) const METHODS: &Words = &[
    b"GET", b"GET", b"GET", b"POST", b"POST", b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PATCH",
    b"TRACE", b"FROB", b"M-SEARCH", b"x!#$%&'*+-.^_`|~9",
];

pub(crate) const METHOD_SLIPS: &Words = &[
    b"", b"get", b"Post", b"cONNECT", b"CONNECT", b"GE(T", b"GET\0", b"G\xC3\x89T", b" GET",
    b"GET:", b"\tGET", b"GET\x7f", b"GET\r", b"{}", b"GETGETGETGETGETGETGETGETGETGETGETGET",
];

pub(crate) const TARGETS: &Words = &[
    b"/", b"/", b"/", b"/a", b"/a/b/c", b"/index.html", b"/a?b=c", b"/?", b"/a/b%20c?x=1&y=%2F",
    b"/api/v1/users/1234567890/orders?page=2&size=50&sort=-created", b"//", b"/..", b"/a;b=c",
    b"/?q=\"<>\\^`{|}", b"https://h/p?q",
];

pub(crate) const TARGET_SLIPS: &Words = &[
    b"", b"a", b"*", b"h:80", b"h", b"[::1]:443", b"/a b", b"/a\tb", b"/#a", b"/\xC3\xA9", b"/\x7f",
    b"/\0", b"/a\rb", b"/a\nb", b"http:/h", b"http:///", b"http://u@h/", b"ftp://h/",
    b"http://h:x/", b"http://other/", b"http://[::1]/", b"http://h:80/", b"https://h:443/",
    b"http://h:/", b"*/", b"**", b"http://h#f", b"://h/", b"h:", b":80", b"h:65536", b"http://h/",
    b"http://h", b"HTTP://H/p", b"http://h?q",
];

pub(crate) const VERSIONS: &Words = &[
    b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0",
];

pub(crate) const VERSION_SLIPS: &Words = &[
    b"", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.", b"HTTP/1", b"HTTP/11",
    b"HTTP/1.10", b"HTTP/1.1 ", b"http/1.1", b"HTTP/1,1", b"HTTP/ 1.1", b"HTTP/+1.1", b"HTTQ/1.1",
    b"HTTP/1.x", b"HTTP/x.1", b"HTTP/3.7", b"ICY", b"HTTP\\1.1", b"HTTP/1.1\t", b"HTTP/:.1",
];

pub(crate) const LINE_END_SLIPS: &Words = &[
    b"\n", b"\r", b"\r\r\n", b"\n\r", b"", b" \r\n", b"\r\n\r\n", b"\r\n ", b"\r\n\t", b"\n\n",
    b"\r\n\n", b"\0\r\n", b"\r \n", b"\r\nX",
];

pub(crate) const SPACE_SLIPS: &Words = &[
    b"", b"  ", b"\t", b"\x0b", b"\r", b"\n", b" \t", b"\xA0",
];

pub(crate) const NAMES: &Words = &[
    b"Accept", b"User-Agent", b"Accept-Encoding", b"Accept-Language", b"Cookie", b"Cache-Control",
    b"Referer", b"X", b"X-Forwarded-For", b"If-None-Match", b"Content-Type", b"Authorization",
    b"Sec-Fetch-Mode", b"Origin", b"Date", b"TE", b"Trailer", b"Range", b"a_b", b"!#$%&'*+-.^_`|~",
    b"Content_Length", b"Hosts", b"Hos", b"Content-Lengt", b"Transfer-Encodin", b"Connectio",
    b"Proxy-Connection", b"Keep-Alive", b"Expects", b"Upgrades",
];

pub(crate) const NAME_SLIPS: &Words = &[
    b"", b"A ", b"A\t", b" A", b"A(B", b"A\0", b"\xC3\xA9", b"A\r", b"A\n", b"A\"", b"A,", b"[A]",
    b"Host ", b"Content-Length ", b"Transfer-Encoding\t", b"\x0bHost", b"A\x7f",
];

pub(crate) const COLON_SLIPS: &Words = &[
    b"", b" :", b"\t:", b"::", b"=", b";", b": :", b"\r:",
];

pub(crate) const VALUES: &Words = &[
    b"", b"a", b"*/*", b"gzip, deflate, br", b"en-GB,en;q=0.5", b"Mozilla/5.0 (X11; rv:1) Gecko/1",
    b"id=3f786850e387550fdab836ed7e6dc881de23001b; theme=dark", b"no-cache", b"a\tb", b"\xC3\xA9",
    b"\"quoted, text\"", b"text/html;charset=utf-8", b"0", b"W/\"67ab43\"", b"bytes=0-499",
    b"https://example.org/a?b", b"close", b"chunked", b"5", b":", b"a: b",
    b"0123456789012345678901234567890123456789012345678901234567890123456789",
];

pub(crate) const VALUE_SLIPS: &Words = &[
    b"\0", b"a\0b", b"a\rb", b"a\nb", b"\x7f", b"a\x1b[0m", b"\x0b", b"a\r", b"\r\n b", b"\x08",
    b"a\rHost: i", b"a\nTransfer-Encoding: chunked", b"\x1f\x20",
];

pub(crate) const WHITE_SPACE: &Words = &[
    b" ", b" ", b" ", b" ", b" ", b" ", b"", b"\t", b"  ", b" \t ",
];
pub(crate) const TRAILING_SPACE: &Words = &[
    b"", b"", b"", b"", b"", b"", b"", b" ", b"\t", b" \t ", b"          ",
];

pub(crate) const HOSTS: &Words = &[
    b"h", b"h", b"h", b"example.org", b"example.org:8080", b"h:80", b"127.0.0.1", b"[::1]",
    b"[2001:db8::192.0.2.1]:1", b"a%20b", b"h:", b"h:65535", b"H", b"[v1.a:b]", b"a_b,c;d=e",
];

pub(crate) const HOST_SLIPS: &Words = &[
    b"", b":", b":80", b"h/x", b"h x", b"u@h", b"h:80:80", b"h:65536", b"h:123456", b"h:a", b"h:+1",
    b"[::1", b"::1", b"[]", b"[::g]", b"[::1]x", b"a%2", b"a%zz", b"h?x", b"h#x", b"\xC3\xA9",
    b"[v.a]", b"h, h", b"[::1]:", b"[1:2:3:4:5:6:7:8]", b"[1:2:3:4:5:6:7:8:9]", b"[1::2::3]",
    b"[::ffff:1.2.3.4]", b"[::1.2.3]", b"[::01.2.3.4]", b"[1:2:3:4:5:6:7::]", b"[::2:3:4:5:6:7:8]",
    b"[12345::]", b"[::1%25eth0]", b"[:1]", b"[1:2:3:4:5:6:1.2.3.4]", b"[1:2:3:4:5:6:7:1.2.3.4]",
    b"[::256.1.1.1]", b"[vF.!]", b"[v1.]", b"h:00080", b"%00", b"h:8 0", b"[1:2:3:4:5:6:7::8]",
];

pub(crate) const LENGTH_SLIPS: &Words = &[
    b"", b"+5", b"-1", b"5, 5", b"5,6", b"5 5", b"0x5", b"5a", b"1e3", b"5;", b"\"5\"", b"5.0",
    b"9223372036854775807", b"9223372036854775808", b"18446744073709551615",
    b"18446744073709551616", b"18446744073709551621", b"99999999999999999999999", b"4294967301",
    b"00000000000000000000000000000005", b"\xD9\xA5", b"5\0", b"chunked", b"2097152", b"2097153",
];

pub(crate) const CODING_SLIPS: &Words = &[
    b"", b"gzip", b"gzip, chunked", b"chunked, gzip", b"chunked, chunked", b"chunked,", b",chunked",
    b"xchunked", b"chunkedx", b"chunked;a=b", b"\"chunked\"", b"chunked, identity", b"identity",
    b"gzip;q=1, chunked", b"gzip; a=\"b, chunked\"", b"gzip;", b"chun ked", b"chunked\x0b",
    b"chunked;", b"gzip, deflate", b"gzip;a=\"\\\"\",chunked", b"gzip ; a = b , chunked",
    b"\xEF\xBB\xBFchunked", b"gzip;a=\"\x01\"", b"gzip;a", b"a,b,chunked", b"chunked, a",
    b"CHUNKED", b"Chunked", b"5",
];

pub(crate) const OPTIONS: &Words = &[
    b"close", b"close", b"keep-alive", b"Keep-Alive", b"keep-alive, close", b"CLOSE", b"upgrade",
    b"Upgrade, keep-alive", b"TE, close", b" ,,close,", b"closed", b"close x", b"\"close\"", b"",
    b"keep-alive;x", b"x,\tclose\t,y", b"te", b"upgrade,close",
];

pub(crate) const EXPECTATIONS: &Words = &[
    b"100-continue", b"100-continue", b"100-Continue", b"100-continue, 100-continue", b"", b",",
    b"100", b"y 100-continue", b"100-continue;q=1", b"100-continue, x", b"100-continue,",
];

pub(crate) const SIZES_OF_CHUNK_SLIPS: &Words = &[
    b"", b"0x5", b"+5", b"-1", b"g", b" 5", b"5 ", b"5\t", b"00000000000000005",
    b"0000000000000005", b"7fffffffffffffff", b"8000000000000000", b"ffffffffffffffff",
    b"10000000000000000", b"00", b"\x35\x00", b"5_0", b"FFFFFFFFF", b"000", b"200000", b"200001",
];

pub(crate) const EXTENSIONS: &Words = &[
    b";a", b";a=b", b";a=\"b\"", b";a;b=c;d", b";a=\"\\\"\\\\\"", b";a=\"b;c, d\"", b";a=\"\"",
    b";a=\"\xC3\xA9\t\"", b";!#$%&'*+-.^_`|~=9",
];

pub(crate) const EXTENSION_SLIPS: &Words = &[
    b";", b";=", b";a=", b"; a", b" ;a", b";a =b", b";a= b", b";a=\"b", b";a=\"b\"c",
    b";a=\"\r\n\"", b";a\n", b";a=\"\n\"", b";\"a\"", b",a", b";a=\"\\\n\"", b";a=\"\0\"",
    b";a=b\0", b";;", b";a\rb",
];

pub(crate) const TRAILER_SLIPS: &Words = &[
    b"Content-Length", b"Transfer-Encoding", b"Host", b"Connection", b"Trailer", b"cookie",
    b"EXPECT", b"Authorization", b"Content-Encoding", b"Upgrade", b"Range", b"Set-Cookie",
];

/// Octets that mean something somewhere.
pub(crate) const SPECIAL: &[u8] =
    b"\r\n\t \0:;,=\"\\/?#%[]@()<>{}0159afAFgGxX+-_.*\x0b\x0c\x1f\x7f\x80\xa0\xff";

/// Small things to insert anywhere.
pub(crate) const TOKENS: &Words = &[
    b"\r\n", b"\r\n\r\n", b"\n\n", b"0\r\n\r\n", b": ", b"HTTP/1.1", b"GET / HTTP/1.1\r\n",
    b"Host: h\r\n", b"Host: i\r\n", b"Content-Length: 5\r\n", b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Expect: 100-continue\r\n",
    b"Upgrade: x\r\n", b"chunked", b"close", b"5\r\nhello\r\n", b"A: b\r\n", b" ", b"\r\n ",
    b";a=b", b"Connection: keep-alive, upgrade\r\n", b"1\r\n", b"ffffffff", b"00000000",
    b"HTTP/1.0",
];
