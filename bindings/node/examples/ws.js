'use strict';

const http = require('node:http');
const { WebSocketServer } = require('ws');

// Sockets on one path, plain requests on all others.
const server = http.createServer((req, res) => {
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify({ clients: sockets.clients.size, url: req.url }));
});
const sockets = new WebSocketServer({ noServer: true });

server.on('upgrade', (req, socket, head) => {
  if (req.url !== '/chat') {
    socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    return;
  }
  sockets.handleUpgrade(req, socket, head, (client) => sockets.emit('connection', client, req));
});

sockets.on('connection', (client, req) => {
  client.send(`welcome ${req.socket.remoteAddress} ${req.headers['x-name'] ?? ''}`);
  client.on('message', (data, isBinary) => {
    for (const other of sockets.clients) other.send(data, { binary: isBinary });
  });
});

server.listen(process.env.PORT ?? 3000, () => {
  console.log(`listening on http://localhost:${server.address().port}`);
});

process.on('SIGTERM', () => {
  for (const client of sockets.clients) client.close(1001);
  server.close();
});
