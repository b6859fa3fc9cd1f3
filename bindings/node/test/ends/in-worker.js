'use strict';

// The same server in a worker: the main thread says how the worker ended, and lives on for a turn.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const worker = new Worker(path.join(__dirname, 'server.js'));

worker.on('message', (message) => {
  if (message === 'terminate') worker.terminate();
  else console.log(message);
});
worker.on('error', (error) => console.log(`error ${error.message}`));
worker.on('exit', (code) => {
  console.log(`worker ended with ${code}`);
  setImmediate(() => console.log('the main thread goes on'));
});

process.on('SIGTERM', () => worker.terminate());
