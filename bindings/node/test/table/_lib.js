'use strict';
// What the scripts of the table share: printing, a server on a free port, and a client that speaks octets.
//
// Scripts print with `say`, which writes at once and leaves no stream, tick or handle behind that could move the order
// under test. Nothing printed may depend on the run: the value of Date is masked here, ports and times are for the
// scripts to leave out.

const fs = require('node:fs');
const http = require('node:http');
const net = require('node:net');
const util = require('node:util');
const { spawn } = require('node:child_process');
const { once } = require('node:events');

function say(...values) {
  fs.writeSync(1, util.format(...values) + '\n');
}

// Octets made readable: line ends stay visible, what is not printable ASCII becomes \xNN.
function visible(text) {
  return text
    .replace(/^Date: .*?\r\n/gim, 'Date: *\r\n')
    .replace(/[^\r\n\x20-\x7e]/g, (c) => '\\x' + c.charCodeAt(0).toString(16).padStart(2, '0'))
    .replace(/\r(?!\n)/g, '<CR>\n')
    .replace(/(?<!\r)\n/g, '<LF>\n')
    .replace(/\r\n/g, '|\n');
}

// A request's head; `get('/')` asks for '/' on a connection that stays.
function head(method, target, ...lines) {
  return [`${method} ${target} HTTP/1.1`, 'Host: a', ...lines, '', ''].join('\r\n');
}
const get = (target = '/', ...lines) => head('GET', target, ...lines);
const last = (target = '/', ...lines) => get(target, ...lines, 'Connection: close');
const post = (content, ...lines) =>
  head('POST', '/', ...lines, `Content-Length: ${Buffer.byteLength(content)}`) + content;
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

// http.createServer(...) that listens on a free port of the loopback interface.
async function serve(...args) {
  return listen(http.createServer(...args));
}
async function listen(server, ...args) {
  server.listen(...(args.length ? args : [0, '127.0.0.1']));
  if (!server.listening) await once(server, 'listening');
  return server;
}

function where(server) {
  const address = server.address();
  if (typeof address === 'string') return { path: address };
  return { port: address.port, host: address.family === 'IPv6' ? '::1' : '127.0.0.1' };
}

// A connection that remembers what it has received. Errors end up as `close`: whether a reset is seen as an error
// depends on who was faster, what has arrived until then does not.
class Client {
  constructor(target) {
    this.text = '';
    this.waiting = [];
    this.socket = net.connect({ allowHalfOpen: true, ...target });
    this.socket.setNoDelay(true);
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text) => { this.text += text; this.look(); });
    this.socket.on('error', () => {});
    this.ended = new Promise((resolve) => this.socket.once('end', resolve));
    this.closed = new Promise((resolve) => this.socket.once('close', () => { this.gone = true; this.look(); resolve(); }));
    this.ended.then(() => this.socket.end());
  }

  write(octets) { this.socket.write(octets, 'latin1'); return this; }
  end(octets) { this.socket.end(octets, 'latin1'); return this; }
  destroy() { this.socket.destroy(); return this.closed; }
  reset() { this.socket.resetAndDestroy(); return this.closed; }

  // Resolves when `part` has arrived `times` times, or when nothing more can come.
  until(part, times = 1) {
    return new Promise((resolve) => {
      this.waiting.push(() => {
        const enough = this.gone || this.text.split(part).length > times;
        if (enough) resolve(this.text);
        return enough;
      });
      this.look();
    });
  }
  look() { this.waiting = this.waiting.filter((satisfied) => !satisfied()); }

  // What came up to the end of the connection. The server hears of the end a little later than its client does in the
  // same process, or earlier; the pause lets it speak first in any case, and so do turns of the loop where a busy
  // machine has used the pause up.
  async all() {
    await this.closed;
    await pause(10);
    for (let turns = 0; turns < 4; turns++) await turn();
    return this.text;
  }
}

async function open(server) {
  const client = new Client(where(server));
  await once(client.socket, 'connect');
  return client;
}

// Sends octets on a connection of their own and resolves with everything that comes back until the server closes.
async function ask(server, octets) {
  const client = await open(server);
  return client.write(octets).all();
}
async function show(server, octets) { say(visible(await ask(server, octets))); }

// Node's own client, for what is easier to say with it.
function request(server, options = {}, content) {
  return new Promise((resolve, reject) => {
    const { path: socketPath, ...target } = where(server);
    const req = http.request({ ...target, socketPath, agent: false, ...options });
    req.on('error', reject).on('response', async (res) => {
      try {
        res.setEncoding('utf8');
        let text = '';
        for await (const part of res) text += part;
        resolve({ status: res.statusCode, headers: res.headers, text, trailers: res.trailers });
      } catch (error) { reject(error); }
    });
    req.end(content);
  });
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const turn = () => new Promise((resolve) => setImmediate(resolve));

// Polls a condition that has no event.
async function until(condition) {
  while (!await condition()) await pause(2);
}

// Runs `action` and names what it throws.
function codeOf(action) {
  try { action(); return 'no error'; } catch (error) { return error.code || error.name; }
}

async function stop(server) {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

// Says each of these events of `emitter` when it comes.
function follow(name, emitter, ...events) {
  for (const event of events) emitter.on(event, () => say(`${name} ${event}`));
}

// Runs this script again in a process of its own, in which `role` is set.
const role = process.env.TABLE_ROLE;
function again(name, options = {}) {
  const args = [...process.execArgv, ...process.argv.slice(1)];
  const env = { ...process.env, TABLE_ROLE: name };
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'], env, ...options });
}

module.exports = {
  say, visible, head, get, last, post, chunk, serve, listen, where, open, ask, show, request, pause, turn, until, codeOf,
  stop, follow, once, again, role,
};
