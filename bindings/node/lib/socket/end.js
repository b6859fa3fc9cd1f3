'use strict';

// How it ends: our direction, then all of it, and what is said about that, and when.

const net = require('net');
const { Socket, isWhole } = require('./base');
const { kClosing, kEnded, kFinished, kLink, kName, kWaiting, kWhole } = require('./keys');
const { gave } = require('./write');

const plain = net.Socket.prototype;

Socket.prototype._final = function _final(callback) {
  if (this[kName] !== -1) this[kLink].engine.end(this[kName]);
  setImmediate(callback);
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
