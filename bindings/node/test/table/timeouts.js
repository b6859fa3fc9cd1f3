'use strict';
// Time limits: on the server, a message, a socket; before and after they are written. Short ones are set so that the
// scripts end soon; what is printed is the order of events, never how long something took.

const http = require('node:http');
const { say, visible, head, get, last, post, serve, open, show, pause, follow, once } = require('./_lib');

const hello = (req, res) => res.end('hello');
const OFTEN = { connectionsCheckingInterval: 10 };

// Opens a connection, sends this and says all that comes back.
async function linger(server, octets) {
  const client = await open(server);
  if (octets) client.write(octets);
  say(visible(await client.all()));
}

function sayClientErrors(server) {
  server.on('clientError', (error, socket) => { say(error.code, socket.writable); socket.destroy(); });
}

Object.assign(exports, {
  async 'server.timeout destroys an idle connection'() {
    const server = await serve(hello);
    server.timeout = 30;
    server.on('timeout', (socket) => say('timeout', socket.destroyed));
    server.removeAllListeners('timeout');
    await linger(server);
    server.close();
  },

  async 'server.timeout with a listener leaves it to the listener'() {
    const server = await serve(hello);
    server.timeout = 300;
    server.on('timeout', (socket) => { say('timeout', socket.destroyed, socket.timeout); socket.end('bye'); });
    await linger(server);
    server.close();
  },

  async 'server.setTimeout with a callback'() {
    const server = await serve((req, res) => say('request'));
    say(server.setTimeout(250, (socket) => { say('callback'); socket.destroy(); }) === server, server.timeout);
    await linger(server, get());
    say(server.listenerCount('timeout'));
    server.close();
  },

  async 'server.setTimeout while the handler thinks'() {
    const server = await serve((req, res) => {
      follow('req', req, 'aborted', 'close');
      follow('res', res, 'close');
      follow('socket', req.socket, 'timeout', 'close');
    });
    server.setTimeout(250);
    await linger(server, get());
    server.close();
  },

  async 'req.setTimeout and res.setTimeout'() {
    const server = await serve((req, res) => {
      say(req.socket.timeout);
      if (req.url === '/req') say(req.setTimeout(30, () => { say('req callback'); res.end('late'); }) === req);
      else say(res.setTimeout(30, () => { say('res callback'); res.end('late'); }) === res);
      say(req.socket.timeout);
    });
    await linger(server, last('/req'));
    await linger(server, last('/res'));
    server.close();
  },

  async 'who hears of a timeout, in order'() {
    const server = await serve((req, res) => {
      req.on('timeout', () => say('req'));
      res.on('timeout', () => say('res'));
      req.socket.on('timeout', () => say('socket'));
      req.socket.setTimeout(30);
    });
    server.on('timeout', (socket) => { say('server'); socket.destroy(); });
    await linger(server, get());
    server.close();
  },

  async 'socket.setTimeout in the handler, nobody listens'() {
    const server = await serve((req, res) => {
      say(req.socket.setTimeout(30) === req.socket, req.socket.timeout);
      res.on('close', () => say('res close', res.writableFinished));
    });
    await linger(server, get());
    server.close();
  },

  async 'socket.setTimeout with a callback of its own'() {
    const server = await serve((req, res) => {
      req.socket.setTimeout(30, () => { say('socket callback'); res.end('late'); });
      server.on('timeout', () => say('server'));
    });
    await linger(server, last());
    server.close();
  },

  async 'a timeout of zero is none'() {
    const server = await serve(async (req, res) => {
      req.socket.setTimeout(0);
      say(req.socket.timeout);
      await pause(400);
      res.end('hello');
    });
    server.setTimeout(250);
    await linger(server, last());
    server.close();
  },

  async 'activity puts the timeout off'() {
    const server = await serve(async (req, res) => {
      for (let i = 0; i < 8; i++) { await pause(100); res.write('.'); }
      res.end();
    });
    server.setTimeout(600);
    server.on('timeout', (socket) => { say('timeout'); socket.destroy(); });
    await linger(server, last());
    server.close();
  },

  async 'headersTimeout'() {
    const server = await serve({ headersTimeout: 200, requestTimeout: 0, ...OFTEN }, hello);
    await linger(server, 'GET / HTTP/1.1\r\nHost: a\r\n');
    await linger(server, get() + 'GET / HT');
    server.close();
  },

  async 'headersTimeout with a listener'() {
    const server = await serve({ headersTimeout: 200, requestTimeout: 0, ...OFTEN }, hello);
    sayClientErrors(server);
    await linger(server, 'GET / HTTP/1.1\r\nHost: a\r\n');
    server.close();
  },

  async 'a connection that says nothing meets headersTimeout'() {
    const server = await serve({ headersTimeout: 200, requestTimeout: 0, ...OFTEN }, hello);
    sayClientErrors(server);
    await linger(server);
    server.close();
  },

  async 'requestTimeout while content is missing'() {
    const server = await serve({ headersTimeout: 300, requestTimeout: 400, ...OFTEN }, (req, res) => {
      follow('req', req, 'aborted', 'error', 'close', 'end');
      follow('res', res, 'close', 'finish');
      req.resume();
    });
    await linger(server, post('abcdef').slice(0, -3));
    server.close();
  },

  async 'requestTimeout with a listener'() {
    const server = await serve({ headersTimeout: 300, requestTimeout: 400, ...OFTEN }, (req) => {
      req.on('error', (error) => say('req', error.code)).resume();
    });
    sayClientErrors(server);
    await linger(server, post('abcdef').slice(0, -3));
    server.close();
  },

  async 'requestTimeout when the answer has begun'() {
    const server = await serve({ headersTimeout: 300, requestTimeout: 400, ...OFTEN }, (req, res) => {
      req.on('error', (error) => say('req', error.code)).resume();
      res.write('begun');
    });
    await linger(server, post('abcdef').slice(0, -3));
    server.close();
  },

  async 'limits written after creation'() {
    const server = await serve(OFTEN, hello);
    server.requestTimeout = 0;
    server.headersTimeout = 40;
    sayClientErrors(server);
    await linger(server, 'GET / HT');
    server.headersTimeout = 0;
    server.requestTimeout = 40;
    await linger(server, 'GET / HT');
    server.close();
  },

  async 'a slow handler meets neither'() {
    const server = await serve({ headersTimeout: 200, requestTimeout: 200, ...OFTEN }, async (req, res) => {
      await pause(500);
      res.end('slow');
    });
    sayClientErrors(server);
    await linger(server, last());
    await linger(server, get() + last());
    server.close();
  },

  async 'keepAliveTimeout closes a persistent connection'() {
    const server = await serve({ keepAliveTimeout: 1000 }, (req, res) => { say(req.socket.timeout); res.end('hello'); });
    server.keepAliveTimeout = 30;
    server.keepAliveTimeoutBuffer = 0;
    server.on('connection', (socket) => follow('socket', socket, 'timeout', 'end', 'close'));
    await linger(server, get());
    server.close();
  },

  async 'keepAliveTimeout in the answer'() {
    const server = await serve(hello);
    for (const value of [1000, 1500, 65_000, 0, 999]) {
      server.keepAliveTimeout = value;
      await show(server, get() + last());
    }
    server.close();
  },

  async 'keepAliveTimeout written in a handler'() {
    const server = await serve((req, res) => { server.keepAliveTimeout = 30; res.end('hello'); });
    server.keepAliveTimeoutBuffer = 0;
    await linger(server, get());
    server.close();
  },

  async 'the next request within keepAliveTimeout'() {
    const server = await serve((req, res) => { say(req.socket.timeout); res.end(req.url); });
    const client = await open(server);
    await client.write(get('/1')).until('/1');
    await client.write(get('/2')).until('/2');
    say(visible(await client.write(last('/3')).all()));
    server.close();
  },

  async 'keepAliveTimeout gives way to server.timeout'() {
    const server = await serve((req, res) => { say(req.socket.timeout); res.end(req.url); });
    server.timeout = 5000;
    const client = await open(server);
    await client.write(get('/1')).until('/1');
    await client.write(last('/2')).all();
    server.close();
  },

  async 'a timeout of the socket outlives its request'() {
    const server = await serve((req, res) => {
      say(req.socket.timeout);
      req.socket.setTimeout(4000);
      res.end(req.url);
    });
    const client = await open(server);
    await client.write(get('/1')).until('/1');
    await client.write(last('/2')).all();
    server.close();
  },

  async 'timeouts that are wrong'() {
    const server = await serve((req, res) => {
      for (const value of [-1, 'x', NaN, null, Infinity]) {
        try { req.socket.setTimeout(value); say(value, req.socket.timeout); } catch (error) { say(value, error.code); }
      }
      res.end();
    });
    await show(server, last());
    server.close();
  },
});
