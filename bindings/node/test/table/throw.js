'use strict';
// Throws, rejections and exits at every point of a turn: what is delivered, what runs, with which code the process ends.

const { say, visible, get, last, post, serve, open, ask, show, pause, again, role, once } = require('./_lib');

// Runs `handler` in a server of a child process, sends the requests and says what came back and how the child ended.
async function inChild(handler, ...requests) {
  if (role) {
    const server = await serve(handler);
    process.on('exit', (code) => say('child exit', code));
    process.send(server.address());
    return;
  }
  const child = again('server', { stdio: ['ignore', 'inherit', 'ignore', 'ipc'] });
  const exited = once(child, 'exit');
  const [address] = await once(child, 'message');
  const server = { address: () => address };
  const texts = [];
  for (const octets of requests.length ? requests : [get('/1') + get('/2')]) {
    const client = await open(server).catch(() => null);
    texts.push(client ? visible(await client.write(octets).all()) : 'refused');
  }
  const [code, signal] = await exited;
  say(texts.join('--\n'));
  say('code', code, 'signal', signal);
}

// Until the server closes the connection, or, where it is left open, long enough for all that can still come.
async function settled(client) {
  await Promise.race([client.closed, pause(500)]);
  await pause(20);
}

// Runs `handler` in this process, with a listener of uncaughtException that says what it hears.
async function caught(handler, ...requests) {
  process.on('uncaughtException', (error, origin) => say('uncaught', error.message, origin));
  const server = await serve(handler);
  for (const octets of requests) {
    const client = await open(server);
    client.write(octets);
    await settled(client);
    say(visible(client.text));
    await client.destroy();
  }
  server.close();
}
const boom = (name = 'boom') => { throw new Error(name); };

