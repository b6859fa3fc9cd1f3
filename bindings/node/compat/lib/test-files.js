'use strict';

// node test-files.js worker|cluster <files>: what `node --test` does, with each file in a worker thread or
// in the worker of a cluster. `node --test` itself gives each a process that is in neither.

const path = require('node:path');
const { spawn } = require('node:child_process');
const { pool } = require('./pool');

const LANES = 2;
// A file that hangs must not hold the others.
const MOST_MS = 60_000;

const [within, ...files] = process.argv.slice(2);
const flags = [`--test-reporter=${path.join(__dirname, 'reporter-node.js')}`, '--test-reporter-destination=stdout'];
// The channel to its primary would keep a cluster's worker alive behind its last test.
if (within === 'cluster') flags.push('--test-force-exit');

pool(files, LANES, (file) => new Promise((resolve) => {
  const args = [...flags, path.join(__dirname, `in-${within}.js`), file];
  spawn(process.execPath, args, { stdio: 'inherit', timeout: MOST_MS }).once('close', resolve);
}));
