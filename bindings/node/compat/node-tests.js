#!/usr/bin/env node
'use strict';

// Runs the files of Node's own test folder that concern the HTTP server, under
// stock Node and, with --door, under the door as well, and says what differs.
//
//   node compat/node-tests.js --tests <Node's test folder> --node <binary>
//       [--door] [--register <file>] [--times 3] [--lanes 2] [--seconds 60]
//       [--only <pattern>] [--stock <earlier json>] [--json <file>] [--verbose]
//
// Exit code: 0 if every file that stock passes passes under the door, or is in
// the table of expected exceptions; 1 otherwise.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { parseArgs } = require('node:util');
const { select } = require('./lib/select');
const { rounds } = require('./lib/rounds');
const { judge } = require('./lib/judge');
const { printResult } = require('./lib/print');

const { values: options } = parseArgs({
  options: {
    tests: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    door: { type: 'boolean', default: false },
    register: { type: 'string', default: path.join(__dirname, '..', 'register.js') },
    times: { type: 'string', default: '3' },
    lanes: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
    stock: { type: 'string' },
    json: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});

async function main() {
  if (!options.tests) throw new Error('--tests <folder with parallel/ and common/> is missing');
  const tests = path.resolve(options.tests);
  const version = execFileSync(options.node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  const { chosen, refused } = select(tests, table('node-tests.left-out.json'));
  const names = options.only ? chosen.filter((name) => new RegExp(options.only).test(name)) : chosen;

  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'node-tests-'));
  const how = {
    tests,
    node: path.resolve(options.node),
    times: Number(options.times),
    lanes: Number(options.lanes),
    seconds: Number(options.seconds),
    scratch,
    progress: options.verbose ? say : saySurprises,
  };
  try {
    const stock = options.stock
      ? new Map(Object.entries(JSON.parse(fs.readFileSync(options.stock, 'utf8')).stock))
      : await rounds(names, how);
    const passing = names.filter((name) => stock.get(name)?.outcome === 'pass');
    const door = options.door
      ? await rounds(passing, { ...how, register: path.resolve(options.register) })
      : null;

    const result = { node: version, times: how.times, refused, stock: plain(stock, names), door: door && plain(door, passing) };
    result.verdict = judge(result, table('node-tests.exceptions.json'));
    if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(result, null, 1)}\n`);
    printResult(result);
    process.exitCode = result.verdict.unexpected.length > 0 ? 1 : 0;
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

function table(name) {
  return JSON.parse(fs.readFileSync(path.join(__dirname, name), 'utf8'));
}

function plain(results, names) {
  return Object.fromEntries(names.filter((name) => results.has(name)).map((name) => [name, results.get(name)]));
}

function say(name, { outcome, run, seconds }) {
  process.stderr.write(`${outcome} (run ${run}, ${seconds.toFixed(1)} s) ${name}\n`);
}

function saySurprises(name, result) {
  if (result.outcome !== 'pass') say(name, result);
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 2;
});
