'use strict';
// Limits of number and size: connections, requests of a connection, fields, octets of a head.

const http = require('node:http');
const { say, visible, head, get, last, chunk, serve, open, ask, show, until, codeOf, follow, once } = require('./_lib');

const hello = (req, res) => res.end('hello');
const fields = (count) => Array.from({ length: count }, (_, i) => `x${i}: ${i}`);

// The code of the error and how the connection was answered.
function sayClientErrors(server) {
  server.on('clientError', (error, socket) => {
    say(error.code, error.bytesParsed > 0, error.rawPacket?.length > 0, socket.writable);
    socket.end('HTTP/1.1 400 Ours\r\n\r\n');
  });
}

Object.assign(exports, {
  'the defaults'() {
    const server = http.createServer(hello);
    for (const name of ['timeout', 'headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'keepAliveTimeoutBuffer',
      'maxHeadersCount', 'maxRequestsPerSocket', 'maxConnections', 'maxHeaderSize', 'connectionsCheckingInterval',
      'insecureHTTPParser', 'joinDuplicateHeaders', 'noDelay', 'keepAlive', 'keepAliveInitialDelay', 'highWaterMark',
      'requireHostHeader', 'rejectNonStandardBodyWrites', 'httpAllowHalfOpen', 'allowHalfOpen', 'pauseOnConnect']) {
      say(name, server[name]);
    }
    say(http.maxHeaderSize);
  },

  'the limits given as options'() {
    const server = http.createServer({
      headersTimeout: 1, requestTimeout: 2, keepAliveTimeout: 3, connectionsCheckingInterval: 4, maxHeaderSize: 5,
      highWaterMark: 6, keepAliveTimeoutBuffer: 7,
    });
    for (const name of ['headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'connectionsCheckingInterval',
      'maxHeaderSize', 'keepAliveTimeoutBuffer']) say(name, server[name]);
  },

  'options that are wrong'() {
    const wrong = {
      headersTimeout: -1, requestTimeout: 'x', keepAliveTimeout: -5, connectionsCheckingInterval: null, maxHeaderSize: -1,
      insecureHTTPParser: 1, requireHostHeader: 'no', joinDuplicateHeaders: 2, noDelay: 'x', highWaterMark: -1,
      IncomingMessage: 1, rejectNonStandardBodyWrites: 0,
    };
    for (const [name, value] of Object.entries(wrong)) say(name, codeOf(() => http.createServer({ [name]: value })));
    say(codeOf(() => http.createServer({ headersTimeout: 2000, requestTimeout: 1000 })));
    say(codeOf(() => http.createServer(5)), codeOf(() => http.createServer('x')), codeOf(() => http.createServer({}, 5)));
  },

  async 'maxConnections drops the second connection'() {
    const server = await serve(hello);
    server.maxConnections = 1;
    server.on('drop', (data) => {
      const { localAddress, localPort, localFamily, remoteAddress, remotePort, remoteFamily } = data;
      say('drop', Object.keys(data).sort().join());
      say(localAddress, localPort === server.address().port, localFamily, remoteAddress, typeof remotePort, remoteFamily);
    });
    const first = await open(server);
    await first.write(get()).until('hello');
    const second = await open(server);
    await second.closed;
    say(second.text);
    say(visible(await first.write(last()).all()));
    await show(server, last());
    server.close();
  },

  async 'maxConnections written while connections are open'() {
    const server = await serve(hello);
    server.on('drop', () => say('drop'));
    const clients = [await open(server), await open(server)];
    for (const client of clients) await client.write(get()).until('hello');
    server.maxConnections = 2;
    say(await ask(server, last()));
    server.maxConnections = 3;
    await show(server, last());
    for (const client of clients) await client.destroy();
    server.close();
  },

  async 'maxConnections of zero'() {
    const server = await serve(hello);
    server.maxConnections = 0;
    server.on('drop', () => say('drop'));
    await show(server, last());
    server.close();
  },

  async 'maxRequestsPerSocket'() {
    const server = await serve((req, res) => { say('request', req.url); res.end('hello'); });
    server.maxRequestsPerSocket = 2;
    server.on('dropRequest', (req, socket) => say('dropRequest', req.url, socket === req.socket, req.constructor.name));
    const client = await open(server);
    await client.write(get('/1')).until('hello');
    await client.write(get('/2') + get('/3') + get('/4')).until('503');
    say(visible(client.text));
    say(client.gone === true);
    await client.destroy();
    server.close();
  },

  async 'maxRequestsPerSocket, one after the other'() {
    const server = await serve(hello);
    server.maxRequestsPerSocket = 3;
    const client = await open(server);
    for (let i = 1; i <= 3; i++) await client.write(get()).until('hello', i);
    say(visible(await client.all()));
    server.close();
  },

  async 'maxRequestsPerSocket written in a handler'() {
    const server = await serve((req, res) => {
      if (req.url === '/2') server.maxRequestsPerSocket = 3;
      res.end('hello');
    });
    await show(server, get('/1') + get('/2') + get('/3'));
    server.close();
  },

  async 'maxHeadersCount'() {
    const server = await serve((req, res) => {
      say(Object.keys(req.headers).length, req.rawHeaders.length);
      res.end();
    });
    await show(server, last('/', ...fields(500)));
    for (const count of [3, 1, 0, 40, null]) {
      server.maxHeadersCount = count;
      await show(server, get('/', ...fields(50)) + last('/', ...fields(5)));
    }
    server.close();
  },

  async 'more fields than the parser holds at once'() {
    const server = await serve((req, res) => {
      say(req.rawHeaders.length, req.headers.x31, req.headers.x32, req.headers.x33, req.headers.x99, req.headers.host);
      res.end();
    });
    await show(server, get('/', ...fields(33)) + get('/', ...fields(31)) + get('/', ...fields(32)) + last('/', ...fields(100)));
    server.close();
  },

  async 'a thousand fields and more'() {
    const server = await serve((req, res) => { say(Object.keys(req.headers).length, req.rawHeaders.length); res.end(); });
    for (const count of [998, 999, 1100, 1300]) await show(server, last('/', ...fields(count)));
    server.close();
  },

  async 'a head that is too large'() {
    const server = await serve((req, res) => { say('request'); res.end('hello'); });
    await show(server, last('/', `x: ${'y'.repeat(15_000)}`));
    await show(server, last('/', `x: ${'y'.repeat(17_000)}`));
    server.close();
  },

  async 'a head that is too large, with a listener'() {
    const server = await serve(hello);
    sayClientErrors(server);
    await show(server, get() + get('/', `x: ${'y'.repeat(17_000)}`));
    await show(server, get('/' + 'y'.repeat(20_000)));
    server.close();
  },

  async 'a long request-target within the limit'() {
    const server = await serve((req, res) => res.end(String(req.url.length)));
    await show(server, last('/' + 'y'.repeat(12_000)));
    server.close();
  },

  async 'maxHeaderSize as an option'() {
    const server = await serve({ maxHeaderSize: 1024 }, hello);
    await show(server, last('/', `x: ${'y'.repeat(700)}`));
    await show(server, last('/', `x: ${'y'.repeat(1100)}`));
    server.close();
    const large = await serve({ maxHeaderSize: 60_000 }, (req, res) => res.end(String(req.headers.x.length)));
    await show(large, last('/', `x: ${'y'.repeat(50_000)}`));
    large.close();
  },

  'maxHeaderSize as an option of node': {
    flags: ['--max-http-header-size=2000'],
    async run() {
      say(http.maxHeaderSize);
      const server = await serve(hello);
      await show(server, last('/', `x: ${'y'.repeat(1500)}`));
      await show(server, last('/', `x: ${'y'.repeat(2500)}`));
      server.close();
    },
  },

  async 'trailers that are too large'() {
    const server = await serve((req, res) => req.on('end', () => res.end('read')).resume());
    sayClientErrors(server);
    const start = head('POST', '/', 'Transfer-Encoding: chunked') + chunk('abc') + '0\r\n';
    await show(server, start + `x: ${'y'.repeat(17_000)}\r\n\r\n`);
    server.close();
  },

  async 'chunk extensions that are too large'() {
    const server = await serve((req, res) => {
      req.on('error', (error) => say(error.code));
      req.on('end', () => res.end('read')).resume();
    });
    const start = head('POST', '/', 'Transfer-Encoding: chunked', 'Connection: close');
    await show(server, start + `3;${'y'.repeat(1000)}\r\nabc\r\n0\r\n\r\n`);
    await show(server, start + `3;${'y'.repeat(17_000)}\r\nabc\r\n0\r\n\r\n`);
    server.close();
  },

  async 'highWaterMark'() {
    const server = await serve({ highWaterMark: 1000 }, (req, res) => {
      say(req.readableHighWaterMark, res.writableHighWaterMark, req.socket.readableHighWaterMark);
      say(res.write('y'.repeat(900)), res.write('y'.repeat(200)), res.writableNeedDrain);
      res.on('drain', () => { say('drain'); res.end(); });
    });
    say((await ask(server, last())).length > 1100);
    server.close();
  },

  async 'the usual highWaterMark'() {
    const server = await serve((req, res) => {
      say(req.readableHighWaterMark, res.writableHighWaterMark, req.socket.readableHighWaterMark);
      res.end();
    });
    await ask(server, last());
    server.close();
  },
});
