'use strict';

// A server under load with aborts, for as long as one likes: in the last two thirds of the time its
// memory stays within 5 %, and in the end its descriptors are what they were before.
//
//   node test/soak.js --seconds 1800        behind the door, if it is built
//   node test/soak.js --stock               Node's own server
//   node test/soak.js --node 24             a version out of NOVA_NODES
//
// Samples are lines of CSV on standard output; the last line is the verdict.

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const { door, nodes } = require('./support/runtimes');
const { start } = require('./support/server-process');

/** The last two thirds are looked at in so many windows, each of which counts by its median. */
const WINDOWS = 20;

/** What the windows may differ by. */
const MOST = 0.05;

function option(name, otherwise) {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
}

/** Memory that no other process shares, in kB, and the number of descriptors. */
function sample(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]);
  return {
    resident: kilobytes('VmRSS'),
    anonymous: kilobytes('RssAnon'),
    descriptors: fs.readdirSync(`/proc/${pid}/fd`).length,
  };
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** How much the windows of the last two thirds differ. */
function spread(samples) {
  const late = samples.slice(Math.floor(samples.length / 3));
  const size = Math.max(1, Math.floor(late.length / WINDOWS));
  const windows = [];
  for (let at = 0; at + size <= late.length; at += size) {
    windows.push(median(late.slice(at, at + size).map(({ resident }) => resident)));
  }
  const [least, most] = [Math.min(...windows), Math.max(...windows)];
  return { least, most, ratio: (most - least) / least };
}

/** The number of descriptors, when it has come back to what it was, or after ten seconds. */
async function settled(pid, before) {
  for (let looks = 0; looks < 100 && sample(pid).descriptors !== before; looks += 1) await sleep(100);
  return sample(pid).descriptors;
}

async function main() {
  const seconds = option('--seconds', 1800);
  const connections = option('--connections', 64);
  const every = option('--every', Math.max(0.25, seconds / 600));
  const only = option('--node');
  const flags = process.argv.includes('--stock') ? null : door();
  const [node] = nodes(only ? [only] : []).slice(-1);
  console.error(`Node ${node.name}, ${flags ? 'behind the door' : 'stock'}, ${seconds} s`);

  const file = path.join(__dirname, 'soak', 'server.js');
  const server = await start({ node: node.binary, flags: flags ?? [], file, stderr: 'show' });
  const { pid } = server.child;
  const before = sample(pid).descriptors;
  const arguments_ = [String(server.port), String(connections)];
  const clients = fork(path.join(__dirname, 'soak', 'clients.js'), arguments_);
  let counts = { requests: 0, aborts: 0, connections: 0 };
  clients.on('message', (latest) => { counts = latest; });

  console.log('seconds,resident_kb,anonymous_kb,descriptors,requests,aborts,connections');
  const samples = [];
  const began = Date.now();
  while (Date.now() - began < seconds * 1000 && server.child.exitCode === null) {
    await sleep(every * 1000);
    const now = sample(pid);
    samples.push(now);
    const time = ((Date.now() - began) / 1000).toFixed(1);
    const { requests, aborts } = counts;
    console.log([time, now.resident, now.anonymous, now.descriptors, requests, aborts,
      counts.connections].join(','));
  }
  clients.send('stop');
  await once(clients, 'exit');
  const after = await settled(pid, before);
  const { code, signal, report } = await server.stop();
  if (report) console.error(`engine: ${JSON.stringify(report)}`);

  const { least, most, ratio } = spread(samples);
  const percent = (ratio * 100).toFixed(1);
  console.log(`# memory of the last two thirds: ${least} to ${most} kB, ${percent} %; `
    + `descriptors: ${before} before, ${after} after; exit code ${code}, signal ${signal}`);
  const holds = ratio <= MOST && after === before && code === 0;
  console.log(holds ? '# holds' : '# DOES NOT HOLD');
  process.exitCode = holds ? 0 : 1;
}
main();
