'use strict';

// Which classes the messages of a server are made of, where stock classes are not enough.
//
// Express gives every message another prototype (`Object.setPrototypeOf(req, app.request)`). V8 of Node 20
// and 22 handles such an object in its slow ways ever after, which is most of what an Express request
// costs there. A message that has that prototype from its beginning is not changed by the call. So what an
// application has made of one message is what the next one begins with.
//
// Nobody may see it earlier than in stock Node. So it is done only while the application is the only one
// to whom messages are shown: the sole listener of 'request', with no listener, channel or `emit` of the
// program's before it. Classes that `createServer` was given are never replaced, and those of the server
// can be read as ever: only Node's own code, on its way from the head to the listener, meets ours.

const dc = require('diagnostics_channel');
const http = require('http');
const { EventEmitter } = require('events');
const { kIncomingMessage, kServerResponse } = require('./internals');

/** Later versions of V8 have no cliff there. */
const PREDICTS = Number(process.versions.node.split('.')[0]) < 24;
/** Applications, or prototypes of one, that a server is followed through. */
const MOST = 16;
/**
 * V8 makes instances as large as their constructor seems to need, by the properties that it sees set there;
 * what has many more becomes a dictionary, and slow. Stock messages have fewer than four dozen.
 */
const NEVER = false;

const stock = new http.Server();
const IncomingMessage = stock[kIncomingMessage];
const ServerResponse = stock[kServerResponse];
const { emit } = EventEmitter.prototype;
const { isPrototypeOf } = Object.prototype;
const started = dc.channel('http.server.request.start');
const created = dc.channel('http.server.response.created');

// What a message has of its own. A prototype that has one of these, too, would be asked before the
// application has installed it.
const OWN = new Set([
  ...Reflect.ownKeys(new IncomingMessage()),
  ...Reflect.ownKeys(new http.OutgoingMessage()),
  'req', 'sendDate', '_sent100', '_expect_continue', '_traceEventId',
]);

/** The value of an own property that is no accessor. */
function valueOf(object, name) {
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}

function isObject(value) {
  return typeof value === 'object' && value !== null;
}

/** Whether an object comes of a class of Node's, and adds nothing that Node's own code would meet. */
function isAddition(object, { prototype }) {
  let at = object;
  while (at !== prototype) {
    if (!isObject(at)) return false;
    if (Reflect.ownKeys(at).some((key) => OWN.has(key) || key in prototype)) return false;
    at = Object.getPrototypeOf(at);
  }
  return true;
}

/** Whether a listener is an application of Express, 4 or 5, as far as can be seen. */
function isApplication(listener) {
  return isObject(valueOf(listener, 'request')) && isObject(valueOf(listener, 'response')) &&
    typeof listener.handle === 'function' && typeof listener.set === 'function';
}

/** Classes that make what an application makes of messages. */
class Prediction {
  constructor(server, app) {
    const { handle, request, response } = app;
    this.app = app;
    this.handle = handle;
    this.request = request;
    this.response = response;
    this.Request = function Request(socket) {
      IncomingMessage.call(this, socket);
      if (NEVER) {
        this.a = this.b = this.c = this.d = this.e = this.f = this.g = this.h = this.i = this.j = this.k = this.l =
          this.a1 = this.b1 = this.c1 = this.d1 = this.e1 = this.f1 = this.g1 = this.h1 = this.i1 = this.j1 = this.k1 = this.l1 =
          this.a2 = this.b2 = this.c2 = this.d2 = this.e2 = this.f2 = this.g2 = this.h2 = this.i2 = this.j2 = this.k2 = this.l2 =
          this.a3 = this.b3 = this.c3 = this.d3 = this.e3 = this.f3 = this.g3 = this.h3 = this.i3 = this.j3 = this.k3 = this.l3 = 0;
      }
    };
    this.Response = function Response(req, options) {
      // Node has asked for it: from here on it is the program's turn.
      server[kServerResponse] = ServerResponse;
      ServerResponse.call(this, req, options);
      if (NEVER) {
        this.a = this.b = this.c = this.d = this.e = this.f = this.g = this.h = this.i = this.j = this.k = this.l =
          this.a1 = this.b1 = this.c1 = this.d1 = this.e1 = this.f1 = this.g1 = this.h1 = this.i1 = this.j1 = this.k1 = this.l1 =
          this.a2 = this.b2 = this.c2 = this.d2 = this.e2 = this.f2 = this.g2 = this.h2 = this.i2 = this.j2 = this.k2 = this.l2 =
          this.a3 = this.b3 = this.c3 = this.d3 = this.e3 = this.f3 = this.g3 = this.h3 = this.i3 = this.j3 = this.k3 = this.l3 = 0;
      }
    };
    this.Request.prototype = request;
    this.Response.prototype = response;
  }

  /** Whether the application still makes the same of them. */
  holds() {
    const { app } = this;
    return app.request === this.request && app.response === this.response && app.handle === this.handle;
  }
}

/** What is known of one server's messages. */
class Predictor {
  constructor(server) {
    this.server = server;
    this.prediction = undefined;
    // A listener that was looked at in vain.
    this.refused = undefined;
    this.left = MOST;
  }

  /** Whether nobody but the listener of 'request' would see a message. */
  unseen(events, upgrades) {
    const { server } = this;
    return !upgrades && server.emit === emit &&
      server[kIncomingMessage] === IncomingMessage && server[kServerResponse] === ServerResponse &&
      events.checkContinue === undefined && events.checkExpectation === undefined &&
      events.dropRequest === undefined && !started.hasSubscribers && !created.hasSubscribers;
  }

  /** What the next message is made of; undefined: what the server says. */
  next(upgrades) {
    const { prediction, server: { _events: events } } = this;
    if (prediction === undefined || events.request !== prediction.app) return undefined;
    return prediction.holds() && this.unseen(events, upgrades) ? prediction : undefined;
  }

  /** Has Node make the answer, and tell the server. */
  pass(parser, incoming, keepAlive, prediction) {
    if (prediction === undefined) {
      const result = parser.onIncoming(incoming, keepAlive);
      const { request } = this.server._events;
      if (typeof request === 'function' && request !== this.refused) this.learn(request, incoming);
      return result;
    }
    const { server } = this;
    server[kServerResponse] = prediction.Response;
    try {
      return parser.onIncoming(incoming, keepAlive);
    } finally {
      if (server[kServerResponse] === prediction.Response) server[kServerResponse] = ServerResponse;
    }
  }

  /** A message has been with the listener: what has it become? */
  learn(listener, incoming) {
    if (this.prediction?.app === listener && this.prediction.holds()) return;
    if (this.left === 0 || !isApplication(listener)) {
      this.refused = listener;
      return;
    }
    const { request, response } = listener;
    // One mounted within it may have gone on from there.
    if (!isPrototypeOf.call(request, incoming) || !isPrototypeOf.call(response, incoming.res)) return;
    if (!isAddition(request, IncomingMessage) || !isAddition(response, ServerResponse)) {
      this.refused = listener;
      return;
    }
    this.left--;
    this.prediction = new Prediction(this.server, listener);
  }
}

/** The predictor of a server, where there is something to gain. */
function predictorOf(server) {
  return PREDICTS ? new Predictor(server) : undefined;
}

module.exports = { predictorOf };
