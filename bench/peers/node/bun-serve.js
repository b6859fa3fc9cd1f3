'use strict';

// Bun's own server, with the same answers: `bun-serve.js WORK --bind HOST:PORT`.

const { HELLO, MESSAGE, PIECE, PIECES, counted, user } = require('./lib/answers');
const { endWhenAsked, options } = require('./lib/serve');

// What node:http adds to each answer, so that everybody sends the same.
const KEPT = { Connection: 'keep-alive', 'Keep-Alive': 'timeout=5' };
const TEXT = { headers: { 'Content-Type': 'text/plain', ...KEPT } };
const JSON_TYPE = { headers: { 'Content-Type': 'application/json', ...KEPT } };
const OCTETS = { headers: { 'Content-Type': 'application/octet-stream', ...KEPT } };

const cache = { get: async () => HELLO };

const handlers = {
  hello: () => new Response(HELLO, TEXT),

  json(request) {
    const id = new URL(request.url).searchParams.get('id');
    const { headers } = request;
    const found = user(id, headers.get('user-agent'), headers.get('accept-language'));
    return new Response(JSON.stringify(found), JSON_TYPE);
  },

  message: () => new Response(JSON.stringify(MESSAGE), JSON_TYPE),

  async post(request) {
    let octets = 0;
    for await (const piece of request.body) octets += piece.length;
    return new Response(counted(octets), TEXT);
  },

  stream() {
    let left = PIECES;
    const pieces = new ReadableStream({
      pull(controller) {
        if (left === 0) {
          controller.close();
          return;
        }
        left -= 1;
        controller.enqueue(PIECE);
      },
    });
    return new Response(pieces, OCTETS);
  },

  async later(request) {
    return new Response(await cache.get(request.url), TEXT);
  },
};

const asked = options();
const fetch = handlers[asked.work];
if (fetch === undefined) throw new Error(`there is no handler ${asked.work}`);
endWhenAsked();
Bun.serve({ hostname: asked.host, port: asked.port, fetch });
