'use strict';
// What a handler reads of a request's head.

const http = require('node:http');
const util = require('node:util');
const { say, head, get, last, post, serve, ask, show, open, turn, until } = require('./_lib');

// Answers each request with nothing and says what `look` returns for it.
async function looking(look, ...requests) {
  const server = await serve((req, res) => { say(look(req, res)); res.end(); });
  for (const octets of requests) await ask(server, octets);
  server.close();
}

Object.assign(exports, {
  async 'method, url, version'() {
    await looking(
      (req) => [req.method, req.url, req.httpVersion, req.httpVersionMajor, req.httpVersionMinor].join(),
      last('/a?b=c'), head('DELETE', '/', 'Connection: close'), head('PATCH', '/x', 'Connection: close'),
      'GET / HTTP/1.0\r\n\r\n', head('M-SEARCH', '/', 'Connection: close'), head('OPTIONS', '*', 'Connection: close'),
    );
  },

  async 'every method of http.METHODS'() {
    const methods = http.METHODS.filter((method) => method !== 'CONNECT');
    await looking((req) => req.method, ...methods.map((method) => head(method, '/', 'Connection: close')));
  },

  async 'forms of the request-target'() {
    await looking((req) => JSON.stringify(req.url), ...[
      '/', '//', '/a/../b', '/%41%zz', '/?', '?x', 'http://other/x?y', 'http://other', 'HTTP://O:80/', '/a;b=1', '/"<>\\^`{|}',
    ].map((target) => last(target)));
  },
  async 'an asterisk with another method than OPTIONS'() {
    await looking((req) => req.url, last('*'), head('M-SEARCH', '*', 'Connection: close'));
  },
  async 'a fragment in the request-target'() { await looking((req) => req.url, last('/a#b')); },
  async 'an absolute target with userinfo'() { await looking((req) => req.url, last('https://u:p@h:1/x')); },
  async 'an absolute target of another scheme'() { await looking((req) => req.url, last('ftp://x/')); },

  async 'octets above 0x7f in the request-target'() {
    const server = await serve((req, res) => { say(JSON.stringify(req.url)); res.end(); });
    for (const target of ['/\xe4\xff', '/\xc3\xa4?\x80']) await show(server, last(target));
    server.close();
  },

  async 'a target that is not ours to take'() {
    for (const target of ['x', 'a/b', '/a b', '/a\x01', '/a\x7f']) {
      const server = await serve((req, res) => { say('url', JSON.stringify(req.url)); res.end(); });
      await show(server, last(target));
      server.close();
    }
  },

  async 'headers, rawHeaders, headersDistinct'() {
    await looking((req) => util.inspect([req.headers, req.rawHeaders, req.headersDistinct]),
      last('/', 'Accept: a/b', 'X-Case: One', 'x-case: two', 'EMPTY:', 'spaces:  \t in between \t'));
  },

  async 'the names of fields'() {
    await looking((req) => req.rawHeaders.join('|'), last('/', "!#$%&'*+-.^_`|~09az: x", 'AbC-dEf: y', 'x_y: z'));
  },

  async 'values above 0x7f are latin1'() {
    await looking((req) => [JSON.stringify(req.headers.x), Buffer.from(req.headers.x, 'latin1').toString()].join(),
      last('/', 'x: gr\xfc\xdf'), last('/', 'x: \xc3\xa4'), last('/', 'x: a\tb'));
  },

  async 'fields that come twice'() {
    await looking((req) => JSON.stringify(req.headers), last('/', 'Cookie: a', 'Cookie: b', 'Set-Cookie: c', 'Set-Cookie: d',
      'Referer: e', 'Referer: f', 'Authorization: g', 'Authorization: h', 'Via: i', 'Via: j', 'From: k', 'from: l',
      'If-None-Match: m', 'If-None-Match: n', 'User-Agent: o', 'User-Agent: p', 'Expires: q', 'Expires: r'));
  },

  async 'Host that comes twice'() {
    const server = await serve((req, res) => { say(req.headers.host, req.headersDistinct.host); res.end(); });
    await show(server, last('/', 'Host: b'));
    server.close();
  },

  async 'names that JavaScript knows'() {
    await looking((req) => JSON.stringify([Object.keys(req.headers), req.headers.constructor, typeof req.headers.valueOf,
      req.headers.toString, Object.keys(req.headersDistinct)]),
    last('/', 'constructor: a', '__proto__: b', 'toString: c', '__proto__: d'));
  },

  async 'headers are plain and ours to change'() {
    await looking((req) => {
      req.headers.added = 'yes';
      req.headers.host = 'changed';
      delete req.headers.connection;
      const before = JSON.stringify([req.headers, Object.getPrototypeOf(req.headers) === Object.prototype]);
      req.headers = { other: 1 };
      return before + JSON.stringify(req.headers);
    }, last());
  },

  async 'the same object each time'() {
    await looking((req) => [req.headers === req.headers, req.rawHeaders === req.rawHeaders, req.trailers === req.trailers,
      req.headersDistinct === req.headersDistinct, req.socket === req.socket].join(), last());
  },

  async 'url and method are ours to change'() {
    await looking((req) => {
      const { url } = req;
      req.url = '/changed';
      req.originalUrl = url;
      req.method = 'PUT';
      req.body = { a: 1 };
      return [req.url, req.originalUrl, req.method, req.body.a].join();
    }, last('/x'));
  },

  async 'what a request is before its content'() {
    await looking((req) => [req.complete, req.aborted, req.destroyed, req.readable, req.readableEnded, req.readableFlowing,
      req.readableLength, req.readableAborted, req.readableDidRead, req.upgrade, req.statusCode, req.statusMessage,
      req.errored, req.closed, JSON.stringify(req.trailers), req.rawTrailers.length].join(),
    last(), post('abc', 'Connection: close'));
  },

  async 'instances and names'() {
    await looking((req, res) => [req instanceof http.IncomingMessage, res instanceof http.ServerResponse,
      req.constructor === http.IncomingMessage, Object.prototype.toString.call(req), req.constructor.name, typeof req.on,
      req instanceof require('node:stream').Readable, res instanceof http.OutgoingMessage,
      res instanceof require('node:stream').Stream, res instanceof require('node:stream').Writable].join(), last());
  },

  async 'own properties that are public'() {
    await looking((req, res) => {
      const own = (object) => Object.keys(object).filter((name) => name[0] !== '_').sort().join();
      return `${own(req)}\n${own(res)}`;
    }, last());
  },
  async 'own properties that are not'() {
    await looking((req, res) => {
      const own = (object) => Object.keys(object).filter((name) => name[0] === '_').sort().join();
      return `${own(req)}\n${own(res)}`;
    }, last());
  },

  async 'the properties that are asked for with in'() {
    await looking((req, res) => [
      ['headers', 'rawHeaders', 'socket', 'connection', 'url', 'body', 'json', 'query', 'client', 'signal'].filter((n) => n in req),
      ['socket', 'connection', 'headersSent', 'json', 'send', 'statusCode', 'locals', 'req', 'writableEnded'].filter((n) => n in res),
    ].join(' and '), last());
  },

  async 'util.inspect of a request'() {
    await looking((req) => util.inspect(req, { depth: 0 }).split(' ')[0] + util.inspect(req.headers), last());
  },

  async 'read only after an await'() {
    const server = await serve(async (req, res) => {
      await turn();
      await turn();
      say(req.method, req.url, JSON.stringify(req.rawHeaders), JSON.stringify(req.headers));
      res.end();
    });
    await Promise.all([1, 2, 3].map((i) => ask(server, last(`/${i}`, `x: ${i}`, 'Long: ' + 'y'.repeat(i * 20)))));
    server.close();
  },

  async 'read only after the connection took the next request'() {
    const kept = [];
    const server = await serve((req, res) => { kept.push(req); res.end('.'); });
    await ask(server, [1, 2, 3, 4].map((i) => get('/' + i, 'x: ' + i)).join('') + last('/5'));
    for (const req of kept) say(req.url, req.headers.x, req.rawHeaders.length, req.complete, req.httpVersion);
    server.close();
  },

  async 'read after ten thousand later requests'() {
    const kept = [];
    let count = 0;
    const server = await serve((req, res) => {
      if (count++ % 1000 === 0) kept.push(req);
      res.end();
    });
    await ask(server, last('/kept', 'Cookie: a=b', 'X-Own: first'));
    const client = await open(server);
    for (let round = 1; round <= 100; round++) {
      client.write(get('/' + round, 'X-Own: ' + round, 'Cookie: c=' + round).repeat(100));
      await until(() => count === round * 100 + 1);
    }
    await client.destroy();
    for (const req of kept) say(req.url, req.headers['x-own'], req.headers.cookie, req.rawHeaders.length, req.headers.host);
    server.close();
  },

  async 'an unanswered request keeps its head'() {
    let kept;
    const server = await serve((req, res) => { if (req.url === '/kept') kept = { req, res }; else res.end('.'); });
    const client = await open(server);
    client.write(get('/kept', 'X-Own: mine'));
    await until(() => kept);
    for (let i = 0; i < 50; i++) await ask(server, last('/other', 'X-Own: other' + i));
    say(kept.req.url, JSON.stringify(kept.req.headers));
    kept.res.end('at last');
    await client.until('at last');
    await client.destroy();
    server.close();
  },
});
