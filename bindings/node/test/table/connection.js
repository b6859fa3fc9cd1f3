'use strict';
// Persistence, pipelining, pieces: a connection as the client sees it.

const { say, visible, head, get, last, post, chunk, serve, open, ask, show, pause, turn, follow, request } = require('./_lib');
const http = require('node:http');

const hello = (req, res) => res.end('hello');

// The answer to these octets when nobody closes but the server; what it does within a moment.
async function stays(server, octets) {
  const client = await open(server);
  await client.write(octets).until('hello');
  await pause(20);
  say(client.gone ? 'closed' : 'open', visible(client.text));
  await client.destroy();
}

Object.assign(exports, {
  async 'who stays and who closes'() {
    const server = await serve(hello);
    await stays(server, get());
    await stays(server, last());
    await stays(server, get('/', 'Connection: CLOSE'));
    await stays(server, get('/', 'Connection: x, close, y'));
    await stays(server, get('/', 'Connection: keep-alive'));
    await stays(server, 'GET / HTTP/1.0\r\n\r\n');
    await stays(server, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    await stays(server, 'GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nHost: a\r\n\r\n');
    server.close();
  },

  async 'HTTP/1.0 with keep-alive and an answer of unknown length'() {
    const server = await serve((req, res) => { res.write('hel'); res.end('lo'); });
    await show(server, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n');
    server.close();
  },
  async 'HTTP/1.0 with keep-alive and a length'() {
    const server = await serve((req, res) => { res.setHeader('Content-Length', 5); res.end('hello'); });
    await stays(server, 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'.repeat(2));
    server.close();
  },

  async 'fifty pipelined'() {
    const seen = [];
    const server = await serve((req, res) => { seen.push(req.url.slice(1)); res.end(req.url); });
    await show(server, Array.from({ length: 49 }, (_, i) => get('/' + i)).join('') + last('/49'));
    say(seen.join());
    server.close();
  },
  async 'pipelined, answered in another order'() {
    const waiting = [];
    const server = await serve((req, res) => {
      waiting.push(res);
      follow(req.url, res, 'finish', 'close');
      if (waiting.length === 4) for (const i of [2, 0, 3, 1]) { say('end', i + 1); waiting[i].end(`answer ${i + 1}`); }
    });
    await show(server, get('/1') + get('/2') + get('/3') + last('/4'));
    server.close();
  },
  async 'pipelined, what the later answers know'() {
    const server = await serve((req, res) => {
      say(req.url, res.socket === req.socket, res.socket === null, req.socket._httpMessage === res, res.writableLength);
      say(res.write('x'), res.writableNeedDrain);
      setTimeout(() => { say(req.url, res.socket === req.socket); res.end('hello'); }, 10);
    });
    await show(server, get('/1') + get('/2') + last('/3'));
    server.close();
  },
  async 'pipelined, each after an await'() {
    const server = await serve(async (req, res) => { await pause(30 - req.url.slice(1) * 10); res.end(req.url); });
    await show(server, get('/1') + get('/2') + last('/3'));
    server.close();
  },
  async 'pipelined with content between'() {
    const server = await serve(async (req, res) => { let text = ''; for await (const part of req) text += part; res.end(`${req.method} ${text}`); });
    await show(server, post('one') + get() + head('PUT', '/', 'Transfer-Encoding: chunked') + chunk('two') + '0\r\n\r\n' + post('', 'Connection: close'));
    server.close();
  },
  async 'pipelined behind Connection: close'() {
    const server = await serve((req, res) => { say(req.url); res.end(req.url); });
    await show(server, last('/1') + get('/2') + get('/3'));
    server.close();
  },
  async 'pipelined, the first answer closes'() {
    const server = await serve((req, res) => {
      say(req.url);
      if (req.url === '/1') res.setHeader('Connection', 'close');
      follow(req.url, res, 'finish', 'close');
      res.end(req.url);
    });
    await show(server, get('/1') + get('/2'));
    server.close();
  },
  async 'pipelined behind a slow and large answer'() {
    const server = await serve((req, res) => res.end(req.url === '/large' ? Buffer.alloc(3_000_000, 'x') : req.url));
    const text = await ask(server, get('/large') + get('/2') + last('/3'));
    say(visible(text.replace(/x{1000,}/, 'xxx')), text.length > 3_000_000);
    server.close();
  },
  async 'the client goes while pipelined requests wait'() {
    const server = await serve((req, res) => {
      follow(req.url + ' req', req, 'aborted', 'close');
      follow(req.url + ' res', res, 'close', 'finish');
      if (req.url === '/3') client.reset();
    });
    const client = await open(server);
    await client.write(get('/1') + get('/2') + get('/3')).all();
    server.close();
  },

  async 'octet by octet'() {
    const server = await serve(async (req, res) => { let text = ''; for await (const part of req) text += part; res.end(`${req.url} ${req.headers.x} ${text}`); });
    const client = await open(server);
    for (const octet of post('abc', 'x: value') + last('/2', 'x: y')) { client.write(octet); await turn(); }
    say(visible(await client.all()));
    server.close();
  },
  async 'cut in the middle of everything'() {
    const server = await serve(async (req, res) => { let text = ''; for await (const part of req) text += part; res.end(`${req.url} ${text}`); });
    const octets = head('POST', '/p', 'Transfer-Encoding: chunked') + '3;x\r\nabc\r\n0\r\nt: u\r\n\r\n' + last('/q');
    const answers = new Set();
    for (let cut = 1; cut < octets.length; cut += 5) {
      const client = await open(server);
      client.write(octets.slice(0, cut));
      await turn();
      await turn();
      answers.add(visible(await client.write(octets.slice(cut)).all()));
    }
    say(answers.size, ...answers);
    server.close();
  },
  async 'a head that comes with a pause'() {
    const server = await serve((req, res) => res.end(req.headers.late));
    const client = await open(server);
    client.write('GET / HTTP/1.1\r\nHost: a\r\nLate: y');
    await pause(30);
    say(visible(await client.write('es\r\nConnection: close\r\n\r\n').all()));
    server.close();
  },

  async 'the client ends its side after the request'() {
    const server = await serve((req, res) => { follow('req', req, 'aborted', 'end', 'close'); follow('res', res, 'finish', 'close'); req.resume(); res.end('at once'); });
    const client = await open(server);
    client.end(get());
    say(visible(await client.all()));
    server.close();
  },
  async 'the client ends its side while the handler thinks'() {
    const server = await serve(async (req, res) => {
      follow('req', req, 'aborted', 'end', 'close', 'error');
      follow('res', res, 'finish', 'close');
      await Promise.race([new Promise((resolve) => req.once('close', resolve)), pause(500)]);
      say(req.destroyed, res.destroyed, req.socket.destroyed, res.writable);
      res.end('late');
    });
    const client = await open(server);
    client.end(get());
    await client.all();
    await pause(40);
    say(visible(client.text));
    server.close();
  },
  async 'the client ends its side in the middle of content'() {
    const server = await serve((req, res) => { follow('req', req, 'aborted', 'end', 'close'); req.on('error', (error) => say(error.code)); req.resume(); });
    const client = await open(server);
    client.end(post('abcdef').slice(0, -2));
    say(visible(await client.all()));
    server.close();
  },
  async 'the client is gone before the handler answers'() {
    const server = await serve((req, res) => {
      client.reset();
      res.on('close', () => { say('res close', res.destroyed, res.socket?.destroyed); say(res.writableEnded, res.headersSent); });
    });
    const client = await open(server);
    await client.write(get()).all();
    server.close();
  },

  async 'many connections at once'() {
    const server = await serve(async (req, res) => { await turn(); res.end(req.url); });
    const texts = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(server, get(`/${i}`) + last(`/last${i}`))));
    say(texts.every((text, i) => text.includes(`\r\n\r\n/${i}HTTP`) && text.endsWith(`/last${i}`)));
    server.close();
  },
  async 'the agent of Node keeps its connection'() {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set();
    const server = await serve((req, res) => { sockets.add(req.socket); res.end(req.url); });
    for (let i = 0; i < 5; i++) say((await request(server, { agent, path: '/' + i })).text);
    say(sockets.size);
    agent.destroy();
    server.close();
  },
  async 'fetch'() {
    const server = await serve(async (req, res) => { let text = ''; for await (const part of req) text += part; res.setHeader('X', 'y').end(req.method + text); });
    const url = `http://127.0.0.1:${server.address().port}/`;
    const options = { method: 'POST', body: 'content', headers: { connection: 'close' } };
    const response = await fetch(url, options);
    say(response.status, response.headers.get('x'), await response.text());
    server.closeAllConnections();
    server.close();
  },
});
