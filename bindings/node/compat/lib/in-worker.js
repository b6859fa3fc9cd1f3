'use strict';

// node in-worker.js <program> <arguments>: the program in a worker thread of this process, which ends
// as the thread ends.

const path = require('node:path');
const { Worker } = require('node:worker_threads');

const [program, ...argv] = process.argv.slice(2);
const worker = new Worker(path.resolve(program), { argv });
worker.on('error', (error) => {
  process.stderr.write(`${error && error.stack}\n`);
  process.exitCode = 1;
});
worker.on('exit', (code) => { process.exitCode ||= code; });
