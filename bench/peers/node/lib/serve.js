'use strict';

// The command line that all servers of this folder have, and the end that they come to.

const { parseArgs } = require('node:util');

// WORK --bind HOST:PORT [--context] [--prototypes] [--idle]
function options() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      bind: { type: 'string', default: '127.0.0.1:3000' },
      context: { type: 'boolean', default: false },
      prototypes: { type: 'boolean', default: false },
      idle: { type: 'boolean', default: false },
    },
  });
  const [host, port] = values.bind.split(':');
  return { ...values, host, port: Number(port), work: positionals[0] ?? 'hello' };
}

// Who is asked to end ends in order, so that what is said at exit is said.
function endWhenAsked() {
  process.once('SIGTERM', () => process.exit(0));
}

// Many connections arrive at once in some workloads: the same queue for everybody.
const BACKLOG = 1024;

function listen(server, { host, port }) {
  endWhenAsked();
  server.listen({ host, port, backlog: BACKLOG });
}

module.exports = { BACKLOG, endWhenAsked, listen, options };
