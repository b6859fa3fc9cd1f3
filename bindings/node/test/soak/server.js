'use strict';

// What runs for half an hour: short answers, content in, long answers out, and waiting.

const fs = require('node:fs');
const http = require('node:http');
const { AsyncLocalStorage } = require('node:async_hooks');
const { Readable } = require('node:stream');
const { setTimeout: sleep } = require('node:timers/promises');

const storage = new AsyncLocalStorage();
const page = Buffer.alloc(64 * 1024, 'p');

// A planted leak, so that the test can be seen to fail: of memory, or of descriptors.
const leak = process.env.SOAK_LEAK;
const leaked = [];
function leaks() {
  if (leak === 'memory') leaked.push(Buffer.alloc(4096, leaked.length));
  if (leak === 'descriptors' && Math.random() < 0.001) leaked.push(fs.openSync(__filename));
}

const routes = {
  '/hello': (req, res) => res.end('Hello World!'),
  '/json': async (req, res) => {
    let text = '';
    for await (const piece of req.setEncoding('utf8')) text += piece;
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify({ octets: text.length, store: storage.getStore() }));
  },
  '/count': (req, res) => {
    let octets = 0;
    req.on('data', (piece) => { octets += piece.length; });
    req.on('end', () => res.end(String(octets)));
  },
  '/page': (req, res) => res.end(page),
  '/stream': (req, res) => {
    Readable.from(Array.from({ length: 8 }, () => page)).on('error', () => {}).pipe(res);
  },
  '/wait': async (req, res) => {
    await sleep(2);
    res.end('waited');
  },
};

const server = http.createServer((req, res) => {
  if (leak) leaks();
  req.on('error', () => {});
  storage.run({ url: req.url }, async () => {
    try {
      await routes[req.url](req, res);
    } catch {
      res.destroy();
    }
  });
});

server.listen(process.env.PORT ?? 0, '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});

process.on('SIGTERM', () => server.close());
