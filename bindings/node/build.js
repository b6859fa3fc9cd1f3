'use strict';

// Builds the addon with Cargo and puts it beside the JavaScript.

const { execFileSync } = require('child_process');
const fs = require('fs');
const path = require('path');

const messages = execFileSync(
  'cargo',
  ['build', '--release', '--locked', '-p', 'nova-node', '--message-format=json-render-diagnostics'],
  { cwd: __dirname, encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] },
);
const artifacts = messages.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const addon = artifacts.find(({ target }) => target?.name === 'nova_node');
const built = addon.filenames.find((name) => /\.(so|dylib|dll)$/.test(name));
const place = path.join(__dirname, 'nova.node');
// A process may have the old one open: it keeps it.
fs.rmSync(place, { force: true });
fs.copyFileSync(built, place);
