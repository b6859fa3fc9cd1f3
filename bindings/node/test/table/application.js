'use strict';
// Applications that give every message another prototype, as Express does. On Node 20 and 22 the door makes messages
// with that prototype from the beginning; nobody may see it on one that has not been with the application.

const dc = require('node:diagnostics_channel');
const http = require('node:http');
const { say, get, last, serve, open, ask, show, stop } = require('./_lib');

// What Express looks like from outside: a function with these properties, whose `handle` sets prototypes.
function application(name = 'app', answer = (req, res) => res.json(req.path)) {
  const app = (req, res) => app.handle(req, res);
  app.set = () => app;
  app.request = Object.create(http.IncomingMessage.prototype, {
    app: { configurable: true, enumerable: true, writable: true, value: name },
    path: { configurable: true, enumerable: true, get() { return this.url; } },
  });
  app.response = Object.create(http.ServerResponse.prototype, {
    json: {
      configurable: true,
      enumerable: true,
      writable: true,
      value: function json(value) { this.setHeader('X-App', name); this.end(JSON.stringify(value)); },
    },
  });
  app.handle = (req, res) => {
    req.res = res;
    res.req = req;
    Object.setPrototypeOf(req, app.request);
    Object.setPrototypeOf(res, app.response);
    answer(req, res);
  };
  return app;
}

// Whether a message has something of an application's.
const about = (req, res) => [req && 'path' in req, res && 'json' in res];

// So many requests on one connection, one after the other; says what the answers have of an application's.
async function rounds(server, times = 3) {
  const client = await open(server);
  for (let time = 1; time <= times; time++) await client.write(get(`/${time}`)).until(`"/${time}"`);
  say(client.text.match(/X-App: \w+|"\/\d+"/g));
  await client.destroy();
}

