'use strict';
// Runs one script of the table: node _one.js <group> <name>. Scripts that fork, cluster or start workers run this file
// again with the same arguments.

const path = require('node:path');

const [group, name] = process.argv.slice(2);
const entry = require(path.join(__dirname, `${group}.js`))[name];
(typeof entry === 'function' ? entry : entry.run)();
