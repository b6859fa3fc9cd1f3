'use strict';

const http = require('node:http');
const { Server } = require('socket.io');

const server = http.createServer((req, res) => {
  res.setHeader('Content-Type', 'text/plain');
  res.end('Hello World!');
});
const io = new Server(server);

io.on('connection', (socket) => {
  socket.emit('welcome', { transport: socket.conn.transport.name });
  socket.on('echo', (message, reply) => reply(message));
  socket.on('say', (text) => io.emit('said', text));
  socket.on('large', (content, reply) => reply(content.length));
});

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on http://localhost:${server.address().port}`);
});

process.on('SIGTERM', () => io.close());
