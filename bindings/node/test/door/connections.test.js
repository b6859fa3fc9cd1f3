'use strict';

// What suites of others have found: each was different once.

const assert = require('assert');
const { test } = require('node:test');
const { run } = require('./_lib');

/** Prints the same, and ends, under stock Node and under the door. */
function same(program, printed, ways = [{ flags: [] }, {}]) {
  for (const how of ways) {
    const { stdout, stderr, status } = run(program, how);
    assert.strictEqual(stdout, printed, stderr);
    assert.strictEqual(status, 0, stderr);
  }
}

test('a proxy is told the target, whatever Host says', () => {
  same(`
const http = require('http');
const server = http.createServer((req, res) => res.end(req.url + ' ' + req.headers.host));
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  http.get({ port, path: 'http://example.com/path', headers: { host: 'another' } }, (res) => {
    res.setEncoding('utf8').on('data', console.log).on('end', () => server.close());
  });
});`, 'http://example.com/path another\n');
});

test('a connection that nobody reads does not keep a program alive', () => {
  same(`
const http = require('http');
const net = require('net');
const server = http.createServer(() => {
  // The content is more than anybody takes unread; its client has had enough of it.
  setTimeout(() => { client.destroy(); server.close(); console.log('closed'); }, 50);
});
let client;
server.listen(0, '127.0.0.1', () => {
  client = net.connect(server.address().port, '127.0.0.1');
  client.on('error', () => {});
  client.write('POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 100000000\\r\\n\\r\\n');
  client.write(Buffer.alloc(10000000));
});`, 'closed\n');
});

test('a tunnel that is refused is closed', () => {
  same(`
const http = require('http');
const net = require('net');
const server = http.createServer().on('connect', (req, socket) => socket.destroy());
server.listen(0, '127.0.0.1', () => {
  const client = net.connect(server.address().port, '127.0.0.1');
  client.write('CONNECT a:1 HTTP/1.1\\r\\nHost: a:1\\r\\n\\r\\n');
  client.on('close', () => { console.log('closed'); server.close(); }).resume();
});`, 'closed\n');
});

test('text and octets that are written together come in their order', () => {
  same(`
const http = require('http');
const server = http.createServer((req, res) => {
  res.setHeader('X-Latin', '\\u00e9');
  for (let part = 0; part < 3; part++) res.write('\\u00fc' + part);
  res.write(Buffer.from([0xe2, 0x82, 0xac]));
  res.write('5f', 'hex');
  res.end('\\u20ac');
});
server.listen(0, '127.0.0.1', () => {
  http.get({ port: server.address().port, agent: false }, (res) => {
    let text = '';
    res.setEncoding('utf8').on('data', (part) => { text += part; }).on('end', () => {
      console.log(text, res.headers['x-latin'] === '\\u00e9');
      server.close();
    });
  });
});`, '\u00fc0\u00fc1\u00fc2\u20ac_\u20ac true\n');
});

test('a program may delete the parser of an idle connection', () => {
  same(`
const http = require('http');
const agent = new http.Agent({ keepAlive: true });
const server = http.createServer((req, res) => res.end('x', () => { delete req.socket.parser; }));
server.listen(0, '127.0.0.1', () => {
  http.get({ port: server.address().port, agent }, (res) => {
    // Long enough for idle connections to be looked at.
    res.resume().on('end', () => setTimeout(() => { console.log('alive'); process.exit(); }, 4500));
  });
});`, 'alive\n', [{}]);
});

// An answer that waits for the rest of its pipeline is its own connection's, whatever the handlers of
// that pipeline do to others: end them, or give them to Node.
for (const [what, part] of [
  ['ends', 'others.socket.end();'],
  ['destroys', 'others.socket.destroy();'],
  ['answers', "others.end('its own');"],
]) {
  test(`a handler of a pipeline that ${what} another connection`, () => {
    same(`
const http = require('http');
const net = require('net');
let others;
const lines = [];
process.on('exit', () => console.log(lines.sort().join()));
const server = http.createServer((req, res) => {
  if (req.url === '/other') { others = res; pipeline(); return; }
  if (req.url === '/2') { ${part} }
  res.end('mine ' + req.url);
});
const head = (path, more = '') => 'GET ' + path + ' HTTP/1.1\\r\\nHost: a\\r\\n' + more + '\\r\\n';
function client(octets, done) {
  let got = '';
  const socket = net.connect(server.address().port, '127.0.0.1', () => socket.write(octets));
  socket.setEncoding('latin1').on('data', (text) => { got += text; }).on('error', () => {});
  socket.on('close', () => done(got.match(/mine ./g) ?? [], socket));
  return socket;
}
function pipeline() {
  client(head('/1') + head('/2', 'Connection: close\\r\\n'), (got) => {
    lines.push('pipeline ' + got.length);
    other.end();
  });
}
let other;
server.listen(0, '127.0.0.1', () => {
  other = client(head('/other'), (got) => { lines.push('other ' + got.length); server.close(); });
});`, 'other 0,pipeline 2\n');
  });
}

test('a connection that came in the turn in which the last one has ended is served before the server is closed', () => {
  const client = `
const fs = require('fs');
const net = require('net');
const [port, sent] = process.argv.slice(1);
const clients = ['/a', '/b'].map((path) => net.connect(port, '127.0.0.1').on('error', () => {}).resume());
let connected = 0;
for (const one of clients) one.on('connect', () => { if (++connected === 2) ask(); });
// The kernel has both before the server looks.
function ask() {
  let left = 2;
  clients.forEach((one, at) => one.write('GET /' + at + ' HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n', () => {
    if (--left === 0) fs.writeFileSync(sent, '');
  }));
}`;
  const ways = [{ args: ['close first'] }, { args: ['close last'] }];
  // Later versions of Node give up what has come and not been read; the door has read it.
  const stock = Number(process.versions.node.split('.')[0]) < 26 ? ways.map(({ args }) => ({ args, flags: [] })) : [];
  same(`
const fs = require('fs');
const http = require('http');
const { spawn } = require('child_process');
const sent = __filename + '.sent';
const server = http.createServer((req, res) => {
  console.log('request');
  res.end();
  if (process.argv[2] === 'close first' && server.listening) server.close();
  req.socket.destroy();
  if (server.listening) server.close();
});
server.on('close', () => console.log('close'));
process.on('exit', () => console.log(server._connections));
server.listen(0, '127.0.0.1', () => {
  spawn(process.execPath, ['-e', ${JSON.stringify(client)}, server.address().port, sent], { stdio: 'inherit' });
  while (!fs.existsSync(sent));
});`, 'request\nrequest\nclose\n0\n', [...ways, ...stock]);
});
