'use strict';

// Whoever touches stream state makes the socket a whole Duplex, with the same identity; what can be
// answered without is.

const net = require('net');
const { EventEmitter } = require('events');
const { Duplex, Writable } = require('stream');
const { Socket, isWhole } = require('./base');
const {
  kClosing, kEnded, kFinished, kLink, kName, kPeerEnded, kPending, kSetUp, kStopped, kWhole,
} = require('./keys');
const { LightState } = require('./light');

const emitter = EventEmitter.prototype;
const plain = net.Socket.prototype;

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
