'use strict';

// A plain program for the conformance cases: it reads the content, and says which request it answers.
// `conformance/src/server.rs` is the same for the engine's own door.

const http = require('node:http');

/** What Node answers by itself, but dated and with a length, as the judge wants every answer. */
const STATUS = { HPE_HEADER_OVERFLOW: 431, HPE_CHUNK_EXTENSIONS_OVERFLOW: 413, ERR_HTTP_REQUEST_TIMEOUT: 408 };

const server = http.createServer((req, res) => {
  let octets = 0;
  req.on('data', (piece) => { octets += piece.length; });
  req.on('end', () => {
    const text = `${req.url.split('?')[0].slice(0, 64)} ${octets}`;
    res.setHeader('X-Method', req.method);
    res.setHeader('Content-Length', Buffer.byteLength(text, 'latin1'));
    res.end(text, 'latin1');
  });
});

server.on('clientError', (error, socket) => {
  // As Node's own: nothing is said to who has left, or within an answer.
  if (!socket.writable || socket._httpMessage?._headerSent) {
    socket.destroy();
    return;
  }
  const code = STATUS[error.code] ?? 400;
  const fields = `Date: ${new Date().toUTCString()}\r\nConnection: close\r\nContent-Length: 0`;
  socket.end(`HTTP/1.1 ${code} ${http.STATUS_CODES[code]}\r\n${fields}\r\n\r\n`);
});

server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
// The test that has started it is gone.
process.stdin.on('end', () => process.exit(0)).resume();
