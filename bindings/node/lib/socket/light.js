'use strict';

// What stands for a socket's `_writableState` until somebody wants more of it than Node's outgoing code.

const { Writable } = require('stream');
const { kWhole } = require('./keys');

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

module.exports = { LightState };
