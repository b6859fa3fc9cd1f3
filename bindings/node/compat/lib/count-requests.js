'use strict';

// Loaded into the stock runs of a suite: counts the requests that arrive at an
// `http.Server` over a plain socket, however they are served, and appends the
// number to the file of NOVA_COMPAT_REQUESTS at exit. It is what the number
// of requests on the engine is compared with.

const fs = require('node:fs');
const net = require('node:net');
const { Server } = require('node:http');
const { subscribe } = require('node:diagnostics_channel');

let requests = 0;
subscribe('http.server.request.start', ({ socket, server }) => {
  // Not over TLS, and not over a stream that a test hands to the server.
  if (socket.constructor === net.Socket && server instanceof Server) requests += 1;
});

process.on('exit', () => {
  if (requests > 0) fs.appendFileSync(process.env.NOVA_COMPAT_REQUESTS, `${requests}\n`);
});
