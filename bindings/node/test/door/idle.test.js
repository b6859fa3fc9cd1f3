'use strict';

// What an idle connection keeps, and what it must not lose by keeping little.

const assert = require('assert');
const { test } = require('node:test');
const { REGISTER, run } = require('./_lib');

test('a touched socket is the same after a silence, and costs little meanwhile', () => {
  const { stdout, stderr } = run(`
const http = require('http');
const net = require('net');
const COUNT = 400;
const of = new Map();
let same = 0;
const server = http.createServer((req, res) => {
  const { socket } = req;
  if (!socket.mine) {
    socket.mine = true;
    socket.once('close', () => closed());
    of.set(req.url, socket.listenerCount('close'));
  } else if (socket.listenerCount('close') === of.get(req.url)) same += 1;
  res.end(socket.remoteAddress);
});
server.keepAliveTimeout = 0;
let open = 0;
function closed() {
  if (--open === 0) { console.log('same', same); server.close(); }
}
const clients = [];
// Everybody asks, one after the other.
function ask(at, then) {
  if (at === COUNT) return then();
  const client = clients[at] ??= net.connect(server.address().port, '127.0.0.1');
  client.once('data', () => ask(at + 1, then));
  client.write('GET /' + at + ' HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n');
}
server.listen(0, '127.0.0.1', () => ask(0, () => {
  open = COUNT;
  gc();
  const before = process.memoryUsage().heapUsed;
  // The second look at them finds them idle.
  setTimeout(() => {
    gc();
    console.log('given back', Math.round((before - process.memoryUsage().heapUsed) / COUNT) > 150);
    ask(0, () => clients.forEach((client) => client.destroy()));
  }, 4300);
}));`, { flags: ['--expose-gc', '--require', REGISTER] });
  assert.strictEqual(stdout, 'given back true\nsame 400\n', stderr);
});

test('a time limit of the program\'s own outlasts a silence, where Node sets none', () => {
  const { stdout, stderr } = run(`
const http = require('http');
const net = require('net');
const server = http.createServer((req, res) => {
  if (req.url === '/first') req.socket.setTimeout(60000);
  else console.log(req.socket.timeout);
  res.end();
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1');
  client.write('GET /first HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n');
  client.once('data', () => {
    // The second look finds it idle.
    setTimeout(() => {
      gc();
      // What is held weakly is given up when nothing runs.
      setImmediate(() => { gc(); client.write('GET /second HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'); });
    }, 4300);
    client.once('data', () => { client.destroy(); server.close(); });
  });
});`, { flags: ['--expose-gc', '--require', REGISTER] });
  assert.strictEqual(stdout, '60000\n', stderr);
});
