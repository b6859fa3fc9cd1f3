'use strict';

// Deno's own server, with the same answers: `deno-serve.js WORK --bind HOST:PORT`.

const { HELLO, MESSAGE, PIECE, PIECES, counted } = require('./lib/answers');
const { endWhenAsked, options } = require('./lib/serve');

const TEXT = { headers: { 'Content-Type': 'text/plain' } };
const JSON_TYPE = { headers: { 'Content-Type': 'application/json' } };
const OCTETS = { headers: { 'Content-Type': 'application/octet-stream' } };

const handlers = {
  hello: () => new Response(HELLO, TEXT),

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
        // A stream of Deno's takes what it is given away; the piece is used again.
        controller.enqueue(new Uint8Array(PIECE));
      },
    });
    return new Response(pieces, OCTETS);
  },
};

const asked = options();
const handler = handlers[asked.work];
if (handler === undefined) throw new Error(`there is no handler ${asked.work}`);
endWhenAsked();
Deno.serve({ hostname: asked.host, port: asked.port, onListen() {} }, handler);
