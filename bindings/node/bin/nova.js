#!/usr/bin/env node
'use strict';

// nova server.js …: runs a program as `node` would, with its HTTP servers, those of its workers and of
// the Node processes it starts, on Nova.

const { spawn } = require('child_process');
const { constants } = require('os');
const path = require('path');

const register = path.join(__dirname, '..', 'register.js');
const given = process.argv.slice(2);
if (given.length === 0 || given[0] === '--help') {
  console.log('nova [options of node] program.js [its arguments]\n\n' +
    'Runs a Node program with its HTTP servers on Nova. NOVA_REPORT=1 says at exit what was served.');
  process.exit(given.length === 0 ? 2 : 0);
}

const before = process.env.NODE_OPTIONS ? `${process.env.NODE_OPTIONS} ` : '';
const env = { ...process.env, NODE_OPTIONS: `${before}--require ${JSON.stringify(register)}` };
const child = spawn(process.execPath, given, { stdio: 'inherit', env });

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(`nova: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(signal === null ? code : 128 + constants.signals[signal]);
});
