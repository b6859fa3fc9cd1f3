'use strict';
// What a handler writes: heads, content, framing, events of the answer.

const { say, visible, head, get, last, serve, open, ask, show, pause, codeOf, follow, once } = require('./_lib');

// Shows what this handler answers to each of the requests.
async function answering(handler, ...requests) {
  const server = await serve(handler);
  for (const octets of requests.length ? requests : [last()]) await show(server, octets);
  server.close();
}
const LAST_HEAD = head('HEAD', '/', 'Connection: close');
const OLD = 'GET / HTTP/1.0\r\n\r\n';

Object.assign(exports, {
  async 'end alone, with text, with a buffer, with an encoding'() {
    await answering((req, res) => {
      const args = [[], ['text'], [Buffer.from('buffer')], ['gr\u00fc\u00df'], ['gr\u00fc\u00df', 'latin1'], ['616263', 'hex'],
        [new Uint8Array([65, 66])], ['']][req.url.slice(1)];
      say(res.end(...args) === res);
    }, ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => last('/' + i)));
  },

  async 'write then end'() {
    await answering((req, res) => { say(res.write('one'), res.write('two')); res.end('three'); },
      last(), LAST_HEAD, OLD, get() + last());
  },

  async 'write with a length'() {
    await answering((req, res) => {
      res.setHeader('Content-Length', 6);
      res.write('one');
      res.end('two');
    }, last(), LAST_HEAD, OLD);
  },

  async 'an empty write'() {
    await answering((req, res) => { say(res.write(''), res.headersSent); res.end(); });
  },

  async 'a length that does not fit, unchecked'() {
    const server = await serve((req, res) => { res.writeHead(200, { 'Content-Length': 10 }).end('short'); });
    const client = await open(server);
    client.write(last());
    say(visible(await client.until('short')));
    await client.destroy();
    server.close();
  },

  async 'strictContentLength'() {
    await answering((req, res) => {
      res.strictContentLength = true;
      res.setHeader('Content-Length', 4);
      if (req.url === '/much') say(codeOf(() => res.end('12345')));
      if (req.url === '/write') { res.write('1234'); say(codeOf(() => res.write('5'))); }
      if (req.url === '/little') say(codeOf(() => res.end('123')));
      if (req.url === '/right') return res.end('1234');
      res.destroy();
    }, last('/much'), last('/write'), last('/little'), last('/right'));
  },

  async 'writeHead in its forms'() {
    await answering((req, res) => {
      const args = [[201], [404, 'Nowhere'], [200, { A: 1, b: ['x', 'y'] }], [200, 'Fine', { C: 'd' }],
        [200, ['E', 'f', 'E', 'g']], [200, [['H', 'i'], ['J', 'k']]], [299], [200, undefined, { L: 'm' }], ['202'], [999]][req.url.slice(1)];
      say(res.writeHead(...args) === res, res.headersSent, res.statusCode, res.statusMessage);
      res.end('x');
    }, ...Array.from({ length: 10 }, (_, i) => last('/' + i)));
  },

  async 'writeHead that is wrong'() {
    await answering((req, res) => {
      for (const args of [[99], [1000], ['x'], [], [200, 'a\nb'], [200, { 'a b': 1 }], [200, { a: 'b\nc' }], [200, ['a']],
        [200, { a: undefined }], [200, { a: '\u20ac' }]]) say(args, codeOf(() => res.writeHead(...args)), res.headersSent);
      res.statusMessage = 'Fine';
      res.end('x');
    });
  },

  async 'writeHead after setHeader'() {
    await answering((req, res) => {
      res.setHeader('A', 'set').setHeader('B', 'set');
      res.writeHead(200, { a: 'written', C: 'written' });
      say(res.getHeaders(), codeOf(() => res.setHeader('D', 1)), codeOf(() => res.writeHead(200)), codeOf(() => res.removeHeader('a')));
      res.end();
    });
  },

  async 'setHeader and its relatives'() {
    await answering((req, res) => {
      res.setHeader('Set-Cookie', ['a=b', 'c=d']);
      res.setHeader('X-Number', 5);
      res.appendHeader('X-List', 'a').appendHeader('x-list', ['b', 'c']);
      res.setHeaders(new Map([['From-Map', 'm']]));
      res.setHeaders(new Headers({ 'From-Headers': 'h' }));
      say(res.getHeader('x-number'), res.getHeader('SET-COOKIE'), res.getHeader('none'), res.hasHeader('x-list'));
      say(res.getHeaderNames(), res.getRawHeaderNames?.(), res.getHeaders());
      res.removeHeader('FROM-MAP');
      for (const args of [['a b', 1], ['a', undefined], ['', 1], ['a', 'b\r\nc'], ['a', '\u20ac'], [5, 1]]) {
        say(args, codeOf(() => res.setHeader(...args)));
      }
      res.end();
    });
  },

  async 'values above 0x7f'() {
    await answering((req, res) => { res.setHeader('X', 'gr\u00fc\u00df'); res.statusMessage = 'Sch\u00f6n'; res.end('\u00e4'); });
  },

  async 'flushHeaders'() {
    const server = await serve((req, res) => { res.setHeader('A', 'b'); res.flushHeaders(); say(res.headersSent); });
    const client = await open(server);
    client.write(get());
    say(visible(await client.until('\r\n\r\n')));
    await client.destroy();
    server.close();
  },

  async 'HEAD, 204, 304, 1xx'() {
    await answering((req, res) => {
      res.statusCode = Number(req.url.slice(1));
      res.setHeader('A', 'b');
      res.end('content');
    }, last('/204'), last('/304'), LAST_HEAD.replace('/', '/200'), last('/205'), get('/204') + get('/304') + last('/200'));
  },

  async 'HEAD with a length, and with write'() {
    await answering((req, res) => {
      if (req.url === '/length') res.setHeader('Content-Length', 100);
      else res.write('content');
      res.end();
    }, LAST_HEAD.replace('/', '/length'), LAST_HEAD);
  },

  async 'framing fields by the handler'() {
    const sets = [['Connection', 'close'], ['Connection', 'keep-alive'], ['Transfer-Encoding', 'chunked'], ['Keep-Alive', 'timeout=9'],
      ['Content-Length', '3'], ['Connection', 'X-Mine'], ['Date', 'never'], ['Transfer-Encoding', 'gzip, chunked']];
    for (const [name, value] of sets) {
      const server = await serve((req, res) => { res.setHeader(name, value); res.end('abc'); });
      const client = await open(server);
      client.write(get());
      say(visible(await client.until('abc')));
      client.end();
      say(visible((await client.all()).split('abc')[1]));
      server.close();
    }
  },

  async 'fields taken away'() {
    await answering((req, res) => {
      for (const name of req.url.slice(1).split(',')) res.removeHeader(name);
      res.end('abc');
    }, last('/Connection'), last('/Content-Length'), last('/Transfer-Encoding,Content-Length'), last('/Date'));
  },

  async 'sendDate'() { await answering((req, res) => { res.sendDate = false; res.end('x'); }); },

  async 'shouldKeepAlive'() {
    await answering((req, res) => { say(res.shouldKeepAlive); res.shouldKeepAlive = false; res.end('x'); }, get(), last(), OLD);
  },

  async 'useChunkedEncodingByDefault'() {
    await answering((req, res) => { res.useChunkedEncodingByDefault = false; res.write('a'); res.end('b'); }, get());
  },

  async 'trailers'() {
    await answering((req, res) => {
      if (req.method === 'GET' && req.httpVersion === '1.1') res.setHeader('Trailer', 'X');
      res.write('content');
      res.addTrailers({ X: 'y', Z: 'w' });
      say(codeOf(() => res.addTrailers({ 'a b': 1 })), codeOf(() => res.addTrailers({ a: '\r' })));
      res.end();
    }, last(), OLD, LAST_HEAD);
    await answering((req, res) => { res.addTrailers([['X', 'y']]); res.end('no chunks'); });
  },

  async 'events in order'() {
    await answering((req, res) => {
      follow('res', res, 'prefinish', 'finish', 'close', 'end');
      res.write('a', () => say('write callback'));
      res.end('b', () => say('end callback'));
      process.nextTick(() => say('tick'));
      setImmediate(() => say('immediate'));
      say(res.writableEnded, res.writableFinished, res.finished);
    });
  },

  async 'what an answer is before, between and after'() {
    await answering((req, res) => {
      const look = () => say(res.headersSent, res.writableEnded, res.writableFinished, res.finished, res.destroyed, res.closed,
        res.errored, res.writable, res.writableLength, res.writableCorked, res.writableObjectMode, res.socket === null, res.statusMessage);
      look();
      res.write('x');
      look();
      res.end();
      look();
      res.on('finish', look).on('close', look);
    });
  },

  async 'end twice, write after end'() {
    await answering((req, res) => {
      res.on('error', (error) => say('error', error.code));
      res.end('x');
      say(res.end() === res, res.end('y') === res);
      say(res.write('z', (error) => say('write callback', error.code)));
      res.end((error) => say('end callback', error?.code));
    });
  },

  async 'write after end, nobody listens'() {
    process.on('uncaughtException', (error) => say('uncaught', error.code));
    await answering((req, res) => { res.end('x'); res.write('y'); });
  },

  async 'arguments of write and end that are wrong'() {
    await answering((req, res) => {
      for (const value of [5, {}, null, undefined, true, []]) say(value, codeOf(() => res.write(value)));
      for (const value of [5, {}, true]) say(value, codeOf(() => res.end(value)));
      if (!res.writableEnded) res.end();
    });
  },

  async 'cork and uncork'() {
    await answering((req, res) => {
      res.cork();
      res.write('a');
      res.write('b');
      say(res.writableCorked, res.writableLength > 0);
      res.uncork();
      res.write('c');
      res.end('d');
    });
  },

  async 'write returns false, drain comes'() {
    let drained = false;
    const server = await serve(async (req, res) => {
      for (let i = 0; i < 100; i++) {
        if (res.write(Buffer.alloc(100_000, 'x'))) continue;
        await once(res, 'drain');
        drained = true;
      }
      say(res.writableNeedDrain, res.writableLength);
      res.end();
    });
    const text = await ask(server, last());
    say(drained, text.length > 100 * 100_000);
    server.close();
  },

  async 'one large buffer'() {
    await serve((req, res) => {
      say(res.write(Buffer.alloc(5_000_000, 'x')), res.writableNeedDrain);
      res.on('drain', () => { say('drain', res.writableLength); res.end(); });
    }).then(async (server) => { say((await ask(server, last())).length > 5_000_000); server.close(); });
  },

  async 'the same buffer changed after write'() {
    await answering((req, res) => {
      const buffer = Buffer.from('before');
      res.write(buffer, () => { buffer.fill('-'); res.end(buffer); });
    });
  },

  async 'the client goes half-way'() {
    const server = await serve((req, res) => {
      follow('req', req, 'aborted', 'close', 'error');
      follow('res', res, 'finish', 'close', 'error');
      res.write('begun');
      res.on('close', () => {
        say(res.destroyed, res.writableEnded, res.writableFinished, res.errored, req.aborted, req.destroyed);
        say(res.write('x', (error) => say('callback', error?.code)));
        res.end('y');
      });
    });
    const client = await open(server);
    await client.write(get()).until('begun');
    client.reset();
    await client.all();
    server.close();
  },

  async 'res.destroy'() {
    const server = await serve((req, res) => {
      follow('res', res, 'finish', 'close');
      res.on('error', (error) => say('error', error.message));
      if (req.url !== '/0') res.write('begun');
      say(res.destroy(req.url === '/2' ? new Error('mine') : undefined) === res, res.destroyed, req.socket.destroyed);
      res.end('no');
    });
    for (let i = 0; i < 3; i++) await show(server, get('/' + i));
    server.close();
  },

  async 'an answer after a while, and in parts'() {
    await answering(async (req, res) => {
      await pause(5);
      res.write('a');
      await pause(5);
      res.write('b');
      await pause(5);
      res.end('c');
    });
  },

  async 'a stream piped into the answer'() {
    await answering((req, res) => require('node:stream').Readable.from(['one', 'two', 'three']).pipe(res));
  },

  async 'assignSocket and detachSocket'() {
    await answering((req, res) => {
      const { socket } = res;
      say(socket._httpMessage === res);
      res.detachSocket(socket);
      say(res.socket, socket._httpMessage);
      res.assignSocket(socket);
      say(codeOf(() => res.assignSocket(socket)));
      res.end('x');
    });
  },
});
