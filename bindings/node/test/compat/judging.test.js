'use strict';

// The programs of `compat/` compare the door with stock Node. Whether they can find a difference is shown
// here, with test files of our own and doors that have something planted in them.

const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const { after, before, test } = require('node:test');
const { judgeSuite } = require('../../compat/lib/judge-suite');

const PACKAGE = path.join(__dirname, '..', '..');
const REGISTER = path.join(PACKAGE, 'register.js');

const FILES = {
  'parallel/test-http-hello.js': asking("http.createServer((req, res) => res.end('hello'))"),
  // The door leaves it to Node.
  'parallel/test-http-lenient.js': asking("http.createServer({ insecureHTTPParser: true }, (req, res) => res.end('hello'))"),
  'parallel/test-http-wrong.js': "require('http').createServer(); throw new Error('wrong everywhere');",
};

const DOORS = {
  'refuses.js': `
const { ServerResponse } = require('http');
const { writeHead } = ServerResponse.prototype;
ServerResponse.prototype.writeHead = function (status, ...more) { return writeHead.call(this, 500, ...more); };`,
  'hangs.js': "require('http').ServerResponse.prototype.end = () => {};",
  'crashes.js': "require('http').Server.prototype.listen = () => process.abort();",
};

function asking(server) {
  return `
const assert = require('assert');
const http = require('http');
const server = ${server}.listen(0, '127.0.0.1', () => {
  http.get({ port: server.address().port }, (res) => {
    assert.strictEqual(res.statusCode, 200);
    res.resume().on('end', () => server.close());
  });
});`;
}

let folder;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nova-judging-'));
  fs.mkdirSync(path.join(folder, 'parallel'));
  for (const [name, text] of Object.entries({ ...FILES, ...DOORS })) fs.writeFileSync(path.join(folder, name), text);
});
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Runs the test files under stock and under a door; each may take so many seconds. */
function judge(register, seconds = '30') {
  const { stdout, stderr, status } = spawnSync(process.execPath, [
    path.join(PACKAGE, 'compat', 'node-tests.js'), '--tests', folder, '--node', process.execPath,
    '--door', '--register', register, '--times', '1', '--seconds', seconds,
  ], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } });
  assert.notStrictEqual(status, 2, stderr);
  return { stdout, status };
}

test('the door as it is passes, and it is said which requests were on the engine', () => {
  const { stdout, status } = judge(REGISTER);
  assert.strictEqual(status, 0, stdout);
  assert.match(stdout, /not passed by stock: 1\n +parallel\/test-http-wrong\.js/);
  assert.match(stdout, /the door passes 2 of 2/);
  assert.match(stdout, /every request on the engine in 1 of 2/);
  assert.match(stdout, /test-http-lenient\.js: fallback: insecureHTTPParser/);
});

for (const name of Object.keys(DOORS)) {
  test(`a door that ${path.basename(name, '.js')} is found`, () => {
    const { stdout, status } = judge(path.join(folder, name), name === 'hangs.js' ? '4' : undefined);
    assert.strictEqual(status, 1, stdout);
    assert.match(stdout, /different, and not explained: 2/);
  });
}

test('a suite is judged test by test', () => {
  const run = (outcomes) => ({
    outcomes: new Map(Object.entries(outcomes).map(([name, outcome]) => [name, { name, outcome }])),
    ended: true, report: null, requests: 0, output: '',
  });
  const stock = [run({ a: 'pass', b: 'pass', c: 'fail' }), run({ a: 'pass', b: 'pass', c: 'pass' })];
  const unexpected = (door, exceptions = {}) => judgeSuite(stock, door, exceptions).unexpected.map(({ name }) => name);
  assert.deepStrictEqual(unexpected([run({ a: 'pass', b: 'pass', c: 'fail' })]), []);
  assert.deepStrictEqual(unexpected([run({ a: 'pass', b: 'fail' })]), ['b']);
  // Once is enough, and what is not run is not passed.
  assert.deepStrictEqual(unexpected([run({ a: 'pass', b: 'pass' }), run({ b: 'pass' })]), ['a']);
  assert.deepStrictEqual(unexpected([run({ a: 'pass', b: 'fail' })], { b: 'argued' }), []);
  // A suite that has not run at all is none that passes.
  assert.deepStrictEqual(judgeSuite([run({})], [run({})], {}).unexpected.map(({ name }) => name), ['(no test ran)']);
});
