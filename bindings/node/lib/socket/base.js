'use strict';

// What a socket of the engine's is before anything of it has a method: its state, in one shape.

const net = require('net');
const { getDefaultHighWaterMark } = require('stream');
const { kAsyncId } = require('../internals');
const {
  kClosing, kEnded, kFinished, kHandle, kLink, kLoose, kName, kPeerEnded, kPending, kQuiet, kRead, kSetUp,
  kStalled, kStopped, kWaiting, kWritten,
} = require('./keys');
const { LightState } = require('./light');

/** What every socket of Node's listens to itself with. */
const [onReadableStreamEnd] = new net.Socket().listeners('end');

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
Object.setPrototypeOf(Socket.prototype, net.Socket.prototype);
Object.defineProperty(Socket.prototype, 'constructor', {
  value: net.Socket, configurable: true, writable: true,
});

/** Whether it is a whole Duplex. */
function isWhole(socket) {
  return !(socket._writableState instanceof LightState);
}

module.exports = { Socket, isWhole };
