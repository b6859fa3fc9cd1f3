'use strict';

// Between one `http.Server` and its engine: which connection has which socket, and what each of the
// engine's events means for it. In which order they are heard is `inbox.js`'s.

const dc = require('diagnostics_channel');
const http = require('http');
const net = require('net');
const { AsyncResource } = require('async_hooks');
const internals = require('./internals');
const native = require('./native');
const { faultOf, tooMany } = require('./fault');
const { Folder, kUsed, note } = require('./fold');
const { words, linesOf } = require('./head');
const { Inbox, SLOTS } = require('./inbox');
const { Parser } = require('./parser');
const { predictorOf } = require('./predict');
const { closeHandle, handleOf, migrateWhenQuiet, release } = require('./real');
const { CONNECTION } = require('./reasons');
const {
  Socket, drained, emitQuietly, isWhole, kClosing, kLink, kLoose, kName, kPeerEnded, kRead, kStopped,
  kWaiting, kWritten,
} = require('./socket');

const { kOnExecute } = internals;

const MAJOR = Number(process.versions.node.split('.')[0]);
/** In old versions a `maxConnections` of zero means none. */
const ZERO_IS_A_LIMIT = MAJOR >= 22;
/** In new ones a connection that has sent nothing yet is idle. */
const NEW_IS_IDLE = MAJOR >= 26;
/** A place that has a connection, but no socket yet. */
const UNSEEN = 1;
/** A place whose socket nobody had any more: see `fold.js`. */
const FOLDED = 2;

const socketChannel = dc.channel('net.server.socket');

/** What the engine's events happen in: the context that `listen` was called in. */
class LinkResource extends AsyncResource {
  constructor(link) {
    super('TCPSERVERWRAP');
    this.link = link;
  }

  /** What a turn has brought. */
  all(count) { this.link.inbox.all(count); }
}

class Link {
  /** @param {http.Server} server */
  constructor(server) {
    this.server = server;
    this.sockets = [];
    this.names = [];
    this.timeouts = new Uint32Array(1024);
    this.live = 0;
    this.unheld = 0;
    this.listening = false;
    this.holds = true;
    this.left = false;
    // Whether to look behind all events of a turn if there is anything left to serve.
    this.leaving = false;
    this.migrated = { __proto__: null };
    this.folder = new Folder(this);
    this.predictor = predictorOf(server);
    this.resource = new LinkResource(this);
    this.resourceId = this.resource.asyncId();
    this.inbox = new Inbox(this);
    this.engine = new native.Engine(
      this, this.resource, HANDLERS, words, this.inbox.words, server.maxHeaderSize || http.maxHeaderSize);
    this.engine.timeouts(this.timeouts);
    this.inbox.open();
  }

  // What the engine calls, in the order of the addon's list.

  accepted(name) {
    const { server } = this;
    // As of those that the kernel has not given out when a server closes, nobody hears of it.
    if (this.left) return;
    const slot = name % SLOTS;
    const most = server.maxConnections;
    if ((most === 0 ? ZERO_IS_A_LIMIT : Boolean(most)) && server._connections >= most) {
      this.drop(name);
      return;
    }
    if (slot >= this.timeouts.length) this.growTimeouts(slot);
    this.timeouts[slot] = server.timeout || 0;
    if (server.timeout) this.engine.look(name);
    this.names[slot] = name;
    this.sockets[slot] = UNSEEN;
    server._connections++;
    this.live++;
    if (!this.held) this.hold();
    if (server.noDelay === false) this.engine.option(name, 0, 0);
    if (server.keepAlive) {
      this.engine.option(name, 1, Math.trunc((server.keepAliveInitialDelay || 0) / 1000));
    }
    // Somebody wants to see connections as they come.
    if (server.listenerCount('connection') > 1 || server.emit !== net.Server.prototype.emit ||
        socketChannel.hasSubscribers) {
      this.socketOf(name);
    }
  }

  trailers(name, text, count) {
    const { parser } = this.socketOf(name);
    if (parser) parser.trailers = linesOf(text, words, count);
  }

