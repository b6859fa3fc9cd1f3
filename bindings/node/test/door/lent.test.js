'use strict';

// Large buffers are sent from where JavaScript has them: what becomes of the memory once `write` has
// returned is the program's own affair, and the client's answer is not touched by it.

const assert = require('assert');
const { test } = require('node:test');
const { REGISTER, run } = require('./_lib');

// The client reads only after everything was written, so that most of it does not leave at once.
const program = (spoil) => `
const http = require('http');
const net = require('net');
const { createHash } = require('crypto');
const SIZES = [16384, 100, 4000000, 70000, 20000, 3000000];
const hash = createHash('sha256');
const spoil = ${spoil};
const server = http.createServer((req, res) => {
  res.setHeader('Content-Length', SIZES.reduce((sum, size) => sum + size));
  write(res, 0);
});
// Node gives the socket what was written when the ticks of this turn are over; then it is spoiled.
function write(res, number) {
  if (number === SIZES.length) { res.end(); read(hash.digest('hex')); return; }
  const octets = new Uint8Array(SIZES[number]).map((_, at) => (at * 7 + number) % 251);
  hash.update(octets);
  res.write(octets);
  setImmediate(() => { spoil(octets); write(res, number + 1); });
}
function read(sent) {
  const parts = [];
  peer.on('data', (part) => parts.push(part)).on('end', () => {
    const all = Buffer.concat(parts);
    const content = all.subarray(all.indexOf('\\r\\n\\r\\n') + 4);
    console.log(content.length, createHash('sha256').update(content).digest('hex') === sent);
    server.close();
  });
}
let peer;
server.listen(0, '127.0.0.1', () => {
  peer = net.connect(server.address().port, '127.0.0.1', () => {
    peer.write('GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n');
  });
});`;

for (const [what, spoil] of Object.entries({
  'is written over': '(octets) => octets.fill(33)',
  'is given away': '({ buffer }) => { structuredClone(buffer, { transfer: [buffer] }); gc(); }',
})) {
  test(`memory that ${what} after it was written`, () => {
    const flags = ['--expose-gc', '--require', REGISTER];
    const { stdout, stderr, status, report } = run(program(spoil), { flags });
    assert.strictEqual(stdout, '7106484 true\n', stderr);
    assert.strictEqual(status, 0, stderr);
    const [{ requests, migrated }] = report;
    assert.deepStrictEqual({ requests, migrated }, { requests: 1, migrated: {} });
  });
}
