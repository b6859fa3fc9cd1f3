'use strict';

// One scene: a server that ends at one point, and what each of its clients received.
//
// All connections are made and served before. Then one client stops the server, and the others
// send, one after the other: what they sent waits when the server goes on, in that order.

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { setTimeout: sleep } = require('node:timers/promises');

const { start } = require('../support/server-process');

/** How long clients wait for octets that are not to come, once the server has answered another. */
const QUIET = 60;

/** A connection that keeps what it receives. */
class Client {
  constructor(port) {
    this.received = '';
    this.socket = net.connect(port, '127.0.0.1').setNoDelay(true);
    this.socket.on('error', () => {});
    this.socket.setEncoding('latin1').on('data', (text) => { this.received += text; });
    this.closed = new Promise((resolve) => { this.socket.on('close', resolve); });
    this.socket.on('close', () => { this.isClosed = true; });
  }

  async says(text) {
    await new Promise((resolve) => { this.socket.write(text, 'latin1', resolve); });
  }

  /** Waits until the received text has this in it. */
  async hears(text) {
    while (!this.received.includes(text) && !this.isClosed) {
      await Promise.race([once(this.socket, 'data').catch(() => {}), this.closed]);
    }
  }

  /** What it got, without the time of day. */
  get got() {
    const text = this.received.replace(/\r\nDate: [^\r]*/g, '\r\nDate: now')
      .replace(/l{1000,}/g, (octets) => `<${octets.length} octets>`);
    return { text, closed: this.isClosed === true };
  }
}

const get = (target) => `GET ${target} HTTP/1.1\r\nHost: ends.test\r\n\r\n`;
const post = (target) => `POST ${target} HTTP/1.1\r\nHost: ends.test\r\nContent-Length: 5\r\n\r\nhello`;

/** What the clients say, in order: [connection, text]. */
const said = {
  // Other connections' requests wait in the same turn, before and behind.
  'among others': (fatal) => [
    ['before', get('/first')],
    ['fatal', fatal],
    ['behind', get('/second')],
    ['posts', post('/third')],
  ],
  // The first of several requests of one connection.
  'first of a pipeline': (fatal) => [
    ['fatal', fatal + get('/one') + get('/two')],
    ['behind', get('/second')],
  ],
  // Others of its own connection were answered before.
  'last of a pipeline': (fatal) => [
    ['fatal', get('/one') + get('/two') + fatal],
    ['behind', get('/second')],
  ],
};

/** Runs it; everything that is to be the same on both sides. */
async function play({ node, side, point, way, order }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nova-ends-'));
  const gate = path.join(folder, 'gate');
  const inWorker = way.startsWith('worker-');
  const kind = way.replace('worker-', '');
  const env = { ENDS_GATE: gate, ...(kind === 'caught' && { ENDS_CAUGHT: '1' }) };
  const file = path.join(__dirname, inWorker ? 'in-worker.js' : 'server.js');
  const server = await start({ node: node.binary, flags: side.flags, file, env });
  try {
    const clients = {};
    const lines = said[order](post(`/${point}/${kind}`));
    for (const name of ['holds', ...new Set(lines.map(([client]) => client))]) {
      clients[name] = new Client(server.port);
      await clients[name].says(get('/hello'));
      await clients[name].hears('answer to /hello');
    }
    await clients.holds.says(get('/hold'));
    await clients.holds.hears('held');
    for (const [name, text] of lines) await clients[name].says(text);
    fs.writeFileSync(gate, '');

    // A program that catches the exception lives on and answers who comes later.
    if (kind === 'caught') {
      const after = new Client(server.port);
      await after.says(get('/after'));
      await Promise.race([after.hears('answer to /after'), after.closed]);
      await sleep(QUIET);
      const got = Object.entries({ ...clients, after }).map(([name, client]) => [name, client.got]);
      for (const client of [...Object.values(clients), after]) client.socket.destroy();
      return result(await server.stop(), got);
    }
    const end = await server.end();
    await Promise.all(Object.values(clients).map((client) => client.closed));
    const got = Object.entries(clients).map(([name, client]) => [name, client.got]);
    return result(end, got);
  } finally {
    server.child.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function result({ code, signal, overdue, stdout, stderr, report }, clients) {
  const lines = stderr.split('\n');
  return {
    code,
    signal,
    overdue,
    stdout: stdout.replace(/listening on \d+/, 'listening'),
    // Where it was thrown, and what.
    place: lines.find((line) => /^\S+:\d+$/.test(line)),
    error: lines.find((line) => /^(\w*Error\b|node:)/.test(line)),
    clients: Object.fromEntries(clients),
    report,
  };
}

module.exports = { play, orders: Object.keys(said) };
