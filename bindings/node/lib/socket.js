'use strict';

// The socket of a connection that the engine serves: an instance of `net.Socket` that owns no stream
// until somebody asks for one. Node's own outgoing code writes to it; what it writes goes to the engine
// in one call. Whoever touches stream state (`_readableState`, 'data', `pipe` …) makes it a whole
// Duplex, with the same identity.

const net = require('net');
const { EventEmitter } = require('events');
const internals = require('./internals');
const { answered } = require('./settle');

const { Duplex, Readable, Writable, kAsyncId } = internals;
const { getDefaultHighWaterMark } = require('stream');
const emitter = EventEmitter.prototype;
const plain = net.Socket.prototype;

const kLink = Symbol('nova link');
const kName = Symbol('nova name');
const kWhole = Symbol('nova whole');
const kSetUp = Symbol('nova set up');
const kStopped = Symbol('nova stopped');
const kPending = Symbol('nova pending');
const kWaiting = Symbol('nova waiting');
const kEnded = Symbol('nova ended');
const kPeerEnded = Symbol('nova peer ended');
const kClosing = Symbol('nova closing');
const kWritten = Symbol('nova written');
const kRead = Symbol('nova read');
const kQuiet = Symbol('nova quiet');
const kFinished = Symbol('nova finished');
const kStalled = Symbol('nova stalled');
const kLoose = Symbol('nova loose');
const kHandle = Symbol('nova handle');

/** What every socket of Node's listens to itself with. */
const [onReadableStreamEnd] = new net.Socket().listeners('end');

/** What Node's outgoing code touches of a socket's `_writableState`, until it is whole. */
class LightState {
  constructor(socket, highWaterMark) {
    this.socket = socket;
    this.corked = 0;
    this.needDrain = false;
    this.highWaterMark = highWaterMark;
    // Octets that are held back while it is corked, or have not left.
    this.length = 0;
  }
}

/** The rest of it makes the socket whole. */
function completeLightState() {
  // By this Node knows streams that are `instanceof Writable`.
  Object.setPrototypeOf(LightState.prototype, Writable.WritableState.prototype);
  const probe = new Writable();
  const names = new Set();
  for (let at = probe._writableState; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Reflect.ownKeys(at)) names.add(name);
  }
  for (const name of ['socket', 'corked', 'needDrain', 'highWaterMark', 'length', 'constructor']) {
    names.delete(name);
    const { value } = Object.getOwnPropertyDescriptor(LightState.prototype, name) ?? {};
    Object.defineProperty(LightState.prototype, name, { value, writable: true, configurable: true });
  }
  for (const name of names) {
    Object.defineProperty(LightState.prototype, name, {
      configurable: true,
      get() { return this.socket[kWhole]()._writableState[name]; },
      set(value) { this.socket[kWhole]()._writableState[name] = value; },
    });
  }
}
completeLightState();

/**
 * @param {object} link the server's `Link`
 * @param {number} name the engine's name of the connection
 */
function Socket(link, name) {
  const { server } = link;
  const mark = server.highWaterMark === undefined ? getDefaultHighWaterMark() : server.highWaterMark;
  this.connecting = false;
  this._hadError = false;
  this._parent = null;
  this._host = null;
  this._closeAfterHandlingError = false;
  this._events = { __proto__: null, end: onReadableStreamEnd };
  this._eventsCount = 1;
  this._maxListeners = undefined;
  this._writableState = new LightState(this, mark);
  this.allowHalfOpen = true;
  this._sockname = undefined;
  this._peername = undefined;
  this._pendingData = null;
  this._pendingEncoding = '';
  this.server = server;
  this._server = server;
  this.parser = null;
  this._paused = false;
  this._httpMessage = undefined;
  this.timeout = undefined;
  this[kHandle] = undefined;
  this[kAsyncId] = -1;
  this[kLink] = link;
  this[kName] = name;
  this[kSetUp] = false;
  this[kStopped] = false;
  this[kLoose] = false;
  // What a corked socket has been given, and callbacks of what has not left.
  this[kPending] = null;
  this[kWaiting] = null;
  this[kEnded] = false;
  this[kPeerEnded] = false;
  this[kClosing] = false;
  this[kWritten] = 0;
  this[kRead] = 0;
  this[kQuiet] = false;
  this[kFinished] = false;
  // Of a write that has not left at once: its octets; then what of them was left at a time limit.
  this[kStalled] = 0;
}
Object.setPrototypeOf(Socket.prototype, plain);
Object.defineProperty(Socket.prototype, 'constructor', {
  value: net.Socket, configurable: true, writable: true,
});

