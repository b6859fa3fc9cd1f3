'use strict';
// The table: small programs that must print the same under Node's own server and under the door.
//
//   node test/table.js [--only text] [--json] [--jobs n]     stock against the door
//   node test/table.js --stock [--repeat n]                  stock against stock: are the scripts deterministic?
//   node test/table.js --self-test                           does the table notice planted faults?
//
// Each file in table/ is a group and exports scripts by name: a function, or { run, flags, exits, stderr } where `flags`
// are options of node, `exits` is the exit code that stock must have (0), and `stderr: true` compares stderr as well.
// Every script runs twice in processes of their own, by the Node binary that runs this file; stdout and exit code must
// be equal. table/expected-differences.json lists the differences that the package's README argues; the list is exact:
// what is listed and no longer differs fails as well.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { parseArgs } = require('node:util');
const diff = require('./table/_diff.js');

const FOLDER = path.join(__dirname, 'table');
const ONE = path.join(FOLDER, '_one.js');
const DOOR = path.join(__dirname, '..', 'register.js');
const PLANTED = path.join(FOLDER, '_planted.js');
const LONGEST_RUN = 60_000;
const MAJOR = Number(process.versions.node.split('.')[0]);

function scripts(only) {
  const found = [];
  for (const file of fs.readdirSync(FOLDER).sort()) {
    if (!file.endsWith('.js') || file.startsWith('_')) continue;
    const group = file.slice(0, -3);
    for (const [name, entry] of Object.entries(require(path.join(FOLDER, file)))) {
      const title = `${group}: ${name}`;
      if (!only || title.includes(only)) found.push({ title, group, name, ...(typeof entry === 'object' && entry) });
    }
  }
  return found;
}

// Stack traces name lines of Node and of us, warnings name the process; neither is part of the behaviour.
function withoutPlaces(text) {
  return text
    .split('\n')
    .filter((line) => !/^ +at /.test(line) && !/^(node:|\/).*:\d+$/.test(line))
    .map((line) => line.replace(/\(node:\d+\)/, '(node)'))
    .join('\n');
}

let runs = 0;
function run(script, preload) {
  return new Promise((resolve) => {
    const report = path.join(os.tmpdir(), `nova-table-${process.pid}-${runs++}`);
    const env = { ...process.env, NOVA_REPORT: report };
    delete env.NODE_OPTIONS;
    const args = [...(script.flags || []), ...(preload ? ['--require', preload] : []), ONE, script.group, script.name];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (text) => { output[name] += text; });
    }
    let late = false;
    const timer = setTimeout(() => { late = true; child.kill('SIGKILL'); }, LONGEST_RUN);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ ...output, exit: late ? 'never' : signal || code, report: readReport(report) });
    });
  });
}

// One line of JSON per server that the door had in its hands (see NOVA_REPORT).
function readReport(file) {
  try {
    const lines = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    fs.unlinkSync(file);
    return lines;
  } catch {
    return [];
  }
}

const seen = (script, result) =>
  result.stdout + (script.stderr ? `stderr: ${withoutPlaces(result.stderr)}\n` : '') + `exit: ${result.exit}`;

async function compare(script, preload) {
  const [stock, door] = await Promise.all([run(script), run(script, preload)]);
  const [left, right] = [seen(script, stock), seen(script, door)];
  const verdict = { title: script.title, differs: left !== right, report: door.report };
  if (stock.exit !== (script.exits || 0)) verdict.broken = `stock exits with ${stock.exit}\n${stock.stdout}${stock.stderr}`;
  else if (!stock.stdout) verdict.broken = 'stock prints nothing';
  if (verdict.differs) verdict.diff = diff(left, right) + (script.stderr || !door.stderr ? '' : `\nstderr:\n${door.stderr}`);
  return verdict;
}

