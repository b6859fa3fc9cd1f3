'use strict';

// Makes a working copy of a suite: its sources, as cloned by the user, in a
// folder that git ignores, with the packages its tests need.

const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');

/** Prepares `suite` once in `folder`; later calls find it ready. */
function prepare(suite, source, folder) {
  const ready = path.join(folder, '.ready');
  if (fs.existsSync(ready)) return;
  // A suite that is kept beside this program needs no clone.
  if (suite.here) source = path.join(__dirname, '..', suite.here);
  if (!source || !fs.existsSync(source)) {
    throw new Error(`no sources of ${suite.repository}: clone its tag ${suite.tag} into the folder of --sources`);
  }
  const from = suite.folder ? path.join(source, suite.folder) : source;
  fs.rmSync(folder, { recursive: true, force: true });
  fs.cpSync(from, folder, { recursive: true, filter: (name) => !/(^|[\\/])(\.git|node_modules)$/.test(path.relative(from, name)) });

  // Linters and coverage are not what is tested, and some do not install on
  // every version of Node.
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(fs.readFileSync(file, 'utf8'));
  for (const name of suite.without ?? []) delete manifest.devDependencies[name];
  Object.assign(manifest.devDependencies, suite.with);
  Object.assign(manifest, suite.manifest);
  fs.writeFileSync(file, JSON.stringify(manifest, null, 2));
  fs.rmSync(path.join(folder, 'package-lock.json'), { force: true });

  // What scripts of the repository write, outside of the folder that is copied.
  for (const [name, text] of Object.entries(suite.generated ?? {})) fs.writeFileSync(path.join(folder, name), text);

  const npm = (...args) => execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  npm('install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel', 'error');
  if (suite.build) npm('run', suite.build);
  fs.writeFileSync(ready, '');
}

module.exports = { prepare };
