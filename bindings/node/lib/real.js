'use strict';

// From our socket to one of Node's own: for who leaves HTTP, for what the engine does not do, and for who
// wants a handle.

const net = require('net');
const internals = require('./internals');
const { SLOTS } = require('./inbox');
const { kHandle, kName, kWhole } = require('./socket');

const { kAsyncId, connectionListener, socketListeners } = internals;

/** Takes the connection out of the engine and gives its descriptor to its socket. */
function release(link, socket, reason) {
  const name = socket[kName];
  if (name === -1) return undefined;
  const released = link.engine.release(name);
  link.forget(name % SLOTS);
  socket[kName] = -1;
  if (released === undefined) {
    socket.destroy();
    return undefined;
  }
  link.migrated[reason] = (link.migrated[reason] || 0) + 1;
  const [fd, unread, unsent] = released;
  closeHandle(socket);
  becomeReal(socket, fd);
  if (unsent.length > 0) socket.write(unsent);
  return { unread };
}

/**
 * Gives the connection to Node's own parser, as soon as nothing of it is unanswered; what is `ahead`
 * of the client's octets is read first.
 */
function migrateWhenQuiet(link, socket, reason, ahead) {
  if (socket[kName] === -1) return;
  if (socket._httpMessage) {
    socket._httpMessage.once('close', () => migrateWhenQuiet(link, socket, reason, ahead));
    return;
  }
  const released = release(link, socket, reason);
  if (released === undefined) return;
  for (const event of Object.keys(socketListeners)) {
    const nodes = socket.listeners(event).filter(({ name }) => name === socketListeners[event]);
    for (const listener of nodes) socket.removeListener(event, listener);
  }
  socket.parser = null;
  connectionListener.call(link.server, socket);
  // Its parser reads from the descriptor; what has been read comes first.
  const read = ahead === undefined ? released.unread : Buffer.concat([ahead, released.unread]);
  if (read.length > 0) process.nextTick(readAgainNT, socket, read);
}

function readAgainNT(socket, octets) {
  if (!socket.destroyed) socket.emit('data', octets);
}

/**
 * A handle for whoever looks at `_handle`, or sends the socket to another process: a real one, with a
 * descriptor of its own of the same connection.
 */
function handleOf(link, socket) {
  const fd = link.engine.duplicate(socket[kName]);
  if (fd < 0) return null;
  const { handle, owner } = handleFor(fd);
  if (owner !== undefined) handle[owner] = socket;
  handle.reading = true;
  // It must not take octets from the engine.
  handle.readStart = () => 0;
  handle.readStop = () => 0;
  return (socket[kHandle] = handle);
}

/** Makes our socket what it would have been in Node: a stream over a descriptor of its own. */
function becomeReal(socket, fd) {
  socket[kWhole]();
  const { handle, owner } = handleFor(fd);
  const listeners = socket._events;
  const { server, _httpMessage, parser, _readableState, _writableState } = socket;
  // All of its methods are those of `net.Socket` from here on.
  Object.setPrototypeOf(socket, net.Socket.prototype);
  socket._handle = handle;
  if (owner !== undefined) handle[owner] = socket;
  socket[kAsyncId] = handle.getAsyncId();
  Object.assign(socket, { server, _server: server, _httpMessage, parser, _readableState, _writableState });
  socket._events = listeners;
  handle.reading = false;
  if (!socket.destroyed) socket.read(0);
}

/** The handle that somebody has looked at. */
function closeHandle(socket) {
  if (!socket[kHandle]) return;
  socket[kHandle].close();
  socket[kHandle] = undefined;
}

/** A handle of libuv's for a descriptor, and the symbol by which it knows its socket. */
function handleFor(fd) {
  const carrier = new net.Socket({ fd, manualStart: true, allowHalfOpen: true });
  const handle = carrier._handle;
  const { owner } = carrierSymbols(handle, carrier);
  carrier._handle = null;
  carrier.destroy();
  return { handle, owner };
}

/** The symbol by which a handle knows its socket. */
function carrierSymbols(handle, carrier) {
  for (const symbol of Object.getOwnPropertySymbols(handle)) {
    if (handle[symbol] === carrier) return { owner: symbol };
  }
  return { owner: undefined };
}

module.exports = { closeHandle, handleOf, migrateWhenQuiet, release };
