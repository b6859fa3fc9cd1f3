'use strict';

// What can be asked of a socket: addresses, counts, and its handle.

const { Socket } = require('./base');
const { kClosing, kHandle, kLink, kName, kPending, kQuiet, kRead, kSetUp, kWritten } = require('./keys');

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
