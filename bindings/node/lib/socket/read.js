'use strict';

// The way in: whether it is read from; the octets themselves go from the engine to the parser.

const net = require('net');
const { Socket, isWhole } = require('./base');
const { kClosing, kLink, kName, kQuiet, kStopped } = require('./keys');

const plain = net.Socket.prototype;

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

module.exports = { emitQuietly };