  unusual(name, reason) {
    this.migrateWhenQuiet(this.socketOf(name), CONNECTION[reason]);
  }

  fault(name, code, reason, raw, at, opening, fresh) {
    const { parser } = this.socketOf(name);
    if (!parser) return;
    const error = faultOf(this.server, raw, at, opening, code, reason);
    // Node speaks of what has just come.
    error.bytesParsed = Math.max(0, error.bytesParsed - fresh);
    parser.within(parser.failWith, { error, raw: raw.subarray(fresh) });
  }

  /** Octets for listeners to a socket's 'data'; they are read by the engine all the same. */
  raw(name, octets) {
    const socket = this.at(name % SLOTS);
    if (typeof socket === 'object' && socket[kName] === name) socket.emit('data', octets);
  }

  peerEnd(name, whole) {
    const socket = this.socketOf(name);
    const { parser } = socket;
    if (parser) {
      parser.unfinished = undefined;
      if (!whole) {
        const error = new Error('Parse Error');
        error.code = 'HPE_INVALID_EOF_STATE';
        error.reason = 'Invalid EOF state';
        error.bytesParsed = 0;
        error.rawPacket = undefined;
        parser.unfinished = error;
      }
    }
    sayPeerEnd(socket);
  }

  drained(name) {
    const socket = this.at(name % SLOTS);
    if (typeof socket === 'object' && socket[kName] === name) drained(socket);
  }

  timedOut(name) {
    this.socketOf(name)._onTimeout();
  }

  closed(name, reset, received, written) {
    const slot = name % SLOTS;
    if (this.names[slot] !== name) return;
    const socket = this.at(slot);
    this.forget(slot);
    if (socket === UNSEEN || socket === FOLDED) {
      this.server._connections--;
      this.server._emitCloseIfDrained();
      return;
    }
    socket[kName] = -1;
    socket[kRead] = received;
    socket[kWritten] = written;
    if (reset) {
      const error = new Error('read ECONNRESET');
      error.errno = -104;
      error.code = 'ECONNRESET';
      error.syscall = 'read';
      socket.destroy(error);
    } else {
      if (!socket[kPeerEnded]) sayPeerEnd(socket);
      // A stream that ends says so before it closes.
      if (isWhole(socket) || (socket.writableEnded && !socket.writableFinished && socket[kWaiting] === null)) {
        setImmediate(destroy, socket);
      } else {
        socket.destroy();
      }
    }
  }

  // What comes of it.

  content({ parser }, octets) {
    if (parser) parser.within(parser.content, octets);
  }

  end({ parser }) {
    if (!parser) return;
    const { trailers } = parser;
    parser.trailers = undefined;
    parser.within(parser.complete, trailers);
  }

  /** A request has come: whole, or with content to come. */
  request(socket, head) {
    const { parser } = socket;
    if (!parser) return;
    socket[kUsed] = true;
    if (parser.maxHeaderPairs > 0 && head.rawHeaders.length > parser.maxHeaderPairs) {
      // Node's parser cuts them off, or refuses them, as its version is.
      const raw = Buffer.from(head.text, 'latin1');
      const error = tooMany(raw, parser.maxHeaderPairs, this.server);
      if (error !== undefined) {
        parser.fail(error, raw);
        return;
      }
    }
    if (head.method === undefined) {
      const raw = Buffer.from(head.text, 'latin1');
      parser.fail(faultOf(this.server, raw, 0, '', 'HPE_INVALID_METHOD', 'Invalid method encountered'), raw);
      return;
    }
    if ((head.flags & 2) !== 0) {
      this.upgrade(socket, head);
      return;
    }
    parser.beginRequest((head.flags & 8) === 0 ? parser.beginWhole : parser.begin, head);
  }

