'use strict';

// Servers of known frameworks, as people write them, answer the same with and without the engine;
// and with it, every plain request was served by it.
//
//   node --test test/examples.js            with the Node that runs it
//   NOVA_NODES=folder node --test …         with all versions in that folder
//   NOVA_EXAMPLES=koa,hono node --test …    only some of them

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const { nodes, sides } = require('./support/runtimes');
const { start } = require('./support/server-process');
const conversations = require('./examples/conversations');

const FOLDER = path.join(__dirname, '..', 'examples');

/** Why the examples cannot run, or `false`. */
function missing() {
  const there = () => fs.existsSync(path.join(FOLDER, 'node_modules', 'socket.io-client'));
  if (there()) return false;
  const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  spawnSync('npm', install, { cwd: FOLDER, timeout: 180000, stdio: 'ignore' });
  return there() ? false : 'SKIPPED: the frameworks are not installed and `npm ci` cannot fetch them';
}

/** What one side says, and what the engine reports of it. */
async function run(example, node, side) {
  const file = path.join(FOLDER, example.file);
  const server = await start({ node: node.binary, flags: side.flags, file });
  try {
    const { plain, answers } = await example.talk(server.port);
    return { plain, answers, ...(await server.stop()) };
  } catch (error) {
    const { stderr } = await server.stop();
    throw new Error(`${example.file}, ${side.name}: ${error.message}\n${stderr}`, { cause: error });
  }
}

const skip = missing();
const [left, right] = sides();
const only = (process.env.NOVA_EXAMPLES ?? '').split(',').filter(Boolean);

for (const node of nodes()) {
  for (const example of conversations) {
    if (only.length > 0 && !only.includes(example.name)) continue;
    test(`${example.name} on Node ${node.name}: ${left.name} and ${right.name}`, { skip }, async () => {
      const one = await run(example, node, left);
      const other = await run(example, node, right);
      assert.deepStrictEqual(other.answers, one.answers);
      assert.deepStrictEqual([other.code, other.signal], [one.code, one.signal], 'how it ended');
      if (!right.isDoor) return;
      const { report, plain } = other;
      assert.ok(report, `no report: ${other.stderr}`);
      assert.deepStrictEqual(report.fallback, [], 'no server has fallen back');
      assert.ok(report.requests >= plain, `${report.requests} of ${plain} requests on the engine`);
      const migrated = Object.keys(report.migrated).filter((reason) => reason !== 'upgrade');
      assert.deepStrictEqual(migrated, example.migrates ?? [], 'no connection was handed over');
    });
  }
}

test('a server that answers differently is noticed', { skip }, async () => {
  const [node] = nodes();
  const [example] = conversations;
  const fault = ['--require', path.join(__dirname, 'examples', 'fault.js')];
  const one = await run(example, node, { name: 'stock', flags: [] });
  const other = await run(example, node, { name: 'spoiled', flags: fault });
  assert.notDeepStrictEqual(other.answers, one.answers);
});