/** Whether it is a whole Duplex. */
function isWhole(socket) {
  return !(socket._writableState instanceof LightState);
}

/** Makes it a whole Duplex; nothing that is visible changes. */
Socket.prototype[kWhole] = function whole() {
  const light = this._writableState;
  if (!(light instanceof LightState)) return this;
  const { destroyed } = this;
  Object.defineProperty(this, '_readableState', { value: undefined, writable: true, configurable: true, enumerable: true });
  Duplex.call(this, {
    allowHalfOpen: true,
    emitClose: false,
    autoDestroy: true,
    decodeStrings: false,
    highWaterMark: light.highWaterMark,
  });
  this._readableState.flowing = !this[kStopped];
  const state = this._writableState;
  for (let corks = light.corked; corks > 0; corks--) Writable.prototype.cork.call(this);
  state.needDrain = light.needDrain;
  if (destroyed) {
    state.destroyed = state.closed = true;
    this._readableState.destroyed = this._readableState.closed = true;
  }
  if (this[kPending] !== null) {
    const pending = this[kPending];
    this[kPending] = null;
    for (const { data, encoding, callback } of pending) {
      Writable.prototype.write.call(this, data, encoding, callback);
    }
  }
  if (this[kEnded] && !destroyed) Writable.prototype.end.call(this);
  if (this[kPeerEnded]) this.push(null);
  return this;
};

// The getters of streams, answered without one as long as there is none.
function getter(name, light) {
  let from = plain;
  let found;
  while (from && !found) {
    found = Object.getOwnPropertyDescriptor(from, name);
    from = Object.getPrototypeOf(from);
  }
  Object.defineProperty(Socket.prototype, name, {
    configurable: true,
    enumerable: found ? found.enumerable : false,
    get() {
      return isWhole(this) ? (found && found.get ? found.get.call(this) : undefined) : light.call(this);
    },
    set(value) {
      this[kWhole]();
      if (found && found.set) found.set.call(this, value);
    },
  });
}

Object.defineProperty(Socket.prototype, '_readableState', {
  configurable: true,
  get() { return this[kWhole]()._readableState; },
  set(value) {
    Object.defineProperty(this, '_readableState', { value, writable: true, configurable: true, enumerable: true });
  },
});
getter('readable', function readable() { return !this[kClosing] && !this[kPeerEnded]; });
getter('writable', function writable() { return !this[kClosing] && !this[kEnded]; });
getter('destroyed', function destroyed() { return this[kClosing]; });
getter('closed', function isClosed() { return this[kName] === -1; });
getter('errored', function errored() { return null; });
getter('writableEnded', function writableEnded() { return this[kEnded]; });
getter('writableFinished', function writableFinished() { return this[kFinished]; });
getter('writableCorked', function writableCorked() { return this._writableState.corked; });
getter('writableNeedDrain', function writableNeedDrain() { return this._writableState.needDrain; });
getter('writableHighWaterMark', function writableHighWaterMark() { return this._writableState.highWaterMark; });
getter('readableHighWaterMark', function readableHighWaterMark() { return this._writableState.highWaterMark; });
getter('writableObjectMode', function writableObjectMode() { return false; });
getter('readableObjectMode', function readableObjectMode() { return false; });
getter('readableFlowing', function readableFlowing() { return true; });

