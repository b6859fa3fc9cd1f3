'use strict';

// node:http, with one handler: `http.js WORK --bind HOST:PORT`. `--context` adds a store and a
// subscriber, `--idle` keeps connections and collects garbage on demand.

const http = require('node:http');

const { watched } = require('./lib/context');
const handlers = require('./lib/handlers');
const { patient } = require('./lib/idle');
const { listen, options } = require('./lib/serve');

const asked = options();
const handler = handlers[asked.work];
if (handler === undefined) throw new Error(`there is no handler ${asked.work}`);

if (asked.idle) {
  const server = http.createServer();
  patient(server, handler);
  listen(server, asked);
} else {
  listen(http.createServer(asked.context ? watched(handler) : handler), asked);
}
