'use strict';

// A server that ends in the midst of what it does. The path of a request says where and how:
// `/POINT/WAY`. Everything else is answered with what it was asked for.
//
// `/hold` stops the event loop until a file appears, so that whatever the clients send
// meanwhile is there in the same turn.

const fs = require('node:fs');
const http = require('node:http');
const { parentPort, isMainThread } = require('node:worker_threads');

const { points } = require('./points');

/** The ways to end. */
const ways = {
  exit: () => process.exit(7),
  throw: () => { throw new Error('on purpose'); },
  // Rejections and exceptions that the program listens for: it goes on.
  caught: () => { throw new Error('on purpose'); },
  // In a worker: the main thread ends it while it stands here.
  terminate: () => {
    parentPort.postMessage('terminate');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};

if (process.env.ENDS_CAUGHT) {
  process.on('uncaughtException', (error) => console.log(`caught ${error.message}`));
}

function hold() {
  const file = process.env.ENDS_GATE;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!fs.existsSync(file)) Atomics.wait(cell, 0, 0, 1);
}

const server = http.createServer((req, res) => {
  const [, point, way] = req.url.split('/');
  if (point === 'hold') {
    res.end('held');
    return hold();
  }
  if (points[point]) return points[point](req, res, ways[way]);
  return res.end(`answer to ${req.url}`);
});

server.listen(process.env.PORT ?? 0, '127.0.0.1', () => {
  const line = `listening on ${server.address().port}`;
  if (isMainThread) console.log(line);
  else parentPort.postMessage(line);
});

process.on('exit', (code) => { if (isMainThread) console.log(`exit ${code}`); });
process.on('SIGTERM', () => server.close());
