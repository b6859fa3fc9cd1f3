'use strict';

// Programs are run as their users run them: in processes of their own, with and without the door.

const { spawnSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const PACKAGE = path.join(__dirname, '..', '..');
const REGISTER = path.join(PACKAGE, 'register.js');

/**
 * Runs a program, given as text.
 * @param {string} program
 * @param {{flags?: string[], env?: object, file?: string, args?: string[]}} [how]
 * @returns {{stdout: string, stderr: string, status: number, report: object[]}}
 */
function run(program, { flags = ['--require', REGISTER], env = {}, name = 'program.js', args = [] } = {}) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nova-test-'));
  const file = path.join(folder, name);
  const reportFile = path.join(folder, 'report');
  try {
    fs.writeFileSync(file, program);
    const ran = spawnSync(process.execPath, [...flags, file, ...args], {
      encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', NOVA_REPORT: reportFile, ...env }, timeout: 30000,
    });
    const lines = fs.existsSync(reportFile) ? fs.readFileSync(reportFile, 'utf8').split('\n').filter(Boolean) : [];
    return { stdout: ran.stdout, stderr: ran.stderr, status: ran.status, report: lines.map((line) => JSON.parse(line)) };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A program that serves a hello, asks for it `times` over one connection, and closes. */
function hello(times = 1, options = '', load = "require('http')") {
  return `
const { createServer } = ${load};
const http = require('http');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const server = createServer(${options ? `${options}, ` : ''}(req, res) => res.end('hello ' + req.url));
server.listen(0, '127.0.0.1', () => ask(${times}));
function ask(left) {
  if (left === 0) { agent.destroy(); server.close(() => console.log('closed')); return; }
  http.get({ port: server.address().port, path: '/' + left, agent }, (res) => {
    res.setEncoding('utf8').on('data', (text) => console.log(text)).on('end', () => ask(left - 1));
  });
}`;
}

module.exports = { PACKAGE, REGISTER, hello, run };
