'use strict';

// The ledger over Node: starts the server of the books, has the driver keep them, and says what the
// engine reports.
//
//   node test/ledger/run.js --requests 1000000            behind the door, if it is built
//   node test/ledger/run.js --stock --requests 100000     Node's own server
//
// `--nodes 24,26` picks versions out of NOVA_NODES; everything else is for the driver
// (`cargo run --release -p soak -- ledger --help`).

const { spawn } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');

const { door, nodes, PACKAGE } = require('../support/runtimes');
const { start } = require('../support/server-process');

const ROOT = path.join(PACKAGE, '..', '..');

/** Takes an option and its value out of the arguments. */
function take(args, name) {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
}

async function drive(port, args) {
  const command = ['run', '--release', '--quiet', '--locked', '-p', 'soak', '--', 'ledger'];
  const address = ['--external', `127.0.0.1:${port}`];
  const driver = spawn('cargo', [...command, ...address, ...args], { cwd: ROOT, stdio: 'inherit' });
  const [code] = await once(driver, 'close');
  return code;
}

async function main() {
  const args = process.argv.slice(2);
  const only = (take(args, '--nodes') ?? '').split(',').filter(Boolean).map(Number);
  const stock = args.indexOf('--stock');
  if (stock >= 0) args.splice(stock, 1);
  const flags = stock >= 0 ? null : door();
  for (const node of nodes(only)) {
    console.log(`== Node ${node.name}, ${flags ? 'behind the door' : 'stock'}`);
    const file = path.join(__dirname, 'server.js');
    const server = await start({ node: node.binary, flags: flags ?? [], file, stderr: 'show' });
    const code = await drive(server.port, args);
    const { report, ...end } = await server.stop();
    if (report) console.log(`engine: ${JSON.stringify(report)}`);
    console.log(`server: exit code ${end.code}, signal ${end.signal}`);
    if (code !== 0 || end.code !== 0) process.exitCode = 1;
  }
}
main();
