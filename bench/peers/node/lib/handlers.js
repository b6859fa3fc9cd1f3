'use strict';

// Handlers for `node:http`, each as a program would write it. One of them is chosen when the server
// starts, so that no request pays for a router that it does not need.

const querystring = require('node:querystring');

const { BUSY_MS, HELLO, MESSAGE, PIECE, PIECES, counted, user } = require('./answers');

function text(res, content) {
  res.setHeader('Content-Type', 'text/plain');
  res.end(content);
}

function hello(req, res) {
  text(res, HELLO);
}

// A query string and two fields, and JSON for them.
function json(req, res) {
  const { url, headers } = req;
  const { id } = querystring.parse(url.slice(url.indexOf('?') + 1));
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify(user(id, headers['user-agent'], headers['accept-language'])));
}

// A small object as JSON.
function message(req, res) {
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify(MESSAGE));
}

// Content by `data` and `end`.
function post(req, res) {
  let octets = 0;
  req.on('data', (piece) => {
    octets += piece.length;
  });
  req.on('end', () => text(res, counted(octets)));
}

// An answer in pieces, with back-pressure.
function stream(req, res) {
  res.setHeader('Content-Type', 'application/octet-stream');
  let left = PIECES;
  function more() {
    while (left > 0) {
      left -= 1;
      if (!res.write(PIECE) && left > 0) {
        res.once('drain', more);
        return;
      }
    }
    res.end();
  }
  more();
}

// An answer behind an `await`, as from a cache that answers with a promise.
const cache = { get: async () => HELLO };

async function later(req, res) {
  const content = await cache.get(req.url);
  text(res, content);
}

// A handler that computes for a millisecond and lets nobody else run meanwhile.
function busy(req, res) {
  const end = performance.now() + BUSY_MS;
  while (performance.now() < end);
  text(res, HELLO);
}

// An answer, and a hand on the socket: its stream state, an address, and, once for each connection, an
// option, a listener and a property.
const seen = Symbol('seen');

function touched(req, res) {
  const { socket } = req;
  if (!socket[seen]) {
    socket[seen] = true;
    socket.setKeepAlive(true);
    socket.once('close', () => {});
  }
  res.setHeader('X-Peer', `${socket.remoteAddress} ${socket.writableLength} ${socket.readableFlowing}`);
  text(res, HELLO);
}

module.exports = { busy, hello, json, later, message, post, stream, touched };
