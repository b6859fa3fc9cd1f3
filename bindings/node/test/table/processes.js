'use strict';
// More than one process or thread: cluster, child processes, workers.

const cluster = require('node:cluster');
const http = require('node:http');
const net = require('node:net');
const { Worker, isMainThread, parentPort, threadId } = require('node:worker_threads');
const { say, visible, get, last, serve, listen, open, ask, show, pause, again, role, once } = require('./_lib');

const hello = (req, res) => res.end('hello');

// Two workers of a cluster serve one port.
async function clustered(policy) {
  if (cluster.isPrimary) {
    cluster.schedulingPolicy = policy;
    const workers = [cluster.fork(), cluster.fork()];
    const addresses = await Promise.all(workers.map(async (worker) => (await once(worker, 'listening'))[0]));
    say(addresses[0].port === addresses[1].port, addresses[0].address, addresses[0].addressType);
    const server = { address: () => ({ port: addresses[0].port }) };
    const texts = [];
    for (let i = 0; i < 10; i++) texts.push(await ask(server, get('/1') + last('/2')));
    say(texts.every((text) => text.includes('worker /1') && text.endsWith('worker /2')));
    say(visible(texts[0]));
    const exits = workers.map(async (worker) => (await once(worker, 'exit'))[0]);
    for (const worker of workers) worker.disconnect();
    say(await Promise.all(exits));
  } else {
    await serve((req, res) => res.end(`worker ${req.url}`));
  }
}

// Runs `body` in a worker; what it posts is said here.
async function inWorker(body, withWorker = () => {}) {
  if (!isMainThread) return body();
  const worker = new Worker(process.argv[1], { argv: process.argv.slice(2) });
  worker.on('error', (error) => say('error', error.message));
  const exited = new Promise((resolve) => worker.on('exit', resolve));
  const [port] = await once(worker, 'message');
  await withWorker({ address: () => ({ port }) }, worker);
  say('exit', await exited);
}

