'use strict';
// What is not HTTP, or only nearly: one script for each sequence of octets. It prints whether a request was seen, the code
// of clientError, and how Node answers by itself. (Where in the packet the parser stood is one script of client-error.js.)

const { say, visible, head, last, post, serve, open } = require('./_lib');

const START = 'GET / HTTP/1.1\r\n';
const HOST = START + 'Host: a\r\n';
const END = 'Connection: close\r\n\r\n';
const CHUNKED = head('POST', '/', 'Transfer-Encoding: chunked', 'Connection: close');
const version = (text) => `GET / ${text}\r\nHost: a\r\n${END}`;
const length = (text) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${text}\r\n${END}a`;
const coding = (text) => head('POST', '/', `Transfer-Encoding: ${text}`, 'Connection: close') + '0\r\n\r\n';
const size = (text) => `${CHUNKED}${text}\r\nabc\r\n0\r\n\r\n`;

const octets = {
  'not HTTP': 'hello\r\n\r\n',
  'a greeting of TLS': '\x16\x03\x01\x02\x00',
  'zeros': '\0\0\0',
  'JSON': '{"a":1}',
  'a method nobody knows': 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n',
  'a method in small letters': 'get / HTTP/1.1\r\nHost: a\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',

  'HTTP/1.2': version('HTTP/1.2'),
  'HTTP/2.0': version('HTTP/2.0'),
  'HTTP/0.9': version('HTTP/0.9'),
  'http/1.1': version('http/1.1'),
  'HTTP/1': version('HTTP/1'),
  'HTTPS/1.1': version('HTTPS/1.1'),
  'no version': `GET /\r\nHost: a\r\n${END}`,
  'an empty version': version(''),

  'two spaces before the target': `GET  / HTTP/1.1\r\nHost: a\r\n${END}`,
  'two spaces behind the target': `GET /  HTTP/1.1\r\nHost: a\r\n${END}`,
  'a space behind the version': `GET / HTTP/1.1 \r\nHost: a\r\n${END}`,
  'a space before the method': ` GET / HTTP/1.1\r\nHost: a\r\n${END}`,
  'tabs in the request line': `GET\t/\tHTTP/1.1\r\nHost: a\r\n${END}`,
  'empty lines before the request': '\r\n\r\n' + last(),
  'a bare LF before the request': '\n' + last(),
  'an empty line behind content': post('abc') + '\r\n' + last(),

  'a bare LF behind the request line': `GET / HTTP/1.1\nHost: a\r\n${END}`,
  'a bare LF behind a field': `${START}Host: a\n${END}`,
  'a bare LF at the end of the head': `${HOST}Connection: close\r\n\n`,
  'only bare LFs': 'GET / HTTP/1.1\nHost: a\nConnection: close\n\n',
  'a bare CR in a value': `${HOST}x: a\rb\r\n${END}`,
  'a bare CR behind the request line': 'GET / HTTP/1.1\rHost: a\r\n\r\n',
  'a bare CR at the end of the head': `${HOST}\rX\r\n`,

  'a space before the colon': `${HOST}x : y\r\n${END}`,
  'a space before the colon of Host': `${START}Host : a\r\n${END}`,
  'a folded line': `${HOST}x: y\r\n z\r\n${END}`,
  'a space before the first field': `${START} x: y\r\nHost: a\r\n${END}`,
  'an empty name': `${HOST}: y\r\n${END}`,
  'no colon': `${HOST}no colon\r\n${END}`,
  'a name above 0x7f': `${HOST}x\xe4: y\r\n${END}`,
  'a delimiter in a name': `${HOST}x(: y\r\n${END}`,
  'NUL in a value': `${HOST}x: \x00\r\n${END}`,
  'DEL in a value': `${HOST}x: \x7f\r\n${END}`,
  'ESC in a value': `${HOST}x: \x1b\r\n${END}`,
  'no Host': START + END,
  'an empty Host': `${START}Host:\r\n${END}`,
  'two Hosts': `${HOST}Host: b\r\n${END}`,
  'a Host with a comma': `${START}Host: a, b\r\n${END}`,

  'a length of x': length('x'),
  'a length of -1': length('-1'),
  'a length of +1': length('+1'),
  'a length of 1 1': length('1 1'),
  'a length of 1,1': length('1,1'),
  'a length of 0x1': length('0x1'),
  'a length of nothing': length(''),
  'a length beyond 64 bits': length('99999999999999999999'),
  'a length of 1.0': length('1.0'),
  'a length of 01': length('01'),
  'two lengths that agree': post('abc', 'Content-Length: 3', 'Connection: close'),
  'two lengths that differ': post('abc', 'Content-Length: 4', 'Connection: close'),
  'chunked, then a length': post('0\r\n\r\n', 'Transfer-Encoding: chunked', 'Connection: close'),
  'a length, then chunked': head('POST', '/', 'Content-Length: 5', 'Transfer-Encoding: chunked', 'Connection: close') + '0\r\n\r\n',

  'the coding gzip': coding('gzip'),
  'the coding chunked, gzip': coding('chunked, gzip'),
  'the coding gzip, chunked': coding('gzip, chunked'),
  'the coding chunked, chunked': coding('chunked, chunked'),
  'the coding identity': coding('identity'),
  'the coding xchunked': coding('xchunked'),
  'the coding Chunked': coding('Chunked'),
  'the coding of nothing': coding(''),
  'the coding chunked;a=b': coding('chunked;a=b'),
  'chunked in HTTP/1.0': 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',

  'a chunk size of x': size('x'),
  'a chunk size of nothing': size(''),
  'a chunk size of -1': size('-1'),
  'a chunk size of 0x3': size('0x3'),
  'a space before a chunk size': size(' 3'),
  'a space behind a chunk size': size('3 '),
  'a chunk size beyond 64 bits': size('fffffffffffffffff'),
  'an empty chunk extension': size('3;'),
  'a control character in a chunk extension': size('3;\x01'),
  'a bare LF behind a chunk size': CHUNKED + '3\nabc\r\n0\r\n\r\n',
  'a chunk that is longer': CHUNKED + '3\r\nabcd\r\n0\r\n\r\n',
  'a bare LF behind a chunk': CHUNKED + '3\r\nabc\n0\r\n\r\n',
  'a bare LF at the end of the trailers': CHUNKED + '3\r\nabc\r\n0\r\n\n',
  'no line end behind a chunk': CHUNKED + '3\r\nabc0\r\n\r\n',
  'a trailer without a colon': CHUNKED + '0\r\nno colon\r\n\r\n',
  'a trailer with a space before its colon': CHUNKED + '0\r\nx : y\r\n\r\n',

  'the end in the request line': 'GET / HT',
  'the end behind the request line': START,
  'the end behind a field': HOST,
  'the end in content': post('abcdef').slice(0, -3),
  'the end in a chunk': CHUNKED + '5\r\nab',
  'the end before the last chunk': CHUNKED + '3\r\nabc\r\n',
  'the end without a word': '',
};

async function offend(text) {
  const server = await serve((req, res) => {
    say(req.method, req.url);
    req.on('error', (error) => say('req', error.code));
    req.resume().on('end', () => { say('end'); res.end('hello'); });
  });
  const plain = await open(server);
  plain.end(text);
  say('by itself', visible(await plain.all()));
  server.on('clientError', (error, socket) => {
    say(error.code, error.rawPacket?.toString('latin1') === text, error instanceof Error);
    if (socket.writable) socket.end('HTTP/1.1 400 Ours\r\n\r\n');
  });
  const heard = await open(server);
  heard.end(text);
  say('with a listener', visible(await heard.all()));
  server.close();
}

for (const [name, text] of Object.entries(octets)) exports[name] = () => offend(text);
