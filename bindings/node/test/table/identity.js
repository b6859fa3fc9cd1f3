'use strict';
// Servers as objects: classes, prototypes, patches, connections and requests that come from elsewhere.

const { Duplex } = require('node:stream');
const http = require('node:http');
const net = require('node:net');
const util = require('node:util');
const { say, visible, get, last, serve, listen, open, ask, show, pause, turn, follow, once, codeOf } = require('./_lib');

const hello = (req, res) => res.end('hello ' + req.url);

// Both ends of a connection that is none of the network's.
function pair() {
  const ends = [];
  for (const i of [0, 1]) {
    ends[i] = new Duplex({ read() {}, write(part, _, done) { ends[1 - i].push(part); done(); }, final(done) { ends[1 - i].push(null); done(); } });
  }
  return ends;
}

Object.assign(exports, {
  async 'instances and names'() {
    const server = await serve(hello);
    say(server instanceof http.Server, server instanceof net.Server, server.constructor.name, util.inspect(server, { depth: 0 }).split(' ')[0]);
    say(http.Server.length, http.createServer.length, http.createServer.name, http.Server.name, server.listen.name, server.listen.length);
    server.close();
  },
  'without new'() {
    const server = http.Server(hello);
    say(server instanceof http.Server, server.listenerCount('request'));
  },
  async 'a subclass'() {
    class Mine extends http.Server {
      constructor() { super(hello); this.mine = true; }
      get greeting() { return 'mine'; }
    }
    const server = await listen(new Mine());
    say(server instanceof Mine, server.mine, server.greeting, server.constructor.name);
    await show(server, last('/sub'));
    server.close();
  },
  async 'a subclass with its own listen and close'() {
    class Mine extends http.Server {
      listen(...args) { say('listen'); return super.listen(...args); }
      close(...args) { say('close'); return super.close(...args); }
      emit(event, ...args) { if (event !== 'newListener') say('emit', event); return super.emit(event, ...args); }
    }
    const server = await listen(new Mine(hello));
    await show(server, last());
    server.close();
  },
  async 'util.inherits'() {
    function Mine(handler) { http.Server.call(this, handler); }
    util.inherits(Mine, http.Server);
    const server = await listen(new Mine(hello));
    say(server instanceof Mine, server instanceof http.Server);
    await show(server, last('/inherits'));
    server.close();
  },
  'own properties of a server'() {
    say(Object.keys(http.createServer()).filter((name) => name[0] !== '_').sort().join());
  },
  'the prototype'() {
    say(Object.getOwnPropertyNames(http.Server.prototype).filter((name) => name !== 'listen').sort().join());
    say(Object.getPrototypeOf(http.Server.prototype) === net.Server.prototype, Object.getPrototypeOf(http.Server) === net.Server);
  },
  'listen is inherited'() {
    say(Object.hasOwn(http.Server.prototype, 'listen'), http.Server.prototype.listen === net.Server.prototype.listen);
  },
  'the exports of http'() {
    say(Object.keys(http).sort().join());
    say(http.METHODS.length, http.METHODS.includes('QUERY'), http.METHODS.slice(0, 5).join());
    say(Object.keys(http.STATUS_CODES).length, http.STATUS_CODES[418], http.STATUS_CODES[413]);
    say(http._connectionListener?.name, typeof http.validateHeaderName, http.maxHeaderSize);
    say(codeOf(() => http.validateHeaderName('a b')), codeOf(() => http.validateHeaderValue('a', '\n')));
  },

  async 'http.Server.prototype.emit that is patched'() {
    const { emit } = http.Server.prototype;
    const server = await serve(hello);
    http.Server.prototype.emit = function patched(event, ...args) {
      if (event === 'request') say('patched', args[0].url, args[1].constructor.name, this === server);
      return Reflect.apply(emit, this, [event, ...args]);
    };
    await show(server, get('/1') + last('/2'));
    http.Server.prototype.emit = emit;
    server.close();
  },
  async 'server.emit that is patched'() {
    const server = await serve(hello);
    const { emit } = server;
    server.emit = function patched(event, ...args) { say('emit', event, args.length); return emit.call(this, event, ...args); };
    await ask(server, last('/1'));
    server.close();
    await once(server, 'close');
  },
  async 'ServerResponse.prototype that is patched'() {
    const { end, writeHead } = http.ServerResponse.prototype;
    http.ServerResponse.prototype.end = function patched(...args) { say('end', args.length); return end.apply(this, args); };
    http.ServerResponse.prototype.writeHead = function patched(...args) { say('writeHead', args[0]); return writeHead.apply(this, args); };
    const server = await serve(hello);
    await show(server, last());
    http.ServerResponse.prototype.end = end;
    http.ServerResponse.prototype.writeHead = writeHead;
    server.close();
  },
  async 'res.end, res.write, res.writeHead that are replaced on one answer'() {
    const server = await serve((req, res) => {
      for (const name of ['write', 'end', 'writeHead', 'setHeader']) {
        const original = res[name];
        res[name] = function replaced(...args) { say(name, String(args[0])); return original.apply(this, args); };
      }
      res.setHeader('A', 'b');
      res.write('x');
      res.end('y');
    });
    await show(server, last());
    server.close();
  },
  async 'on-headers: the head is changed within writeHead'() {
    const server = await serve((req, res) => {
      const { writeHead } = res;
      res.writeHead = function late(...args) { this.setHeader('X-Late', 'yes'); return writeHead.apply(this, args); };
      res.end('x');
    });
    await show(server, last());
    server.close();
  },
  async 'setPrototypeOf on request and answer'() {
    const reqProto = Object.create(http.IncomingMessage.prototype, { app: { value: 'app' } });
    const resProto = Object.create(http.ServerResponse.prototype);
    resProto.send = function send(text) { this.setHeader('X-Sent', 'yes').end(text); };
    const server = await serve((req, res) => {
      Object.setPrototypeOf(req, reqProto);
      Object.setPrototypeOf(res, resProto);
      res.send(`${req.app} ${req.url} ${req instanceof http.IncomingMessage}`);
    });
    await show(server, get('/1') + last('/2'));
    server.close();
  },

  async 'emit connection with a duplex'() {
    for (const listens of [false, true]) {
      const server = http.createServer(hello);
      if (listens) await listen(server);
      server.on('connection', (socket) => say('connection', socket.constructor.name));
      const [near, far] = pair();
      server.emit('connection', far);
      near.write(get('/1') + last('/2'));
      let text = '';
      for await (const part of near) text += part;
      say(visible(text));
      server.close();
    }
  },
  async 'emit connection with a socket of a net.Server'() {
    const server = http.createServer((req, res) => { say(req.socket instanceof net.Socket, req.socket.remoteAddress); hello(req, res); });
    const outer = await listen(net.createServer((socket) => server.emit('connection', socket)));
    await show(outer, get('/1') + last('/2'));
    outer.close();
  },
  async 'a net.Server that looks first and hands over'() {
    const server = http.createServer(hello);
    const outer = await listen(net.createServer((socket) => socket.once('data', (part) => {
      say(part.toString().split('\r\n')[0]);
      socket.unshift(part);
      server.emit('connection', socket);
    })));
    await show(outer, last('/looked'));
    outer.close();
  },
  async 'emit request with messages of our own'() {
    const server = http.createServer((req, res) => { say(req.url, req.method); res.end('x'); });
    const req = new http.IncomingMessage(null);
    Object.assign(req, { url: '/made', method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 });
    const res = new http.ServerResponse(req);
    res.on('finish', () => say('finish'));
    const [near, far] = pair();
    res.assignSocket(far);
    server.emit('request', req, res);
    await turn();
    say(visible(String(near.read())));
  },
  async 'a server behind another listener of request'() {
    const inner = http.createServer((req, res) => res.end('inner ' + req.url));
    const outer = await serve((req, res) => inner.emit('request', req, res));
    await show(outer, last('/handed'));
    outer.close();
  },
  async 'a middleware chain'() {
    const steps = [(req, res, next) => { req.id = 1; next(); }, (req, res, next) => setTimeout(next, 1), (req, res) => res.end(`${req.id} ${req.url}`)];
    const server = await serve((req, res) => { let i = 0; (function next() { steps[i++](req, res, next); })(); });
    await show(server, get('/1') + last('/2'));
    server.close();
  },
  async 'Content-Length by hand, keep the object for later'() {
    const kept = [];
    const server = await serve((req, res) => { kept.push([req, res]); res.end('x'); });
    await ask(server, get('/1') + last('/2'));
    for (const [req, res] of kept) {
      say(req.url, req.complete, req.destroyed, req.socket.destroyed, res.socket, res.finished, res.headersSent, res.statusCode, res.getHeaders(), res.req === req);
    }
    server.close();
  },
});
