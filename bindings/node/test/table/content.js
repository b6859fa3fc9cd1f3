'use strict';
// Content that comes in: how it is read, paused, piped, cut off.

const { PassThrough, Readable, pipeline } = require('node:stream');
const { say, visible, head, get, last, post, chunk, serve, open, ask, show, pause, turn, follow, until, once } = require('./_lib');

const chunked = (...lines) => head('POST', '/', 'Transfer-Encoding: chunked', ...lines);
const CLOSE = 'Connection: close';

async function read(req) {
  let text = '';
  for await (const part of req) text += part.toString('latin1');
  return text;
}

Object.assign(exports, {
  async 'data and end'() {
    const server = await serve((req, res) => {
      follow('req', req, 'readable', 'end', 'close', 'pause', 'resume');
      req.removeAllListeners('readable');
      req.on('data', (part) => say(Buffer.isBuffer(part), part.toString()));
      req.on('end', () => { say(req.complete, req.readableEnded); res.end('read'); });
    });
    await show(server, post('abc', CLOSE));
    server.close();
  },

  async 'no content'() {
    const server = await serve((req, res) => {
      follow('req', req, 'data', 'end', 'close');
      follow('res', res, 'finish', 'close');
      req.on('end', () => { say(req.complete); res.end('x'); });
    });
    await show(server, last());
    await show(server, post('', CLOSE));
    await show(server, chunked(CLOSE) + '0\r\n\r\n');
    server.close();
  },

  async 'content that nobody reads'() {
    const server = await serve((req, res) => {
      follow('req', req, 'end', 'close');
      follow('res', res, 'finish', 'close');
      res.end(req.url);
    });
    await show(server, post('abc') + post('def', CLOSE));
    await show(server, chunked() + chunk('abc') + '0\r\n\r\n' + last('/2'));
    server.close();
  },

  async 'answered before the content is there'() {
    const server = await serve((req, res) => {
      follow('req', req, 'end', 'close', 'aborted', 'error');
      follow('res', res, 'finish', 'close');
      res.end('early');
    });
    const client = await open(server);
    await client.write(post('abcdef').slice(0, -3)).until('early');
    await pause(10);
    client.write('def' + last('/2'));
    say(visible(await client.all()));
    server.close();
  },

  async 'for await'() {
    const server = await serve(async (req, res) => res.end(await read(req)));
    await show(server, post('hello', CLOSE));
    await show(server, chunked(CLOSE) + chunk('he') + chunk('llo') + '0\r\n\r\n');
    server.close();
  },

  async 'for await that stops half-way'() {
    const server = await serve(async (req, res) => {
      follow('req', req, 'close', 'error', 'aborted');
      for await (const part of req) { say(part.length > 0); break; }
      say(req.destroyed, res.writable);
      res.end('broken off', () => say('ended'));
    });
    await show(server, post('x'.repeat(100), CLOSE));
    server.close();
  },

  async 'setEncoding cuts at characters'() {
    const server = await serve((req, res) => {
      req.setEncoding('utf8');
      req.on('data', (text) => say(typeof text, text));
      req.on('end', () => res.end(String(req.readableEncoding)));
    });
    const client = await open(server);
    client.write(head('POST', '/', CLOSE, 'Content-Length: 4') + 'a\xc3');
    await pause(20);
    client.write('\xa4b');
    say(visible(await client.all()));
    server.close();
  },

  async 'readable and read(n)'() {
    const server = await serve((req, res) => {
      req.on('readable', () => {
        let part;
        while ((part = req.read(3)) !== null) say(part.toString());
      });
      req.on('end', () => res.end('read'));
    });
    await show(server, post('abcdefgh', CLOSE));
    server.close();
  },

  async 'pause and resume'() {
    const server = await serve((req, res) => {
      follow('req', req, 'pause', 'resume');
      req.on('data', (part) => {
        say(part.toString());
        req.pause();
        say(req.isPaused());
        setTimeout(() => req.resume(), 10);
      });
      req.on('end', () => res.end('read'));
    });
    await show(server, chunked(CLOSE) + chunk('abc') + chunk('def') + '0\r\n\r\n');
    server.close();
  },

  async 'back-pressure reaches the client'() {
    let release;
    const server = await serve(async (req, res) => {
      await new Promise((resolve) => { release = resolve; });
      let length = 0;
      for await (const part of req) length += part.length;
      res.end(String(length));
    });
    const client = await open(server);
    const size = 32 * 1024 * 1024;
    client.write(head('POST', '/', CLOSE, `Content-Length: ${size}`)).write(Buffer.alloc(size, 'x'));
    let before = -1;
    await until(async () => {
      const now = client.socket.bytesWritten - client.socket.writableLength;
      await pause(50);
      return release && before === (before = now);
    });
    say('waits', client.socket.writableLength > 0);
    release();
    say(visible(await client.all()));
    server.close();
  },

  async 'a pipe into the answer'() {
    const server = await serve((req, res) => {
      res.on('pipe', (source) => say('pipe', source === req));
      res.on('unpipe', () => say('unpipe'));
      req.pipe(res);
    });
    await show(server, post('echo', CLOSE));
    server.close();
  },

  async 'a pipeline through a transform'() {
    const upper = () => new PassThrough({ transform(part, _, done) { done(null, part.toString().toUpperCase()); } });
    const server = await serve((req, res) => pipeline(req, upper(), res, (error) => say('pipeline', error)));
    await show(server, chunked(CLOSE) + chunk('abc') + chunk('def') + '0\r\n\r\n');
    server.close();
  },

  async 'one megabyte, to the octet'() {
    const server = await serve(async (req, res) => {
      const hash = require('node:crypto').createHash('sha256');
      for await (const part of req) hash.update(part);
      res.end(hash.digest('hex'));
    });
    const content = Buffer.alloc(1 << 20, 'abcdefghijklmnopqrstuvwxyz012345').toString();
    await show(server, post(content, CLOSE));
    await show(server, chunked(CLOSE) + chunk(content.slice(0, 300_000)) + chunk(content.slice(300_000)) + '0\r\n\r\n');
    server.close();
  },

  async 'chunks with extensions, and many small ones'() {
    const server = await serve(async (req, res) => res.end(await read(req)));
    await show(server, chunked(CLOSE) + '3;a=b\r\nabc\r\n003;c="d e"\r\ndef\r\n0;x\r\n\r\n');
    await show(server, chunked(CLOSE) + chunk('a').repeat(500) + '0\r\n\r\n');
    await show(server, chunked(CLOSE) + 'A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n');
    server.close();
  },

  async 'trailers'() {
    const server = await serve((req, res) => {
      say(req.trailers, req.rawTrailers);
      req.resume().on('end', () => {
        say(req.trailers, req.rawTrailers, req.trailersDistinct, req.headers.x);
        res.end();
      });
    });
    await show(server, chunked(CLOSE, 'Trailer: X, Y') + chunk('abc') + '0\r\nX: 1\r\nY: 2\r\nx: 3\r\n\r\n');
    server.close();
  },
  async 'trailers that come in pieces'() {
    const server = await serve((req, res) => req.resume().on('end', () => res.end(JSON.stringify(req.rawTrailers))));
    const client = await open(server);
    client.write(chunked(CLOSE) + '3\r\nabc\r\n0\r\n');
    for (const piece of ['X', ': 1\r', '\nY: 2', '\r\n', '\r', '\n']) { await pause(5); client.write(piece); }
    say(visible(await client.all()));
    server.close();
  },
  async 'a trailer that would be about the connection'() {
    const server = await serve((req, res) => req.resume().on('end', () => res.end(JSON.stringify(req.rawTrailers))));
    await show(server, chunked(CLOSE) + chunk('abc') + '0\r\nConnection: z\r\n\r\n');
    server.close();
  },

  async 'destroy half-way'() {
    const server = await serve((req, res) => {
      follow('req', req, 'end', 'close', 'aborted');
      follow('res', res, 'finish', 'close');
      req.on('error', (error) => say('req error', error.message));
      req.socket.on('close', (hadError) => say('socket close', hadError));
      req.once('data', () => { say(req.destroy(req.url === '/e' ? new Error('mine') : undefined) === req, req.destroyed); });
    });
    for (const url of ['/', '/e']) {
      const client = await open(server);
      client.write(head('POST', url, 'Content-Length: 100') + 'abc');
      say(visible(await client.all()));
    }
    server.close();
  },

  async 'the client goes half-way'() {
    const server = await serve((req, res) => {
      follow('req', req, 'end', 'aborted', 'close');
      follow('res', res, 'finish', 'close');
      req.on('error', (error) => say('req error', error.code, error.message));
      req.on('data', (part) => { say(part.toString()); client.destroy(); });
      req.on('close', () => say(req.aborted, req.destroyed, req.complete, req.errored?.code, res.destroyed));
    });
    const client = await open(server);
    client.write(head('POST', '/', 'Content-Length: 100') + 'abc');
    await client.all();
    server.close();
  },

  async 'the client goes half-way, nobody listens for the error'() {
    const server = await serve((req, res) => {
      follow('req', req, 'end', 'aborted', 'close');
      req.on('data', () => client.destroy());
    });
    const client = await open(server);
    client.write(chunked() + '5\r\nab');
    await client.all();
    say('still here');
    server.close();
  },

  async 'the client goes while for await reads'() {
    const server = await serve(async (req) => {
      try { await read(req); say('read'); } catch (error) { say(error.code, error.name); }
    });
    const client = await open(server);
    client.write(head('POST', '/', 'Content-Length: 100') + 'abc');
    await once(server, 'request').catch(() => {});
    client.end();
    await client.all();
    server.close();
  },

  async 'more octets than Content-Length'() {
    const server = await serve(async (req, res) => { say(req.url, await read(req)); res.end(req.url); });
    server.on('clientError', (error, socket) => { say(error.code); socket.destroy(); });
    await ask(server, post('abc') + get('/2') + 'rest is no request\r\n');
    server.close();
  },

  async 'a stream of the web reads it'() {
    const server = await serve(async (req, res) => {
      let text = '';
      for await (const part of Readable.toWeb(req)) text += Buffer.from(part).toString();
      res.end(text);
    });
    await show(server, post('through the web', CLOSE));
    server.close();
  },

  async 'unshift gives octets back'() {
    const server = await serve((req, res) => {
      req.once('readable', () => {
        const part = req.read();
        req.unshift(part.subarray(2));
        req.on('data', (rest) => say(rest.toString()));
        req.on('end', () => res.end('read'));
      });
    });
    await show(server, post('abcdef', CLOSE));
    server.close();
  },

  async 'read only after the answer to another'() {
    const server = await serve(async (req, res) => {
      await turn();
      await pause(5);
      res.end(await read(req));
    });
    await show(server, post('one') + post('two') + post('three', CLOSE));
    server.close();
  },

  async 'GET with content'() {
    const server = await serve(async (req, res) => res.end(`${req.method} ${await read(req)}`));
    await show(server, head('GET', '/', 'Content-Length: 3', CLOSE) + 'abc');
    await show(server, head('DELETE', '/', 'Transfer-Encoding: chunked', CLOSE) + chunk('abc') + '0\r\n\r\n');
    server.close();
  },
});
