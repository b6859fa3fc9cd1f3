'use strict';
// The socket of a connection as programs use it.

const net = require('node:net');
const stream = require('node:stream');
const util = require('node:util');
const { say, visible, get, last, post, serve, open, ask, show, pause, follow } = require('./_lib');

// Serves one request and says what `look` returns for it.
async function looking(look, octets = last('/')) {
  const server = await serve((req, res) => { say(...[look(req.socket, req, res)].flat()); res.end('hello'); });
  await ask(server, octets);
  server.close();
}

Object.assign(exports, {
  async 'instances and names'() {
    await looking((socket) => [socket instanceof net.Socket, socket instanceof stream.Duplex, socket instanceof stream.Readable,
      socket instanceof stream.Writable, socket instanceof require('node:events'), socket.constructor === net.Socket,
      socket.constructor.name, Object.prototype.toString.call(socket), util.inspect(socket, { depth: 0 }).split(' ')[0]]);
  },

  async 'one socket under all its names'() {
    await looking((socket, req, res) => [req.socket === req.connection, res.socket === socket, res.connection === socket,
      req.client === socket, socket._httpMessage === res, socket.server === req.socket.server, socket.server._connections]);
  },

  async 'one socket for all requests of a connection'() {
    const sockets = [];
    const server = await serve((req, res) => { sockets.push(req.socket); res.end('hello'); });
    server.on('connection', (socket) => { say('connection'); sockets.push(socket); });
    await ask(server, get('/1') + get('/2') + last('/3'));
    await ask(server, last('/4'));
    say(sockets.map((socket) => [...new Set(sockets)].indexOf(socket)).join());
    server.close();
  },

  async 'properties that programs put on it stay'() {
    const server = await serve((req, res) => {
      const { socket } = req;
      say(socket.mine, socket[Symbol.for('mine')], socket.count = (socket.count || 0) + 1);
      socket.mine = req.url;
      socket[Symbol.for('mine')] = req.url;
      res.end('hello');
    });
    server.on('connection', (socket) => { socket.mine = 'from connection'; });
    await ask(server, get('/1') + get('/2') + last('/3'));
    server.close();
  },

  async 'it is a key of maps'() {
    const seen = new WeakMap();
    let count = 0;
    const server = await serve((req, res) => res.end(String(seen.get(req.socket))));
    server.on('connection', (socket) => seen.set(socket, ++count));
    await show(server, get() + last());
    await show(server, last());
    server.close();
  },

  async 'addresses'() {
    await looking((socket) => [socket.remoteAddress, typeof socket.remotePort, socket.remoteFamily, socket.localAddress,
      typeof socket.localPort, socket.localFamily, socket.localPort === socket.server.address().port, Object.keys(socket.address()).join(),
      socket.address().port === socket.localPort]);
  },

  async 'the port of the client is the right one'() {
    const ports = [];
    const server = await serve((req, res) => { ports.push(req.socket.remotePort); res.end('hello'); });
    const clients = [await open(server), await open(server)];
    for (const client of clients) await client.write(get()).until('hello');
    say(clients.every(({ socket }, i) => socket.localPort === ports[i]));
    for (const client of clients) await client.destroy();
    server.close();
  },

  async 'addresses after the end'() {
    let kept;
    const server = await serve((req, res) => { kept = req; res.end('hello'); });
    await ask(server, last());
    say(kept.socket.destroyed, kept.socket.remoteAddress, typeof kept.socket.remotePort, kept.socket.localAddress, kept.socket.address());
    server.close();
  },
  async 'addresses after the end, asked for before'() {
    let kept;
    const server = await serve((req, res) => { kept = req; say(req.socket.remoteAddress); res.end('hello'); });
    await ask(server, last());
    say(kept.socket.remoteAddress, kept.socket.remoteFamily);
    server.close();
  },

  async 'state'() {
    await looking((socket) => ['connecting', 'pending', 'readyState', 'destroyed', 'readable', 'writable', 'allowHalfOpen', 'timeout',
      'closed', 'errored', 'encrypted', 'authorized', 'readableEnded', 'writableEnded', 'writableFinished', 'writableLength',
      'writableHighWaterMark', 'readableFlowing', 'readableEncoding', 'autoSelectFamilyAttemptedAddresses', '_server', 'fd']
      .map((name) => `${name}=${name === '_server' ? typeof socket[name] : String(socket[name])}`));
  },
  async 'state after the end'() {
    let kept;
    const server = await serve((req, res) => { kept = req.socket; res.end('hello'); });
    await ask(server, last());
    for (const name of ['readyState', 'destroyed', 'readable', 'writable', 'closed', 'errored', 'writableEnded', 'writableFinished',
      'readableEnded', 'pending', '_handle', 'parser', '_httpMessage', 'timeout']) say(name, kept[name]);
    server.close();
  },

  async 'server, parser, handle'() {
    await looking((socket) => [typeof socket.server, socket.server === socket._server, typeof socket.parser, socket.parser?.constructor.name,
      typeof socket._handle, typeof socket._paused, socket.parser?.socket === socket]);
  },
  async 'listeners that are there'() {
    await looking((socket) => ['data', 'end', 'close', 'drain', 'error', 'timeout', 'readable', 'resume', 'pause'].map((name) =>
      `${name} ${socket.listenerCount(name)}`));
  },

  async 'bytesRead and bytesWritten'() {
    const server = await serve((req, res) => {
      const before = [req.socket.bytesRead, req.socket.bytesWritten];
      res.end('hello');
      say(...before, req.socket.bytesRead, req.socket.bytesWritten > before[1]);
    });
    const client = await open(server);
    await client.write(get('/12345')).until('hello');
    await client.write(last('/')).all();
    server.close();
  },
  async 'bytesRead while content comes'() {
    const server = await serve((req, res) => {
      say(req.socket.bytesRead > 0);
      req.resume().on('end', () => { say(req.socket.bytesRead); res.end(); });
    });
    await ask(server, post('x'.repeat(1000), 'Connection: close'));
    server.close();
  },

  async 'events of a connection, in order'() {
    const server = await serve((req, res) => {
      say('request');
      follow('req', req, 'end', 'close');
      follow('res', res, 'finish', 'close');
      req.resume();
      res.end('hello');
    });
    server.on('connection', (socket) => { follow('socket', socket, 'end', 'finish', 'error', 'drain'); socket.on('close', (had) => say('socket close', had)); });
    await ask(server, last());
    const client = await open(server);
    await client.write(get()).until('hello');
    client.end();
    await client.all();
    server.close();
  },

  async 'data of the socket'() {
    const server = await serve((req, res) => res.end('hello'));
    server.on('connection', (socket) => { let seen = ''; socket.on('data', (part) => { seen += part; }).on('close', () => say(visible(seen))); });
    await ask(server, get('/1') + last('/2'));
    server.close();
  },
  async 'data of the socket, from the handler on'() {
    const server = await serve((req, res) => {
      if (req.url === '/1') req.socket.on('data', (part) => say(visible(part.toString())));
      res.end(req.url);
    });
    const client = await open(server);
    await client.write(get('/1')).until('/1');
    await client.write(last('/2')).all();
    server.close();
  },

  async 'writing to it'() {
    const server = await serve((req, res) => {
      say(req.socket.write('HTTP/1.1 200 Mine\r\n'), req.socket.write(Buffer.from('Content-Length: 2\r\n\r\n')));
      req.socket.end('hi', () => say('written'));
    });
    await show(server, get());
    server.close();
  },
  async 'writing before and after the answer'() {
    const server = await serve((req, res) => {
      req.socket.write('HTTP/1.1 102 Mine\r\n\r\n', () => say('callback 1'));
      res.write('a');
      res.end('b');
      req.socket.write('after', () => say('callback 2'));
    });
    await show(server, last());
    server.close();
  },
  async 'cork'() {
    const server = await serve((req, res) => {
      req.socket.cork();
      res.write('a');
      res.end('b');
      say(req.socket.writableCorked > 0);
      setTimeout(() => { say('uncork'); req.socket.uncork(); }, 10);
    });
    await show(server, last());
    server.close();
  },

  async 'destroy'() {
    const server = await serve((req, res) => {
      follow('req', req, 'aborted', 'close', 'error');
      follow('res', res, 'finish', 'close', 'error');
      req.socket.on('error', (error) => say('socket error', error.message)).on('close', (had) => say('socket close', had));
      say(req.socket.destroy(req.url === '/e' ? new Error('mine') : undefined) === req.socket);
      say(req.socket.destroyed, res.destroyed, req.destroyed, res.writable, req.socket.writable, req.socket.readable);
      res.end('no');
    });
    for (const url of ['/', '/e']) await show(server, get(url));
    server.close();
  },
  async 'destroy after end'() {
    const server = await serve((req, res) => {
      follow('res', res, 'finish', 'close');
      req.socket.on('close', (had) => say('socket close', had));
      res.end('hello');
      req.socket.destroy();
    });
    await show(server, get());
    server.close();
  },
  async 'destroySoon'() {
    const server = await serve((req, res) => {
      follow('res', res, 'finish', 'close');
      req.socket.on('close', (had) => say('socket close', had));
      res.write('hello');
      req.socket.destroySoon();
      say(req.socket.destroyed, req.socket.writable);
    });
    await show(server, get());
    server.close();
  },
  async 'end'() {
    const server = await serve((req, res) => {
      follow('res', res, 'finish', 'close');
      follow('socket', req.socket, 'finish', 'close', 'end');
      res.end('hello');
      say(req.socket.end(() => say('ended')) === req.socket, req.socket.writable);
    });
    await show(server, get('/1') + get('/2'));
    server.close();
  },
  async 'resetAndDestroy'() {
    const server = await serve((req, res) => {
      req.socket.on('close', (had) => say('close', had));
      say(req.socket.resetAndDestroy() === req.socket, req.socket.destroyed);
    });
    const client = await open(server);
    client.socket.on('error', (error) => say('client', error.code));
    await client.write(get()).all();
    server.close();
  },
  async 'destroy in the event connection'() {
    const server = await serve(() => say('request'));
    server.on('connection', (socket) => { say(socket.destroyed); socket.destroy(); });
    await show(server, get());
    server.close();
  },
  async 'writing in the event connection'() {
    const server = await serve((req, res) => res.end('hello'));
    server.on('connection', (socket) => socket.write('greeting\r\n'));
    await show(server, last());
    server.close();
  },

  async 'pause and resume'() {
    const server = await serve((req, res) => res.end(req.url));
    const resumed = new Promise((resolve) => server.on('connection', (socket) => {
      say(socket.isPaused());
      socket.pause();
      setTimeout(() => { say('resume', socket.isPaused()); socket.resume(); resolve(); }, 300);
    }));
    const text = await ask(server, last('/x'));
    await resumed;
    say(visible(text));
    server.close();
  },

  async 'methods that only answer'() {
    await looking((socket) => [socket.setNoDelay() === socket, socket.setKeepAlive() === socket, socket.ref() === socket,
      socket.unref() === socket, socket.ref() === socket, socket.setMaxListeners(50) === socket, socket.getMaxListeners(), socket.hasRef?.()]);
  },
  async 'own names'() { await looking((socket) => ['on', 'write', '_write', 'read', 'headers'].filter((name) => Object.hasOwn(socket, name)).join() || 'none'); },

  async 'once close, whenever it is asked for'() {
    const server = await serve((req, res) => { res.end('hello'); setTimeout(() => req.socket.once('close', (had) => say('close', had)), 5); });
    const client = await open(server);
    await client.write(get()).until('hello');
    await pause(30);
    await client.destroy();
    await pause(20);
    server.close();
  },

  async 'stream.finished and events.once'() {
    const server = await serve((req, res) => {
      stream.finished(res, (error) => say('res', error?.code));
      stream.finished(req, (error) => say('req', error?.code));
      stream.finished(req.socket, (error) => say('socket', error?.code));
      if (req.url === '/1') { req.resume(); res.end('hello'); } else client.destroy();
    });
    await ask(server, last('/1'));
    const client = await open(server);
    await client.write(get('/2')).all();
    server.close();
  },
  async 'writing what only looks like octets'() {
    const server = await serve((req, res) => {
      const { socket } = req;
      for (const like of [Object.create(Uint8Array.prototype), { __proto__: Uint8Array.prototype, length: 20000 }]) {
        for (const stream of [socket, res]) {
          try { say(stream.write(like)); } catch (error) { say(error.name, error.code); }
        }
      }
      socket.destroy();
    });
    await show(server, get());
    server.close();
  },
});