  /** A request to leave HTTP: a real socket if somebody listens, an ordinary request otherwise. */
  upgrade(socket, head) {
    const { parser } = socket;
    parser.beginRequest(parser.begin, head);
    // Node has asked the server whether it wants it.
    if (!parser.incoming.upgrade) {
      if ((head.flags & 8) === 0) parser.within(parser.complete, undefined);
      if (socket[kName] !== -1) this.engine.goOn(socket[kName]);
      return;
    }
    parser.within(parser.complete, undefined);
    const released = this.release(socket, head.method === 'CONNECT' ? 'connect' : 'upgrade');
    if (released === undefined) return;
    parser.raw = released.unread;
    parser.resource.runInAsyncScope(parser[kOnExecute], parser, 0);
  }

  /** As `socketOf`. */
  socketIn(slot, generation) {
    const name = generation * SLOTS + slot;
    const known = this.sockets[slot];
    return typeof known === 'object' && known[kName] === name ? known : this.socketOf(name);
  }

  /** The socket of a connection, made when it is needed. */
  socketOf(name) {
    const slot = name % SLOTS;
    const known = this.at(slot);
    if (typeof known === 'object' && this.names[slot] === name) return known;
    const socket = new Socket(this, name);
    if (this.names[slot] !== name) {
      // It has ended meanwhile; what is left to say about it is said to nobody.
      socket[kName] = -1;
      socket[kClosing] = true;
      return socket;
    }
    this.sockets[slot] = socket;
    const parser = new Parser(socket);
    if (known === FOLDED) {
      this.timeouts[slot] = this.server.timeout || 0;
      parser.connectAgain(this.server, socket);
    } else if (!this.resource.runInAsyncScope(parser.connect, parser, this.server, socket) && !socket.destroyed) {
      // Nobody reads it: it is somebody's plain socket from now on.
      this.release(socket, 'noListener');
      return socket;
    }
    if (socket[kStopped]) process.nextTick(flowNT, this, socket);
    if (known !== FOLDED && socketChannel.hasSubscribers) socketChannel.publish({ socket });
    if (this.server.listenerCount('connection') === 1) {
      note(socket);
      this.folder.start();
    }
    return socket;
  }

  /** What is known of a place. */
  at(slot) {
    const known = this.sockets[slot];
    if (!(known instanceof WeakRef)) return known;
    return (this.sockets[slot] = known.deref() ?? FOLDED);
  }

  /** Takes the connection out of the engine and gives its descriptor to its socket. */
  release(socket, reason) { return release(this, socket, reason); }

  /** Gives the connection to Node's own parser, as soon as nothing of it is unanswered. */
  migrateWhenQuiet(socket, reason, ahead) { migrateWhenQuiet(this, socket, reason, ahead); }

  /** The socket was sent to another process: ours is closed, the connection goes on there. */
  sent(socket) {
    const name = socket[kName];
    this.migrated.sent = (this.migrated.sent || 0) + 1;
    socket[kName] = -1;
    this.forget(name % SLOTS);
    this.engine.cut(name, false);
  }

  /** A socket is done with its connection; `sent`: all of its answer has left. */
  finish(socket, sent) {
    const name = socket[kName];
    if (name !== -1) {
      socket[kRead] = this.engine.received(name);
      socket[kWritten] = this.engine.written(name);
      socket[kName] = -1;
      this.forget(name % SLOTS);
      if (!sent) this.engine.cut(name, false);
    }
    closeHandle(socket);
    const { _server: server } = socket;
    if (server) {
      server._connections--;
      server._emitCloseIfDrained();
    }
  }

  forget(slot) {
    if (this.sockets[slot] === undefined) return;
    const socket = this.at(slot);
    if (typeof socket === 'object' && socket[kLoose]) this.unheld--;
    this.sockets[slot] = undefined;
    this.names[slot] = -1;
    this.timeouts[slot] = 0;
    this.live--;
    this.hold();
    this.leaveIfDone();
  }

  /** Leaves if the server listens no more, and the last connection has ended. */
  leaveIfDone() {
    if (this.listening || this.live !== 0 || this.leaving) return;
    if (!this.inbox.awaits()) {
      this.leave();
      return;
    }
    // For Node there is one more connection until we know.
    this.leaving = true;
    this.server._connections++;
  }