Object.assign(exports, {
  async 'what an application is given'() {
    const server = await serve(application('app', (req, res) => {
      say(Object.getPrototypeOf(req) === Object.getPrototypeOf(res.req), req.constructor === http.IncomingMessage);
      say(req instanceof http.IncomingMessage, res instanceof http.ServerResponse, res.constructor === http.ServerResponse);
      say(Object.keys(req), Object.keys(res));
      say(Object.keys(req.headers), req.method, req.url, req.httpVersion, req.rawHeaders.length, req.app);
      for (const key in req) if (!(key in http.IncomingMessage.prototype) && !Object.hasOwn(req, key)) say('inherited', key);
      res.json(req.path);
    }));
    await rounds(server);
    await stop(server);
  },

  async 'an application that is replaced'() {
    const server = await serve(application('first'));
    await rounds(server);
    server.removeAllListeners('request');
    server.on('request', (req, res) => { say(about(req, res)); res.end(`"${req.url}"`); });
    await rounds(server);
    server.removeAllListeners('request');
    server.on('request', application('second'));
    await rounds(server);
    await stop(server);
  },

  async 'a listener before the application, and none again'() {
    const server = await serve(application());
    await rounds(server);
    const before = (req, res) => say(about(req, res));
    server.prependListener('request', before);
    await rounds(server);
    server.off('request', before);
    await rounds(server);
    server.prependOnceListener('request', before);
    await rounds(server);
    await stop(server);
  },

  async 'a listener that is added while a request is answered'() {
    const app = application('app', (req, res) => {
      if (req.url === '/2') server.prependListener('request', (...both) => say(req.url, about(...both)));
      res.json(req.path);
    });
    const server = await serve(app);
    await rounds(server, 4);
    await stop(server);
  },

  async 'a handler that asks an application only sometimes'() {
    const app = application();
    const server = await serve((req, res) => {
      say(about(req, res));
      if (req.url === '/2') res.end('"/2"');
      else app(req, res);
    });
    await rounds(server, 4);
    await stop(server);
  },

  async 'several applications on one server'() {
    const server = await serve();
    const [one, other] = [application('one'), application('other', () => {})];
    server.on('request', one);
    server.on('request', other);
    await rounds(server);
    server.off('request', other);
    await rounds(server);
    await stop(server);
  },

  async 'one application on two servers, a plain handler on a third'() {
    const app = application();
    const servers = [await serve(app), await serve(app), await serve((req, res) => { say(about(req, res)); res.end(`"${req.url}"`); })];
    for (const server of [...servers, ...servers]) await rounds(server);
    for (const server of servers) await stop(server);
  },

  async 'an application mounted in another'() {
    const inner = application('inner');
    const outer = application('outer', (req, res) => {
      say(about(req, res), req.app);
      inner.handle(req, res);
    });
    Object.setPrototypeOf(inner.request, outer.request);
    Object.setPrototypeOf(inner.response, outer.response);
    const server = await serve(outer);
    await rounds(server);
    server.removeAllListeners('request');
    server.on('request', inner);
    await rounds(server);
    await stop(server);
  },

  async 'prototypes that an application replaces'() {
    const app = application();
    const server = await serve(app);
    await rounds(server);
    const other = application('other');
    app.request = other.request;
    app.response = other.response;
    await rounds(server);
    await stop(server);
  },

  async 'a handle that is replaced'() {
    const app = application();
    const server = await serve(app);
    await rounds(server);
    const { handle } = app;
    app.handle = (req, res) => {
      say(req.url, 'first', about(req, res)[1]);
      if (req.url === '/1') res.end('"/1"');
      else if (req.url === '/2') handle(req, res);
    };
    await rounds(server, 1);
    await stop(server);
  },

  async 'prototypes that say what Node says of its own'() {
    const change = [
      (app) => Object.defineProperty(app.request, 'method', { configurable: true, get() { return 'never asked'; } }),
      (app) => Object.defineProperty(app.request, 'headers', { configurable: true, get() { return { host: 'mine' }; } }),
      (app) => Object.defineProperty(app.response, 'sendDate', { configurable: true, get() { return 'never asked'; } }),
      (app) => { app.response.assignSocket = () => say('too early'); },
    ];
    for (const make of change) {
      const app = application('app', (req, res) => {
        say(req.method, req.headers, res.sendDate);
        res.json(req.path);
      });
      make(app);
      const server = await serve(app);
      await rounds(server);
      await stop(server);
    }
  },

  async 'what looks like an application, and changes nothing'() {
    const app = application();
    app.handle = (req, res) => {
      say(about(req, res));
      res.end(`"${req.url}"`);
    };
    const server = await serve(app);
    await rounds(server);
    await stop(server);
  },

  async 'classes given as options'() {
    class Incoming extends http.IncomingMessage {}
    class Answer extends http.ServerResponse {}
    const app = application();
    const { handle } = app;
    app.handle = (req, res) => {
      say(req instanceof Incoming, res instanceof Answer, about(req, res));
      handle(req, res);
    };
    for (const options of [{ IncomingMessage: Incoming }, { ServerResponse: Answer }, { IncomingMessage: Incoming, ServerResponse: Answer }]) {
      const server = await serve(options, app);
      await rounds(server);
      await stop(server);
    }
  },

  async 'the classes of a server, as they can be read'() {
    const classes = () => Object.getOwnPropertySymbols(server).filter(({ description }) => (
      ['IncomingMessage', 'ServerResponse'].includes(description))).map((symbol) => (
      server[symbol] === http[symbol.description]));
    const server = await serve(application('app', (req, res) => { say(classes()); res.json(req.path); }));
    await rounds(server);
    say(classes());
    await stop(server);
  },

  async 'other events see messages as they are'() {
    const server = await serve(application());
    await rounds(server);
    server.on('upgrade', (req, socket) => { say('upgrade', about(req)); socket.end(); });
    await ask(server, get('/', 'Connection: Upgrade', 'Upgrade: x'));
    server.on('connect', (req, socket) => { say('connect', about(req)); socket.end(); });
    await ask(server, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n');
    await rounds(server);
    server.on('checkExpectation', (req, res) => { say('checkExpectation', about(req, res)); res.end(); });
    await ask(server, last('/', 'Expect: something'));
    server.removeAllListeners('checkExpectation');
    server.on('checkContinue', (req, res) => { say('checkContinue', about(req, res)); res.end(); });
    await ask(server, last('/', 'Expect: 100-continue'));
    server.removeAllListeners('checkContinue');
    await rounds(server);
    server.maxRequestsPerSocket = 1;
    server.on('dropRequest', (req) => say('dropRequest', about(req)));
    await ask(server, get('/') + get('/'));
    await stop(server);
  },

  async 'a server with an emit of its own'() {
    const server = await serve(application());
    await rounds(server);
    const { emit } = server;
    server.emit = function emitted(event, ...both) {
      if (event === 'request') say(event, about(...both));
      return emit.call(this, event, ...both);
    };
    await rounds(server);
    delete server.emit;
    await rounds(server);
    await stop(server);
  },

  async 'subscribers who see messages begin'() {
    const server = await serve(application());
    await rounds(server);
    for (const channel of ['http.server.request.start', 'http.server.response.created']) {
      const see = ({ request, response }) => say(channel, about(request, response));
      dc.subscribe(channel, see);
      await rounds(server);
      dc.unsubscribe(channel, see);
      await rounds(server);
    }
    await stop(server);
  },

  async 'an application that throws'() {
    const app = application('app', (req, res) => {
      if (req.url === '/2') throw new Error('on purpose');
      res.json(req.path);
    });
    process.on('uncaughtException', ({ message }) => say(message));
    const server = await serve(app);
    await show(server, last('/1'));
    const client = await open(server);
    await client.write(get('/1')).until('"/1"');
    client.write(get('/2'));
    await new Promise((resolve) => { setTimeout(resolve, 30); });
    await client.destroy();
    server.removeAllListeners('request');
    server.on('request', (req, res) => { say(about(req, res)); res.end('plain'); });
    await show(server, last('/3'));
    await stop(server);
  },

  async 'pipelined requests to an application'() {
    const waiting = [];
    const server = await serve(application('app', (req, res) => {
      say('handles', req.url);
      waiting.push(() => res.json(req.path));
      if (waiting.length === 3) for (const answer of waiting.splice(0).reverse()) answer();
    }));
    for (let time = 0; time < 2; time++) await show(server, get('/1') + get('/2') + last('/3'));
    await stop(server);
  },
});
