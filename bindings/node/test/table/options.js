'use strict';
// Options of createServer that change what requests and answers look like.

const http = require('node:http');
const { say, visible, head, get, last, post, serve, open, ask, show, follow, codeOf } = require('./_lib');

const hello = (req, res) => res.end('hello');
const DOUBLED = ['x: 1', 'X: 2', 'Cookie: a=1', 'cookie: b=2', 'age: 1', 'Age: 2', 'accept: text/a', 'Accept: text/b',
  'user-agent: one', 'User-Agent: two', 'content-type: a/b', 'Content-Type: c/d', 'set-cookie: p', 'Set-Cookie: q'];

Object.assign(exports, {
  async 'joinDuplicateHeaders'() {
    for (const joinDuplicateHeaders of [undefined, false, true]) {
      const server = await serve({ joinDuplicateHeaders }, (req, res) => { say(req.headers); res.end(); });
      await ask(server, last('/', ...DOUBLED));
      server.close();
    }
  },

  async 'uniqueHeaders'() {
    const server = await serve({ uniqueHeaders: ['x-one', 'X-Joined'] }, (req, res) => {
      res.setHeader('X-One', ['a', 'b']);
      res.setHeader('x-joined', ['a', 'b']);
      res.setHeader('x-other', ['a', 'b']);
      res.end();
    });
    await show(server, last());
    server.close();
  },

  async 'insecureHTTPParser'() {
    for (const insecureHTTPParser of [false, true]) {
      const server = await serve({ insecureHTTPParser }, (req, res) => { say(JSON.stringify(req.headers.x)); res.end(); });
      await show(server, last('/', 'x: a\x01b'));
      await show(server, post('abc', 'Transfer-Encoding: chunked', 'Connection: close'));
      server.close();
    }
  },

  'insecureHTTPParser as an option of node': {
    flags: ['--insecure-http-parser'],
    async run() {
      const server = await serve((req, res) => { say(JSON.stringify(req.headers.x)); res.end(); });
      await show(server, last('/', 'x: a\x01b'));
      server.close();
    },
  },

  async 'requireHostHeader'() {
    for (const requireHostHeader of [true, false]) {
      const server = await serve({ requireHostHeader }, (req, res) => { say(req.headers.host); res.end('hello'); });
      server.on('clientError', (error) => say(error.code));
      await show(server, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
      await show(server, 'GET / HTTP/1.0\r\n\r\n');
      server.close();
    }
  },

  async 'rejectNonStandardBodyWrites'() {
    for (const rejectNonStandardBodyWrites of [false, true]) {
      const server = await serve({ rejectNonStandardBodyWrites }, (req, res) => {
        say(codeOf(() => res.write('content')));
        say(codeOf(() => res.end('content')));
        res.destroyed || res.end();
      });
      await show(server, head('HEAD', '/', 'Connection: close'));
      server.close();
    }
  },

  async 'classes of messages'() {
    class Incoming extends http.IncomingMessage {
      get hello() { return 'hello ' + this.url; }
    }
    class Answer extends http.ServerResponse {
      json(value) { this.setHeader('Content-Type', 'application/json').end(JSON.stringify(value)); }
    }
    const server = await serve({ IncomingMessage: Incoming, ServerResponse: Answer }, (req, res) => {
      say(req instanceof Incoming, res instanceof Answer, req.constructor.name, res.constructor.name, res.req === req);
      res.json({ said: req.hello });
    });
    await show(server, get('/1') + last('/2'));
    server.close();
  },

  async 'classes whose constructors do something'() {
    class Incoming extends http.IncomingMessage {
      constructor(socket) {
        super(socket);
        say('Incoming', arguments.length, socket === this.socket, this.url === '', this.method);
        this.born = true;
      }
    }
    class Answer extends http.ServerResponse {
      constructor(req, options) {
        super(req, options);
        say('Answer', arguments.length, req.url, req.born, this.socket === null);
        this.setHeader('X-Class', 'Answer');
      }
    }
    const server = await serve({ IncomingMessage: Incoming, ServerResponse: Answer }, hello);
    await show(server, last('/x'));
    server.close();
  },

  async 'classes that util.inherits made'() {
    function Answer(...args) { http.ServerResponse.apply(this, args); }
    Object.setPrototypeOf(Answer.prototype, http.ServerResponse.prototype);
    Answer.prototype.send = function send(text) { this.end(text); };
    const server = await serve({ ServerResponse: Answer }, (req, res) => res.send('sent'));
    await show(server, last());
    server.close();
  },

  async 'the class is used for every kind of request'() {
    class Incoming extends http.IncomingMessage {}
    const server = await serve({ IncomingMessage: Incoming }, hello);
    for (const event of ['upgrade', 'connect']) {
      server.on(event, (req, socket) => { say(event, req instanceof Incoming); socket.end(); });
    }
    for (const event of ['checkContinue', 'checkExpectation']) {
      server.on(event, (req, res) => { say(event, req instanceof Incoming); res.end(); });
    }
    await ask(server, get('/', 'Connection: Upgrade', 'Upgrade: x'));
    await ask(server, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n');
    await ask(server, last('/', 'Expect: 100-continue'));
    await ask(server, last('/', 'Expect: x'));
    server.close();
  },

  async 'noDelay, keepAlive and the socket'() {
    const server = await serve({ noDelay: false, keepAlive: true, keepAliveInitialDelay: 5000 }, (req, res) => {
      say(req.socket.setNoDelay(true) === req.socket, req.socket.setKeepAlive(true, 1000) === req.socket);
      res.end('hello');
    });
    say(server.noDelay, server.keepAlive, server.keepAliveInitialDelay);
    await show(server, last());
    server.close();
  },

  async 'httpAllowHalfOpen'() {
    for (const value of [false, true]) {
      const server = await serve((req, res) => {
        follow('req', req, 'close', 'aborted');
        req.socket.once('end', () => setTimeout(() => res.end('late'), 30));
      });
      server.httpAllowHalfOpen = value;
      const client = await open(server);
      client.end(get());
      say(visible(await client.all()));
      server.close();
    }
  },

  async 'shouldUpgradeCallback'() {
    const server = await serve({ shouldUpgradeCallback: (req) => req.url === '/yes' }, hello);
    server.on('upgrade', (req, socket) => { say('upgrade', req.url); socket.end('HTTP/1.1 101 Over\r\n\r\n'); });
    for (const url of ['/yes', '/no']) {
      const client = await open(server);
      client.write(get(url, 'Connection: Upgrade', 'Upgrade: x'));
      say(visible(await client.until('\r\n\r\n')));
      await client.destroy();
    }
    server.close();
  },

  async 'optimizeEmptyRequests'() {
    const server = await serve({ optimizeEmptyRequests: true }, (req, res) => {
      follow('req', req, 'end', 'close');
      say(req.complete, req.readableEnded, req.readable);
      req.resume().on('data', () => say('data'));
      res.end('hello');
    });
    await show(server, last());
    server.close();
  },

  async 'no options, and options of null'() {
    for (const args of [[], [null], [undefined], [{}], [{}, null]]) {
      say(args, codeOf(() => http.createServer(...args)));
    }
  },

  async 'a server without a handler'() {
    const server = await serve();
    const client = await open(server);
    client.write(get());
    server.on('request', hello);
    say(visible(await client.until('hello')));
    await client.destroy();
    server.close();
  },

  async 'handlers added and removed while it runs'() {
    const server = await serve((req, res) => res.end('first'));
    await show(server, last());
    const [first] = server.listeners('request');
    server.off('request', first);
    server.on('request', (req, res) => res.end('second'));
    await show(server, last());
    server.prependListener('request', (req, res) => res.setHeader('X', 'prepended'));
    server.once('request', () => say('once'));
    await show(server, last());
    await show(server, last());
    server.close();
  },
});
