'use strict';

// `listen` of Node's `http.Server`, with the engine below it: Node does everything until it has a bound
// handle (names, ports, descriptors, cluster), then the handle's descriptor is the engine's.

const http = require('http');
const net = require('net');
const internals = require('./internals');
const native = require('./native');
const report = require('./report');
const { SERVER } = require('./reasons');
// It must see Node's classes before the program does.
require('./settle');

const kNova = Symbol('nova');
const { listen } = net.Server.prototype;
const { _listen2 } = net.Server.prototype;
let warned = false;

/** Why a server is Node's own to serve; undefined if the engine can. */
function whyNot(server) {
  if (native instanceof Error) return 'noAddon';
  if (internals.missing.length > 0) return 'internals';
  if (server.insecureHTTPParser === true || process.execArgv.includes('--insecure-http-parser')) return 'insecureHTTPParser';
  if (server.httpValidation !== undefined && server.httpValidation !== 'strict') return 'httpValidation';
  if (server.pauseOnConnect) return 'pauseOnConnect';
  if (server.blockList) return 'blockList';
  if (!server.listeners('connection').includes(internals.connectionListener)) return 'listeners';
  return undefined;
}

function warn(reason) {
  if (warned || (reason !== 'noAddon' && reason !== 'internals')) return;
  warned = true;
  const what = reason === 'noAddon' ? native.message.split('\n')[0] : internals.missing.join(', ');
  process.emitWarning(`${SERVER[reason]} (${what}); Node's own server is used`, 'NovaWarning');
}

/** Node's `_listen2`: the handle exists when it is done, and is listening; ours listens elsewhere. */
function listenWithEngine(address, port, addressType, backlog, fd, flags) {
  if (!this._handle) {
    const made = bind(address, port, addressType, fd, flags);
    // What is wrong with it is said by Node, which tries again.
    if (typeof made.handle === 'number') return _listen2.call(this, address, port, addressType, backlog, fd, flags);
    this._handle = made.handle;
    ({ address, addressType } = made);
  }
  const handle = this._handle;
  const reason = typeof handle.fd === 'number' && handle.fd >= 0 ? undefined : 'noDescriptor';
  if (reason === undefined) lead(this, handle);
  else if (typeof handle.listen === 'function' && isFaux(handle)) leadClients(this, handle);
  else report.fellBack(this, reason);
  return _listen2.call(this, address, port, addressType, backlog, fd, flags);
}

/** Node binds as it does in `_listen2`: to all addresses of IPv6 first, if none is named. */
function bind(address, port, addressType, fd, flags) {
  if (!address && typeof fd !== 'number') {
    const handle = net._createServerHandle('::', port, 6, fd, flags);
    if (typeof handle !== 'number') return { handle, address: '::', addressType: 6 };
    address = '0.0.0.0';
    addressType = 4;
  }
  return { handle: net._createServerHandle(address, port, addressType, fd, flags), address, addressType };
}

/** A worker of a cluster is given connections by its primary, and no descriptor to listen on. */
function isFaux(handle) {
  return Object.getPrototypeOf(handle) === Object.prototype;
}

function startLink(server) {
  const { Link } = require('./link');
  const link = new Link(server);
  server[kNova] = link;
  report.served(server, link);
  watchConnections(server, link);
  return link;
}

/** The engine listens on a handle's descriptor; libuv does not. */
function lead(server, handle) {
  const link = startLink(server);
  const own = {
    listen(backlog) {
      // libuv keeps EADDRINUSE from `bind` until here; what is not bound has no port.
      const bound = {};
      const error = handle.getsockname ? handle.getsockname(bound) : 0;
      if (error !== 0) {
        link.leave();
        return error;
      }
      const failed = link.engine.listen(handle.fd, backlog);
      if (failed === 0) {
        link.listening = true;
        link.hold();
      } else {
        link.leave();
      }
      return failed;
    },
    close(done) {
      if (link.listening) {
        link.listening = false;
        link.engine.unlisten();
        link.hold();
        link.leaveIfDone();
      }
      return Object.getPrototypeOf(handle).close.call(handle, done);
    },
    ref() { link.holds = true; link.hold(); },
    unref() { link.holds = false; link.hold(); },
    hasRef() { return link.holds; },
  };
  for (const name of Object.keys(own)) {
    Object.defineProperty(handle, name, { value: own[name], configurable: true, writable: true });
  }
}

/** The primary of a cluster gives connections: each one's descriptor is the engine's. */
function leadClients(server, handle) {
  const link = startLink(server);
  const { close } = handle;
  link.listening = true;
  link.holds = false;
  handle.close = function closeBoth(done) {
    if (link.listening) {
      link.listening = false;
      link.hold();
      link.leaveIfDone();
    }
    return close.call(this, done);
  };
  let nodes;
  Object.defineProperty(handle, 'onconnection', {
    configurable: true,
    get() {
      return function onconnection(error, client) {
        if (error || !client || !(client.fd >= 0)) return nodes.call(this, error, client);
        if (link.engine.adopt(client.fd) !== 0) return nodes.call(this, error, client);
        client.close();
        return undefined;
      };
    },
    set(value) { nodes = value; },
  });
}

/** Node's list of connections, which its time limits and its `close…Connections` ask, knows ours. */
function watchConnections(server, link) {
  server.once('listening', () => {
    const list = server[internals.symbolsOf(server)[internals.kConnections]];
    if (!list) return;
    const nodes = Object.getPrototypeOf(list);
    const both = {
      all() { return nodes.all.call(list).concat(link.connections(0)); },
      idle() { return nodes.idle.call(list).concat(link.connections(1)); },
      active() { return nodes.active.call(list).concat(link.connections(2, 1, 1)); },
      expired(head, request) {
        return nodes.expired.call(list, head, request).concat(
          head || request ? link.connections(2, head, request) : []);
      },
    };
    for (const name of Object.keys(both)) {
      Object.defineProperty(list, name, { value: both[name], configurable: true, writable: true });
    }
  });
}

/** `http.Server.prototype.listen`: Node's own, with our `_listen2` where the engine can serve. */
function novaListen(...given) {
  if (!Object.hasOwn(this, '_listen2')) {
    const reason = whyNot(this);
    if (reason === undefined) {
      Object.defineProperty(this, '_listen2', { value: listenWithEngine, configurable: true, writable: true });
    } else {
      warn(reason);
      report.fellBack(this, reason);
    }
  }
  return listen.apply(this, given);
}

/** All servers of this thread. */
function register() {
  if (Object.hasOwn(http.Server.prototype, 'listen')) return;
  Object.defineProperty(http.Server.prototype, 'listen', {
    value: Object.defineProperty(novaListen, 'name', { value: '' }), configurable: true, writable: true,
  });
}

/** One server only. */
function createServer(options, listener) {
  const server = http.createServer(options, listener);
  Object.defineProperty(server, 'listen', {
    value: novaListen, configurable: true, writable: true,
  });
  return server;
}

module.exports = { createServer, kNova, register };
