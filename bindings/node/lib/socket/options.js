'use strict';

// What can be set on a socket: time limits, what the kernel does, whether the process waits for it.

const net = require('net');
const { Socket } = require('./base');
const { kClosing, kLink, kName, kStalled } = require('./keys');

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
