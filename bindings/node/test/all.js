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
  ...['table.js', 'ends.js', 'examples.js'].map((name) => [name]),
];

let failed = 0;
for (const program of programs) {
  if (!fs.existsSync(path.join(__dirname, program.at(-1)))) continue;
  console.log(`\n== ${process.version} ${program.join(' ')}`);
  const { status } = spawnSync(process.execPath, program, { cwd: __dirname, stdio: 'inherit' });
  if (status !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
