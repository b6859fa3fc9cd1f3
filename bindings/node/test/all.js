'use strict';

// Everything that is tested of the package, with the Node that runs this.

const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');

if (!process.env.NOVA_ADDON && !fs.existsSync(path.join(__dirname, '..', 'nova.node'))) {
  console.error('there is no addon: run `npm run build` first');
  process.exit(1);
}

const testsOf = (folder) => fs.readdirSync(path.join(__dirname, folder))
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => ['--test', path.join(folder, name)]);
const programs = [
  ...testsOf('door'),
  ...testsOf('compat'),
  ['--test', 'examples.js'],
  ['ends.js'],
  // The longest: tests/node.rs asks for it where it counts.
  ...(process.env.NOVA_TABLE === '0' ? [] : [['table.js', '--jobs', '5']]),
];
// Each of them with the Node that runs this, and no other.
const { NOVA_NODES, ...env } = process.env;

let failed = 0;
for (const program of programs) {
  console.log(`\n== ${process.version} ${program.join(' ')}`);
  const { status } = spawnSync(process.execPath, program, { cwd: __dirname, env, stdio: 'inherit' });
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
