'use strict';

// What Node's own connection listener takes for its parser. It asks `parsers` for one when a
// connection begins, and is given this: it puts its functions there, and the engine's events are
// passed to them. So everything above the parser is Node's own code, of whatever version runs.

const { AsyncResource } = require('async_hooks');
const { HTTPParser } = require('_http_common');
const internals = require('./internals');
const { ended } = require('./settle');
const { kLink, kSetUp } = require('./socket');

const { parsers, connectionListener, kOnExecute, kOnTimeout, kIncomingMessage, kHeaders, kSkipPendingData } = internals;
const NO_HEADERS = [];

/** What a request is done in the name of; Node's own is called so, too. */
class HTTPServerAsyncResource extends AsyncResource {
  constructor(socket) {
    super('HTTPINCOMINGMESSAGE', socket[kLink].resourceId);
    this.type = 'HTTPINCOMINGMESSAGE';
    this.socket = socket;
  }
}

// Where `AsyncLocalStorage` has its stores, in versions that keep them so.
const kFrame = Object.getOwnPropertySymbols(new AsyncResource('NOVA')).find(({ description }) => (
  description === 'context_frame'));

function Parser(socket) {
  this._headers = NO_HEADERS;
  this._url = '';
  this.socket = socket;
  this.incoming = null;
  this.outgoing = null;
  this.maxHeaderPairs = 2000;
  this._consumed = false;
  this.onIncoming = null;
  this.joinDuplicateHeaders = null;
  this.resource = null;
  this.trailers = undefined;
  // What `finish` says at the end of the stream: an error within a message.
  this.unfinished = undefined;
  // The octets that an error, or an upgrade, is about.
  this.raw = undefined;
  this.onTimeout = null;
  this[kOnExecute] = null;
}

Object.setPrototypeOf(Parser.prototype, HTTPParser.prototype);
Object.defineProperty(Parser.prototype, 'constructor', {
  value: HTTPParser, configurable: true, writable: true,
});

// This is the last thing that Node's listener sets.
Object.defineProperty(Parser.prototype, kOnTimeout, {
  configurable: true,
  get() { return this.onTimeout; },
  set(value) {
    this.onTimeout = value;
    if (this.socket !== null) this.socket[kSetUp] = false;
  },
});

// What Node calls on a parser. None of it concerns the engine.
Parser.prototype.initialize = function initialize() { this.socket[kSetUp] = true; };
Parser.prototype.consume = function consume() {};
Parser.prototype.unconsume = function unconsume() {};
Parser.prototype.remove = function remove() {};
Parser.prototype.close = function close() {};
Parser.prototype.pause = function pause() {};
Parser.prototype.resume = function resume() {};
Parser.prototype.execute = function execute(octets) { return octets.length; };
Parser.prototype.finish = function finish() { return this.unfinished; };
Parser.prototype.getCurrentBuffer = function getCurrentBuffer() { return this.raw; };

// Node puts parsers that it does not need any more back to the others; this one is none of them.
Parser.prototype.free = function free() {
  const { list } = parsers;
  if (list[list.length - 1] === this) list.pop();
};

/** Has Node's connection listener run with our parser: emits 'connection'. */
Parser.prototype.connect = function connect(server, socket) {
  const { list } = parsers;
  list.push(this);
  try {
    server.emit('connection', socket);
  } finally {
    const at = list.indexOf(this);
    if (at !== -1) list.splice(at, 1);
  }
  return socket.parser === this;
};

/** As `connect`, for a connection that has been announced before. */
Parser.prototype.connectAgain = function connectAgain(server, socket) {
  parsers.list.push(this);
  connectionListener.call(server, socket);
};

/** A request has begun. What Node's `parserOnHeadersComplete` does, with `headers` made already. */
Parser.prototype.begin = function begin(head) {
  const { socket } = this;
  const { server } = socket;
  const incoming = this.incoming = new server[kIncomingMessage](socket);
  const minor = (head.flags & 4) ? 0 : 1;
  incoming.httpVersionMajor = 1;
  incoming.httpVersionMinor = minor;
  incoming.httpVersion = minor === 1 ? '1.1' : '1.0';
  incoming.joinDuplicateHeaders = server.joinDuplicateHeaders || this.joinDuplicateHeaders;
  incoming.url = head.url;
  incoming.upgrade = (head.flags & 2) !== 0;
  const rawHeaders = head.takeRaw();
  let count = rawHeaders.length;
  if (this.maxHeaderPairs > 0 && count > this.maxHeaderPairs) count = this.maxHeaderPairs;
  incoming._addHeaderLines(rawHeaders, count);
  if (count === rawHeaders.length) {
    const headers = head.takeHeaders();
    if (headers !== undefined) incoming[kHeaders] = headers;
  }
  incoming.method = head.method;
  return this.onIncoming(incoming, (head.flags & 1) !== 0);
};

/** A request without content. */
Parser.prototype.beginWhole = function beginWhole(head) {
  this.begin(head);
  this.complete(undefined);
};

/** As `begin` or `beginWhole`, in the request's own asynchronous context. */
Parser.prototype.beginRequest = function beginRequest(begin, head) {
  const { socket } = this;
  const resource = this.resource = new HTTPServerAsyncResource(socket);
  // It is what `listen` was called in that goes on, whatever the last request was done in.
  if (kFrame !== undefined) resource[kFrame] = socket[kLink].resource[kFrame];
  return resource.runInAsyncScope(begin, this, head);
};

/** Content of the request. */
Parser.prototype.content = function content(octets) {
  const stream = this.incoming;
  if (stream === null || stream[kSkipPendingData] || stream._dumped) return;
  if (!stream.push(octets)) this.socket.pause();
};

/** The request is complete. */
Parser.prototype.complete = function complete(trailers) {
  const stream = this.incoming;
  const { socket } = this;
  if (stream !== null && !stream[kSkipPendingData]) {
    stream.complete = true;
    if (trailers !== undefined) stream._addHeaderLines(trailers, trailers.length);
    if (trailers !== undefined || !ended(stream)) stream.push(null);
  }
  if (socket !== null && !socket._paused && socket.readable) socket.resume();
};

/** Runs one of the above in the request's own asynchronous context. */
Parser.prototype.within = function within(call, argument) {
  const { resource } = this;
  if (resource === null) return this.socket[kLink].resource.runInAsyncScope(call, this, argument);
  return resource.runInAsyncScope(call, this, argument);
};

/**
 * The client has broken a rule.
 * @param {Error} error as Node's parser would say it
 * @param {Buffer} raw what it was read from
 */
Parser.prototype.fail = function fail(error, raw) {
  this.raw = raw;
  this[kOnExecute](error);
};

/** As `fail`, for `within`. */
Parser.prototype.failWith = function failWith({ error, raw }) { this.fail(error, raw); };

module.exports = { Parser };
