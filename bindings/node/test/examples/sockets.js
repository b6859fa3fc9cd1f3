'use strict';

// WebSockets and Socket.IO: clients that talk, and what they heard.

const { createRequire } = require('node:module');
const { once } = require('node:events');
const path = require('node:path');

const { converse } = require('./plain');

const load = createRequire(path.join(__dirname, '..', '..', 'examples', 'package.json'));

/** A client of `ws` that keeps what it hears. */
function socketClient(port, target, options) {
  const { WebSocket } = load('ws');
  const client = new WebSocket(`ws://127.0.0.1:${port}${target}`, options);
  const heard = [];
  const waiting = [];
  client.on('message', (data, isBinary) => {
    heard.push(isBinary ? `${data.length} octets, ${data[0]}…${data.at(-1)}` : data.toString());
    waiting.filter(({ count }) => heard.length >= count).forEach(({ resolve }) => resolve());
  });
  const hears = (count) => (heard.length >= count
    ? Promise.resolve()
    : new Promise((resolve) => { waiting.push({ count, resolve }); }));
  return { client, heard, hears };
}

async function ws(port) {
  const answers = [];
  const before = await converse(port, [{ path: '/before' }, { method: 'HEAD', path: '/' }]);

  const one = socketClient(port, '/chat', { headers: { 'X-Name': 'one' } });
  await one.hears(1);
  const other = socketClient(port, '/chat', { headers: { 'X-Name': 'other' } });
  await other.hears(1);
  one.client.send('hello');
  await Promise.all([one.hears(2), other.hears(2)]);
  other.client.send(Buffer.alloc(300000, 7));
  await Promise.all([one.hears(3), other.hears(3)]);
  for (let index = 0; index < 100; index += 1) one.client.send(`message ${index}`);
  await Promise.all([one.hears(103), other.hears(103)]);
  one.client.ping('still there?');
  const [pong] = await once(one.client, 'pong');
  answers.push(one.heard, other.heard, pong.toString());

  const during = await converse(port, [{ path: '/during' }]);

  one.client.close(4000, 'enough');
  const [code, reason] = await once(one.client, 'close');
  answers.push([code, reason.toString()]);
  other.client.terminate();
  await once(other.client, 'close');

  const stranger = socketClient(port, '/elsewhere');
  const [, res] = await once(stranger.client, 'unexpected-response');
  answers.push([res.statusCode, res.rawHeaders]);
  stranger.client.on('error', () => {});
  stranger.client.terminate();

  const plain = before.plain + during.plain;
  return { plain, answers: [...before.answers, ...during.answers, ...answers] };
}

/** One client of Socket.IO says what the others say, too. */
async function visit(port, transports) {
  const { io } = load('socket.io-client');
  const socket = io(`http://127.0.0.1:${port}`, { transports, forceNew: true, reconnection: false });
  const failed = once(socket, 'connect_error').then(([error]) => { throw error; });
  failed.catch(() => {});
  const heard = [];
  try {
    const [welcome] = await Promise.race([once(socket, 'welcome'), failed]);
    heard.push(welcome);
    heard.push(await socket.emitWithAck('echo', { text: 'hello', octets: Buffer.from([1, 2, 3]) }));
    heard.push(await socket.emitWithAck('large', Buffer.alloc(200000)));
    if (transports.length > 1 && socket.io.engine.transport.name !== 'websocket') {
      await once(socket.io.engine, 'upgrade');
    }
    const said = once(socket, 'said');
    socket.emit('say', 'to all');
    heard.push(await said);
    for (let index = 0; index < 50; index += 1) {
      const reply = await socket.emitWithAck('echo', index);
      if (reply !== index) heard.push(`${reply} instead of ${index}`);
    }
    heard.push(socket.io.engine.transport.name);
  } finally {
    socket.disconnect();
  }
  return heard;
}

async function socketIo(port) {
  const before = await converse(port, [{ path: '/' }, { path: '/again' }]);
  const answers = [];
  for (const transports of [['polling', 'websocket'], ['polling'], ['websocket']]) {
    answers.push(await visit(port, transports));
  }
  const after = await converse(port, [{ path: '/' }, { path: '/socket.io/?EIO=4', status: 400 }]);
  const plain = before.plain + after.plain;
  return { plain, answers: [...before.answers, ...answers, ...after.answers] };
}

module.exports = { ws, socketIo };
