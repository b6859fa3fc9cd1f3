'use strict';

// `suites.js --within` is worth nothing if the tests run somewhere else: where a program finds itself, and
// whether its failure is the whole's.

const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { after, before, test } = require('node:test');

const LIB = path.join(__dirname, '..', '..', 'compat', 'lib');
const PROGRAM = `
const thread = require('worker_threads').isMainThread ? 'main' : 'worker';
const place = require('cluster').isWorker ? 'clustered' : 'alone';
console.log(thread, place, process.argv.slice(2).join());
process.exit(Number(process.argv[2]));`;

let folder;
let program;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nova-within-'));
  program = path.join(folder, 'program.js');
  fs.writeFileSync(program, PROGRAM);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

for (const [host, found] of [['worker', 'worker alone'], ['cluster', 'main clustered']]) {
  for (const code of [0, 7]) {
    test(`a program in a ${host} that exits with ${code}`, () => {
      const { stdout, stderr, status } = spawnSync(
        process.execPath, [path.join(LIB, `in-${host}.js`), program, String(code), 'more'], { encoding: 'utf8' });
      assert.strictEqual(stdout.trim(), `${found} ${code},more`, stderr);
      assert.strictEqual(status, code);
    });
  }
}

test('each file of the test runner is in a worker, too', () => {
  const file = path.join(folder, 'where.test.js');
  const outcomes = path.join(folder, 'outcomes');
  fs.writeFileSync(file, `
const { test } = require('node:test');
test('in a worker', () => require('assert').ok(!require('worker_threads').isMainThread));
test('in a cluster', () => require('assert').ok(require('cluster').isWorker));`);
  for (const [host, expected] of [['worker', 'pass fail'], ['cluster', 'fail pass']]) {
    fs.rmSync(outcomes, { force: true });
    // The reporter's environment is a runner's own here: this file is under one.
    const env = { ...process.env, NOVA_COMPAT_OUTCOMES: outcomes };
    delete env.NODE_TEST_CONTEXT;
    const { stderr } = spawnSync(process.execPath, [path.join(LIB, 'test-files.js'), host, file], { encoding: 'utf8', env });
    const lines = fs.readFileSync(outcomes, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
    assert.strictEqual(lines.filter(({ name }) => name).map(({ outcome }) => outcome).join(' '), expected, stderr);
  }
});
