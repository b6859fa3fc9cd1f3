'use strict';
// Leaving HTTP: upgrade and connect, with the octets that came along.

const net = require('node:net');
const { say, visible, get, last, serve, open, show, pause, follow, request, where, once } = require('./_lib');
const http = require('node:http');

const asking = (target = '/', ...lines) => get(target, 'Connection: Upgrade', 'Upgrade: echo', ...lines);
const CONNECT = 'CONNECT far:443 HTTP/1.1\r\nHost: far:443\r\n\r\n';
const hello = (req, res) => res.end('hello');

Object.assign(exports, {
  async 'upgrade'() {
    const server = await serve(() => say('request'));
    server.on('upgrade', function (req, socket, rest) {
      say(this === server, req.url, req.headers.upgrade, req.upgrade, rest.length, req.socket === socket);
      say(socket instanceof net.Socket, socket.constructor.name, socket.readableFlowing, socket.listenerCount('data'), socket.parser);
      socket.write('HTTP/1.1 101 Over\r\nUpgrade: echo\r\n\r\n');
      socket.on('data', (part) => socket.write(part));
      socket.on('end', () => { say('end'); socket.end(); });
      socket.on('close', () => say('close'));
    });
    const client = await open(server);
    await client.write(asking('/u')).until('\r\n\r\n');
    await client.write('ping').until('ping');
    client.end('last');
    say(visible(await client.all()));
    server.close();
  },

  async 'octets that came along'() {
    const server = await serve(hello);
    server.on('upgrade', (req, socket, rest) => {
      say(Buffer.isBuffer(rest), rest.toString());
      socket.end('HTTP/1.1 101 Over\r\n\r\n' + rest);
    });
    await show(server, asking() + 'early octets');
    server.close();
  },

  async 'after requests on the same connection'() {
    const sockets = new Set();
    const server = await serve((req, res) => { sockets.add(req.socket); res.end(req.url); });
    server.on('upgrade', (req, socket, rest) => { say(sockets.has(socket), rest.toString()); socket.end('bye'); });
    const client = await open(server);
    await client.write(get('/1')).until('/1');
    await client.write(get('/2')).until('/2');
    client.write(asking('/3') + 'rest');
    say(visible(await client.all()));
    server.close();
  },

  async 'pipelined behind a request that is answered'() {
    const server = await serve((req, res) => res.end(req.url));
    server.on('upgrade', (req, socket, rest) => { say(req.url, rest.toString()); socket.end('bye'); });
    await show(server, get('/1') + asking('/2') + 'rest');
    server.close();
  },

  async 'pipelined behind a request that still waits'() {
    const server = await serve(async (req, res) => { say(req.url); await pause(20); res.end(req.url); });
    server.on('upgrade', (req, socket) => { say('upgrade', req.url); setTimeout(() => socket.end('bye'), 40); });
    await show(server, get('/1') + asking('/2'));
    server.close();
  },

  async 'nobody listens'() {
    const server = await serve((req, res) => { say(req.upgrade, req.headers.upgrade); res.end('plain'); });
    await show(server, asking('/1') + last('/2'));
    server.close();
  },

  async 'the listener comes and goes'() {
    const server = await serve((req, res) => res.end('plain'));
    const upgrade = (req, socket) => socket.end('over');
    const client = await open(server);
    await client.write(asking()).until('plain');
    server.on('upgrade', upgrade);
    say(visible(await client.write(asking()).all()));
    server.off('upgrade', upgrade);
    await show(server, get('/', 'Upgrade: x', 'Connection: upgrade, close'));
    server.close();
  },

  async 'Upgrade without Connection: upgrade'() {
    const server = await serve((req, res) => { say(req.upgrade); res.end('plain'); });
    server.on('upgrade', (req, socket) => socket.end('over'));
    await show(server, last('/', 'Upgrade: x'));
    server.close();
  },

  async 'h2c is asked for'() {
    const server = await serve((req, res) => { say(req.headers['http2-settings']); res.end('plain'); });
    await show(server, get('/', 'Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAA') + last());
    server.close();
  },

  async 'refused by the listener'() {
    const server = await serve(hello);
    server.on('upgrade', (req, socket) => { socket.write('HTTP/1.1 401 No\r\nConnection: close\r\n\r\n'); socket.destroy(); });
    server.on('connection', (socket) => follow('socket', socket, 'close', 'error'));
    await show(server, asking());
    server.close();
  },

  async 'answered later'() {
    const server = await serve(hello);
    server.on('upgrade', async (req, socket) => { await pause(20); say(req.url, req.headers.upgrade); socket.end('bye'); });
    await show(server, asking('/late'));
    server.close();
  },

  async 'with content'() {
    const server = await serve(hello);
    server.on('upgrade', (req, socket, rest) => { say(req.method, rest.toString()); socket.end('bye'); });
    await show(server, asking('/', 'Content-Length: 3') + 'abcdef');
    server.close();
  },

  async 'connect'() {
    const server = await serve(() => say('request'));
    server.on('connect', function (req, socket, rest) {
      say(this === server, req.method, req.url, rest.toString(), socket instanceof net.Socket, req.upgrade);
      socket.write('HTTP/1.1 200 Through\r\n\r\n');
      socket.on('data', (part) => socket.end(part));
    });
    const client = await open(server);
    await client.write(CONNECT).until('\r\n\r\n');
    say(visible(await client.write('tunnel').all()));
    server.close();
  },

  async 'connect, nobody listens'() {
    const server = await serve(() => say('request'));
    server.on('connection', (socket) => follow('socket', socket, 'close', 'error'));
    server.on('clientError', (error) => say(error.code));
    await show(server, CONNECT);
    server.close();
  },

  async 'connect to a strange target'() {
    const server = await serve(() => say('request'));
    server.on('connect', (req, socket) => { say(req.url); socket.end('through'); });
    for (const target of ['/x', '[::1]:80']) {
      await show(server, `CONNECT ${target} HTTP/1.1\r\nHost: far\r\n\r\n`);
    }
    server.close();
  },
  async 'connect to what is no host and port'() {
    const server = await serve(() => say('request'));
    server.on('connect', (req, socket) => { say(req.url); socket.end('through'); });
    for (const target of ['http://far/x', 'far']) {
      await show(server, `CONNECT ${target} HTTP/1.1\r\nHost: far\r\n\r\n`);
    }
    server.close();
  },

  async 'a proxy of twenty lines'() {
    const inner = await serve((req, res) => res.end('from within'));
    const proxy = await serve(hello);
    proxy.on('connect', (req, socket, rest) => {
      const far = net.connect(where(inner), () => {
        socket.write('HTTP/1.1 200 Through\r\n\r\n');
        far.write(rest);
        far.pipe(socket).pipe(far);
      });
    });
    const client = await open(proxy);
    await client.write(CONNECT).until('\r\n\r\n');
    say(visible(await client.write(last()).all()));
    for (const server of [inner, proxy]) server.close();
  },

  async 'the client of Node upgrades'() {
    const server = await serve(hello);
    server.on('upgrade', (req, socket) => socket.end('HTTP/1.1 101 Over\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhi'));
    const req = http.get({ ...where(server), agent: false, headers: { Connection: 'Upgrade', Upgrade: 'echo' } });
    const [res, socket, rest] = await once(req, 'upgrade');
    say(res.statusCode, res.headers.upgrade, rest.toString());
    socket.destroy();
    say((await request(server)).text);
    server.close();
  },

  async 'time limits end with the upgrade'() {
    const server = await serve({ connectionsCheckingInterval: 10, headersTimeout: 200, requestTimeout: 200, keepAliveTimeout: 20 }, hello);
    server.on('clientError', (error) => say(error.code));
    server.on('upgrade', (req, socket) => { say(socket.timeout); setTimeout(() => socket.end('still here'), 500); });
    await show(server, asking());
    server.close();
  },
});