// While Node's connection listener sets up (from the parser's `initialize` on), it listens to the
// stream that its parser would be fed by; there is none, and there need not be.
for (const name of ['on', 'addListener', 'prependListener']) {
  const light = emitter[name];
  const whole = plain[name];
  const method = function listen(event, listener) {
    if (this[kSetUp] && !isWhole(this)) return light.call(this, event, listener);
    if (!isWhole(this) && event !== 'data' && event !== 'readable') {
      return light.call(this, event, listener);
    }
    whole.call(this[kWhole](), event, listener);
    // It wants the octets that the engine reads, too.
    if (event === 'data' && this[kName] !== -1) this[kLink].engine.tap(this[kName], true);
    return this;
  };
  Object.defineProperty(Socket.prototype, name, {
    configurable: true,
    get() { return method; },
    set(value) {
      // Node wraps it for sockets that its parser reads; ours is not read by that.
      if (this[kSetUp]) return;
      Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true });
    },
  });
}
for (const name of ['removeListener', 'off', 'removeAllListeners']) {
  const light = emitter[name];
  const whole = plain[name];
  Socket.prototype[name] = function unlisten(...given) {
    return (isWhole(this) ? whole : light).apply(this, given);
  };
}

/** Gives the engine text or octets; answers how many have not left, or -1. */
function give(socket, data, encoding) {
  const unsent = giveNow(socket, data, encoding);
  if (unsent > 0) socket[kStalled] = data.length;
  return unsent;
}

function giveNow(socket, data, encoding) {
  const { engine } = socket[kLink];
  const name = socket[kName];
  if (typeof data === 'string') {
    if (encoding === 'latin1' || encoding === 'binary' || encoding === 'ascii') {
      return engine.write(name, data, data.length, true);
    }
    if (!encoding || encoding === 'utf8' || encoding === 'utf-8') {
      return engine.write(name, data, data.length, false);
    }
    data = Buffer.from(data, encoding);
  }
  return engine.writeOctets(name, data);
}

/** In the next tick after a write that has left at once, as Node's streams do it. */
function writtenNT(socket, callbacks) {
  const { _httpMessage: answer } = socket;
  if (answer) answered(answer);
  if (callbacks !== null) for (const callback of callbacks) callback(null);
  roomAgain(socket);
}

/** Nothing waits any more: whoever was told to wait may go on. */
function roomAgain(socket) {
  const state = socket._writableState;
  if (state instanceof LightState && state.needDrain && state.length === 0 && !socket[kClosing]) {
    state.needDrain = false;
    socket.emit('drain');
  }
}

/** After something was given: `unsent` octets have not left. */
function gave(socket, state, unsent, callbacks) {
  if (unsent < 0) {
    // The connection is gone, which has not been heard yet.
    if (callbacks !== null) (socket[kWaiting] ??= []).push(...callbacks);
    return;
  }
  state.length = unsent;
  if (unsent === 0 && socket[kWaiting] === null) {
    if (callbacks !== null || state.needDrain) process.nextTick(writtenNT, socket, callbacks);
    return;
  }
  if (socket[kWaiting] === null) waitUntilDrained(socket);
  if (callbacks !== null) socket[kWaiting].push(...callbacks);
}

function waitUntilDrained(socket) {
  socket[kWaiting] = [];
  socket[kLink].engine.tellWhenDrained(socket[kName]);
  if (socket[kStopped]) socket[kLink].holdOrLoose(socket);
}

Socket.prototype.write = function write(data, encoding, callback) {
  const state = this._writableState;
  if (!(state instanceof LightState)) return plain.write.call(this, data, encoding, callback);
  if (typeof encoding === 'function') {
    callback = encoding;
    encoding = undefined;
  }
  if (this[kEnded] || this[kClosing] || (typeof data !== 'string' && !(data instanceof Uint8Array)) ||
      (encoding !== undefined && encoding !== null && typeof data === 'string' && !Buffer.isEncoding(encoding))) {
    // What is wrong with it is said as Node says it.
    return plain.write.call(this[kWhole](), data, encoding, callback);
  }
  state.length += data.length;
  const room = state.length < state.highWaterMark;
  if (!room) state.needDrain = true;
  if (state.corked !== 0) {
    (this[kPending] ??= []).push({ data, encoding, callback });
    return room;
  }
  const unsent = data.length === 0 ? state.length : give(this, data, encoding);
  gave(this, state, unsent, callback ? [callback] : null);
  return room;
};

