'use strict';

// What an idle connection keeps in JavaScript: nothing, if nobody has touched its socket.
//
// A socket with Node's parser state costs some 3 kB. Ten thousand clients that wait between two requests
// would cost 30 MB of it. So sockets that have been idle for a while are held weakly: whoever still has
// one (a program that keeps `req`) keeps it alive, and it stays the connection's socket; of the others
// the garbage collector makes room, and the next request gets a new one. A socket that a program has
// written a property on, listens to or reads from is never given up; it is slimmed.

/** How often it is looked, in milliseconds: a socket that was idle at two looks is held weakly. */
const EVERY = 2000;
/** Sockets that are looked at in one go. */
const AT_ONCE = 1000;

const { kHandle } = require('./socket');

const kKeys = Symbol('nova keys');
const kListeners = Symbol('nova listeners');
const kUsed = Symbol('nova used');

/** How many listeners a socket has. */
function listenersOf(socket) {
  let count = 0;
  for (const event in socket._events) {
    const listeners = socket._events[event];
    count += typeof listeners === 'function' ? 1 : listeners.length;
  }
  return count;
}

/** Notes how a socket is when Node has set it up, and nobody else has seen it. */
function note(socket) {
  socket[kKeys] = 0;
  socket[kListeners] = 0;
  socket[kUsed] = true;
  socket[kKeys] = Reflect.ownKeys(socket).length;
  socket[kListeners] = listenersOf(socket);
}

/** Whether no request of it is being received or answered. */
function isIdle({ parser, _httpMessage }) {
  return Boolean(parser) && !_httpMessage &&
    (parser.incoming === null || (parser.incoming.complete && parser.incoming.readableEnded));
}

/** Whether nothing of a program's would be lost with an idle socket. */
function isUntouched(socket) {
  return socket[kHandle] === undefined && !socket.unheld &&
    Reflect.ownKeys(socket).length === socket[kKeys] && listenersOf(socket) === socket[kListeners];
}

/**
 * Whether the socket's time limit is one that the next request does away with, or that every socket of the
 * server has. With `keepAliveTimeout` Node sets its own behind each answer, and takes it back.
 */
function isNodesLimit({ timeout }, { keepAliveTimeout, timeout: all }) {
  return Boolean(keepAliveTimeout) || (timeout || 0) === (all || 0);
}

/** Drops what an idle socket need not have, once for each silence. */
function slim(socket) {
  // The last request's; the next one has its own.
  socket.parser.resource = null;
  // Each answer listens for a while; arrays keep the room that they were given for it, 150 octets.
  for (const event in socket._events) {
    const listeners = socket._events[event];
    if (typeof listeners !== 'function' && !listeners.warned) socket._events[event] = listeners.slice();
  }
}

/** Looks at the sockets of a link now and then, for as long as there are any. */
class Folder {
  constructor(link) {
    this.link = link;
    this.timer = null;
    this.next = 0;
  }

  /** There is a socket to look at. */
  start() {
    if (this.timer === null) this.timer = setTimeout(Folder.look, EVERY, this).unref();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  static look(folder) {
    const { sockets, server } = folder.link;
    folder.timer = null;
    let left = 0;
    // Node counts the requests of a connection, if there is a bound of them.
    const counted = server.maxRequestsPerSocket > 0;
    const end = Math.min(sockets.length, folder.next + AT_ONCE);
    for (let slot = folder.next; slot < end; slot++) {
      const socket = sockets[slot];
      if (typeof socket !== 'object' || socket instanceof WeakRef || socket[kKeys] === undefined) continue;
      if (!socket[kUsed] && isIdle(socket)) {
        if (!counted && isUntouched(socket) && isNodesLimit(socket, server)) {
          sockets[slot] = new WeakRef(socket);
          continue;
        }
        if (socket.parser.resource !== null) slim(socket);
      }
      left++;
      socket[kUsed] = false;
    }
    const more = end < sockets.length;
    folder.next = more ? end : 0;
    if (folder.link.live > 0 && (more || left > 0)) {
      folder.timer = setTimeout(Folder.look, more ? 1 : EVERY, folder).unref();
    }
  }
}

module.exports = { Folder, kUsed, note };
