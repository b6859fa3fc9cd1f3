'use strict';

// Plain requests, one after the other on one connection and many at once, and what came of each.

const assert = require('node:assert');
const http = require('node:http');

/** One request; what came back, in a form that can be compared. */
function ask(port, agent, { method = 'GET', path, headers = {}, content, pieces }) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, agent, method, path };
    // The port differs from run to run, and applications repeat the field.
    const req = http.request({ ...options, headers: { Host: 'example.test', ...headers } }, (res) => {
      const parts = [];
      res.on('data', (part) => parts.push(part));
      res.on('error', reject);
      res.on('end', () => resolve({
        request: `${method} ${path}`,
        version: res.httpVersion,
        status: res.statusCode,
        message: res.statusMessage,
        fields: masked(res.rawHeaders),
        content: Buffer.concat(parts).toString('latin1'),
        trailers: res.rawTrailers,
      }));
    });
    req.on('error', (error) => reject(new Error(`${method} ${path}: ${error.message}`)));
    if (pieces) sendPieces(req, pieces);
    else req.end(content);
  });
}

/** Content in pieces, each in a turn of its own. */
function sendPieces(req, pieces) {
  const [piece, ...rest] = pieces;
  if (piece === undefined) return req.end();
  return req.write(piece, () => setImmediate(sendPieces, req, rest));
}

/** Field lines as they came, without the time of day. */
function masked(raw) {
  const lines = [];
  for (let index = 0; index < raw.length; index += 2) {
    const value = raw[index].toLowerCase() === 'date' ? 'now' : raw[index + 1];
    lines.push(`${raw[index]}: ${value}`);
  }
  return lines;
}

/**
 * Sends `requests` in order on one connection, then those that `burst` names at once. Each request
 * says which status it is to have: two sides that fail in the same way are no success.
 */
async function converse(port, requests, burst = []) {
  const one = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const many = new http.Agent({ keepAlive: true, maxSockets: 16 });
  try {
    const answers = [];
    for (const request of requests) {
      const answer = await ask(port, one, request);
      assert.strictEqual(answer.status, request.status ?? 200, answer.request);
      answers.push(answer);
    }
    answers.push(...await Promise.all(burst.map((request) => ask(port, many, request))));
    return { plain: answers.length, answers };
  } finally {
    one.destroy();
    many.destroy();
  }
}

module.exports = { converse };