Socket.prototype.cork = function cork() {
  const state = this._writableState;
  if (state instanceof LightState) state.corked++;
  else plain.cork.call(this);
};

Socket.prototype.uncork = function uncork() {
  const state = this._writableState;
  if (!(state instanceof LightState)) return plain.uncork.call(this);
  if (state.corked === 0 || --state.corked !== 0 || this[kPending] === null) return undefined;
  const pending = this[kPending];
  this[kPending] = null;
  if (this[kName] === -1) {
    for (const { callback } of pending) if (callback) (this[kWaiting] ??= []).push(callback);
    return undefined;
  }
  let callbacks = null;
  const pieces = [];
  for (const { data, encoding, callback } of pending) {
    if (callback) (callbacks ??= []).push(callback);
    if (data.length !== 0) addPiece(pieces, data, encoding);
  }
  let unsent = this[kWaiting] === null ? 0 : 1;
  if (pieces.length !== 0) unsent = givePieces(this, pieces);
  gave(this, state, unsent, callbacks);
  return undefined;
};

// What a piece is, as the addon's `writePieces` has it.
const UTF8 = 0;
const LATIN1 = 1;
const OCTETS = 2;

function kindOf(data, encoding) {
  if (typeof data !== 'string') return OCTETS;
  if (encoding === 'latin1' || encoding === 'binary' || encoding === 'ascii') return LATIN1;
  return !encoding || encoding === 'utf8' || encoding === 'utf-8' ? UTF8 : undefined;
}

/** Adds data, and behind it what it is; text goes on where text of the same kind has ended. */
function addPiece(pieces, data, encoding) {
  const kind = kindOf(data, encoding);
  const last = pieces.length - 2;
  if (kind === undefined) pieces.push(Buffer.from(data, encoding), OCTETS);
  else if (last >= 0 && kind !== OCTETS && pieces[last + 1] === kind) pieces[last] += data;
  else pieces.push(data, kind);
}

/** As `give`, in one call: one for each piece would send each of them alone. */
function givePieces(socket, pieces) {
  if (pieces.length === 2) return give(socket, pieces[0], pieces[1] === LATIN1 ? 'latin1' : undefined);
  let length = 0;
  for (let i = 0; i < pieces.length; i += 2) {
    length += pieces[i].length;
    pieces[i + 1] += 4 * pieces[i].length;
  }
  const unsent = socket[kLink].engine.writePieces(socket[kName], pieces, pieces.length / 2);
  if (unsent > 0) socket[kStalled] = length;
  return unsent;
}

/** Everything that was written has left. */
function drained(socket) {
  const callbacks = socket[kWaiting];
  socket[kStalled] = 0;
  if (callbacks === null) return;
  socket[kWaiting] = null;
  if (socket[kStopped]) socket[kLink].holdOrLoose(socket);
  if (!isWhole(socket)) socket._writableState.length = 0;
  for (const callback of callbacks) callback(null);
  roomAgain(socket);
}

// The whole stream's way down.
Socket.prototype._writeGeneric = function _writeGeneric(writev, data, encoding, callback) {
  if (this[kName] === -1) {
    const error = new Error('Socket is closed');
    error.code = 'ERR_SOCKET_CLOSED';
    callback(error);
    return;
  }
  let unsent;
  if (writev) {
    const pieces = [];
    for (const { chunk, encoding: of } of data) addPiece(pieces, chunk, of);
    unsent = givePieces(this, pieces);
  } else {
    unsent = give(this, data, encoding);
  }
  if (unsent === 0 && this[kWaiting] === null) {
    callback(null);
    return;
  }
  if (unsent >= 0 && this[kWaiting] === null) waitUntilDrained(this);
  (this[kWaiting] ??= []).push(callback);
};

// Octets of the program's own, in front of the client's, are for Node's parser to read.
for (const name of ['push', 'unshift']) {
  const whole = plain[name];
  Socket.prototype[name] = function put(chunk, encoding) {
    if (chunk === null || this[kName] === -1) return whole.call(this, chunk, encoding);
    const ahead = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    this[kLink].migrateWhenQuiet(this, 'pushed', ahead);
    return true;
  };
}

