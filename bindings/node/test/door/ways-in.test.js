'use strict';

// The ways in which a program comes to Nova, and what is said of it at exit.

const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { test } = require('node:test');
const { PACKAGE, REGISTER, hello, run } = require('./_lib');

const HELLO = 'hello /2\nhello /1\nclosed\n';
const all = (report) => report.reduce((sum, { requests }) => sum + requests, 0);

test('--require: every request is on the engine', () => {
  const { stdout, status, report } = run(hello(2));
  assert.deepStrictEqual([stdout, status], [HELLO, 0]);
  assert.strictEqual(report.length, 1);
  assert.match(report[0].server, /^127\.0\.0\.1:\d+$/);
  assert.deepStrictEqual({ ...report[0], server: '' }, { server: '', requests: 2, migrated: {}, fallback: null });
});

test('--import, and a program that is a module', () => {
  const program = hello(2).replace("const http = require('http');", '')
    .replace("const { createServer } = require('http');", "import http, { createServer } from 'http';");
  const { stdout, report } = run(program, { flags: ['--import', `file://${REGISTER}`], name: 'program.mjs' });
  assert.deepStrictEqual([stdout, all(report)], [HELLO, 2]);
});

test('without the door nothing is reported', () => {
  const { stdout, report } = run(hello(2), { flags: [] });
  assert.deepStrictEqual([stdout, report], [HELLO, []]);
});

test('createServer of the package: this server only', () => {
  const one = run(hello(2, '', `require(${JSON.stringify(PACKAGE)})`), { flags: [] });
  assert.deepStrictEqual([one.stdout, all(one.report)], [HELLO, 2]);
});

test('createServer of the package, imported', () => {
  const program = `import { createServer } from ${JSON.stringify(`file://${PACKAGE}/index.mjs`)};
const server = createServer((req, res) => res.end('hello'));
server.listen(0, async () => {
  console.log(await (await fetch('http://127.0.0.1:' + server.address().port)).text());
  server.closeAllConnections();
  server.close();
});`;
  const { stdout, report } = run(program, { flags: [], name: 'program.mjs' });
  assert.deepStrictEqual([stdout, all(report)], ['hello\n', 1]);
});

test('the command: workers and child processes included', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nova-test-'));
  const report = path.join(folder, 'report');
  fs.writeFileSync(path.join(folder, 'hello.js'), hello(1));
  fs.writeFileSync(path.join(folder, 'main.js'), `
const { Worker } = require('worker_threads');
const { spawnSync } = require('child_process');
console.log(spawnSync(process.execPath, ['hello.js', ...process.argv.slice(2)], { encoding: 'utf8' }).stdout);
new Worker('./hello.js').on('exit', () => process.exit(7));`);
  const nova = path.join(PACKAGE, 'bin', 'nova.js');
  const ran = spawnSync(process.execPath, [nova, 'main.js'], {
    cwd: folder, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', NOVA_REPORT: report },
  });
  assert.strictEqual(ran.status, 7, ran.stderr);
  assert.strictEqual(ran.stdout.match(/hello \/1/g).length, 2);
  const lines = fs.readFileSync(report, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  assert.deepStrictEqual(lines.map(({ requests }) => requests), [1, 1]);
  fs.rmSync(folder, { recursive: true });
});

test('NOVA_REPORT=1 says it in words', () => {
  const { stderr } = run(hello(2), { env: { NOVA_REPORT: '1' } });
  assert.match(stderr, /^nova: 127\.0\.0\.1:\d+: 2 requests by the engine$/m);
});
