'use strict';

// Runs the tests of a prepared suite once.

const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { readOutcomes } = require('./outcomes');
const { readReport } = require('./report');

/**
 * Resolves to `{ outcomes, ended, report, requests, output }`. With `register`
 * the run is under the door; without it, requests are counted instead. `how` is
 * what loads either: `--require` or `--import`. `within` is `worker` or
 * `cluster`, if the tests are to run in one.
 */
function runSuite(suite, { folder, node, register, how = '--require', within, scratch, seconds }) {
  fs.rmSync(scratch, { recursive: true, force: true });
  fs.mkdirSync(scratch, { recursive: true });
  const files = {
    outcomes: path.join(scratch, 'outcomes.jsonl'),
    report: path.join(scratch, 'report.jsonl'),
    requests: path.join(scratch, 'requests'),
  };
  const preload = register ?? path.join(__dirname, 'count-requests.js');
  const env = {
    ...process.env,
    ...suite.env,
    // The version under test also where a test starts `node` by its name.
    PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH}`,
    NODE_OPTIONS: `${how} ${JSON.stringify(preload)}`,
    NODE_ENV: 'test',
    NOVA_COMPAT_OUTCOMES: files.outcomes,
    NOVA_COMPAT_REQUESTS: files.requests,
    NOVA_REPORT: files.report,
  };
  return new Promise((resolve) => {
    const args = [...suite.flags ?? [], ...command(suite, folder, within)];
    const child = spawn(node, args, { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => { output = (output + chunk).slice(-100_000); };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const limit = setTimeout(() => endGroup(child.pid), seconds * 1000);
    child.once('close', (code) => {
      clearTimeout(limit);
      endGroup(child.pid);
      resolve({ code, output, ...readOutcomes(files.outcomes), report: readReport(files.report), requests: sumOf(files.requests) });
    });
  });
}

/** The suite's runner and its arguments. */
function command(suite, folder, within) {
  if (suite.runner === 'mocha') {
    const host = within ? [path.join(__dirname, `in-${within}.js`)] : [];
    return [...host, 'node_modules/.bin/mocha', '--exit', '--reporter', path.join(__dirname, 'reporter-mocha.js'), ...suite.args];
  }
  if (suite.runner === 'jest') {
    return ['node_modules/.bin/jest', '--reporters', path.join(__dirname, 'reporter-jest.js')];
  }
  const named = new RegExp(suite.files.named);
  const files = fs.readdirSync(path.join(folder, suite.files.under), { recursive: true })
    .map((name) => path.join(suite.files.under, name))
    .filter((name) => named.test(name) && !name.includes('node_modules'))
    .sort();
  if (within) return [path.join(__dirname, 'test-files.js'), within, ...files];
  const reporter = path.join(__dirname, 'reporter-node.js');
  return ['--test', '--test-concurrency=2', `--test-reporter=${reporter}`, '--test-reporter-destination=stdout', ...files];
}

function sumOf(file) {
  if (!fs.existsSync(file)) return 0;
  return fs.readFileSync(file, 'utf8').split('\n').reduce((sum, line) => sum + Number(line), 0);
}

function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

module.exports = { runSuite };
