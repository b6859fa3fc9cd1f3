'use strict';

// A server in a process of its own: started, asked where it listens, and stopped.

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/** How long a server may take to listen, or to end after it was told to. */
const PATIENCE = 20000;

/** What the engine has reported into `file`, summed over the servers of the process. */
function readReport(file) {
  if (!fs.existsSync(file)) return null;
  const report = { requests: 0, migrated: {}, fallback: [] };
  for (const line of fs.readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const one = JSON.parse(line);
    report.requests += one.requests;
    if (one.fallback) report.fallback.push(one.fallback);
    for (const [reason, count] of Object.entries(one.migrated ?? {})) {
      report.migrated[reason] = (report.migrated[reason] ?? 0) + count;
    }
  }
  return report;
}

/**
 * Starts `file` with `flags`, and waits until it says on which port it listens: the last number of a
 * line that begins with "listening".
 */
async function start({ node, flags = [], file, args = [], cwd, env = {}, stdio = [], stderr = 'keep' }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nova-test-'));
  const reported = path.join(folder, 'report');
  const child = spawn(node, [...flags, file, ...args], {
    cwd: cwd ?? path.dirname(file),
    env: { ...process.env, PORT: '0', NODE_ENV: 'production', NOVA_REPORT: reported, ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...stdio],
  });
  const said = { stdout: '', stderr: '' };
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  child.stderr.setEncoding('utf8').on('data', (text) => {
    if (stderr === 'keep') said.stderr += text;
    else process.stderr.write(text);
  });

  const port = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${file} does not listen`)), PATIENCE);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.stdout += text;
      const [, number] = /^listening.*?(\d+)\s*$/m.exec(said.stdout) ?? [];
      if (number) {
        clearTimeout(timer);
        resolve(Number(number));
      }
    });
    ended.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(new Error(`${file} ended with ${code ?? signal}: ${said.stderr}`));
    });
  }).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });

  /** Waits for its end; kills it if it does not come. */
  async function end() {
    let overdue = false;
    const timer = setTimeout(() => {
      overdue = true;
      child.kill('SIGKILL');
    }, PATIENCE);
    const { code, signal } = await ended;
    clearTimeout(timer);
    const report = readReport(reported);
    fs.rmSync(folder, { recursive: true, force: true });
    return { code, signal, overdue, report, ...said };
  }

  /** Tells it to stop. */
  function stop() {
    child.kill('SIGTERM');
    return end();
  }

  return { child, port, said, end, stop };
}

module.exports = { start };