async function compareAll(list, preload, jobs) {
  const verdicts = new Array(list.length);
  let next = 0;
  async function work() {
    while (next < list.length) {
      const at = next++;
      verdicts[at] = await compare(list[at], preload);
    }
  }
  await Promise.all(Array.from({ length: jobs }, work));
  return verdicts;
}

// The differences we argue, on this version of Node: { script, why, versions? }.
function expectedHere() {
  const all = JSON.parse(fs.readFileSync(path.join(FOLDER, 'expected-differences.json'), 'utf8'));
  return new Map(all.filter((one) => !one.versions || one.versions.includes(MAJOR)).map((one) => [one.script, one.why]));
}

function judge(verdicts, expected, whole) {
  const failures = [];
  for (const { title, differs, broken, diff } of verdicts) {
    if (broken) failures.push(`${title}\nthe script itself is broken: ${broken}`);
    else if (differs && !expected.has(title)) failures.push(`${title}\n${diff}`);
    else if (!differs && expected.has(title)) failures.push(`${title}\nis listed as a difference, and does not differ`);
  }
  const titles = new Set(verdicts.map(({ title }) => title));
  for (const title of expected.keys()) {
    if (whole && !titles.has(title)) failures.push(`${title}\nis listed as a difference, and no such script exists`);
  }
  return failures;
}

// Which scripts the engine had no part in: they pass, and prove nothing about it.
function served(verdicts) {
  const engine = verdicts.filter(({ report }) => report.some(({ requests }) => requests > 0)).length;
  const reasons = {};
  for (const { report } of verdicts) {
    for (const { fallback, migrated } of report) {
      if (fallback) reasons[`fell back, ${fallback}`] = (reasons[`fell back, ${fallback}`] || 0) + 1;
      for (const [why, count] of Object.entries(migrated || {})) {
        reasons[`migrated, ${why}`] = (reasons[`migrated, ${why}`] || 0) + count;
      }
    }
  }
  return { engine, reasons };
}

// A faulty door must not go unnoticed: each of its faults makes the script that is meant for it differ.
async function selfTest() {
  const { faults } = require(PLANTED);
  let missed = 0;
  for (const [fault, title] of Object.entries(faults)) {
    const script = scripts().find((one) => one.title === title);
    if (!script) throw new Error(`no script is called ${title}`);
    process.env.PLANTED_FAULT = fault;
    const { differs, broken } = await compare(script, PLANTED);
    const noticed = differs && !broken;
    if (!noticed) missed++;
    console.log(`${noticed ? 'noticed' : 'MISSED '} ${fault} (${title})`);
  }
  return missed ? 1 : 0;
}

async function main() {
  const { values: options } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'boolean' },
      stock: { type: 'boolean' },
      repeat: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      door: { type: 'string', default: DOOR },
      list: { type: 'boolean' },
      'self-test': { type: 'boolean' },
    },
  });
  if (options['self-test']) return selfTest();
  const list = scripts(options.only);
  if (options.list) {
    for (const { title } of list) console.log(title);
    return 0;
  }
  const preload = options.stock ? undefined : path.resolve(options.door);
  const expected = options.stock ? new Map() : expectedHere();
  const failures = [];
  let verdicts;
  for (let round = 0; round < Number(options.repeat); round++) {
    verdicts = await compareAll(list, preload, Number(options.jobs));
    failures.push(...judge(verdicts, expected, !options.only));
  }
  if (options.json) {
    console.log(JSON.stringify({ node: process.version, scripts: verdicts, failures }, null, 2));
  } else {
    for (const failure of failures) console.log(`DIFFERS ${failure}\n`);
    const { engine, reasons } = served(verdicts);
    console.log(`${process.version}: ${list.length} scripts, ${expected.size} differences listed, ${failures.length} failures`);
    if (!options.stock) console.log(`the engine served requests in ${engine} scripts`);
    for (const [reason, count] of Object.entries(reasons).sort()) console.log(`  ${reason}: ${count}`);
  }
  return failures.length || !list.length ? 1 : 0;
}

main().then((code) => { process.exitCode = code; });