Socket.prototype._read = function _read() {
  if (this[kStopped]) this[kLink].pause(this, false);
};

Socket.prototype._final = function _final(callback) {
  if (this[kName] !== -1) this[kLink].engine.end(this[kName]);
  setImmediate(callback);
};

Socket.prototype.resume = function resume() {
  if (isWhole(this)) {
    if (this[kStopped] && !this._paused) this[kLink].pause(this, false);
    return plain.resume.call(this);
  }
  if (this[kStopped] && !this._paused) {
    this[kLink].pause(this, false);
    process.nextTick(resumedNT, this);
  }
  return this;
};

function resumedNT(socket) {
  if (!socket[kStopped] && !socket[kClosing]) emitQuietly(socket, 'resume');
}

/** Node's listeners to these look at the handle, which there is no need to have for that. */
function emitQuietly(socket, event) {
  const before = socket[kQuiet];
  socket[kQuiet] = true;
  socket.emit(event);
  socket[kQuiet] = before;
}

Socket.prototype.pause = function pause() {
  const stopped = this[kStopped];
  if (!stopped) this[kLink].pause(this, true);
  if (isWhole(this)) return plain.pause.call(this);
  if (!stopped) emitQuietly(this, 'pause');
  return this;
};

Socket.prototype.end = function end(data, encoding, callback) {
  if (isWhole(this)) return plain.end.call(this, data, encoding, callback);
  if (typeof data === 'function' || typeof encoding === 'function' || callback) {
    return plain.end.call(this[kWhole](), data, encoding, callback);
  }
  if (data !== undefined && data !== null) this.write(data, encoding);
  if (this[kEnded] || this[kClosing]) return this;
  if (this._writableState.corked !== 0) {
    this._writableState.corked = 1;
    this.uncork();
  }
  this[kEnded] = true;
  const unsent = this[kLink].engine.end(this[kName]);
  if (unsent > 0) gave(this, this._writableState, unsent, [() => finished(this)]);
  else setImmediate(finished, this);
  return this;
};

// When libuv would have shut our direction down: when the ticks of this turn are over.
function finished(socket) {
  if (isWhole(socket) || socket[kFinished] || socket[kClosing]) return;
  socket[kFinished] = true;
  socket.emit('finish');
}

Socket.prototype.destroySoon = function destroySoon() {
  if (this.writable) this.end();
  if (this.writableFinished) this.destroy();
  else this.once('finish', this.destroy);
};

Socket.prototype.destroy = function destroy(error, callback) {
  if (isWhole(this)) return plain.destroy.call(this, error, callback);
  if (error || callback) return plain.destroy.call(this[kWhole](), error, callback);
  if (this[kClosing]) return this;
  this[kClosing] = true;
  this[kLink].finish(this, this[kEnded] && this[kWaiting] === null);
  setImmediate(closed, this, false);
  return this;
};

Socket.prototype._destroy = function _destroy(error, callback) {
  this[kClosing] = true;
  this[kLink].finish(this, this[kEnded] && this[kWaiting] === null);
  callback(error);
  setImmediate(closed, this, Boolean(error));
};

// When libuv would have closed a handle: after everything else of this turn of the loop.
function closed(socket, hadError) {
  const waiting = socket[kWaiting];
  socket[kWaiting] = null;
  if (waiting !== null) {
    const error = new Error('write ECANCELED');
    error.code = 'ECANCELED';
    error.errno = -125;
    error.syscall = 'write';
    for (const callback of waiting) callback(error);
  }
  socket[kLink].resource.runInAsyncScope(socket.emit, socket, 'close', hadError);
  socket.parser = null;
}

Socket.prototype.resetAndDestroy = function resetAndDestroy() {
  if (this[kName] !== -1) this[kLink].engine.cut(this[kName], true);
  return this.destroy();
};

Socket.prototype.setTimeout = function setTimeout(msecs, callback) {
  if (this[kClosing]) return this;
  // Node's own says what is wrong with it, and knows how to listen.
  if (typeof msecs !== 'number' || !(msecs >= 0) || msecs === Infinity || callback !== undefined) {
    checkTimeout(this, msecs, callback);
  }
  msecs = Math.min(Math.trunc(msecs), 2 ** 31 - 1);
  this.timeout = msecs;
  if (this[kName] !== -1) this[kLink].setTimeout(this[kName], msecs);
  return this;
};

