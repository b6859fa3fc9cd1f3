'use strict';
// The order in which handlers, ticks, microtasks and immediates run.

const { say, visible, get, last, post, serve, open, ask, show, pause, turn, follow } = require('./_lib');

// Says the name of each queue when its turn comes.
function queues(name) {
  process.nextTick(() => say(name, 'tick'));
  Promise.resolve().then(() => say(name, 'microtask'));
  queueMicrotask(() => { say(name, 'queueMicrotask'); process.nextTick(() => say(name, 'tick of a microtask')); });
  setImmediate(() => say(name, 'immediate'));
}

Object.assign(exports, {
  async 'two pipelined requests'() {
    const server = await serve((req, res) => { say(req.url, 'handler'); queues(req.url); res.end(req.url); });
    await show(server, get('/1') + last('/2'));
    server.close();
  },
  async 'two connections'() {
    const server = await serve((req, res) => { say(req.url, 'handler'); queues(req.url); res.end(req.url); });
    const clients = [await open(server), await open(server)];
    await pause(10);
    clients.forEach((client, i) => client.write(last('/' + i)));
    for (const client of clients) await client.all();
    server.close();
  },
  async 'two connections with two requests each'() {
    const server = await serve((req, res) => {
      say(req.url, 'handler');
      process.nextTick(() => say(req.url, 'tick'));
      Promise.resolve().then(() => say(req.url, 'microtask'));
      res.end(req.url);
    });
    const clients = [await open(server), await open(server)];
    await pause(10);
    clients.forEach((client, i) => client.write(get(`/${i}a`) + last(`/${i}b`)));
    for (const client of clients) await client.all();
    server.close();
  },
  async 'async handlers'() {
    const server = await serve(async (req, res) => {
      say(req.url, 1);
      await null;
      say(req.url, 2);
      await turn();
      say(req.url, 3);
      res.end(req.url);
    });
    await show(server, get('/a') + last('/b'));
    server.close();
  },
  async 'end within a tick, a microtask, an immediate, a timer'() {
    const ways = [process.nextTick, queueMicrotask, setImmediate, (f) => setTimeout(f, 1)];
    const server = await serve((req, res) => ways[req.url.slice(1)](() => { say(req.url); res.end(req.url); }));
    await show(server, get('/3') + get('/2') + get('/1') + last('/0'));
    server.close();
  },
  async 'the events of a request with content'() {
    const server = await serve((req, res) => {
      say('handler');
      queues('handler');
      req.on('data', (part) => { say('data', part.toString()); process.nextTick(() => say('tick of data')); });
      req.on('end', () => { say('end'); process.nextTick(() => say('tick of end')); res.end('x'); });
      follow('req', req, 'close');
      follow('res', res, 'prefinish', 'finish', 'close');
    });
    await show(server, post('abc', 'Connection: close'));
    server.close();
  },
  async 'the events of a request without content'() {
    const server = await serve((req, res) => {
      follow('req', req, 'end', 'close', 'resume', 'data');
      follow('res', res, 'prefinish', 'finish', 'close', 'socket');
      process.nextTick(() => say('tick'));
      res.end('x');
      process.nextTick(() => say('tick after end'));
      Promise.resolve().then(() => say('microtask'));
      setImmediate(() => say('immediate'));
    });
    await show(server, last());
    server.close();
  },
  async 'the events of three pipelined requests'() {
    const server = await serve((req, res) => {
      say(req.url);
      follow(`${req.url} req`, req, 'end', 'close');
      follow(`${req.url} res`, res, 'finish', 'close');
      req.resume();
      res.end(req.url);
    });
    await show(server, get('/1') + get('/2') + last('/3'));
    server.close();
  },
  async 'connection comes before request'() {
    const server = await serve(() => {});
    server.on('connection', () => { say('connection'); queues('connection'); });
    server.on('request', (req, res) => { say('request'); res.end(); });
    await show(server, last());
    server.close();
  },
  async 'callbacks of write and end'() {
    const server = await serve((req, res) => {
      res.write('a', () => { say('a'); process.nextTick(() => say('tick of a')); });
      res.write('b', () => say('b'));
      res.end('c', () => { say('c'); Promise.resolve().then(() => say('microtask of c')); });
      say('returned');
    });
    await show(server, last());
    server.close();
  },
  async 'finish listeners added late'() {
    const server = await serve((req, res) => {
      res.end('x');
      res.on('finish', () => say('finish'));
      process.nextTick(() => res.on('finish', () => say('finish, from a tick')).on('close', () => say('close, from a tick')));
    });
    await show(server, last());
    server.close();
  },
  async 'the answer leaves within end'() {
    let answered;
    const server = await serve((req, res) => {
      res.end('hello');
      // The thread is kept busy; the answer must be with the kernel already.
      const { execFileSync } = require('node:child_process');
      execFileSync(process.execPath, ['-e', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)']);
      answered = client.text;
      process.nextTick(() => say('bytes on the way', req.socket.bytesWritten > 0, req.socket.writableLength));
    });
    const client = await open(server);
    await client.write(get()).until('hello');
    say(JSON.stringify(answered));
    await client.destroy();
    server.close();
  },
  async 'a server that blocks after end is heard at once'() {
    const { Worker } = require('node:worker_threads');
    const shared = new Int32Array(new SharedArrayBuffer(4));
    const server = await serve((req, res) => {
      res.end('hello');
      say(Atomics.wait(shared, 0, 0, 5000) !== 'timed-out'); // Until the client of another thread has the answer.
    });
    const code = `const { workerData: { port, shared } } = require('node:worker_threads');
      const socket = require('node:net').connect(port, '127.0.0.1');
      socket.write(${JSON.stringify(last())});
      socket.on('data', () => { Atomics.store(shared, 0, 1); Atomics.notify(shared, 0); }).on('close', () => {});`;
    const worker = new Worker(code, { eval: true, workerData: { port: server.address().port, shared }, execArgv: [] });
    await new Promise((resolve) => worker.on('exit', resolve));
    server.close();
  },
  async 'a part that is written is heard before the next'() {
    const server = await serve(async (req, res) => {
      res.write('one');
      await client.until('one');
      res.write('two');
      await client.until('two');
      res.end('three');
    });
    const client = await open(server);
    say(visible(await client.write(last()).all()));
    server.close();
  },
  async 'a handler that emits request again'() {
    const server = await serve();
    server.on('request', (req, res) => {
      say(req.url, req.again === true);
      if (req.again) return res.end('again');
      req.again = true;
      server.emit('request', req, res);
      say('returned', res.writableEnded);
    });
    await show(server, last('/x'));
    server.close();
  },
  async 'a request to itself from within a handler'() {
    const server = await serve(async (req, res) => {
      if (req.url === '/inner') return res.end('inner');
      const text = await ask(server, last('/inner'));
      res.end('outer of ' + text.slice(-5));
    });
    await show(server, last('/outer'));
    server.close();
  },
  async 'two servers, their order'() {
    const servers = [await serve((req, res) => { say('A', req.url); res.end(); }), await serve((req, res) => { say('B', req.url); res.end(); })];
    for (const url of ['/1', '/2']) for (const server of servers) await ask(server, last(url));
    for (const server of servers) server.close();
  },
  'pipelined requests while deprecations that are to come warn': {
    flags: ['--pending-deprecation'],
    stderr: true,
    async run() {
      const server = await serve((req, res) => { process.nextTick(() => say(req.url, 'tick')); res.end(req.url); });
      await show(server, get('/1') + last('/2'));
      server.close();
    },
  },
});