Object.assign(exports, {
  async 'exit right after end'() { await inChild((req, res) => { res.end('delivered'); process.exit(3); }); },
  async 'exit right after write'() { await inChild((req, res) => { res.write('part'); process.exit(3); }); },
  async 'exit before end'() { await inChild((req, res) => { process.exit(4); }); },
  async 'exit in the second of two pipelined'() {
    await inChild((req, res) => { res.end(req.url); if (req.url === '/2') process.exit(5); });
  },
  async 'exit while the first of two pipelined waits'() {
    await inChild((req, res) => { if (req.url === '/2') { res.end('never seen'); process.exit(5); } });
  },
  async 'exit in a tick, a microtask, an immediate'() {
    await inChild((req, res) => { res.end('delivered'); process.nextTick(() => process.exit(6)); });
  },
  async 'exit in a microtask after end'() { await inChild(async (req, res) => { res.end('delivered'); await null; process.exit(7); }); },
  async 'exit in an immediate after end'() { await inChild((req, res) => { res.end('delivered'); setImmediate(() => process.exit(8)); }); },
  async 'exit in the callback of end'() { await inChild((req, res) => res.end('delivered', () => process.exit(9))); },
  async 'exit in finish'() { await inChild((req, res) => { res.on('finish', () => process.exit(10)).end('delivered'); }); },
  async 'exit in data'() { await inChild((req, res) => { req.on('data', () => { res.end('delivered'); process.exit(11); }); }, post('abc')); },
  async 'exit with an exitCode'() { await inChild((req, res) => { process.exitCode = 12; res.end('delivered'); process.exit(); }); },
  async 'abort after end'() { await inChild((req, res) => { res.end('delivered'); process.kill(process.pid, 'SIGKILL'); }); },
  async 'exit in the second of two pipelined, whose listeners were removed'() {
    // When the server listens: whoever has to do with servers has put its own ones there by then.
    setTimeout(() => process.removeAllListeners('exit'), 0);
    await inChild((req, res) => { res.end(req.url); if (req.url === '/2') process.exit(5); });
  },
  async 'reallyExit in the second of two pipelined'() {
    await inChild((req, res) => { res.end(req.url); if (req.url === '/2') process.reallyExit(5); });
  },
  async 'SIGTERM that is listened to'() {
    await inChild((req, res) => {
      process.once('SIGTERM', () => { say('SIGTERM'); req.socket.server.close(); });
      res.end('delivered');
      process.kill(process.pid, 'SIGTERM');
    }, last());
  },
  async 'exit from the listener of exit'() { await inChild((req, res) => { process.on('exit', () => { process.exitCode = 13; }); res.end('x'); process.exit(); }); },

  async 'a throw, nobody catches'() { await inChild(() => boom()); },
  async 'a throw after end, nobody catches'() { await inChild((req, res) => { res.end('delivered'); boom(); }); },
  async 'a throw in the second of two pipelined, nobody catches'() { await inChild((req, res) => { res.end(req.url); if (req.url === '/2') boom(); }); },
  async 'a throw in a tick, nobody catches'() { await inChild((req, res) => { res.end('delivered'); process.nextTick(boom); }); },
  async 'a throw in a timer, nobody catches'() { await inChild((req, res) => { res.end('delivered'); setTimeout(boom, 5); }); },
  async 'a rejection, nobody catches'() { await inChild(async (req, res) => { res.end('delivered'); await null; boom(); }); },
  async 'a throw in data, nobody catches'() { await inChild((req) => req.on('data', () => boom()), post('abc')); },
  async 'a throw in the event connection, nobody catches'() {
    await inChild(function handler(req, res) { this.on('connection', () => boom()); res.end('first'); }, last(), last());
  },

  async 'a throw in the handler'() { await caught((req, res) => { if (req.url === '/x') boom(); res.end('fine'); }, get('/x'), last('/'), get('/x')); },
  async 'a throw after end'() { await caught((req, res) => { res.end('delivered'); boom(); }, get('/1'), last('/2')); },
  async 'a throw in the first of two pipelined'() {
    await caught((req, res) => { say(req.url); if (req.url === '/1') boom(); res.end(req.url); }, get('/1') + last('/2'), last('/3'));
  },
  async 'a throw in the first of two pipelined, answered'() {
    await caught((req, res) => { say(req.url); res.end(req.url); if (req.url === '/1') boom(); }, get('/1') + last('/2'), last('/3'));
  },
  async 'a throw leaves other connections exact'() {
    process.on('uncaughtException', (error) => say('uncaught', error.message));
    const server = await serve((req, res) => { say(req.url); if (req.url === '/throw') boom(); res.end(req.url); });
    const clients = [await open(server), await open(server), await open(server)];
    await pause(10);
    ['/a', '/throw', '/b'].forEach((url, i) => clients[i].write(last(url)));
    for (const i of [0, 2]) say(visible(await clients[i].all()));
    await clients[1].destroy();
    await show(server, last('/c'));
    server.close();
  },
  async 'throws in ticks, microtasks, immediates, timers'() {
    await caught((req, res) => {
      const ways = [process.nextTick, queueMicrotask, setImmediate, (f) => setTimeout(f, 1)];
      ways[req.url.slice(1)](() => boom(req.url));
      process.nextTick(() => say('tick'));
      Promise.resolve().then(() => say('microtask'));
      res.end('fine');
    }, last('/0'), last('/1'), last('/2'), last('/3'));
  },
  async 'a throw in data, in end, in aborted'() {
    await caught((req, res) => {
      req.on(req.url.slice(1), () => boom(req.url));
      req.resume();
      if (req.url !== '/end') res.end('fine');
    }, post('abc').replace('/', '/data'), post('abc').replace('/', '/end'));
  },
  async 'a throw in finish, in close, in a callback'() {
    await caught((req, res) => {
      if (req.url === '/callback') return res.end('fine', () => boom('callback'));
      res.on(req.url.slice(1), () => boom(req.url)).end('fine');
    }, last('/finish'), last('/close'), last('/callback'));
  },
  async 'a throw in the event connection'() {
    let throws = true;
    process.on('uncaughtException', (error) => say('uncaught', error.message));
    const server = await serve((req, res) => res.end('fine'));
    server.on('connection', () => { if (throws) { throws = false; boom('connection'); } });
    const first = await open(server);
    first.write(last());
    await settled(first);
    say(visible(first.text));
    await first.destroy();
    await show(server, last());
    server.close();
  },
  async 'a throw of something that is no error'() {
    process.on('uncaughtException', (error) => say('uncaught', error));
    const server = await serve((req, res) => { res.end('fine'); throw req.url; });
    await show(server, last('/x'));
    server.close();
  },
  async 'an async handler that rejects'() {
    process.on('unhandledRejection', (error) => say('unhandled', error.message));
    const server = await serve(async (req, res) => { res.end('fine'); boom(); });
    await show(server, get('/1') + last('/2'));
    server.close();
  },
  async 'an error event nobody listens for'() {
    await caught((req, res) => { if (req.url === '/res') res.emit('error', new Error('res')); else req.emit('error', new Error('req')); res.end('fine'); }, last('/res'), last('/req'));
  },
  async 'captureRejections'() {
    const server = await serve({ captureRejections: true }, async (req, res) => { if (req.url === '/sent') res.write('begun'); boom(); });
    server.on('error', (error) => say('server', error.message));
    process.on('unhandledRejection', (error) => say('unhandled', error.message));
    const client = await open(server);
    client.write(get('/x'));
    await settled(client);
    say(visible(client.text));
    await client.destroy();
    server.close();
  },
  async 'events.captureRejections'() {
    require('node:events').captureRejections = true;
    const server = await serve(async (req, res) => { if (req.url === '/sent') res.write('begun'); boom(); });
    await show(server, get('/x'));
    await show(server, get('/sent'));
    server.close();
  },
  async 'a domain'() {
    const domain = require('node:domain').create();
    domain.on('error', (error) => say('domain', error.message));
    let server;
    domain.run(() => { server = require('node:http').createServer((req, res) => { say(process.domain === domain); res.end('fine'); boom(); }); });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await show(server, last());
    server.close();
  },
  async 'a domain for each request'() {
    const server = await serve((req, res) => {
      const domain = require('node:domain').create();
      domain.add(req);
      domain.add(res);
      domain.on('error', (error) => { say('domain', error.message); res.statusCode = 500; res.end('caught'); });
      domain.run(() => setTimeout(() => boom(req.url), 5));
    });
    await show(server, get('/1') + last('/2'));
    server.close();
  },
  async 'setUncaughtExceptionCaptureCallback'() {
    process.setUncaughtExceptionCaptureCallback((error) => say('captured', error.message));
    const server = await serve((req, res) => { res.end('fine'); boom(); });
    await show(server, last());
    server.close();
  },
});
