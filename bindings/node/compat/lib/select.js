'use strict';

// Which of Node's test files concern the HTTP server.
//
// The rule is mechanical, so that a new version of Node needs no new list: a
// file of `parallel/` or `sequential/` named `test-http-*` concerns the server
// if its text makes one from the module `http`. What the rule gets wrong is
// data, in `node-tests.left-out.json`, each with its reason.

const fs = require('node:fs');
const path = require('node:path');

const FOLDERS = ['parallel', 'sequential'];
const NAME = /^test-http(-.*)?\.(js|cjs|mjs)$/;

const MAKES_A_SERVER = [
  // http.createServer(…), http.Server, also over a line break.
  /\bhttp\s*\.\s*(createServer|Server)\b/,
  // const { createServer } = require('http')
  /\{[^}]*\b(createServer|Server)\b[^}]*\}\s*=\s*require\(\s*['"](node:)?http['"]\s*\)/,
  // require('http').createServer(…)
  /require\(\s*['"](node:)?http['"]\s*\)\s*\.\s*(createServer|Server)\b/,
  // import { createServer } from 'node:http'
  /import\s*\{[^}]*\b(createServer|Server)\b[^}]*\}\s*from\s*['"](node:)?http['"]/,
];

/** Whether the text of a test file makes a server from the module `http`. */
function makesAServer(text) {
  return MAKES_A_SERVER.some((pattern) => pattern.test(text));
}

/**
 * The names (`parallel/test-http-….js`) of the files that concern the server,
 * and those that the table leaves out with its reason.
 */
function select(tests, leftOut) {
  const chosen = [];
  const refused = [];
  for (const folder of FOLDERS) {
    const full = path.join(tests, folder);
    if (!fs.existsSync(full)) continue;
    for (const file of fs.readdirSync(full).sort()) {
      if (!NAME.test(file)) continue;
      const name = `${folder}/${file}`;
      if (!makesAServer(fs.readFileSync(path.join(full, file), 'utf8'))) continue;
      if (name in leftOut) refused.push({ name, why: leftOut[name] });
      else chosen.push(name);
    }
  }
  return { chosen, refused };
}

module.exports = { select, makesAServer };
