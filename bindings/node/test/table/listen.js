'use strict';
// listen(): its forms, its order, its errors.

const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { say, last, serve, listen, show, turn, codeOf, follow, once, again, role } = require('./_lib');

const hello = (req, res) => res.end('hello');
const freePath = () => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'table-')), 's');
const LOOPBACK = '127.0.0.1';

// Says what the server is bound to, answers one request and closes.
async function prove(server) {
  const address = server.address();
  say(typeof address === 'string' ? 'a path' : [address.address, address.family, address.port > 0].join(' '));
  await show(server, last());
  server.close();
}

Object.assign(exports, {
  'the port and a callback'() {
    const server = http.createServer(hello);
    say(server.listening, server.address());
    const returned = server.listen(0, LOOPBACK, function (...args) {
      say(this === server, args, server.listening);
      prove(server);
    });
    say(returned === server, server.listening, typeof server.address());
  },

  async 'listen without arguments'() {
    const server = http.createServer(hello).listen();
    await once(server, 'listening');
    say(server.address().port > 0, server.address().family);
    await show(server, last());
    server.close();
  },

  async 'a port as text'() { prove(await listen(http.createServer(hello), '0', LOOPBACK)); },
  async 'a port, a host and a backlog'() { prove(await listen(http.createServer(hello), 0, LOOPBACK, 5)); },
  async 'a port and a backlog'() {
    const server = await listen(http.createServer(hello), 0, 7);
    await show(server, last());
    server.close();
  },
  async 'a name instead of an address'() {
    const server = await listen(http.createServer(hello), 0, 'localhost');
    await show(server, last());
    server.close();
  },
  async 'options with port, host and backlog'() {
    prove(await listen(http.createServer(hello), { port: 0, host: LOOPBACK, backlog: 9 }));
  },
  async 'exclusive'() { prove(await listen(http.createServer(hello), { port: 0, host: LOOPBACK, exclusive: true })); },
  async 'a port of null or undefined is any port'() {
    for (const port of [null, undefined]) {
      const server = await listen(http.createServer(hello), port, LOOPBACK);
      say(server.address().port > 0);
      server.close();
    }
  },

  async 'IPv6 only'() {
    const server = http.createServer(hello);
    server.on('error', (error) => say(error.syscall));
    server.listen({ port: 0, host: '::1', ipv6Only: true }, () => prove(server));
  },

  async 'a path'() {
    const file = freePath();
    const server = await listen(http.createServer((req, res) => {
      const { remoteAddress, remotePort, localAddress } = req.socket;
      res.end(String([remoteAddress, remotePort, localAddress, JSON.stringify(req.socket.address())]));
    }), file);
    say(server.address() === file, fs.statSync(file).isSocket());
    await prove(server);
    await turn();
    say(fs.existsSync(file));
  },

  async 'a path that everyone may write to'() {
    const file = freePath();
    const server = await listen(http.createServer(hello), { path: file, readableAll: true, writableAll: true });
    say((fs.statSync(file).mode & 0o666).toString(8));
    await prove(server);
  },

  async 'a path that is taken'() {
    const file = freePath();
    const first = await listen(http.createServer(hello), file);
    const second = http.createServer(hello).listen(file);
    const [error] = await once(second, 'error');
    say(error.code, error.syscall, error.address === file, second.listening);
    first.close();
  },

  // As systemd hands sockets over: the child knows nothing but the number.
  async 'a descriptor'() {
    if (role) return prove(await listen(http.createServer(hello), { fd: 3 }));
    const owner = await listen(net.createServer());
    const child = again('child', { stdio: ['ignore', 'inherit', 'inherit', owner._handle.fd] });
    owner.close(); // It would take connections meant for the child.
    say('exit', (await once(child, 'exit'))[0]);
  },

  async 'a descriptor that is none'() {
    const server = http.createServer(hello).listen({ fd: 999 });
    const [error] = await once(server, 'error');
    say(error.code, error.syscall, server.listening);
  },

  async 'the handle of a net.Server'() {
    const owner = await listen(net.createServer());
    const server = http.createServer(hello);
    server.listen(owner);
    await once(server, 'listening');
    say(server.address().port === owner.address().port);
    await prove(server);
  },

  async 'a signal closes'() {
    const controller = new AbortController();
    const server = http.createServer(hello);
    follow('server', server, 'close', 'error');
    await listen(server, { port: 0, host: LOOPBACK, signal: controller.signal });
    await show(server, last());
    controller.abort();
    say(server.listening);
    await once(server, 'close');
  },

  async 'a signal that was aborted before'() {
    const server = http.createServer(hello);
    follow('server', server, 'listening', 'close', 'error');
    say(codeOf(() => server.listen({ port: 0, host: LOOPBACK, signal: AbortSignal.abort() })));
  },

  async 'reusePort'() {
    const first = http.createServer(hello);
    first.on('error', (error) => say('first', error.code));
    await listen(first, { port: 0, host: LOOPBACK, reusePort: true });
    const second = http.createServer(hello);
    second.on('error', (error) => { say('second', error.code); first.close(); });
    second.listen({ port: first.address().port, host: LOOPBACK, reusePort: true }, async () => {
      say('both listen');
      await show(first, last());
      first.close();
      await show(second, last());
      second.close();
    });
  },

  async 'listening twice throws'() {
    const server = await serve(hello);
    say(codeOf(() => server.listen(0)));
    await prove(server);
  },
  'listening twice at once throws'() {
    const server = http.createServer(hello).listen(0, LOOPBACK);
    say(codeOf(() => server.listen(0, LOOPBACK)));
    server.on('listening', () => { say('listening'); server.close(); });
  },

  async 'listening again after close'() {
    const server = await serve(hello);
    await show(server, last());
    server.close();
    say(server.listening, server.address());
    await once(server, 'close');
    await listen(server);
    await prove(server);
  },

  async 'the port is taken'() {
    const first = await serve(hello);
    const second = http.createServer(hello);
    follow('second', second, 'listening', 'close');
    second.on('error', (error) => {
      say(error.code, error.syscall, error.address, error.port === first.address().port, second.listening);
      first.close();
    });
    process.nextTick(() => say('tick'));
    Promise.resolve().then(() => say('microtask'));
    setImmediate(() => say('immediate'));
    second.listen(first.address().port, LOOPBACK, () => say('callback'));
    say('returned');
  },

  'the port is taken and nobody listens for the error': {
    exits: 1,
    stderr: true,
    async run() {
      const first = await serve(hello);
      process.on('exit', (code) => say('exit', code));
      process.on('uncaughtExceptionMonitor', (error) => { error.message = 'masked'; error.stack = error.code; error.port = 0; });
      http.createServer(hello).listen(first.address().port, LOOPBACK);
    },
  },

  async 'listening again after the port was taken'() {
    const first = await serve(hello);
    const second = http.createServer(hello).listen(first.address().port, LOOPBACK);
    await once(second, 'error');
    await listen(second);
    await prove(second);
    first.close();
  },

  async 'an address that is not ours'() {
    const server = http.createServer(hello).listen(0, '192.0.2.1');
    const [error] = await once(server, 'error');
    say(error.code, error.syscall, error.address);
  },

  'arguments that are none'() {
    for (const args of [[-1], [70000], [{}], [{ port: 'y' }], [true], [Symbol.iterator], [{ fd: -1 }], [1.5]]) {
      say(args, codeOf(() => {
        const server = http.createServer(hello).on('error', () => {}).listen(...args);
        server.close();
      }));
    }
  },

  'the order around listen'() {
    const server = http.createServer(hello);
    server.on('listening', () => say('event'));
    process.nextTick(() => say('tick before'));
    setImmediate(() => say('immediate'));
    server.listen(0, LOOPBACK, () => {
      say('callback');
      process.nextTick(() => say('tick within'));
      Promise.resolve().then(() => say('microtask within'));
      setImmediate(() => server.close(() => say('closed')));
    });
    process.nextTick(() => say('tick after'));
    Promise.resolve().then(() => say('microtask'));
    say('returned', server.listenerCount('listening'));
  },

  'closing before listening came'() {
    const server = http.createServer(hello);
    follow('server', server, 'listening', 'close', 'error');
    server.listen(0, LOOPBACK, () => say('callback'));
    server.close((error) => say('closed', error?.code));
    say(server.listening);
  },

  async 'a handler makes another server'() {
    const server = await serve(async (req, res) => {
      const other = await serve((_, answer) => answer.end('from within'));
      await show(other, last());
      other.close();
      res.end('outer');
    });
    await prove(server);
  },

  async 'a throw in the callback of listen'() {
    process.on('uncaughtException', (error) => { say(error.message, server.listening); prove(server); });
    const server = http.createServer(hello).listen(0, LOOPBACK, () => { throw new Error('in the callback'); });
  },

  async 'two servers of one program'() {
    const servers = await Promise.all(['one', 'two'].map((name) => serve((req, res) => res.end(name + req.url))));
    for (const server of [...servers, ...servers]) await show(server, last('/' + servers.indexOf(server)));
    for (const server of servers) server.close();
  },

  async 'the handle is there while it listens'() {
    const server = http.createServer(hello);
    say(server._handle);
    await listen(server);
    say(typeof server._handle, typeof server._handle.fd, server._handle.fd > 0, server._handle.constructor.name);
    server.close();
    say(server._handle);
  },
});