  /** Everything has been heard: the last connection has ended, or it was not the last one. */
  leaveAfterAll() {
    const { server } = this;
    this.leaving = false;
    this.leaveIfDone();
    server._connections--;
    server._emitCloseIfDrained();
  }

  /** Nothing is left to serve. */
  leave() {
    this.left = true;
    this.inbox.close();
    this.folder.stop();
    this.engine.leave();
  }

  drop(name) {
    const { server, engine } = this;
    const peer = engine.address(name, true);
    const local = engine.address(name, false);
    engine.cut(name, false);
    const data = { __proto__: null };
    if (local) [data.localAddress, data.localPort, data.localFamily] = local;
    if (peer) [data.remoteAddress, data.remotePort, data.remoteFamily] = peer;
    server.emit('drop', data);
  }

  pause(socket, on) {
    socket[kStopped] = on;
    if (socket[kName] === -1) return;
    this.engine.pause(socket[kName], on);
    this.holdOrLoose(socket);
  }

  setTimeout(name, msecs) {
    const slot = name % SLOTS;
    this.timeouts[slot] = msecs;
    // Longer ones are seen in time: see the addon's `protocol.rs`.
    if (msecs !== 0 && msecs < 4000) this.engine.look(name);
  }

  growTimeouts(slot) {
    const larger = new Uint32Array(2 ** Math.ceil(Math.log2(slot + 2)));
    larger.set(this.timeouts);
    this.timeouts = larger;
    this.engine.timeouts(larger);
  }

  /** Whether the program goes on for this server: while it listens, and while it has connections. */
  hold() {
    const on = (this.listening && this.holds) || this.live > this.unheld;
    if (on !== this.held) {
      this.held = on;
      this.engine.hold(on);
    }
  }

  holdFor(socket, on) {
    if (socket[kName] === -1) return;
    socket.unheld = !on;
    this.holdOrLoose(socket);
  }

  /** As with libuv's handles, neither does one that nothing is read from or written to. */
  holdOrLoose(socket) {
    const loose = socket.unheld === true || (socket[kStopped] && socket[kWaiting] === null);
    if (socket[kLoose] === loose) return;
    socket[kLoose] = loose;
    this.unheld += loose ? 1 : -1;
    this.hold();
  }

  handleOf(socket) { return handleOf(this, socket); }

  /** Connections for Node's `closeAllConnections` and its time limits, as its own list gives them. */
  connections(kind, headersTimeout, requestTimeout) {
    const names = this.engine.connections(kind, headersTimeout || 0, requestTimeout || 0);
    if (kind === 1 && NEW_IS_IDLE) {
      names.push(...this.engine.connections(0, 0, 0).filter((name) => this.engine.received(name) === 0));
    }
    const live = names.filter((name) => this.names[name % SLOTS] === name);
    const sockets = live.map((name) => this.socketOf(name));
    // The engine may have read the end of a request that JavaScript has not heard of yet.
    const heard = kind !== 1 ? sockets : sockets.filter(({ parser }) => parser?.incoming?.complete !== false);
    return heard.map((socket) => ({ socket }));
  }
}

/** The peer sends nothing any more. */
function sayPeerEnd(socket) {
  socket[kPeerEnded] = true;
  if (isWhole(socket)) {
    socket.push(null);
    socket.resume();
  } else {
    socket.emit('end');
  }
}

function destroy(socket) {
  socket.destroy();
}

// Node's parser is fed by a stream that has begun to flow with it: who pauses it at once comes too early.
function flowNT(link, socket) {
  if (socket._paused || socket[kName] === -1) return;
  link.pause(socket, false);
  emitQuietly(socket, 'resume');
}

const HANDLERS = [
  LinkResource.prototype.all, Link.prototype.accepted, Link.prototype.trailers, Link.prototype.unusual,
  Link.prototype.fault, Link.prototype.peerEnd, Link.prototype.drained, Link.prototype.timedOut,
  Link.prototype.closed, Link.prototype.raw,
];

module.exports = { Link, kLink };
