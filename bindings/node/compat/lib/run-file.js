'use strict';

// Runs one of Node's test files as Node's own runner does in essence: the
// flags and the environment that the head of the file asks for, a folder and a
// port of its own, a time limit, and success if it exits with 0.

const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { readReport } = require('./report');

// Test files print little; what fails is told by its last lines.
const KEEP_OUTPUT = 64 * 1024;
const FIRST_PORT = 23000;

/** The words of a comment such as `// Flags: --expose-gc` near the top. */
function directive(text, word) {
  const found = new RegExp(`^// ${word}:[ \\t]+(.*?)[ \\t]*\\r?$`, 'm').exec(text);
  return found ? found[1].split(/\s+/).filter(Boolean) : [];
}

/**
 * Runs `file` once and resolves to
 * `{ outcome: 'pass' | 'fail' | 'timeout' | 'skip', output, report }`.
 */
function runFile({ node, file, register, scratch, lane, seconds }) {
  const text = fs.readFileSync(file, 'utf8');
  const flags = directive(text, 'Flags');
  const folder = path.join(scratch, `lane-${lane}`);
  const reportFile = path.join(scratch, `report-${lane}.jsonl`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.rmSync(reportFile, { force: true });

  const env = { ...process.env, ...Object.fromEntries(directive(text, 'Env').map((pair) => pair.split('='))) };
  delete env.NODE_OPTIONS;
  env.NODE_TEST_DIR = folder;
  env.TEST_THREAD_ID = String(lane);
  env.NODE_COMMON_PORT = String(FIRST_PORT + lane * 100);
  if (path.basename(path.dirname(file)) === 'parallel') env.TEST_PARALLEL = '1';
  else delete env.TEST_PARALLEL;

  const args = [...flags, file];
  if (register) {
    // The flag is for this process, the variable for those that it starts.
    args.unshift('--require', register);
    env.NODE_OPTIONS = `--require ${JSON.stringify(register)}`;
    env.NOVA_REPORT = reportFile;
  }

  return new Promise((resolve) => {
    // A group of its own: what the file started ends with it.
    const child = spawn(node, args, { env, cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => { output = (output + chunk).slice(-KEEP_OUTPUT); };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    let late = false;
    const limit = setTimeout(() => { late = true; endGroup(child.pid); }, seconds * 1000);
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      endGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      let outcome = late ? 'timeout' : code === 0 ? 'pass' : 'fail';
      // `common.skip()` says so and exits with 0: it has tested nothing.
      if (outcome === 'pass' && /^1\.\.0 # Skipped/m.test(output)) outcome = 'skip';
      if (outcome === 'fail') output += `\n(exit ${signal || code})`;
      resolve({ outcome, output, report: register ? readReport(reportFile) : null });
    });
  });
}

/** Ends the process group of a test file; nothing may be left of it. */
function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

module.exports = { runFile, directive };
