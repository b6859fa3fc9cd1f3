'use strict';
// clientError: when it comes, what it carries, and what a listener may do.

const { say, get, last, serve, open, ask, show, pause, until, follow } = require('./_lib');

Object.assign(exports, {
  async 'what the error carries'() {
    const server = await serve();
    server.on('clientError', function (error, socket) {
      say(this === server, error.code, error.name, Object.keys(error).sort().join(), Buffer.isBuffer(error.rawPacket));
      say(socket.writable, socket.server === server, socket.constructor.name, socket.bytesRead, socket._httpMessage);
      socket.destroy(error);
    });
    await show(server, 'nonsense\r\n\r\n');
    server.close();
  },
  async 'where the parser stood'() {
    const server = await serve();
    server.on('clientError', (error, socket) => { say(error.bytesParsed, error.reason, error.message); socket.destroy(); });
    for (const octets of ['nonsense', 'BREW / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nx : y\r\n\r\n', 'GET / HTTP/1.1\nHost: a\r\n',
      'GET / HTTP/1.1\r\nx: \0\r\n', 'GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n']) await ask(server, octets);
    server.close();
  },

  async 'behind a request that was answered'() {
    const server = await serve((req, res) => res.end(req.url));
    await show(server, get('/1') + 'nonsense\r\n\r\n');
    server.on('clientError', (error, socket) => { say(error.code, error.rawPacket.length); socket.end('HTTP/1.1 400 Ours\r\n\r\n'); });
    await show(server, get('/2') + 'nonsense\r\n\r\n');
    server.close();
  },
  async 'behind a request that still waits'() {
    const server = await serve(async (req, res) => { follow('res', res, 'close', 'finish'); await pause(20); res.end('late'); });
    await show(server, get('/1') + 'nonsense\r\n\r\n');
    server.on('clientError', (error, socket) => { say(error.code, socket._httpMessage !== null); socket.end('HTTP/1.1 400 Ours\r\n\r\n'); });
    await show(server, get('/2') + 'nonsense\r\n\r\n');
    server.close();
  },
  async 'while an answer has begun'() {
    const server = await serve((req, res) => { res.write('begun'); });
    await show(server, get('/1') + 'nonsense\r\n\r\n');
    server.close();
  },
  async 'after close was asked for'() {
    const server = await serve((req, res) => { say(req.url); res.end(req.url); });
    server.on('clientError', (error, socket) => { say(error.code); socket.destroy(); });
    await show(server, last('/1') + get('/2'));
    await show(server, last('/1') + 'nonsense\r\n\r\n');
    server.close();
  },

  async 'a reset before anything'() {
    const server = await serve(() => say('request'));
    server.on('clientError', (error, socket) => { say(error.code, socket.writable, socket.destroyed); });
    server.on('connection', (socket) => socket.on('close', (hadError) => say('close', hadError)));
    const client = await open(server);
    await pause(20);
    client.reset();
    await client.all();
    server.close();
  },

  async 'a listener that does nothing leaves the connection'() {
    const server = await serve();
    let socket;
    server.on('clientError', (error, theSocket) => { socket = theSocket; say(error.code); });
    const client = await open(server);
    client.write('nonsense\r\n\r\n');
    await until(() => socket);
    await pause(30);
    say(client.gone === true, socket.destroyed);
    socket.destroy();
    say(await client.all());
    server.close();
  },

  async 'a listener that throws'() {
    process.on('uncaughtException', (error) => { say('uncaught', error.message); server.closeAllConnections(); });
    const server = await serve();
    server.on('clientError', () => { throw new Error('in the listener'); });
    await ask(server, 'nonsense\r\n\r\n');
    server.close();
  },

  async 'octet by octet it is the same error'() {
    const server = await serve((req, res) => res.end(req.url));
    server.on('clientError', (error, socket) => { say(error.code, error.rawPacket?.toString('latin1')); socket.destroy(); });
    const client = await open(server);
    for (const octet of 'GET / HTTP/1.1\r\nHost: a\r\nx y: z') { client.write(octet); await pause(1); }
    await client.all();
    server.close();
  },
});