Object.assign(exports, {
  async 'cluster, round robin'() { await clustered(cluster.SCHED_RR); },
  async 'cluster, the workers accept'() { await clustered(cluster.SCHED_NONE); },
  async 'cluster, a worker dies and another takes over'() {
    if (cluster.isPrimary) {
      const first = cluster.fork();
      const [{ port }] = await once(first, 'listening');
      const server = { address: () => ({ port }) };
      const died = once(first, 'exit');
      say((await ask(server, last('/die'))).length > 0, (await died)[0]);
      const second = cluster.fork({ TABLE_PORT: port });
      await once(second, 'listening');
      await show(server, last('/live'));
      const killed = once(second, 'exit');
      second.process.kill('SIGKILL');
      say((await killed)[1]);
    } else {
      const server = http.createServer((req, res) => { res.end(req.url); if (req.url === '/die') process.exit(5); });
      server.listen(Number(process.env.TABLE_PORT || 0), '127.0.0.1');
    }
  },
  async 'cluster, exclusive'() {
    if (cluster.isPrimary) {
      const worker = cluster.fork();
      const [port] = await once(worker, 'message');
      await show({ address: () => ({ port }) }, last());
      const killed = once(worker, 'exit');
      worker.process.kill('SIGKILL');
      say((await killed)[1]);
    } else {
      const server = await listen(http.createServer(hello), { port: 0, host: '127.0.0.1', exclusive: true });
      process.send(server.address().port);
    }
  },
  async 'cluster, the worker closes its server'() {
    if (cluster.isPrimary) {
      const worker = cluster.fork();
      const [{ port }] = await once(worker, 'listening');
      const ended = once(worker, 'exit');
      await show({ address: () => ({ port }) }, last());
      say((await ended)[0]);
    } else {
      const server = await serve((req, res) => { res.end('hello'); server.close(() => process.disconnect()); });
      say(server.address().port > 0, server.listening);
    }
  },
  async 'cluster, a keep-alive connection stays with its worker'() {
    if (cluster.isPrimary) {
      const workers = [cluster.fork(), cluster.fork()];
      const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')));
      const client = await open({ address: () => ({ port }) });
      for (let i = 1; i <= 3; i++) await client.write(get()).until('\r\n\r\n', i);
      const pids = client.text.match(/pid: \d+/g);
      say(pids.length, new Set(pids).size);
      await client.destroy();
      for (const worker of workers) worker.disconnect();
    } else {
      await serve((req, res) => res.setHeader('pid', process.pid).end());
    }
  },

  async 'cluster, an answer is closed before its client hears of it'() {
    if (cluster.isPrimary) {
      say((await once(cluster.fork(), 'exit'))[0]);
    } else {
      const server = await serve((req, res) => {
        res.on('close', () => say('answer closed'));
        req.socket.on('close', () => say('socket closed'));
        res.destroy();
      });
      const client = http.get({ port: server.address().port });
      say((await once(client, 'error'))[0].code);
      process.exit();
    }
  },

  async 'a server in a worker'() {
    await inWorker(async () => {
      const server = await serve((req, res) => { res.end(`thread ${threadId > 0}`); if (req.url === '/close') server.close(); });
      parentPort.postMessage(server.address().port);
      say(isMainThread, server.listening);
    }, async (server) => { await show(server, get('/') + last('/2')); await show(server, last('/close')); });
  },
  async 'terminate a worker that serves'() {
    await inWorker(async () => {
      const server = await serve((req, res) => { if (req.url !== '/wait') res.end('hello'); });
      parentPort.postMessage(server.address().port);
    }, async (server, worker) => {
      const client = await open(server);
      client.write(get('/wait'));
      await show(server, last());
      say('terminate', await worker.terminate());
      say(visible(await client.all()));
    });
  },
  async 'process.exit in a worker, right after end'() {
    await inWorker(async () => {
      const server = await serve((req, res) => { res.end('delivered'); process.exit(6); });
      parentPort.postMessage(server.address().port);
    }, async (server) => { await show(server, get()); });
  },
  async 'a throw in a worker'() {
    await inWorker(async () => {
      const server = await serve((req, res) => { res.end('delivered'); throw new Error('in a worker'); });
      parentPort.postMessage(server.address().port);
    }, async (server) => { await show(server, get()); });
  },
  async 'servers in the main thread and in workers'() {
    if (!isMainThread) {
      const server = await serve((req, res) => { res.end('worker'); server.close(); });
      return parentPort.postMessage(server.address().port);
    }
    const own = await serve((req, res) => res.end('main'));
    const workers = [1, 2, 3].map(() => new Worker(process.argv[1], { argv: process.argv.slice(2) }));
    const ports = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
    const exits = workers.map((worker) => once(worker, 'exit'));
    for (const port of ports) await show({ address: () => ({ port }) }, last());
    await Promise.all(exits);
    await show(own, last());
    own.close();
  },

  async 'child.send(socket) of an upgrade'() {
    if (role) {
      process.once('message', (message, socket) => {
        say('child', message, socket instanceof net.Socket, socket.remoteAddress);
        socket.end('HTTP/1.1 101 From the child\r\n\r\n', () => process.disconnect());
      });
      return process.send('ready');
    }
    const child = again('child', { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    const server = await serve(hello);
    server.on('upgrade', (req, socket) => child.send(req.url, socket));
    await show(server, get('/u', 'Connection: Upgrade', 'Upgrade: x'));
    server.close();
  },
  async 'child.send(socket) of a request'() {
    if (role) {
      process.once('message', (message, socket) => {
        say('child', message, Boolean(socket));
        if (socket) socket.end('HTTP/1.1 200 From the child\r\n\r\n');
        process.disconnect();
      });
      return process.send('ready');
    }
    const child = again('child', { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    const server = await serve((req) => child.send(req.url, req.socket));
    const client = await open(server);
    client.write(get('/s'));
    await once(child, 'exit');
    await Promise.race([client.closed, pause(50)]);
    say(visible(client.text));
    process.exit(); // Node's list of connections is not made for a socket that was sent away: close() would throw.
  },
  async 'child.send(socket) of the event connection'() {
    if (role) {
      const server = http.createServer((req, res) => { res.end('child ' + req.url); server.emit('done'); });
      process.once('message', (message, socket) => { server.emit('connection', socket); socket.resume(); });
      server.once('done', () => process.disconnect());
      return process.send('ready');
    }
    const child = again('child', { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    const server = net.createServer({ pauseOnConnect: true }, (socket) => child.send('take', socket));
    await listen(server);
    await show(server, last('/c'));
    server.close();
  },
  async 'child.send(server)'() {
    if (role) {
      process.once('message', async (message, handle) => {
        const server = http.createServer((req, res) => { res.end('child'); server.close(() => process.disconnect()); });
        server.listen(handle, () => process.send('listening'));
      });
      return process.send('ready');
    }
    const child = again('child', { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await once(child, 'message');
    const owner = await listen(net.createServer());
    child.send('serve', owner);
    await once(child, 'message');
    const address = owner.address();
    owner.close();
    const ended = once(child, 'exit');
    await show({ address: () => address }, last());
    say('exit', (await ended)[0]);
  },
  async 'a child inherits nothing of the sockets'() {
    const server = await serve((req, res) => res.end('hello'));
    const client = await open(server);
    await client.write(get()).until('hello');
    const child = require('node:child_process').spawn('sleep', ['5'], { stdio: 'ignore' });
    server.close();
    say('closed to the client', await Promise.race([client.closed.then(() => true), pause(1000).then(() => false)]));
    child.kill();
  },
});
