#!/usr/bin/env node
'use strict';

// Runs the test suites of what people build on http.Server, under stock Node
// and, with --door, under the door, and compares the sets of passing tests.
//
//   node compat/suites.js express koa fastify ws --sources <folder of clones>
//       [--node <binary>] [--door] [--register <file>] [--import] [--times 2]
//       [--within worker|cluster] [--work <folder>] [--seconds 900] [--json <file>]
//
// With --import the door is loaded by `node --import`, else by `--require`.
// --within runs a suite in a worker thread or in the worker of a cluster; of
// Jest, whose processes are its own, it cannot be had.
//
// Exit code: 0 if every test that passes under stock every time passes under
// the door every time, or is in the table of expected exceptions.

const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');
const { parseArgs } = require('node:util');
const { prepare } = require('./lib/prepare');
const { runSuite } = require('./lib/run-suite');
const { judgeSuite, printSuite } = require('./lib/judge-suite');

const SUITES = require('./suites.json');
const EXCEPTIONS = require('./suites.exceptions.json');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sources: { type: 'string' },
    node: { type: 'string', default: process.execPath },
    door: { type: 'boolean', default: false },
    register: { type: 'string', default: path.join(__dirname, '..', 'register.js') },
    import: { type: 'boolean', default: false },
    within: { type: 'string' },
    times: { type: 'string', default: '2' },
    work: { type: 'string', default: path.join(__dirname, '..', '.cache', 'suites') },
    seconds: { type: 'string', default: '900' },
    json: { type: 'string' },
  },
});

async function main() {
  const names = positionals.length > 0 ? positionals : Object.keys(SUITES);
  const node = path.resolve(options.node);
  const version = execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim();
  const work = path.resolve(options.work);
  const results = {};
  for (const name of names) {
    const suite = SUITES[name];
    if (!suite) throw new Error(`no such suite: ${name}; there are ${Object.keys(SUITES).join(', ')}`);
    const folder = path.join(work, name);
    prepare(suite, options.sources && path.resolve(options.sources, name), folder);
    if (options.within && suite.runner === 'jest') throw new Error(`${name}: Jest starts its processes itself`);
    const how = { folder, node, within: options.within, scratch: path.join(work, `${name}.outcomes`), seconds: Number(options.seconds) };
    const stock = await repeat(() => runSuite(suite, how));
    const door = options.door
      ? await repeat(() => runSuite(suite, { ...how, register: path.resolve(options.register), how: options.import ? '--import' : '--require' }))
      : null;
    results[name] = judgeSuite(stock, door, EXCEPTIONS[name] ?? {});
    printSuite(`${name} ${suite.tag}, Node ${version}`, results[name]);
  }
  if (options.json) fs.writeFileSync(options.json, `${JSON.stringify({ node: version, suites: results }, null, 1)}\n`);
  process.exitCode = Object.values(results).some(({ unexpected }) => unexpected.length > 0) ? 1 : 0;
}

/** One after the other: the suites of a machine's own load disturb each other. */
async function repeat(work) {
  const runs = [];
  for (let run = 0; run < Number(options.times); run++) runs.push(await work());
  return runs;
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 2;
});
