'use strict';

// What of Node is used that its documentation does not name, in one place, looked at once. Where
// something is missing, `missing` says what, and every server falls back to Node's own engine.

const http = require('http');
const net = require('net');
const { EventEmitter } = require('events');
const { Duplex, Readable, Writable } = require('stream');
const common = require('_http_common');

const { HTTPParser, parsers } = common;

/** Symbols of an object by their descriptions. */
function symbolsOf(object) {
  const found = Object.create(null);
  for (const symbol of Object.getOwnPropertySymbols(object)) found[symbol.description] = symbol;
  return found;
}

const ofServer = symbolsOf(new http.Server());
const ofMessage = symbolsOf(new http.IncomingMessage());
const ofSocket = symbolsOf(new net.Socket());

const internals = {
  parsers,
  kOnExecute: HTTPParser.kOnExecute | 0,
  kOnTimeout: HTTPParser.kOnTimeout | 0,
  kIncomingMessage: ofServer.IncomingMessage,
  kServerResponse: ofServer.ServerResponse,
  kConnections: 'http.server.connections',
  kHeaders: ofMessage.kHeaders,
  kHeadersCount: ofMessage.kHeadersCount,
  kAsyncId: ofSocket.async_id_symbol,
  // `parserOnBody` and others drop what is marked so.
  kSkipPendingData: common.kSkipPendingData,
  methods: new Map(http.METHODS.map((method) => [method, method])),
  connectionListener: http._connectionListener,
  // The listeners that it puts on a socket, by name: events of any other name have none.
  socketListeners: {
    timeout: 'socketOnTimeout',
    data: 'bound socketOnData',
    error: 'socketOnError',
    end: 'bound socketOnEnd',
    close: 'bound socketOnClose',
    drain: 'bound socketOnDrain',
    resume: 'onSocketResume',
    pause: 'onSocketPause',
  },
  emitter: EventEmitter.prototype,
  symbolsOf,
  Duplex,
  Readable,
  Writable,
};

/** What is not there, by name; nothing is missing in the versions that are tested. */
internals.missing = Object.keys(internals).filter((name) => {
  if (name === 'kSkipPendingData' || name === 'kConnections') return false;
  const value = internals[name];
  return value === undefined || value === 0;
});
if (!Array.isArray(parsers.list) && typeof parsers.alloc !== 'function') {
  internals.missing.push('parsers.list');
}

module.exports = internals;