/** What Node's `setTimeout` of sockets says of its arguments, and its listener. */
function checkTimeout(socket, msecs, callback) {
  const probe = new net.Socket();
  probe.setTimeout(msecs, callback);
  probe.setTimeout(0);
  probe.destroy();
  if (callback === undefined) return;
  if (msecs === 0) socket.removeListener('timeout', callback);
  else socket.once('timeout', callback);
}

/** Whoever takes its answer, however slowly, is not silent. */
Socket.prototype._onTimeout = function _onTimeout() {
  if (this[kStalled] > 0 && this[kName] !== -1) {
    const { engine } = this[kLink];
    const unsent = engine.unsent(this[kName]);
    if (unsent !== this[kStalled]) {
      this[kStalled] = unsent;
      return;
    }
  }
  this.emit('timeout');
};
Socket.prototype._unrefTimer = function _unrefTimer() {};
Socket.prototype.setNoDelay = function setNoDelay(on) {
  if (this[kName] !== -1) this[kLink].engine.option(this[kName], 0, on === undefined || on ? 1 : 0);
  return this;
};
Socket.prototype.setKeepAlive = function setKeepAlive(on, after) {
  if (this[kName] !== -1) {
    this[kLink].engine.option(this[kName], 1, on ? Math.trunc((Number(after) || 0) / 1000) : -1);
  }
  return this;
};
Socket.prototype.ref = function ref() { this[kLink].holdFor(this, true); return this; };
Socket.prototype.unref = function unref() { this[kLink].holdFor(this, false); return this; };

function address(socket, peer) {
  const kept = peer ? '_peername' : '_sockname';
  if (socket[kept]) return socket[kept];
  if (socket[kName] === -1) return {};
  const found = socket[kLink].engine.address(socket[kName], peer);
  return (socket[kept] = found ? { address: found[0], family: found[2], port: found[1] } : {});
}
Socket.prototype._getpeername = function _getpeername() { return address(this, true); };
Socket.prototype._getsockname = function _getsockname() { return address(this, false); };

Object.defineProperty(Socket.prototype, 'bytesRead', {
  configurable: true,
  enumerable: true,
  get() { return this[kName] === -1 ? this[kRead] : this[kLink].engine.received(this[kName]); },
});

for (const [name, peer, key] of [
  ['remoteAddress', true, 'address'], ['remotePort', true, 'port'], ['remoteFamily', true, 'family'],
  ['localAddress', false, 'address'], ['localPort', false, 'port'], ['localFamily', false, 'family'],
]) {
  Object.defineProperty(Socket.prototype, name, {
    configurable: true, enumerable: true, get() { return address(this, peer)[key]; },
  });
}
Object.defineProperty(Socket.prototype, 'bytesWritten', {
  configurable: true,
  enumerable: true,
  get() {
    const written = this[kName] === -1 ? this[kWritten] : this[kLink].engine.written(this[kName]);
    return (this[kPending] ?? []).reduce((sum, { data, encoding }) => sum + Buffer.byteLength(data, encoding), written);
  },
});

/** What Node's own listeners see of a handle. */
const STUB = { reading: false, readStart() {}, readStop() {} };

Object.defineProperty(Socket.prototype, '_handle', {
  configurable: true,
  get() {
    if (this[kSetUp] || this[kQuiet]) return STUB;
    if (this[kClosing] || this[kName] === -1) return null;
    return this[kHandle] === undefined ? this[kLink].handleOf(this) : this[kHandle];
  },
  set(value) {
    this[kHandle] = value;
    // Who takes the handle away has the connection now (`child.send`).
    if (value === null && this[kName] !== -1 && !this[kClosing]) this[kLink].sent(this);
  },
});

module.exports = {
  Socket, drained, emitQuietly, isWhole, kClosing, kEnded, kHandle, kLink, kLoose, kName, kPeerEnded, kRead, kSetUp,
  kStopped, kWaiting, kWhole, kWritten,
};
