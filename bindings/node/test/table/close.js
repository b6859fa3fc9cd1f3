'use strict';
// The end of a server: close and its relatives, the count of connections, ref and unref, the exit of the process.

const http = require('node:http');
const net = require('node:net');
const { say, visible, get, last, post, serve, listen, open, ask, show, where, pause, turn, until, follow, once } = require('./_lib');

const hello = (req, res) => res.end('hello');

// Whether somebody still answers at this address.
function knock(target) {
  return new Promise((resolve) => {
    const socket = net.connect(target);
    socket.on('connect', () => { socket.destroy(); resolve('accepted'); });
    socket.on('error', (error) => resolve(error.code));
  });
}

Object.assign(exports, {
  async 'a server that never listened'() {
    const server = http.createServer(hello);
    follow('server', server, 'close');
    const returned = server.close((error) => say('callback', error?.code));
    say(returned === server);
    await once(server, 'close');
    say(await new Promise((resolve) => server.close((error) => resolve(error.code))));
  },

  async 'callback and event, in order, after the last connection'() {
    const server = await serve(hello);
    follow('server', server, 'close');
    const client = await open(server);
    server.once('connection', (socket) => follow('socket', socket, 'end', 'close'));
    const other = ask(server, last());
    await other;
    server.close((error) => say('callback', error));
    say(server.listening);
    await client.destroy();
  },

  async 'closing twice'() {
    const server = await serve(hello);
    follow('server', server, 'close');
    server.close((error) => say('first', error?.code));
    server.close((error) => say('second', error?.code));
  },

  async 'a new connection is refused'() {
    const server = await serve(hello);
    const client = await open(server);
    const target = where(server);
    say(await knock(target));
    server.close();
    say(await knock(target));
    await client.destroy();
  },

  async 'an idle persistent connection is closed'() {
    const server = await serve(hello);
    const client = await open(server);
    await client.write(get()).until('hello');
    server.close(() => say('closed'));
    await client.closed;
    say(visible(client.text));
  },

  async 'a connection that said nothing yet'() {
    const server = await serve(hello);
    const accepted = once(server, 'connection');
    const client = await open(server);
    await accepted;
    server.close(() => say('closed'));
    await turn();
    say(client.gone === true);
    say(visible(await client.write(get()).all()));
  },

  async 'the request that runs is answered'() {
    const server = await serve((req, res) => {
      server.close(() => say('closed'));
      setTimeout(() => res.end('late'), 20);
    });
    await show(server, get());
  },

  async 'closing within the handler, before and after the answer'() {
    const server = await serve((req, res) => {
      if (req.url === '/before') server.close();
      res.end('x');
      if (req.url === '/after') server.close(() => say('closed'));
    });
    await show(server, get('/after'));
    await listen(server);
    await show(server, get('/before'));
  },

  async 'content that is on its way is still read'() {
    const server = await serve(async (req, res) => {
      server.close(() => say('closed'));
      let text = '';
      for await (const part of req.setEncoding('utf8')) text += part;
      res.end(text);
    });
    const client = await open(server);
    client.write(post('abcdef').slice(0, -3));
    await pause(10);
    client.write('def');
    say(visible(await client.all()));
  },

  async 'pipelined requests when the first one closes'() {
    const server = await serve((req, res) => {
      if (req.url === '/1') server.close(() => say('closed'));
      say(req.url);
      res.end(req.url);
    });
    await show(server, get('/1') + get('/2') + get('/3'));
  },

  async 'closeIdleConnections leaves those that work'() {
    let answer;
    const server = await serve((req, res) => {
      if (req.url === '/busy') answer = res; else res.end('hello');
    });
    const idle = await open(server);
    await idle.write(get()).until('hello');
    const busy = await open(server);
    busy.write(get('/busy'));
    await until(() => answer);
    server.closeIdleConnections();
    await idle.closed;
    say(busy.gone === true, server.listening);
    answer.end('worked');
    say(visible(await busy.until('worked')));
    server.closeIdleConnections();
    await busy.closed;
    server.close();
  },

  async 'closeAllConnections ends all, the server goes on'() {
    const server = await serve((req, res) => {
      if (req.url === '/') return res.end('hello');
      follow('req', req, 'aborted', 'error', 'close');
      follow('res', res, 'close', 'finish');
      say('working');
    });
    const silent = await open(server);
    const idle = await open(server);
    await idle.write(get()).until('hello');
    const busy = await open(server);
    const working = once(server, 'request');
    busy.write(get('/busy'));
    await working;
    server.closeAllConnections();
    await Promise.all([silent.closed, idle.closed, busy.closed]);
    say(busy.text, server.listening);
    await show(server, last());
    server.close(() => say('closed'));
  },

  async 'closeAllConnections within the handler'() {
    const server = await serve((req, res) => {
      follow('res', res, 'close', 'finish');
      server.closeAllConnections();
      say(req.socket.destroyed, res.destroyed);
      res.end('into the void');
    });
    await show(server, get());
    server.close(() => say('closed'));
  },

  async 'both without a connection'() {
    const server = http.createServer(hello);
    say(server.closeAllConnections(), server.closeIdleConnections());
    await listen(server);
    say(server.closeAllConnections(), server.closeIdleConnections());
    server.close();
  },

  async 'Symbol.asyncDispose'() {
    const server = await serve(hello);
    follow('server', server, 'close');
    const client = await open(server);
    await client.write(get()).until('hello');
    say(await server[Symbol.asyncDispose]());
    say(server.listening);
    await client.closed;
  },

  async 'getConnections'() {
    const server = await serve(hello);
    const count = () => new Promise((resolve) => server.getConnections((error, n) => resolve(`${error} ${n}`)));
    say(await count(), server.getConnections(() => {}) === server);
    const clients = [];
    for (let i = 0; i < 3; i++) {
      clients.push(await open(server));
      await clients[i].write(get()).until('hello');
      say(await count());
    }
    await clients.pop().destroy();
    await until(async () => await count() === 'null 2');
    say(await count());
    for (const client of clients) await client.destroy();
    server.close(async () => say(await count()));
  },

  async 'getConnections calls back later'() {
    const server = await serve(hello);
    server.getConnections(() => { say('callback'); server.close(); });
    say('returned');
  },

  async 'unref lets the process go'() {
    const server = await serve(hello);
    process.on('beforeExit', () => say('beforeExit', server.listening));
    process.on('exit', (code) => say('exit', code));
    say(server.unref() === server);
  },

  async 'unref before listen'() {
    const server = http.createServer(hello).unref();
    await listen(server);
    process.on('exit', () => say('exit', server.listening));
  },

  async 'ref after unref holds it'() {
    const server = await serve(hello);
    server.unref();
    say(server.ref() === server);
    setTimeout(() => { say('still here'); server.close(); }, 20).unref();
  },

  async 'an unref server answers while something else holds the process'() {
    const server = await serve(hello);
    server.unref();
    await show(server, last());
    process.on('exit', () => say('exit'));
  },

  async 'the connections of an unref server hold the process'() {
    const server = await serve({ keepAliveTimeout: 50 }, hello);
    server.unref();
    server.on('connection', (socket) => socket.on('close', () => say('socket close')));
    const client = await open(server);
    client.socket.unref();
    await client.write(get()).until('hello');
    process.on('exit', () => say('exit'));
  },

  async 'a socket that is unref holds nothing'() {
    const server = await serve((req, res) => { say(req.socket.unref() === req.socket); res.end('hello'); });
    server.unref();
    process.on('exit', () => say('exit'));
    const client = await open(server);
    client.socket.unref();
    client.write(get());
  },

  async 'the process ends by itself after close'() {
    const server = await serve(hello);
    process.on('beforeExit', () => say('beforeExit'));
    process.on('exit', (code) => say('exit', code));
    await show(server, last());
    server.close();
  },

  async 'close waits for an upgraded connection'() {
    let upgraded;
    const server = await serve(hello);
    server.on('upgrade', (req, socket) => { upgraded = socket; socket.write('HTTP/1.1 101 Over\r\n\r\n'); });
    const client = await open(server);
    await client.write(get('/', 'Connection: Upgrade', 'Upgrade: x')).until('101');
    server.close(() => say('closed'));
    server.closeAllConnections();
    await pause(20);
    say('still open', upgraded.destroyed);
    upgraded.end();
    await client.closed;
  },
});
