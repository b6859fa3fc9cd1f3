'use strict';

// The way out: what is written goes to the engine in one call; when it has left, whoever waits is told.

const net = require('net');
const { isUint8Array } = require('util').types;
const settle = require('../settle');
const { Socket, isWhole } = require('./base');
const { kClosing, kEnded, kLink, kName, kPending, kStalled, kStopped, kWaiting, kWhole } = require('./keys');
const { LightState } = require('./light');

const plain = net.Socket.prototype;

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
  if (callbacks !== null) tell(socket, callbacks);
  roomAgain(socket);
}

/** Tells who waits for octets to leave; if these were the last ones of an answer, its request ends, too. */
function tell(socket, callbacks) {
  const { _httpMessage: answer } = socket;
  const request = answer ? settle.begin(answer) : undefined;
  try {
    for (const callback of callbacks) callback(null);
  } finally {
    if (request !== undefined) settle.goOn(request, socket._httpMessage !== answer);
  }
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
  if (this[kEnded] || this[kClosing] || (typeof data !== 'string' && !isUint8Array(data)) ||
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

module.exports = { drained, gave };
